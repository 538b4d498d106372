/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The settings file: what is taken keeps the promises of config.h, what is refused has a place and a
 * reason. */
#include "fuzz_reader.h"

#include <stdlib.h>

#include <ventoc/config.h>

static void check_path(const char path[VTC_CONFIG_PATH_BYTES])
{
    if (!memchr(path, '\0', VTC_CONFIG_PATH_BYTES) || path[0] != '/' || !path[1])
        abort();
}

/* Where an image keeps its changes: as told, or beside it. */
static void check_layer(const struct vtc_config *config, const char *image)
{
    char out[VTC_CONFIG_PATH_BYTES + sizeof VTC_CONFIG_LAYER_ENDING], small[8];
    const char *told = vtc_config_persistence(config, image);
    int given = -1;

    if (vtc_config_layer(config, image, out, sizeof out, &given) || given != (told != NULL))
        abort();
    check_path(out);
    if (told && strcmp(told, out) != 0)
        abort();
    if ((vtc_config_layer(config, image, small, sizeof small, &given) == VTC_ENOSPC) !=
        (strlen(out) >= sizeof small))
        abort();
}

/* What reaches GRUB's script is one word that is nothing but a password. */
static void check_password(const char password[VTC_CONFIG_PASSWORD_BYTES])
{
    const char *c;

    if (!memchr(password, '\0', VTC_CONFIG_PASSWORD_BYTES))
        abort();
    if (*password && strncmp(password, VTC_CONFIG_PASSWORD_PREFIX, 19) != 0)
        abort();
    for (c = password; *c; c++)
        if (!strchr("0123456789abcdefABCDEF.", *c) && c - password >= 19)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static struct vtc_config config;
    struct vtc_config_error where;
    uint32_t i;

    if (vtc_config_parse(data, (uint32_t)bytes, &config, &where)) {
        if (!where.reason || !where.line || !where.column || config.persistence_count)
            abort();
        return 0;
    }
    check_password(config.menu_password);
    if (config.persistence_count > VTC_CONFIG_PAIRS_MAX)
        abort();
    for (i = 0; i < config.persistence_count; i++) {
        check_path(config.persistence[i].image);
        check_path(config.persistence[i].file);
        check_layer(&config, config.persistence[i].image);
        if (!vtc_config_persistence(&config, config.persistence[i].image))
            abort();
    }
    if (config.writable_count > VTC_CONFIG_WRITABLE_MAX)
        abort();
    for (i = 0; i < config.writable_count; i++) {
        check_path(config.writable[i]);
        check_layer(&config, config.writable[i]);
        if (!vtc_config_is_writable(&config, config.writable[i]))
            abort();
    }
    return 0;
}

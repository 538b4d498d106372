/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The settings file: what is taken keeps the promises of config.h, what is refused has a place and a
 * reason; and the JSON reader alone, on texts that are no settings. */
#include "fuzz_reader.h"

#include <stdlib.h>

#include <ventoc/config.h>
#include <ventoc/json.h>

static void check_json(const uint8_t *data, uint32_t bytes)
{
    struct vtc_json json;
    uint32_t depth = 0, tokens = 0;
    char text[16];

    vtc_json_init(&json, data, bytes);
    while (vtc_json_next(&json) != VTC_JSON_END && json.kind != VTC_JSON_ERROR) {
        if (json.kind == VTC_JSON_OBJECT || json.kind == VTC_JSON_ARRAY)
            depth++;
        if (json.kind == VTC_JSON_OBJECT_END || json.kind == VTC_JSON_ARRAY_END)
            depth--;
        if (depth > VTC_JSON_DEPTH_MAX || depth != json.depth || ++tokens > bytes)
            abort();
        vtc_json_string(&json, text, sizeof text);
    }
    if ((json.kind == VTC_JSON_ERROR) != (json.reason != NULL) ||
        (json.kind == VTC_JSON_END && depth))
        abort();
}

static void check_path(const char path[VTC_CONFIG_PATH_BYTES])
{
    if (!memchr(path, '\0', VTC_CONFIG_PATH_BYTES) || path[0] != '/' || !path[1])
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static struct vtc_config config;
    struct vtc_config_error where;
    uint32_t i;

    check_json(data, (uint32_t)bytes);
    if (vtc_config_parse(data, (uint32_t)bytes, &config, &where)) {
        if (!where.reason || !where.line || !where.column || config.persistence_count)
            abort();
        return 0;
    }
    if (config.persistence_count > VTC_CONFIG_PAIRS_MAX)
        abort();
    for (i = 0; i < config.persistence_count; i++) {
        check_path(config.persistence[i].image);
        check_path(config.persistence[i].file);
        if (!vtc_config_persistence(&config, config.persistence[i].image))
            abort();
    }
    return 0;
}

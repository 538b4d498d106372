/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <grub/env.h>
#include <grub/misc.h>
#include <grub/mm.h>

#include "file.h"
#include "linux.h"
#include "menu.h"

/* Read the settings; their text as well where *text is wanted, which the caller frees. Returns 1, or
 * 0 for a file with a mistake (then *where says which) or that is there and cannot be read (*where
 * stays as it is): config is empty. */
static int read_settings(struct vtc_config *config, struct vtc_config_error *where, char **text)
{
    const struct vtc_stick *stick = vtc_stick_get();
    grub_size_t bytes = 0;
    void *data = NULL;
    char *path;
    int good = 1;

    vtc_config_init(config);
    path = stick->data_name ? grub_xasprintf("(%s)%s", stick->data_name, VTC_CONFIG_PATH) : NULL;
    switch (path ? vtc_module_read_file(path, VTC_CONFIG_BYTES_MAX, &data, &bytes)
                 : GRUB_ERR_FILE_NOT_FOUND) {
    case GRUB_ERR_NONE:
        good = vtc_config_parse(data, bytes, config, where) == VTC_OK;
        break;
    case GRUB_ERR_FILE_NOT_FOUND:
        break;
    default:
        good = 0;
    }
    grub_free(path);
    if (text && data) {
        *text = data;
        (*text)[bytes] = '\0'; /* there is room: file.c */
    } else {
        grub_free(data);
    }
    return good;
}

void vtc_settings_read(struct vtc_config *config)
{
    struct vtc_config_error where = {0, 0, ""};

    if (!read_settings(config, &where, NULL) && where.line)
        grub_printf("%s is left out: line %u, column %u: %s\n", VTC_CONFIG_PATH + 1,
                    (unsigned)where.line, (unsigned)where.column, where.reason);
    if (grub_errno && grub_errno != GRUB_ERR_FILE_NOT_FOUND)
        grub_print_error();
    grub_errno = GRUB_ERR_NONE;
}

/* Is there a folder of settings? Asked of the scan, so that sticks without one are not read again. */
static int has_folder(const struct vtc_tree *tree)
{
    const struct vtc_tree_node *root = &tree->v[0];

    for (grub_uint32_t i = root->first_child; i < root->first_child + root->child_count; i++)
        if (tree->v[i].type == VTC_TYPE_NONE && grub_strcasecmp(tree->v[i].name, "ventoc") == 0)
            return 1;
    return 0;
}

void vtc_settings_menu(const struct vtc_tree *tree)
{
    struct vtc_config *config;
    struct vtc_config_error where = {0, 0, ""};
    char *text = NULL, *place;

    if (!has_folder(tree))
        return;
    config = grub_malloc(sizeof(*config));
    if (config && read_settings(config, &where, &text)) {
        if (config->menu_password[0])
            vtc_menu_set("vtc_menu_password", config->menu_password);
    } else if (config) {
        if (where.line) {
            place =
                grub_xasprintf("line %u, column %u", (unsigned)where.line, (unsigned)where.column);
            vtc_menu_set("vtc_settings_place", place ? place : "");
            vtc_menu_set("vtc_settings_error", where.reason);
            grub_free(place);
        } else {
            vtc_menu_set("vtc_settings_place", "which cannot be read");
            vtc_menu_set("vtc_settings_error", grub_errmsg);
        }
        /* locked without a key, not open */
        if (!text || grub_strstr(text, "\"menu_password\""))
            vtc_menu_set("vtc_menu_password", "lost");
    }
    grub_errno = GRUB_ERR_NONE;
    grub_free(text);
    grub_free(config);
}

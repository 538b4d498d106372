/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <grub/misc.h>
#include <grub/mm.h>

#include "file.h"
#include "linux.h"

void vtc_settings_read(struct vtc_config *config)
{
    const struct vtc_stick *stick = vtc_stick_get();
    struct vtc_config_error where = {0, 0, ""};
    grub_size_t bytes;
    void *text = NULL;
    char *path;

    vtc_config_init(config);
    path = stick->data_name ? grub_xasprintf("(%s)%s", stick->data_name, VTC_CONFIG_PATH) : NULL;
    if (path && vtc_module_read_file(path, VTC_CONFIG_BYTES_MAX, &text, &bytes) == GRUB_ERR_NONE &&
        vtc_config_parse(text, bytes, config, &where) != VTC_OK) {
        grub_printf("%s is left out: line %u, column %u: %s\n", VTC_CONFIG_PATH + 1,
                    (unsigned)where.line, (unsigned)where.column, where.reason);
        vtc_config_init(config);
    }
    if (grub_errno && grub_errno != GRUB_ERR_FILE_NOT_FOUND)
        grub_print_error();
    grub_errno = GRUB_ERR_NONE;
    grub_free(text);
    grub_free(path);
}

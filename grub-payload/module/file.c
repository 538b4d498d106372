/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <grub/file.h>
#include <grub/misc.h>
#include <grub/mm.h>

#include "file.h"

grub_err_t vtc_module_read_file(const char *path, grub_size_t max_bytes, void **data,
                                grub_size_t *bytes)
{
    grub_file_t file = grub_file_open(path, GRUB_FILE_TYPE_CAT | GRUB_FILE_TYPE_NO_DECOMPRESS);
    grub_err_t err = GRUB_ERR_NONE;

    *data = NULL;
    *bytes = 0;
    if (!file)
        return grub_errno;
    if (grub_file_size(file) > max_bytes)
        err = grub_error(GRUB_ERR_OUT_OF_RANGE, "%s: longer than %lu bytes", path,
                         (unsigned long)max_bytes);
    else
        *data = grub_malloc(grub_file_size(file) + 1);
    if (err == GRUB_ERR_NONE && !*data)
        err = grub_errno;
    if (err == GRUB_ERR_NONE) {
        *bytes = grub_file_size(file);
        if (grub_file_read(file, *data, *bytes) != (grub_ssize_t)*bytes)
            err = grub_errno
                      ? grub_errno
                      : grub_error(GRUB_ERR_FILE_READ_ERROR, "%s: cannot be read to its end", path);
    }
    grub_file_close(file);
    if (err) {
        grub_free(*data);
        *data = NULL;
    }
    return err;
}

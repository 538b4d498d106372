/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whole small files, through GRUB's file systems. */
#ifndef VTC_MODULE_FILE_H
#define VTC_MODULE_FILE_H

#include <grub/types.h>
#include <grub/err.h>

/* Read path ("(hd0,msdos1)/x") as it is, at most max_bytes. *data: the caller frees it. On failure a
 * GRUB error whose text names the file, and *data NULL. */
grub_err_t vtc_module_read_file(const char *path, grub_size_t max_bytes, void **data,
                                grub_size_t *bytes);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The page about a program that Secure Boot refused. */
#ifndef VTC_EFI_REFUSED_H
#define VTC_EFI_REFUSED_H

#include <grub/efi/api.h>
#include <grub/err.h>

/*
 * Show what was refused and why, and what can be done, until the user goes back. name: of the image;
 * path: what LoadImage was given, and source, source_bytes (NULL: the file of path is read again).
 * Returns GRUB_ERR_TEST_FAILURE: it did not start, and all is said.
 */
grub_err_t vtc_efi_refused(const char *name, grub_efi_device_path_t *path, const void *source,
                           grub_size_t source_bytes);

#endif

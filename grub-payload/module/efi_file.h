/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file as the firmware's own file systems show it: what LoadImage reads. */
#ifndef VTC_EFI_FILE_H
#define VTC_EFI_FILE_H

#include <grub/efi/api.h>
#include <grub/err.h>

/* No boot loader is longer; what is is not read. */
#define VTC_EFI_FILE_MAX_BYTES (512u * 1024 * 1024)

struct vtc_efi_file {
    void *data;
    grub_size_t bytes;
};

/* Read the whole file of a device path that ends in one file path node (UEFI 2.10 sections 13.4,
 * 13.5), at most max_bytes. Returns 1 and the file, which vtc_efi_file_free() takes; else 0, and no
 * GRUB error is set. */
int vtc_efi_file_read(grub_efi_device_path_t *path, grub_size_t max_bytes,
                      struct vtc_efi_file *file);
void vtc_efi_file_free(struct vtc_efi_file *file);

/* Is there such a file? */
int vtc_efi_file_exists(grub_efi_device_path_t *path);

/* Its name within the file system, "\EFI\BOOT\BOOTX64.EFI", UTF-8; the caller frees it. */
char *vtc_efi_file_name(const grub_efi_device_path_t *path);

#endif

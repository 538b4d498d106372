/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Load and start EFI images by device path. */
#ifndef VTC_EFI_START_H
#define VTC_EFI_START_H

#include <grub/efi/api.h>

#include "vtc.h"

/* "\EFI\BOOT\BOOTX64.EFI" and the like, of the firmware's own machine type. */
extern const char vtc_efi_boot_file[];
extern const char vtc_efi_machine[]; /* "64-bit" or "32-bit", for messages */

/* A device path: base (up to its end node) + a file path node. The caller frees it. */
grub_efi_device_path_t *vtc_efi_path_append_file(const grub_efi_device_path_t *base,
                                                 const char *file);

/* Let the firmware attach its drivers to everything, once: it may have set up no more than the disk
 * it starts from. stick_path: that disk, which is left alone with its controller; or NULL. */
void vtc_efi_connect_all(const grub_efi_device_path_t *stick_path);

/* Attach drivers to one handle and what appears below it. */
void vtc_efi_connect(grub_efi_handle_t handle);

/*
 * Start vtc_efi_boot_file from the first file system below our vendor node that has it.
 * name: for messages. *found: 1 when a file system had it. Returns when the program does.
 */
grub_err_t vtc_efi_start_below_vdisk(const char *name, int *found);

/* LoadImage of path, or of source when it is not NULL. *image: NULL unless it succeeded. */
grub_efi_status_t vtc_efi_load(grub_efi_device_path_t *path, void *source,
                               grub_efi_uintn_t source_bytes, grub_efi_handle_t *image);

/* Is a status of LoadImage Secure Boot's no? */
int vtc_efi_refuses(grub_efi_status_t status);

/* Start a loaded image, guarded (efi_guard.h). Returns when it does; then the image is gone. */
grub_err_t vtc_efi_run(const char *name, grub_efi_handle_t image);

/* Start what LoadImage made of path (and of source, source_bytes, when not NULL). device: what
 * LoadedImage->DeviceHandle shall be, NULL to leave the firmware's. *found as above. What Secure Boot
 * refuses gets its page (efi_refused.h). */
grub_err_t vtc_efi_start(const char *name, grub_efi_device_path_t *path, void *source,
                         grub_efi_uintn_t source_bytes, grub_efi_handle_t device, int *found);

#endif

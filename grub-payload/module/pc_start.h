/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Load a boot image and jump to it in real mode, with the virtual drive in place. */
#ifndef VTC_PC_START_H
#define VTC_PC_START_H

#include "pc_resident.h"

/* What the BIOS would load from the medium: bytes of the virtual disk to a segment. */
struct vtc_pc_boot_image {
    grub_uint64_t off;   /* in the virtual disk */
    grub_uint32_t bytes; /* to load */
    grub_uint16_t segment;
    grub_uint8_t drive; /* DL at the jump */
};

/*
 * Read the boot image and set GRUB's loader; the jump happens when the menu entry ends. Takes
 * over resident, also on failure, and the overlay of boot unless it fails.
 */
grub_err_t vtc_pc_start(struct vtc_boot *boot, const struct vtc_pc_boot_image *image,
                        struct vtc_pc_resident *resident);

#endif

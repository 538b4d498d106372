/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fill in GRUB's BIOS boot sector and core image for their place on the disk. */
#ifndef VTC_HOST_BOOTCODE_H
#define VTC_HOST_BOOTCODE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Put boot code into a boot sector. boot: GRUB's boot.img, 512 bytes; lba0: the sector as the
 * partition table has it, of which only the boot code area (VTC_BOOT_CODE_BYTES) is changed.
 * core_lba512: where the core image begins. Field offsets: GRUB 2.06,
 * include/grub/i386/pc/boot.h (GRUB_BOOT_MACHINE_KERNEL_SECTOR, GRUB_BOOT_MACHINE_DRIVE_CHECK).
 * Returns 0, or -EINVAL when boot is not a boot sector.
 */
int vtc_bootcode_patch_boot(const uint8_t *boot, size_t boot_bytes, uint32_t core_lba512,
                            uint8_t lba0[512]);

/*
 * Make a copy of a core image that runs from core_lba512: its first sector (GRUB's diskboot.img)
 * gets one block list entry for the rest. out: of vtc_bootcode_core_bytes(core_bytes) bytes, the
 * last sector is filled up with zeros. Same header: struct grub_pc_bios_boot_blocklist.
 * Returns 0, or -EINVAL when the image is too short or too long (VTC_CORE_MAX_BYTES).
 */
int vtc_bootcode_patch_core(const uint8_t *core, size_t core_bytes, uint32_t core_lba512,
                            uint8_t *out);

/*
 * Undo that in place, so that the image can be compared with what it was made from: count and
 * segment of the block list are grub-mkimage's already, its LBA becomes diskboot.img's.
 * Returns 0, or -EINVAL when the block list does not lead to the core behind it.
 */
int vtc_bootcode_unpatch_core(uint8_t *core, size_t core_bytes, uint32_t core_lba512);

/* core_bytes rounded up to sectors of 512 bytes. */
size_t vtc_bootcode_core_bytes(size_t core_bytes);

#endif

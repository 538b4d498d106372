/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where everything is on a stick. All offsets are bytes from the start of the disk. */
#ifndef VENTOC_LAYOUT_H
#define VENTOC_LAYOUT_H

#include <ventoc/types.h>

#define VTC_MIB             (1024ull * 1024)
#define VTC_SLOT_COUNT      2u
#define VTC_SLOT_A_OFF      (1 * VTC_MIB)  /* FAT file system, boot payload */
#define VTC_SLOT_B_OFF      (32 * VTC_MIB) /* the same */
#define VTC_SLOT_BYTES      (31 * VTC_MIB)
#define VTC_RECORD_OFF_1    (63 * VTC_MIB)               /* stick record */
#define VTC_RECORD_OFF_2    (63 * VTC_MIB + VTC_MIB / 2) /* its second copy */
#define VTC_DATA_OFF        (64 * VTC_MIB)               /* data partition */
#define VTC_STICK_MIN_BYTES (256 * VTC_MIB)
#define VTC_MBR_MAX_SECTORS 0xffffffffull /* above this a GPT is needed */

/*
 * A stick converted from Ventoy's layout: its data partition keeps its place, from 1 MiB on, and both
 * slots share the 32 MiB behind it that were Ventoy's. What is at 63 MiB is the user's there, so the
 * record lies between the core images and 1 MiB. Sectors of 512 bytes only.
 */
#define VTC_CONVERTED_RECORD_OFF_1 (2040 * 512ull)
#define VTC_CONVERTED_RECORD_OFF_2 (2044 * 512ull)
#define VTC_CONVERTED_DATA_OFF     (1 * VTC_MIB)
#define VTC_CONVERTED_BOOT_BYTES   (32 * VTC_MIB) /* both slots and 1 MiB more */
#define VTC_CONVERTED_SLOT_BYTES   (31 * VTC_MIB / 2)

/*
 * BIOS core images live between the partition table and 1 MiB, on disks with 512-byte sectors.
 * Slot A starts right behind the table, slot B in the middle.
 */
#define VTC_CORE_A_MBR_LBA512 1u
#define VTC_CORE_A_GPT_LBA512 34u
#define VTC_CORE_B_LBA512     1024u
#define VTC_CORE_MAX_BYTES    ((1024u - 34u) * 512u)

/* GRUB's boot.img and diskboot.img: the fields an installer fills in (bytes from the start). */
#define VTC_BOOT_KERNEL_LBA_AT 0x5c  /* u64: LBA of the core image's first sector */
#define VTC_BOOT_DRIVE_CHECK   0x66  /* two bytes: 90 90 on a hard disk, keep the BIOS's DL */
#define VTC_BOOT_CODE_BYTES    440u  /* what of LBA 0 is boot code; the rest is the table's */
#define VTC_CORE_BLOCKLIST_AT  0x1f4 /* in the core's first sector: u64 LBA, u16 count, u16 seg */

/* LBA (512) of a slot's BIOS core image. gpt: nonzero when the disk has a GPT. */
static inline uint32_t vtc_core_lba512(unsigned slot, int gpt)
{
    return slot ? VTC_CORE_B_LBA512 : gpt ? VTC_CORE_A_GPT_LBA512 : VTC_CORE_A_MBR_LBA512;
}

#endif

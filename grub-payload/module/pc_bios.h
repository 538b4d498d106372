/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions to the BIOS's own int 13h. */
#ifndef VTC_PC_BIOS_H
#define VTC_PC_BIOS_H

#include <grub/types.h>

/* The first drive number from E0h on that no drive of the BIOS has; 0 when all are taken. */
unsigned vtc_pc_free_cd_drive(void);

/*
 * The 512-byte sectors the BIOS says a drive has (EDD-4 section 8.9).
 * Returns 0 when it has no extended reads or does not say; *sector_bytes: its sector size.
 */
grub_uint64_t vtc_pc_edd_sectors(unsigned drive, unsigned *sector_bytes);

/* One extended read (EDD-4 section 8.3) as it is, to an address below 1 MiB. Returns 1, or 0 when
 * the BIOS reports an error. */
int vtc_pc_read(unsigned drive, grub_uint64_t lba512, grub_uint16_t sectors, grub_addr_t low);

#endif

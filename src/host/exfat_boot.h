/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The exFAT boot region, re-expressed for the disk it is going to. */
#ifndef VTC_HOST_EXFAT_BOOT_H
#define VTC_HOST_EXFAT_BOOT_H

#include <stdint.h>

#include "host/error.h"

/*
 * mkfs.exfat formats a file for 512-byte sectors and does not know where the partition will be.
 * Rewrite both boot regions (main and backup) of the volume in fd for sectors of sector_bytes
 * (512 or 4096) and a partition that starts at part_off bytes: the fields that count sectors,
 * PartitionOffset, the extended boot sectors and the checksum sector. FAT and cluster heap keep
 * their byte offsets. Microsoft exFAT specification 1.00, sections 3.1 to 3.4.
 * Returns 0; -EINVAL when the boot sector is not as expected or a field is not a whole number of
 * the larger sectors; -errno.
 */
int vtc_exfat_boot_rewrite(int fd, uint64_t part_off, uint32_t sector_bytes, struct vtc_error *err);

/* Checksum of the first eleven sectors of a boot region (section 3.4, figure 1). */
uint32_t vtc_exfat_boot_checksum(const uint8_t *region, uint32_t sector_bytes);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A range of a disk as one more partition of it, for kernels without loop and device mapper; and
 * partitions made read-only. */
#ifndef VTC_LINUX_BLKPG_H
#define VTC_LINUX_BLKPG_H

#include "sys.h"

/* Add [off, off + bytes) of the open disk as a partition; those the kernel knows there are forgotten
 * first, as it refuses overlaps (the table on the disk is not touched). partition: its name, of
 * capacity_bytes. Returns 0 or -1. */
int vtc_blkpg_add(const struct vtc_sys *sys, int disk_fd, const char *disk, uint64_t off,
                  uint64_t bytes, char *partition, uint32_t capacity_bytes);

/* Make every partition of the disk but the one named except read-only until it is plugged in anew; with
 * whole, the disk too. Kernels before 5.12 forget it when they look at the disk's table or size again.
 * Returns how many are not read-only then. */
unsigned vtc_blkpg_read_only(const struct vtc_sys *sys, const char *disk, int whole,
                             const char *except);

#endif

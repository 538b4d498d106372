/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Device-mapper devices of linear pieces, by ioctl (include/uapi/linux/dm-ioctl.h). */
#ifndef VTC_LINUX_DM_H
#define VTC_LINUX_DM_H

#include <ventoc/extents.h>

#include "sys.h"

/* The control device, -1 when this kernel has no device mapper. The caller closes it. */
int vtc_dm_open(const struct vtc_sys *sys);

/* Bytes that vtc_dm_table() may need. */
size_t vtc_dm_table_bytes(uint32_t extent_count);

/*
 * The argument of DM_TABLE_LOAD: header and one target for each piece, over the device major:minor.
 * buf: zeroed, aligned to 8. The pieces are cut at bytes, a multiple of 512 as they are. name: of the
 * device. Returns the length, 0 when it does not fit, a piece is not whole sectors or they are too
 * short.
 */
size_t vtc_dm_table(void *buf, size_t capacity_bytes, const char *name, uint32_t major,
                    uint32_t minor, const struct vtc_extent *extent, uint32_t extent_count,
                    uint64_t bytes, int writable);

/* Make the device: /dev/mapper/NAME for those that have udev. table: of vtc_dm_table(); it is written
 * over. *minor: it is dm-MINOR. Returns 0 or -1, then there is no device. */
int vtc_dm_create(int control_fd, const char *name, const char *uuid, void *table, uint32_t *minor);

/* Take one back. */
void vtc_dm_remove(int control_fd, const char *name);

#endif

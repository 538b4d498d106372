/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which ranges of a disk a plan overwrites, each of them once. */
#ifndef VTC_HOST_BACKUP_RANGES_H
#define VTC_HOST_BACKUP_RANGES_H

#include "host/backup_format.h"
#include "host/plan.h"

/*
 * The ranges, rounded out to whole sectors, sorted, without overlaps, none longer than
 * VTC_BACKUP_RANGE_MAX_BYTES; off, bytes and stage (the last that writes there) are filled in.
 * *ranges is from calloc(), for the caller to free. Returns 0; -E2BIG when there are more than
 * VTC_BACKUP_RANGE_MAX_COUNT; -ENOMEM.
 */
int vtc_backup_ranges(const struct vtc_plan *plan, uint64_t disk_bytes, uint32_t sector_bytes,
                      struct vtc_backup_range **ranges, uint32_t *count);

#endif

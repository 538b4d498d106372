/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plan writes to the structures of an exFAT volume. Each function returns 0 or -errno. */
#ifndef VTC_HOST_EXFAT_PLAN_H
#define VTC_HOST_EXFAT_PLAN_H

#include "host/exfat_alloc.h"
#include "host/exfat_dir.h"
#include "host/plan.h"

/* The boot sector with VolumeDirty (section 3.1.13.2) set or cleared; PercentInUse (3.1.18) too
 * when it is cleared, where it was known before. Neither is part of the boot checksum. */
int vtc_exfat_plan_boot(const struct vtc_exfat_volume *volume, struct vtc_plan *plan, int dirty);

/* The parts of the bitmap that were changed in memory. */
int vtc_exfat_plan_bitmap(const struct vtc_exfat_volume *volume, struct vtc_plan *plan);

/*
 * FAT entries (section 4.1) that link these runs, with the end behind the last. Up to gap entries
 * between neighbouring runs are written again as they are on the disk, so that many runs are few
 * writes: entries there that were planned before would be lost.
 */
int vtc_exfat_plan_chain(const struct vtc_exfat_volume *volume, struct vtc_plan *plan,
                         const struct vtc_exfat_run *run, size_t count, uint32_t gap,
                         const char *reason);

/* One FAT entry: next follows cluster; UINT32_MAX: nothing does. */
int vtc_exfat_plan_link(const struct vtc_exfat_volume *volume, struct vtc_plan *plan,
                        uint32_t cluster, uint32_t next, const char *reason);

/* Part of a directory as it is in memory. */
int vtc_exfat_plan_dir(const struct vtc_exfat_volume *volume, struct vtc_plan *plan,
                       const struct vtc_exfat_dir *dir, size_t at, size_t bytes,
                       const char *reason);

#endif

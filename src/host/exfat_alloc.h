/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Find and take free clusters of an exFAT volume. */
#ifndef VTC_HOST_EXFAT_ALLOC_H
#define VTC_HOST_EXFAT_ALLOC_H

#include <stddef.h>

#include "host/exfat_volume.h"

struct vtc_exfat_run {
    uint32_t cluster, count;
};

struct vtc_exfat_runs {
    struct vtc_exfat_run *v; /* from malloc() */
    size_t count;
};

/*
 * Take count clusters: the first free run that holds them all; where there is none, the fewest
 * runs (the longest ones), in the order of the disk. Marks them in the volume's bitmap in memory.
 * Returns 0; -ENOSPC when there are not so many; -ENOMEM. free(runs->v) in any case.
 */
int vtc_exfat_alloc_take(struct vtc_exfat_volume *volume, uint32_t count,
                         struct vtc_exfat_runs *runs);

/* Take exactly this cluster. Returns 1 when it exists and was free, else 0. */
int vtc_exfat_alloc_at(struct vtc_exfat_volume *volume, uint32_t cluster);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the maps of the hand-off to block devices of the guest. */
#ifndef VTC_LINUX_DEVICES_H
#define VTC_LINUX_DEVICES_H

#include <ventoc/handoff.h>

#include "disks.h"
#include "sys.h"

/* What this kernel has. */
#define VTC_DEVICES_LOOP  1u
#define VTC_DEVICES_DM    2u
#define VTC_DEVICES_BLKPG 4u /* every kernel; taken away when it was tried in vain */

enum vtc_devices_way {
    VTC_DEVICES_NONE,
    VTC_DEVICES_BY_DM_LOOP,   /* device mapper over a loop over the disk */
    VTC_DEVICES_BY_LOOP,      /* a loop with an offset */
    VTC_DEVICES_BY_DM,        /* device mapper on the disk: its partitions cannot be mounted then */
    VTC_DEVICES_BY_PARTITION, /* one more partition of the disk */
    VTC_DEVICES_BY_LOOP_DM,   /* a disk image in pieces: a loop that looks for partitions over dm */
};

/* The best way for a map with what the kernel has. */
enum vtc_devices_way vtc_devices_choose(const struct vtc_handoff_map *map, uint32_t have);

/* Make all of them on the disk, and the disk and its partitions read-only as far as nothing has to
 * be written. The disk is opened once and checked anew. Returns how many of the maps have no device,
 * 0 is success; -1: it is not the stick any more, nothing was made. */
int vtc_devices_make(const struct vtc_sys *sys, const struct vtc_handoff *h,
                     const struct vtc_disk *disk);

#endif

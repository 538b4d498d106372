/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The frame of growing a file in a partition (<ventoc/grow_disk.h>), whatever the file system. */
#ifndef VENTOC_GROW_PART_H
#define VENTOC_GROW_PART_H

#include <ventoc/grow_plan.h>

/* What is to be done: the arguments of vtc_grow_ext4_file() and vtc_grow_fat_volume_file(). */
struct vtc_grow_part {
    uint64_t off, bytes; /* the partition in the image */
    const char *path;
    const struct vtc_grow_tail *tail;
};

/* Check the partition, have `grow` collect a plan, carry it out or take all back. *why: set to NULL
 * first; whoever returns VTC_ENOTSUP sets it.
 * Returns 0; VTC_EINVAL: the partition does not lie in the image or not at a multiple of 512;
 * VTC_ENOTSUP: the image is too long; VTC_ENOSPC; what grow() returned. */
int vtc_grow_part(const struct vtc_grow *g, const struct vtc_grow_part *part,
                  int (*grow)(struct vtc_grow_plan *p, const struct vtc_grow_part *part,
                              const char **why),
                  const char **why);

#endif

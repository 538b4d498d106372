/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ext2/3/4: blocks more behind the last one of a file, by extent tree or by the old block map, in a
 * plan for an image. For grow_ext4.c. */
#ifndef VENTOC_EXT4_APPEND_H
#define VENTOC_EXT4_APPEND_H

#include <ventoc/ext4_map.h>
#include <ventoc/ext4_space.h>

struct vtc_ext4_append {
    const struct vtc_ext4_space *space;
    uint64_t map_off;     /* of i_block in the plan's reader */
    uint32_t csum_seed;   /* of the inode */
    uint64_t last_block;  /* where the file ends, 0: it has no block */
    uint32_t block_count; /* it has; all of them are in use */
    uint32_t more_count;  /* to be appended, > 0 */
    uint32_t taken_count; /* result: blocks taken in all */
    uint64_t block;       /* result: the first new one; the others follow */
};

/* Take blocks and put them into the map.
 * Returns 0; VTC_ENOTSUP with *why: no room, an extent tree that is full, preallocated blocks;
 * VTC_EFORMAT; VTC_ENOSPC: the plan's arena is full; ... */
int vtc_ext4_append_extents(struct vtc_ext4_append *a, const char **why);
int vtc_ext4_append_pointers(struct vtc_ext4_append *a, const char **why);

/* Zero a block of the file system in the plan: a new node of the map. */
int vtc_ext4_append_zero(const struct vtc_ext4_append *a, uint64_t block);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Free blocks of an ext2/3/4 file system: finding and taking them, in a plan for an image
 * (<ventoc/grow_plan.h>), with the checksums that go with it. For grow_ext4.c. */
#ifndef VENTOC_EXT4_SPACE_H
#define VENTOC_EXT4_SPACE_H

#include <ventoc/ext4_journal.h>
#include <ventoc/grow_plan.h>

struct vtc_ext4_space {
    struct vtc_grow_plan *plan;
    const struct vtc_ext4 *fs;
    uint32_t first_block; /* of group 0 */
    uint32_t group_shift; /* blocks in a group, as a power of two */
    uint32_t group_count;
    int has_csum, has_gdt_csum; /* metadata_csum; the older kind, of group descriptors alone */
    int has_huge_file;
    int has_log; /* not unmounted cleanly: */
    struct vtc_ext4_journal journal;
    uint32_t csum_seed;
    uint8_t uuid[16];
};

/* fs: opened on plan->reader. Returns 0; VTC_ENOTSUP with *why: not unmounted cleanly (and without a
 * journal that says what is out of date), clusters of several blocks, shared blocks, an unknown
 * read-only feature; VTC_EFORMAT; ... */
int vtc_ext4_space_open(struct vtc_ext4_space *space, const struct vtc_ext4 *fs,
                        struct vtc_grow_plan *plan, const char **why);

/* A run of `count` free blocks inside one group: at `goal` when it is free there (0: anywhere), else
 * the first one in the groups from goal's on, round to it again. Nothing is taken yet.
 *
 * A group whose bitmap has a newer copy in the journal is passed over: what lies on the disk may be
 * from before or after that, for the bitmap and for each inode on its own. In all other groups
 * nothing was taken or freed since the journal's oldest transaction, and everything older is on the
 * disk: what is free there belongs to nothing a boot loader can see.
 * Returns 0; VTC_ENOTSUP with *why: there is none; VTC_EFORMAT; ... */
int vtc_ext4_space_find(const struct vtc_ext4_space *space, uint64_t goal, uint32_t count,
                        uint64_t *block, const char **why);

/* Mark the blocks of a run that was found: bitmap, descriptor, super block. */
int vtc_ext4_space_take(const struct vtc_ext4_space *space, uint64_t block, uint32_t count);

/* vtc_crc32c() over bytes of plan->reader. Returns 0 or the reader's error. */
int vtc_ext4_space_crc(const struct vtc_ext4_space *space, uint32_t *crc, uint64_t off,
                       uint64_t bytes);

#endif

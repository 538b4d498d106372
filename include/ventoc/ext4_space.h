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
    int has_sparse_super, has_sparse_super2; /* not every group has a copy of the super block */
    uint32_t backup_group[2];                /* those of sparse_super2 */
    uint32_t reserved_desc_blocks;           /* behind each copy of the descriptors */
    int has_log;                             /* not unmounted cleanly: */
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

/* ---- groups, for ext4_space.c -------------------------------------------------------------- */

struct vtc_ext4_group {
    uint64_t first, desc_off; /* its first block; its descriptor in the plan's reader */
    uint64_t bitmap_off;
    uint32_t block_count, free_count;
    int is_uninit; /* its bitmap was never written */
    uint8_t desc[64];
};

int vtc_ext4_group_read(const struct vtc_ext4_space *space, uint32_t number,
                        struct vtc_ext4_group *g);

/* Set count bits of the bitmap. */
int vtc_ext4_group_mark(const struct vtc_ext4_space *space, const struct vtc_ext4_group *g,
                        uint32_t bit, uint32_t count);

/* A group that is_uninit: where in it count blocks are free behind its own metadata. Returns 0 or
 * VTC_ENOENT: there is not so much room, or there is something else in the group. */
int vtc_ext4_group_room(const struct vtc_ext4_space *space, const struct vtc_ext4_group *g,
                        uint32_t number, uint32_t count, uint32_t *bit);

/* Write the bitmap of a group that is_uninit. */
int vtc_ext4_group_init(const struct vtc_ext4_space *space, struct vtc_ext4_group *g,
                        uint32_t number);

/* Write the descriptor: free_count, and the checksums of bitmap and descriptor. */
int vtc_ext4_group_write(const struct vtc_ext4_space *space, struct vtc_ext4_group *g,
                         uint32_t number);

#endif

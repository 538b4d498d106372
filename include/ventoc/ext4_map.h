/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ext2/3/4: inodes and their block mapping; shared by ext4.c and ext4_path.c. */
#ifndef VENTOC_EXT4_MAP_H
#define VENTOC_EXT4_MAP_H

#include <ventoc/ext4.h>

/* i_mode's file types and i_flags: kernel documentation, filesystems/ext4, "Index Nodes". */
#define VTC_EXT4_TYPE_MASK  0xf000u
#define VTC_EXT4_DIR        0x4000u
#define VTC_EXT4_REGULAR    0x8000u
#define VTC_EXT4_SYMLINK    0xa000u

#define VTC_EXT4_COMPRESSED 0x00000200u
#define VTC_EXT4_ENCRYPTED  0x00000800u
#define VTC_EXT4_EXTENTS    0x00080000u
#define VTC_EXT4_INLINE     0x10000000u

struct vtc_ext4_inode {
    uint64_t block_map_off; /* i_block's byte offset on the disk */
    uint64_t bytes;         /* size */
    uint32_t flags;
    uint32_t type; /* of VTC_EXT4_TYPE_MASK */
};

/* Read inode number `number`. Returns 0, VTC_EFORMAT, or the reader's error. */
int vtc_ext4_inode_read(const struct vtc_ext4 *fs, uint32_t number, struct vtc_ext4_inode *inode);

/*
 * Visit the runs of blocks of an inode in file order, up to its size: no holes, each inside the
 * file system. block, count: in blocks. visit() returning nonzero stops and is passed on.
 * Returns 0; VTC_EHOLE with *why "sparse" or "not fully written"; VTC_EFORMAT.
 */
int vtc_ext4_map_walk(const struct vtc_ext4 *fs, const struct vtc_ext4_inode *inode,
                      int (*visit)(void *ctx, uint64_t block, uint32_t count), void *ctx,
                      const char **why);

#endif

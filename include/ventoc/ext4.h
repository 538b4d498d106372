/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ext2/3/4, read only: from a path to the extents of a regular file. */
#ifndef VENTOC_EXT4_H
#define VENTOC_EXT4_H

#include <ventoc/types.h>

#include <ventoc/extents.h>

struct vtc_ext4 {
    const struct vtc_reader *disk; /* the whole disk */
    uint64_t part_off, part_bytes;
    uint32_t block_bytes, inode_bytes, inodes_per_group, inode_count, group_count;
    uint32_t desc_bytes; /* group descriptor size */
    uint64_t block_count;
    uint32_t incompat;
};

/* Kernel documentation, filesystems/ext4: superblock at byte 1024. Journal replay is not done: a
 * file system that needs it is read as it stands. Returns 0, VTC_ENOENT, VTC_EFORMAT,
 * VTC_ENOTSUP (an incompatible feature that changes the layout we rely on). */
int vtc_ext4_open(struct vtc_ext4 *fs, const struct vtc_reader *disk, uint64_t part_off,
                  uint64_t part_bytes);

/* "/dir/name" to an inode number; directories read linearly (htree is compatible); symbolic links
 * followed, at most 8 (then VTC_ENOTSUP). Returns 0, VTC_ENOENT, VTC_ENOTSUP, VTC_EFORMAT. */
int vtc_ext4_lookup(const struct vtc_ext4 *fs, const char *path, uint32_t *inode);

/* The extents (or, without the EXTENTS flag, block map) of a regular file; *file_bytes its size.
 * VTC_EHOLE with *why "sparse" or "not fully written" (unwritten extent), VTC_ENOTSUP with
 * "not a regular file", "inline", "encrypted", "compressed"; VTC_EFORMAT. list: empty. */
int vtc_ext4_extents(const struct vtc_ext4 *fs, uint32_t inode, uint64_t *file_bytes,
                     struct vtc_extents *list, const char **why);

#endif

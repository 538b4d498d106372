/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ext2/3/4: inodes and their block mapping; shared by ext4.c and ext4_path.c. */
#ifndef VENTOC_EXT4_MAP_H
#define VENTOC_EXT4_MAP_H

#include <ventoc/bytes.h>
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

/* Why a file of this kind cannot be given as extents ("inline", see vtc_ext4_extents()), or NULL. */
const char *vtc_ext4_refusal(const struct vtc_ext4_inode *inode);

/*
 * Visit the runs of blocks of an inode in file order, up to its size: no holes, each inside the
 * file system. block, count: in blocks. visit() returning nonzero stops and is passed on.
 * Returns 0; VTC_EHOLE with *why "sparse" or "not fully written"; VTC_EFORMAT.
 */
int vtc_ext4_map_walk(const struct vtc_ext4 *fs, const struct vtc_ext4_inode *inode,
                      int (*visit)(void *ctx, uint64_t block, uint32_t count), void *ctx,
                      const char **why);

/* rec_len of a directory entry: with blocks of 64 KiB, 65535 or 0 stands for the whole block. */
static inline uint32_t vtc_ext4_entry_bytes(const struct vtc_ext4 *fs, const uint8_t *entry)
{
    uint32_t bytes = vtc_le16(entry + 4);

    return fs->block_bytes == 65536 && (bytes == 65535 || !bytes) ? 65536 : bytes;
}

/* ---- directories and files ----------------------------------------------------------------- */

#define VTC_EXT4_ENTRY_ANY     0u /* a directory entry's type: not said */
#define VTC_EXT4_ENTRY_FILE    1u
#define VTC_EXT4_ENTRY_DIR     2u
#define VTC_EXT4_ENTRY_SYMLINK 7u

struct vtc_ext4_dirent {
    uint32_t inode;
    uint8_t type, name_bytes; /* type: as above, or others: devices ... */
    const uint8_t *name;      /* as it is on the disk; valid during the visit */
};

/* Visit the entries of a directory that are in use, "." and ".." among them. A directory has at most
 * 16384 blocks: hostile ones show the same few over and over. Nonzero from visit() stops and is
 * passed on. Returns 0, what visit() returned, VTC_ENOENT: not a directory, VTC_ENOTSUP: inline or
 * encrypted, VTC_EFORMAT, ... */
int vtc_ext4_dir_walk(const struct vtc_ext4 *fs, const struct vtc_ext4_inode *dir,
                      int (*visit)(void *ctx, const struct vtc_ext4_dirent *entry), void *ctx);

struct vtc_ext4_entry {
    uint32_t inode;
    uint8_t type;   /* as above, or others: devices ... */
    char name[256]; /* as it is on the disk, ended by 0 */
};

/* Visit the entries of directory `inode`, "." and ".." left out, and names that hold a slash or a NUL
 * byte. Results as vtc_ext4_dir_walk(). */
int vtc_ext4_list(const struct vtc_ext4 *fs, uint32_t inode,
                  int (*visit)(void *ctx, const struct vtc_ext4_entry *entry), void *ctx);

/* Read [off, off+bytes) of a regular file. Returns 0; VTC_EFORMAT: beyond its end, or damaged;
 * VTC_EHOLE; VTC_ENOTSUP: inline, encrypted or compressed; ... */
int vtc_ext4_read(const struct vtc_ext4 *fs, const struct vtc_ext4_inode *inode, uint64_t off,
                  void *buf, uint32_t bytes);

#endif

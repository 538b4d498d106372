/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A minimal ext4 volume in memory for the tests of damaged structures: blocks of 1 KiB, one
 * group, 32 inodes of 128 bytes. Only its metadata is backed by memory. */
#ifndef TESTS_UNIT_EXT4_VOLUME_H
#define TESTS_UNIT_EXT4_VOLUME_H

#include <ventoc/ext4.h>

#include "fixture.h"

#define VOLUME_BLOCK       1024u
#define VOLUME_BLOCKS      8192u
#define VOLUME_PART_OFF    65536u /* bytes; the partition on the disk */
#define VOLUME_BACKED      256u   /* blocks that exist in memory */
#define VOLUME_INODE_TABLE 5u     /* block */
#define VOLUME_ROOT_BLOCK  10u    /* the root directory */
#define VOLUME_FILE        12u    /* inode of "/file" */

struct ext4_volume {
    struct fixture_memdisk mem;
    struct vtc_reader disk;
    struct vtc_ext4 fs; /* opened */
};

/* A sound volume whose /file is empty. ext4_volume_free() releases it. */
void ext4_volume_make(struct ext4_volume *vol);
void ext4_volume_free(struct ext4_volume *vol);

/* A block's or an inode's bytes. */
uint8_t *ext4_volume_block(struct ext4_volume *vol, uint32_t block);
uint8_t *ext4_volume_inode(struct ext4_volume *vol, uint32_t number);

/* Make an inode: mode with the type, flags, size; its i_block is zeroed and returned. */
uint8_t *ext4_volume_set_inode(struct ext4_volume *vol, uint32_t number, uint16_t mode,
                               uint32_t flags, uint64_t bytes);

/* Nodes of extent trees, at node: a header; entry i of a leaf or of an index. */
void ext4_volume_put_header(uint8_t *node, uint16_t entries, uint16_t depth);
void ext4_volume_put_extent(uint8_t *node, uint32_t i, uint32_t logical, uint16_t count,
                            uint32_t block);
void ext4_volume_put_index(uint8_t *node, uint32_t i, uint32_t logical, uint32_t block);

/* A directory entry at byte `at` of a directory block; returns where the next one goes. */
uint32_t ext4_volume_put_entry(uint8_t *block, uint32_t at, uint32_t inode, const char *name,
                               uint16_t entry_bytes);

#endif

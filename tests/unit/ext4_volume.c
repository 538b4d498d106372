/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ventoc/bytes.h>

#include "ext4_volume.h"

uint8_t *ext4_volume_block(struct ext4_volume *vol, uint32_t block)
{
    assert_in_range(block, 0, VOLUME_BACKED - 1);
    return vol->mem.bytes + VOLUME_PART_OFF + (size_t)block * VOLUME_BLOCK;
}

uint8_t *ext4_volume_inode(struct ext4_volume *vol, uint32_t number)
{
    return ext4_volume_block(vol, VOLUME_INODE_TABLE) + (number - 1) * 128;
}

uint8_t *ext4_volume_set_inode(struct ext4_volume *vol, uint32_t number, uint16_t mode,
                               uint32_t flags, uint64_t bytes)
{
    uint8_t *inode = ext4_volume_inode(vol, number);

    memset(inode, 0, 128);
    vtc_put_le16(inode, mode);
    vtc_put_le32(inode + 4, (uint32_t)bytes);
    vtc_put_le32(inode + 32, flags);
    vtc_put_le32(inode + 108, (uint32_t)(bytes >> 32));
    return inode + 40;
}

void ext4_volume_put_header(uint8_t *node, uint16_t entries, uint16_t depth)
{
    vtc_put_le16(node, 0xf30a);
    vtc_put_le16(node + 2, entries);
    vtc_put_le16(node + 4, entries < 4 ? 4 : entries);
    vtc_put_le16(node + 6, depth);
}

void ext4_volume_put_extent(uint8_t *node, uint32_t i, uint32_t logical, uint16_t count,
                            uint32_t block)
{
    uint8_t *e = node + 12 + (size_t)12 * i;

    vtc_put_le32(e, logical);
    vtc_put_le16(e + 4, count);
    vtc_put_le16(e + 6, 0);
    vtc_put_le32(e + 8, block);
}

void ext4_volume_put_index(uint8_t *node, uint32_t i, uint32_t logical, uint32_t block)
{
    uint8_t *e = node + 12 + (size_t)12 * i;

    vtc_put_le32(e, logical);
    vtc_put_le32(e + 4, block);
    vtc_put_le32(e + 8, 0);
}

uint32_t ext4_volume_put_entry(uint8_t *block, uint32_t at, uint32_t inode, const char *name,
                               uint16_t entry_bytes)
{
    vtc_put_le32(block + at, inode);
    vtc_put_le16(block + at + 4, entry_bytes);
    block[at + 6] = (uint8_t)strlen(name);
    memcpy(block + at + 8, name, strlen(name));
    return at + entry_bytes;
}

void ext4_volume_make(struct ext4_volume *vol)
{
    uint8_t *super, *map, *dir;

    vol->disk = fixture_memdisk_make(&vol->mem, VOLUME_PART_OFF + VOLUME_BACKED * VOLUME_BLOCK);
    super = ext4_volume_block(vol, 1);
    vtc_put_le32(super, 32);
    vtc_put_le32(super + 4, VOLUME_BLOCKS);
    vtc_put_le32(super + 20, 1);
    vtc_put_le32(super + 32, VOLUME_BLOCKS);
    vtc_put_le32(super + 40, 32);
    vtc_put_le16(super + 56, 0xef53);
    vtc_put_le32(super + 76, 1);
    vtc_put_le16(super + 88, 128);
    vtc_put_le32(super + 96, 0x42); /* filetype, extents */
    vtc_put_le32(ext4_volume_block(vol, 2) + 8, VOLUME_INODE_TABLE);

    map = ext4_volume_set_inode(vol, 2, 0x41ed, 0x80000, VOLUME_BLOCK);
    ext4_volume_put_header(map, 1, 0);
    ext4_volume_put_extent(map, 0, 0, 1, VOLUME_ROOT_BLOCK);
    dir = ext4_volume_block(vol, VOLUME_ROOT_BLOCK);
    ext4_volume_put_entry(dir, 0, 2, ".", 12);
    ext4_volume_put_entry(dir, 12, 2, "..", 12);
    ext4_volume_put_entry(dir, 24, VOLUME_FILE, "file", VOLUME_BLOCK - 24);

    map = ext4_volume_set_inode(vol, VOLUME_FILE, 0x81a4, 0x80000, 0);
    ext4_volume_put_header(map, 0, 0);
    assert_int_equal(vtc_ext4_open(&vol->fs, &vol->disk, VOLUME_PART_OFF,
                                   (uint64_t)VOLUME_BLOCKS * VOLUME_BLOCK),
                     VTC_OK);
}

void ext4_volume_free(struct ext4_volume *vol)
{
    fixture_memdisk_free(&vol->mem);
}

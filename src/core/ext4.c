/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ext2/3/4: super block, group descriptors, inodes (kernel documentation, filesystems/ext4). */
#include <ventoc/bytes.h>
#include <ventoc/ext4_map.h>

#define SUPER_OFF   1024u
#define SUPER_BYTES 512u /* what of the 1024 we look at */
#define SUPER_MAGIC 0xef53u

/* s_feature_incompat. The ones we can ignore change nothing we read, or only single files (then
 * a flag of the inode says so); any other is refused: also meta_bg, which moves descriptors. */
#define INCOMPAT_FILETYPE  0x00002u
#define INCOMPAT_RECOVER   0x00004u
#define INCOMPAT_EXTENTS   0x00040u
#define INCOMPAT_64BIT     0x00080u
#define INCOMPAT_MMP       0x00100u
#define INCOMPAT_FLEX_BG   0x00200u
#define INCOMPAT_EA_INODE  0x00400u
#define INCOMPAT_CSUM_SEED 0x02000u
#define INCOMPAT_LARGEDIR  0x04000u
#define INCOMPAT_INLINE    0x08000u
#define INCOMPAT_ENCRYPT   0x10000u
#define INCOMPAT_CASEFOLD  0x20000u
#define INCOMPAT_KNOWN                                                                             \
    (INCOMPAT_FILETYPE | INCOMPAT_RECOVER | INCOMPAT_EXTENTS | INCOMPAT_64BIT | INCOMPAT_MMP |     \
     INCOMPAT_FLEX_BG | INCOMPAT_EA_INODE | INCOMPAT_CSUM_SEED | INCOMPAT_LARGEDIR |               \
     INCOMPAT_INLINE | INCOMPAT_ENCRYPT | INCOMPAT_CASEFOLD)

#define INODE_BYTES   128u /* what we need of each */
#define INODE_MAP_AT  40u
#define DESC_TABLE_AT 8u
#define DESC_HIGH_AT  40u

/* Sizes of things from the super block, all checked. */
static int parse_super(struct vtc_ext4 *fs, const uint8_t *super)
{
    uint32_t log_block = vtc_le32(super + 24);

    fs->inode_count = vtc_le32(super);
    fs->block_count = vtc_le32(super + 4);
    fs->inodes_per_group = vtc_le32(super + 40);
    fs->inode_bytes = 128;
    fs->desc_bytes = 32;
    fs->incompat = vtc_le32(super + 96);
    if (fs->incompat & ~INCOMPAT_KNOWN)
        return VTC_ENOTSUP;
    if (vtc_le32(super + 76)) /* s_rev_level: 0 has inodes of 128 bytes */
        fs->inode_bytes = vtc_le16(super + 88);
    if (fs->incompat & INCOMPAT_64BIT) {
        fs->block_count |= (uint64_t)vtc_le32(super + 336) << 32;
        fs->desc_bytes = vtc_le16(super + 254);
        if (fs->desc_bytes < 64)
            return VTC_EFORMAT;
    }
    if (log_block > 6)
        return VTC_EFORMAT;
    fs->block_bytes = 1024u << log_block;
    if (fs->inode_bytes < INODE_BYTES || fs->inode_bytes > fs->block_bytes ||
        (fs->inode_bytes & (fs->inode_bytes - 1)) || fs->desc_bytes > fs->block_bytes ||
        (fs->desc_bytes & (fs->desc_bytes - 1)))
        return VTC_EFORMAT;
    if (!fs->inodes_per_group || fs->inodes_per_group > 8 * fs->block_bytes ||
        fs->block_count > fs->part_bytes >> (10 + log_block))
        return VTC_EFORMAT;
    fs->group_count = fs->inode_count / fs->inodes_per_group;
    return fs->group_count ? VTC_OK : VTC_EFORMAT;
}

int vtc_ext4_open(struct vtc_ext4 *fs, const struct vtc_reader *disk, uint64_t part_off,
                  uint64_t part_bytes)
{
    uint8_t super[SUPER_BYTES];
    int rc;

    if (part_bytes > UINT64_MAX - part_off)
        return VTC_EINVAL;
    if (part_bytes < SUPER_OFF + SUPER_BYTES)
        return VTC_ENOENT;
    rc = vtc_reader_read(disk, part_off + SUPER_OFF, super, SUPER_BYTES);
    if (rc)
        return rc;
    if (vtc_le16(super + 56) != SUPER_MAGIC)
        return VTC_ENOENT;
    fs->disk = disk;
    fs->part_off = part_off;
    fs->part_bytes = part_bytes;
    return parse_super(fs, super);
}

/* The block where a group's inode table begins. */
static int inode_table(const struct vtc_ext4 *fs, uint32_t group, uint64_t *block)
{
    /* The descriptors follow the super block, which lies in block 1 of 1024 bytes or in block 0. */
    uint64_t table = fs->block_bytes == 1024 ? 2048 : fs->block_bytes;
    uint8_t desc[64];
    uint32_t bytes = fs->desc_bytes < 64 ? 32 : 64;
    int rc = vtc_reader_read(fs->disk, fs->part_off + table + (uint64_t)group * fs->desc_bytes,
                             desc, bytes);

    if (rc)
        return rc;
    *block = vtc_le32(desc + DESC_TABLE_AT);
    if (bytes == 64)
        *block |= (uint64_t)vtc_le32(desc + DESC_HIGH_AT) << 32;
    return VTC_OK;
}

int vtc_ext4_inode_read(const struct vtc_ext4 *fs, uint32_t number, struct vtc_ext4_inode *inode)
{
    uint32_t group, bytes_before;
    uint8_t raw[INODE_BYTES];
    uint64_t block, off;
    int rc;

    if (!number || (number - 1) / fs->inodes_per_group >= fs->group_count)
        return VTC_EFORMAT;
    group = (number - 1) / fs->inodes_per_group;
    bytes_before = (number - 1) % fs->inodes_per_group * fs->inode_bytes;
    rc = inode_table(fs, group, &block);
    if (rc)
        return rc;
    if (!block || block >= fs->block_count)
        return VTC_EFORMAT;
    off = block * fs->block_bytes + bytes_before;
    if (off > fs->part_bytes - INODE_BYTES)
        return VTC_EFORMAT;
    rc = vtc_reader_read(fs->disk, fs->part_off + off, raw, INODE_BYTES);
    if (rc)
        return rc;
    inode->block_map_off = fs->part_off + off + INODE_MAP_AT;
    inode->type = vtc_le16(raw) & VTC_EXT4_TYPE_MASK;
    inode->flags = vtc_le32(raw + 32);
    inode->bytes = vtc_le32(raw + 4);
    if (inode->type == VTC_EXT4_REGULAR) /* of others it may hold an ACL's block */
        inode->bytes |= (uint64_t)vtc_le32(raw + 108) << 32;
    return VTC_OK;
}

/* Carries the list through vtc_ext4_map_walk(). */
struct adding {
    const struct vtc_ext4 *fs;
    struct vtc_extents *list;
};

static int add_run(void *ctx, uint64_t block, uint32_t count)
{
    const struct adding *a = ctx;

    return vtc_extents_add(a->list, a->fs->part_off + block * a->fs->block_bytes,
                           (uint64_t)count * a->fs->block_bytes);
}

const char *vtc_ext4_refusal(const struct vtc_ext4_inode *inode)
{
    if (inode->type != VTC_EXT4_REGULAR)
        return "not a regular file";
    if (inode->flags & VTC_EXT4_INLINE)
        return "inline";
    if (inode->flags & VTC_EXT4_ENCRYPTED)
        return "encrypted";
    if (inode->flags & VTC_EXT4_COMPRESSED)
        return "compressed";
    return NULL;
}

int vtc_ext4_extents(const struct vtc_ext4 *fs, uint32_t inode, uint64_t *file_bytes,
                     struct vtc_extents *list, const char **why)
{
    struct adding adding = {fs, list};
    struct vtc_ext4_inode node;
    const char *reason;
    int rc = vtc_ext4_inode_read(fs, inode, &node);

    if (rc)
        return rc;
    reason = vtc_ext4_refusal(&node);
    if (reason) {
        *why = reason;
        return VTC_ENOTSUP;
    }
    *file_bytes = node.bytes;
    rc = vtc_ext4_map_walk(fs, &node, add_run, &adding, why);
    if (rc)
        return rc;
    return vtc_extents_trim(list, node.bytes);
}

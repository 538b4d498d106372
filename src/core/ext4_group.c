/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ext2/3/4: block groups: descriptors, bitmaps, their checksums (kernel documentation,
 * filesystems/ext4: "Block Group Descriptors", "Block and Inode Bitmaps", "Checksums"). */
#include <ventoc/ext4_space.h>

#include <ventoc/bytes.h>
#include <ventoc/crc32c.h>
#include <ventoc/mem.h>

#define DESC_BITMAP         0u
#define DESC_FREE           12u
#define DESC_FLAGS          18u
#define DESC_BITMAP_CSUM    24u
#define DESC_CSUM           30u
#define DESC_HIGH           32u /* what is 32 bytes further on: the upper half of an address, */
#define DESC_FREE_HIGH      44u /* of a count, */
#define DESC_BITMAP_CSUM_HI 56u /* of a checksum */
#define DESC_BYTES          64u /* what of it is looked at */
#define FLAG_BLOCK_UNINIT   2u

/* CRC-16 of the older kind: reflected polynomial 0xa001, nothing inverted. */
static uint16_t crc16(uint16_t crc, const uint8_t *p, uint32_t bytes)
{
    while (bytes--) {
        unsigned i;

        crc ^= *p++;
        for (i = 0; i < 8; i++)
            crc = (uint16_t)(crc >> 1 ^ (crc & 1 ? 0xa001 : 0));
    }
    return crc;
}

/* ---- descriptors ----------------------------------------------------------------------------- */

static uint32_t desc_bytes(const struct vtc_ext4_space *space)
{
    return space->fs->desc_bytes < DESC_BYTES ? 32 : DESC_BYTES;
}

int vtc_ext4_group_read(const struct vtc_ext4_space *space, uint32_t number,
                        struct vtc_ext4_group *g)
{
    const struct vtc_ext4 *fs = space->fs;
    uint64_t bitmap, left;
    int rc;

    g->first = space->first_block + ((uint64_t)number << space->group_shift);
    left = fs->block_count - g->first;
    g->block_count = left >> space->group_shift ? 1u << space->group_shift : (uint32_t)left;
    g->desc_off = fs->part_off + (uint64_t)(space->first_block + 1) * fs->block_bytes +
                  (uint64_t)number * fs->desc_bytes;
    memset(g->desc, 0, sizeof(g->desc));
    rc = vtc_reader_read(&space->plan->reader, g->desc_off, g->desc, desc_bytes(space));
    if (rc)
        return rc;
    bitmap = vtc_le32(g->desc + DESC_BITMAP) | (uint64_t)vtc_le32(g->desc + DESC_BITMAP + DESC_HIGH)
                                                   << 32;
    if (!bitmap || bitmap >= fs->block_count)
        return VTC_EFORMAT;
    g->bitmap_off = fs->part_off + bitmap * fs->block_bytes;
    g->free_count = vtc_le16(g->desc + DESC_FREE) | (uint32_t)vtc_le16(g->desc + DESC_FREE_HIGH)
                                                        << 16;
    g->is_uninit = (space->has_csum || space->has_gdt_csum) &&
                   (vtc_le16(g->desc + DESC_FLAGS) & FLAG_BLOCK_UNINIT);
    return VTC_OK;
}

/* ---- bitmaps ------------------------------------------------------------------------------- */

int vtc_ext4_group_mark(const struct vtc_ext4_space *space, const struct vtc_ext4_group *g,
                        uint32_t bit, uint32_t count)
{
    uint8_t part[64];

    while (count) {
        uint32_t byte = bit / 8, last = (bit + count - 1) / 8, n, i, bits;
        int rc;

        n = last - byte + 1 < sizeof(part) ? last - byte + 1 : (uint32_t)sizeof(part);
        rc = vtc_reader_read(&space->plan->reader, g->bitmap_off + byte, part, n);
        if (rc)
            return rc;
        bits = n * 8 - (bit & 7) < count ? n * 8 - (bit & 7) : count;
        for (i = bit & 7; i < (bit & 7) + bits; i++)
            part[i / 8] |= (uint8_t)(1u << (i & 7));
        rc = vtc_grow_plan_write(space->plan, g->bitmap_off + byte, part, n);
        if (rc)
            return rc;
        bit += bits;
        count -= bits;
    }
    return VTC_OK;
}

/* ---- bitmaps that were never written ------------------------------------------------------- */

static int is_power_of(uint32_t n, uint32_t base)
{
    while (n > 1 && n % base == 0)
        n /= base;
    return n == 1;
}

/* Does a group begin with a copy of the super block and the descriptors? */
static int has_super(const struct vtc_ext4_space *space, uint32_t number)
{
    if (!number)
        return 1;
    if (space->has_sparse_super2)
        return number == space->backup_group[0] || number == space->backup_group[1];
    return !space->has_sparse_super || is_power_of(number, 3) || is_power_of(number, 5) ||
           is_power_of(number, 7);
}

/* What such a group holds is metadata of its own and nothing else: parts of it, as bits of the
 * bitmap. count 0: the part lies elsewhere. */
#define OWN_PARTS 4u

struct own_part {
    uint64_t from;
    uint32_t count;
};

static void own_parts(const struct vtc_ext4_space *space, const struct vtc_ext4_group *g,
                      uint32_t number, struct own_part part[OWN_PARTS])
{
    const struct vtc_ext4 *fs = space->fs;
    uint32_t mask = fs->block_bytes - 1, shift = (uint32_t)__builtin_ctz(fs->block_bytes), i;
    uint64_t table = (uint64_t)space->group_count * fs->desc_bytes + mask;
    uint64_t inodes = (uint64_t)fs->inodes_per_group * fs->inode_bytes + mask;

    part[0].from = has_super(space, number) ? 0 : UINT64_MAX;
    part[0].count = 1 + (uint32_t)(table >> shift) + space->reserved_desc_blocks;
    for (i = 0; i < 3; i++) { /* block bitmap, inode bitmap, inode table */
        uint64_t block = vtc_le32(g->desc + 4 * i) | (uint64_t)vtc_le32(g->desc + 4 * i + DESC_HIGH)
                                                         << 32;

        part[1 + i].from = block >= g->first ? block - g->first : UINT64_MAX;
        part[1 + i].count = i < 2 ? 1 : (uint32_t)(inodes >> shift);
    }
    for (i = 0; i < OWN_PARTS; i++) {
        if (part[i].from >= g->block_count)
            part[i].count = 0;
        else if (part[i].count > g->block_count - part[i].from)
            part[i].count = g->block_count - (uint32_t)part[i].from;
    }
}

int vtc_ext4_group_room(const struct vtc_ext4_space *space, const struct vtc_ext4_group *g,
                        uint32_t number, uint32_t count, uint32_t *bit)
{
    struct own_part part[OWN_PARTS];
    uint32_t used = 0, end = 0, i;

    own_parts(space, g, number, part);
    for (i = 0; i < OWN_PARTS; i++) {
        used += part[i].count;
        if (part[i].count && (uint32_t)part[i].from + part[i].count > end)
            end = (uint32_t)part[i].from + part[i].count;
    }
    /* Something else is in there when the descriptor knows of less. */
    if (used > g->block_count || g->free_count != g->block_count - used ||
        count > g->block_count - end)
        return VTC_ENOENT;
    *bit = end;
    return VTC_OK;
}

int vtc_ext4_group_init(const struct vtc_ext4_space *space, struct vtc_ext4_group *g,
                        uint32_t number)
{
    static const uint8_t zero[256];
    struct own_part part[OWN_PARTS];
    uint32_t bits = 8 * space->fs->block_bytes, i;
    int rc = VTC_OK;

    own_parts(space, g, number, part);
    for (i = 0; !rc && i < space->fs->block_bytes; i += sizeof(zero))
        rc = vtc_grow_plan_write(space->plan, g->bitmap_off + i, zero, sizeof(zero));
    for (i = 0; !rc && i < OWN_PARTS; i++)
        if (part[i].count)
            rc = vtc_ext4_group_mark(space, g, (uint32_t)part[i].from, part[i].count);
    if (!rc && bits > g->block_count) /* what is no block of the group */
        rc = vtc_ext4_group_mark(space, g, g->block_count, bits - g->block_count);
    vtc_put_le16(g->desc + DESC_FLAGS,
                 (uint16_t)(vtc_le16(g->desc + DESC_FLAGS) & ~FLAG_BLOCK_UNINIT));
    g->is_uninit = 0;
    return rc;
}

/* ---- writing descriptors --------------------------------------------------------------------- */

/* The descriptor's own checksum; the field counts as zero, or is left out. */
static int desc_csum(const struct vtc_ext4_space *space, struct vtc_ext4_group *g, uint32_t number)
{
    uint8_t *d = g->desc, n[4];
    uint32_t bytes = desc_bytes(space), crc;
    int rc;

    vtc_put_le32(n, number);
    if (space->has_csum) {
        vtc_put_le16(d + DESC_CSUM, 0);
        crc = vtc_crc32c(vtc_crc32c(space->csum_seed, n, 4), d, bytes);
        rc = vtc_ext4_space_crc(space, &crc, g->desc_off + bytes, space->fs->desc_bytes - bytes);
        vtc_put_le16(d + DESC_CSUM, (uint16_t)crc);
        return rc;
    }
    if (space->has_gdt_csum) {
        crc = crc16(0xffff, space->uuid, sizeof(space->uuid));
        crc = crc16(crc16((uint16_t)crc, n, 4), d, DESC_CSUM);
        if (bytes > 32)
            crc = crc16((uint16_t)crc, d + 32, bytes - 32);
        vtc_put_le16(d + DESC_CSUM, (uint16_t)crc);
    }
    return VTC_OK;
}

int vtc_ext4_group_write(const struct vtc_ext4_space *space, struct vtc_ext4_group *g,
                         uint32_t number)
{
    uint32_t crc = space->csum_seed;
    int rc = VTC_OK;

    vtc_put_le16(g->desc + DESC_FREE, (uint16_t)g->free_count);
    vtc_put_le16(g->desc + DESC_FREE_HIGH, (uint16_t)(g->free_count >> 16));
    if (space->has_csum) {
        rc = vtc_ext4_space_crc(space, &crc, g->bitmap_off, 1u << space->group_shift >> 3);
        vtc_put_le16(g->desc + DESC_BITMAP_CSUM, (uint16_t)crc);
        vtc_put_le16(g->desc + DESC_BITMAP_CSUM_HI, (uint16_t)(crc >> 16));
    }
    if (!rc)
        rc = desc_csum(space, g, number);
    return rc ? rc : vtc_grow_plan_write(space->plan, g->desc_off, g->desc, desc_bytes(space));
}

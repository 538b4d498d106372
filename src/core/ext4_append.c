/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ext4: blocks more at the end of an extent tree (kernel documentation, filesystems/ext4, "Extent
 * Tree"). Index nodes name the first block below them, so only the last leaf changes. */
#include <ventoc/ext4_append.h>

#include <ventoc/bytes.h>
#include <ventoc/crc32c.h>
#include <ventoc/mem.h>

#define EXTENT_MAGIC     0xf30au
#define EXTENT_BYTES     12u
#define EXTENT_MAX_DEPTH 5u
#define EXTENT_MAX_LEN   32768u
#define ROOT_ENTRIES     4u

/* The last leaf and its last entry. */
struct leaf {
    uint64_t off;                 /* in the plan's reader */
    uint32_t entries, max, depth; /* depth: of the tree */
    uint32_t length;              /* of the last extent */
};

static int read_plan(const struct vtc_ext4_append *a, uint64_t off, void *buf, uint32_t bytes)
{
    return vtc_reader_read(&a->space->plan->reader, off, buf, bytes);
}

static int write_plan(const struct vtc_ext4_append *a, uint64_t off, const void *buf,
                      uint32_t bytes)
{
    return vtc_grow_plan_write(a->space->plan, off, buf, bytes);
}

static uint64_t off_of(const struct vtc_ext4_append *a, uint64_t block)
{
    return a->space->fs->part_off + block * a->space->fs->block_bytes;
}

static uint32_t block_entries(const struct vtc_ext4_append *a)
{
    return a->space->fs->block_bytes / EXTENT_BYTES - 1;
}

/* A node's header; depth: what it must be, or for the root the greatest allowed. */
static int read_header(const struct vtc_ext4_append *a, struct leaf *leaf, int is_root,
                       uint32_t *depth)
{
    uint8_t h[EXTENT_BYTES];
    int rc = read_plan(a, leaf->off, h, sizeof(h));

    if (rc)
        return rc;
    leaf->entries = vtc_le16(h + 2);
    leaf->max = vtc_le16(h + 4);
    if (vtc_le16(h) != EXTENT_MAGIC || leaf->entries > leaf->max ||
        leaf->max > (is_root ? ROOT_ENTRIES : block_entries(a)) ||
        (is_root ? vtc_le16(h + 6) > *depth : vtc_le16(h + 6) != *depth))
        return VTC_EFORMAT;
    *depth = vtc_le16(h + 6);
    return VTC_OK;
}

static int find_leaf(const struct vtc_ext4_append *a, struct leaf *leaf)
{
    uint32_t depth = EXTENT_MAX_DEPTH;
    uint8_t e[EXTENT_BYTES];
    uint64_t block;
    int rc;

    leaf->off = a->map_off;
    rc = read_header(a, leaf, 1, &depth);
    leaf->depth = depth;
    while (!rc && depth) {
        if (!leaf->entries)
            return VTC_EFORMAT;
        rc = read_plan(a, leaf->off + leaf->entries * EXTENT_BYTES, e, sizeof(e));
        if (rc)
            return rc;
        block = (uint64_t)vtc_le16(e + 8) << 32 | vtc_le32(e + 4);
        if (!block || block >= a->space->fs->block_count)
            return VTC_EFORMAT;
        leaf->off = off_of(a, block);
        depth--;
        rc = read_header(a, leaf, 0, &depth);
    }
    return rc;
}

/* The last entry must be where the file ends: what lies behind its length is not ours to judge. */
static int check_end(const struct vtc_ext4_append *a, struct leaf *leaf, const char **why)
{
    uint8_t e[EXTENT_BYTES];
    int rc;

    leaf->length = 0;
    if (!leaf->entries)
        return a->block_count || leaf->depth ? VTC_EFORMAT : VTC_OK;
    rc = read_plan(a, leaf->off + leaf->entries * EXTENT_BYTES, e, sizeof(e));
    if (rc)
        return rc;
    leaf->length = vtc_le16(e + 4);
    if ((uint64_t)vtc_le32(e) + leaf->length == a->block_count && a->block_count &&
        (((uint64_t)vtc_le16(e + 6) << 32) | vtc_le32(e + 8)) + leaf->length == a->last_block + 1)
        return VTC_OK;
    *why = "preallocated";
    return VTC_ENOTSUP;
}

/* ---- changing the leaf --------------------------------------------------------------------- */

/* A node outside the inode ends with a checksum of what lies before it. */
static int write_tail(const struct vtc_ext4_append *a, uint64_t node_off, uint32_t max)
{
    uint32_t bytes = (max + 1) * EXTENT_BYTES, crc = a->csum_seed;
    uint8_t tail[4];
    int rc;

    if (!a->space->has_csum)
        return VTC_OK;
    if (bytes > a->space->fs->block_bytes - sizeof(tail))
        return VTC_EFORMAT;
    rc = vtc_ext4_space_crc(a->space, &crc, node_off, bytes);
    vtc_put_le32(tail, crc);
    return rc ? rc : write_plan(a, node_off + bytes, tail, sizeof(tail));
}

static void put_extent(const struct vtc_ext4_append *a, uint8_t *e)
{
    vtc_put_le32(e, a->block_count);
    vtc_put_le16(e + 4, (uint16_t)a->more_count);
    vtc_put_le16(e + 6, (uint16_t)(a->block >> 32));
    vtc_put_le32(e + 8, (uint32_t)a->block);
}

static int lengthen(const struct vtc_ext4_append *a, const struct leaf *leaf)
{
    uint8_t length[2];

    vtc_put_le16(length, (uint16_t)(leaf->length + a->more_count));
    return write_plan(a, leaf->off + leaf->entries * EXTENT_BYTES + 4, length, sizeof(length));
}

static int insert(const struct vtc_ext4_append *a, const struct leaf *leaf)
{
    uint8_t e[EXTENT_BYTES], entries[2];
    int rc;

    put_extent(a, e);
    rc = write_plan(a, leaf->off + (leaf->entries + 1) * EXTENT_BYTES, e, sizeof(e));
    vtc_put_le16(entries, (uint16_t)(leaf->entries + 1));
    return rc ? rc : write_plan(a, leaf->off + 2, entries, sizeof(entries));
}

/* A root that is full moves into a block of its own, the one behind the new blocks, and leaves an
 * index entry behind. */
static int deepen(const struct vtc_ext4_append *a)
{
    uint8_t node[(ROOT_ENTRIES + 2) * EXTENT_BYTES], root[(ROOT_ENTRIES + 1) * EXTENT_BYTES];
    uint64_t block = a->block + a->more_count, off = off_of(a, block);
    int rc = read_plan(a, a->map_off, root, sizeof(root));

    if (rc)
        return rc;
    memset(node, 0, sizeof(node));
    memcpy(node, root, sizeof(root));
    put_extent(a, node + sizeof(root));
    vtc_put_le16(node + 2, ROOT_ENTRIES + 1);
    vtc_put_le16(node + 4, (uint16_t)block_entries(a));
    rc = vtc_ext4_append_zero(a, block);
    if (!rc)
        rc = write_plan(a, off, node, sizeof(node));
    if (!rc)
        rc = write_tail(a, off, block_entries(a));
    memset(root + 2 * EXTENT_BYTES, 0, sizeof(root) - 2 * EXTENT_BYTES);
    vtc_put_le16(root + 2, 1);
    vtc_put_le16(root + 6, 1);
    vtc_put_le32(root + 16, (uint32_t)block); /* ei_block, the first logical one, stays */
    vtc_put_le32(root + 20, (uint32_t)(block >> 32));
    return rc ? rc : write_plan(a, a->map_off, root, sizeof(root));
}

int vtc_ext4_append_extents(struct vtc_ext4_append *a, const char **why)
{
    uint64_t goal = a->last_block ? a->last_block + 1 : 0;
    struct leaf leaf;
    int is_joined, is_full, rc = find_leaf(a, &leaf);

    if (!rc)
        rc = check_end(a, &leaf, why);
    if (rc)
        return rc;
    if (a->more_count > EXTENT_MAX_LEN) {
        *why = "more than an extent can hold";
        return VTC_ENOTSUP;
    }
    a->taken_count = a->more_count;
    rc = vtc_ext4_space_find(a->space, goal, a->taken_count, &a->block, why);
    is_joined = goal && a->block == goal && leaf.length + a->more_count <= EXTENT_MAX_LEN;
    is_full = leaf.entries == leaf.max && !is_joined;
    if (!rc && is_full && (leaf.depth || leaf.max != ROOT_ENTRIES)) {
        *why = "extent tree full";
        return VTC_ENOTSUP;
    }
    if (!rc && is_full)
        rc = vtc_ext4_space_find(a->space, goal, ++a->taken_count, &a->block, why);
    if (!rc)
        rc = vtc_ext4_space_take(a->space, a->block, a->taken_count);
    if (rc)
        return rc;
    if (is_full)
        return deepen(a);
    rc = is_joined ? lengthen(a, &leaf) : insert(a, &leaf);
    return rc || !leaf.depth ? rc : write_tail(a, leaf.off, leaf.max);
}

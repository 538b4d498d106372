/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ext2/3/4: from an inode to its blocks, by extent tree or by the old block map (kernel
 * documentation, filesystems/ext4, "The Contents of inode.i_block"). */
#include <ventoc/bytes.h>
#include <ventoc/ext4_map.h>
#include <ventoc/window.h>

#define EXTENT_MAGIC     0xf30au
#define EXTENT_BYTES     12u /* header, index and leaf entries are all as long */
#define EXTENT_MAX_DEPTH 5u
#define EXTENT_MAX_LEN   32768u /* above it: unwritten, and so many less */
#define INODE_MAP_BYTES  60u
#define DIRECT_COUNT     12u
#define INDIRECT_LEVELS  3u

/* A walk under way. next: the logical block the next run must begin with; needed: the file's
 * length in blocks. What lies behind (preallocation, verity data) is not visited. */
struct walk {
    const struct vtc_ext4 *fs;
    int (*visit)(void *ctx, uint64_t block, uint32_t count);
    void *ctx;
    const char **why;
    uint64_t next, needed;
    struct vtc_window window;
};

static int hole(struct walk *w, const char *reason)
{
    *w->why = reason;
    return VTC_EHOLE;
}

/* A run of blocks is inside the file system (block 0 never is a file's). */
static int blocks_ok(const struct vtc_ext4 *fs, uint64_t block, uint32_t count)
{
    return block && block < fs->block_count && count <= fs->block_count - block;
}

static uint64_t disk_off_of(const struct vtc_ext4 *fs, uint64_t block)
{
    return fs->part_off + block * fs->block_bytes;
}

/* Visit a run that begins at w->next, cut to the file's length. */
static int run(struct walk *w, uint64_t block, uint32_t count)
{
    if (!blocks_ok(w->fs, block, count))
        return VTC_EFORMAT;
    if (count > w->needed - w->next)
        count = (uint32_t)(w->needed - w->next);
    w->next += count;
    return w->visit(w->ctx, block, count);
}

/* Where the walk stands in one node: the next entry and how many are left. */
struct level {
    uint64_t off;
    uint32_t left;
};

/* Begin with an extent node of `bytes` bytes, whose depth must be *depth; a root's depth is what
 * it says, and *depth is the greatest allowed. Only a root may be empty: every other node leads
 * to a leaf that advances the walk, so a tree with circles ends in an error, not in a loop. */
static int open_node(struct walk *w, uint64_t off, uint32_t bytes, int is_root, uint32_t *depth,
                     struct level *level)
{
    const uint8_t *header;
    uint32_t entries, node_depth;
    int rc = vtc_window_get(&w->window, off, EXTENT_BYTES, &header);

    if (rc)
        return rc;
    entries = vtc_le16(header + 2);
    node_depth = vtc_le16(header + 6);
    if (vtc_le16(header) != EXTENT_MAGIC || entries > vtc_le16(header + 4) ||
        entries > bytes / EXTENT_BYTES - 1)
        return VTC_EFORMAT;
    if (is_root ? node_depth > *depth : node_depth != *depth || !entries)
        return VTC_EFORMAT;
    *depth = node_depth;
    level[node_depth].off = off + EXTENT_BYTES;
    level[node_depth].left = entries;
    return VTC_OK;
}

/* A leaf's entry: ee_block, ee_len, ee_start_hi, ee_start_lo. */
static int leaf_entry(struct walk *w, const uint8_t *e)
{
    uint32_t logical = vtc_le32(e), count = vtc_le16(e + 4);

    if (logical < w->next || !count)
        return VTC_EFORMAT;
    if (logical > w->next)
        return hole(w, "sparse");
    if (count > EXTENT_MAX_LEN)
        return hole(w, "not fully written");
    return run(w, (uint64_t)vtc_le16(e + 6) << 32 | vtc_le32(e + 8), count);
}

/* An index entry: ei_block, ei_leaf_lo, ei_leaf_hi; go down to depth - 1. */
static int index_entry(struct walk *w, const uint8_t *e, uint32_t *depth, struct level *level)
{
    uint64_t block = (uint64_t)vtc_le16(e + 8) << 32 | vtc_le32(e + 4);

    if (!blocks_ok(w->fs, block, 1))
        return VTC_EFORMAT;
    --*depth;
    return open_node(w, disk_off_of(w->fs, block), w->fs->block_bytes, 0, depth, level);
}

/* Depth first; levels are numbered from the leaves. */
static int walk_extents(struct walk *w, uint64_t root_off)
{
    struct level level[EXTENT_MAX_DEPTH + 1];
    uint32_t root_depth = EXTENT_MAX_DEPTH, depth;
    int rc = open_node(w, root_off, INODE_MAP_BYTES, 1, &root_depth, level);

    depth = root_depth;
    while (!rc && w->next < w->needed) {
        struct level *l = &level[depth];
        const uint8_t *e;

        if (!l->left) {
            if (depth == root_depth)
                return hole(w, "sparse");
            depth++;
            continue;
        }
        rc = vtc_window_get(&w->window, l->off, EXTENT_BYTES, &e);
        if (rc)
            return rc;
        l->off += EXTENT_BYTES;
        l->left--;
        rc = depth ? index_entry(w, e, &depth, level) : leaf_entry(w, e);
    }
    return rc;
}

/* One block pointer of the inode and, for depth 1 to 3, the tree of indirect blocks below it. */
static int walk_pointer(struct walk *w, uint64_t off, uint32_t top)
{
    struct level level[INDIRECT_LEVELS + 1];
    uint32_t depth = top;
    int rc = VTC_OK;

    level[top].off = off;
    level[top].left = 1;
    while (!rc && w->next < w->needed) {
        struct level *l = &level[depth];
        const uint8_t *p;
        uint32_t block;

        if (!l->left) {
            if (depth == top)
                return VTC_OK;
            depth++;
            continue;
        }
        rc = vtc_window_get(&w->window, l->off, 4, &p);
        if (rc)
            return rc;
        block = vtc_le32(p);
        l->off += 4;
        l->left--;
        if (!block)
            return hole(w, "sparse");
        if (!depth) {
            rc = run(w, block, 1);
        } else if (!blocks_ok(w->fs, block, 1)) {
            rc = VTC_EFORMAT;
        } else {
            depth--;
            level[depth].off = disk_off_of(w->fs, block);
            level[depth].left = w->fs->block_bytes / 4;
        }
    }
    return rc;
}

static int walk_block_map(struct walk *w, uint64_t map_off)
{
    uint32_t i;
    int rc = VTC_OK;

    for (i = 0; !rc && i < DIRECT_COUNT + INDIRECT_LEVELS; i++)
        rc = walk_pointer(w, map_off + 4 * i, i < DIRECT_COUNT ? 0 : i - DIRECT_COUNT + 1);
    return !rc && w->next < w->needed ? VTC_EFORMAT : rc;
}

int vtc_ext4_map_walk(const struct vtc_ext4 *fs, const struct vtc_ext4_inode *inode,
                      int (*visit)(void *ctx, uint64_t block, uint32_t count), void *ctx,
                      const char **why)
{
    struct walk w;
    uint64_t blocks = inode->bytes >> __builtin_ctz(fs->block_bytes);

    w.fs = fs;
    w.visit = visit;
    w.ctx = ctx;
    w.why = why;
    w.next = 0;
    w.needed = blocks + ((inode->bytes & (fs->block_bytes - 1)) != 0);
    vtc_window_init(&w.window, fs->disk);
    if (w.needed > fs->block_count)
        return hole(&w, "sparse");
    if (inode->flags & VTC_EXT4_EXTENTS)
        return walk_extents(&w, inode->block_map_off);
    return walk_block_map(&w, inode->block_map_off);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Grow a file of an ext2/3/4 file system in a partition of an image: the rest of its last block,
 * then free blocks (kernel documentation, filesystems/ext4). */
#include <ventoc/grow_disk.h>

#include <ventoc/bytes.h>
#include <ventoc/crc32c.h>
#include <ventoc/ext4_append.h>
#include <ventoc/grow_part.h>
#include <ventoc/mem.h>

#define VERITY           0x00100000u /* i_flags: its hashes lie behind the end */
#define HUGE_FILE        0x00040000u /* i_flags: i_blocks counts blocks, not sectors */

#define INODE_SIZE       4u
#define INODE_BLOCKS     28u
#define INODE_MAP        40u
#define INODE_GENERATION 100u
#define INODE_BLOCKS_HI  116u
#define INODE_CSUM       124u
#define INODE_EXTRA      128u /* i_extra_isize */
#define INODE_CSUM_HI    130u
#define INODE_BYTES      132u /* what is looked at of a long one */

struct growth {
    struct vtc_grow_plan *plan;
    struct vtc_ext4 fs;
    struct vtc_ext4_space space;
    struct vtc_ext4_inode node;
    struct vtc_ext4_append append;
    struct vtc_grow_run run;
    uint32_t inode;
    uint64_t inode_off; /* in the plan's reader */
    uint8_t raw[INODE_BYTES];
};

static const char *refusal(const struct vtc_ext4_inode *node)
{
    const char *why = vtc_ext4_refusal(node);

    return why || !(node->flags & VERITY) ? why : "protected by verity";
}

/* ---- finding ------------------------------------------------------------------------------- */

/* Carries the file's end through vtc_ext4_map_walk(). */
struct end {
    uint64_t last_block, count;
};

static int note_end(void *ctx, uint64_t block, uint32_t count)
{
    struct end *end = ctx;

    end->last_block = block + count - 1;
    end->count += count;
    return VTC_OK;
}

/* Walk the file's map. Returns 0; VTC_ENOTSUP with *why for a file with holes; VTC_EFORMAT, ... */
static int find_end(const struct growth *w, struct end *end, const char **why)
{
    int rc;

    memset(end, 0, sizeof(*end));
    rc = vtc_ext4_map_walk(&w->fs, &w->node, note_end, end, why);
    return rc == VTC_EHOLE ? VTC_ENOTSUP : rc;
}

static int open_file(struct growth *w, const char *path, const char **why)
{
    uint8_t n[4];
    uint32_t bytes = w->fs.inode_bytes < INODE_BYTES ? w->fs.inode_bytes : INODE_BYTES;
    struct end end;
    int rc = vtc_ext4_lookup(&w->fs, path, &w->inode);

    if (!rc)
        rc = vtc_ext4_inode_read(&w->fs, w->inode, &w->node);
    if (rc)
        return rc;
    *why = refusal(&w->node);
    if (*why)
        return VTC_ENOTSUP;
    w->inode_off = w->node.block_map_off - INODE_MAP;
    rc = vtc_reader_read(&w->plan->reader, w->inode_off, w->raw, bytes);
    if (!rc)
        rc = find_end(w, &end, why);
    if (rc)
        return rc;
    w->append.space = &w->space;
    w->append.map_off = w->node.block_map_off;
    vtc_put_le32(n, w->inode);
    w->append.csum_seed = vtc_crc32c(w->space.csum_seed, n, sizeof(n));
    w->append.csum_seed = vtc_crc32c(w->append.csum_seed, w->raw + INODE_GENERATION, 4);
    w->append.last_block = end.last_block;
    w->append.block_count = (uint32_t)end.count;
    return VTC_OK;
}

/* ---- writing ------------------------------------------------------------------------------- */

static void count_blocks(struct growth *w)
{
    uint32_t flags = vtc_le32(w->raw + 32);
    uint64_t blocks = vtc_le32(w->raw + INODE_BLOCKS), more = w->append.taken_count;

    if (!w->space.has_huge_file || !(flags & HUGE_FILE))
        more *= w->fs.block_bytes / 512;
    if (w->space.has_huge_file)
        blocks |= (uint64_t)vtc_le16(w->raw + INODE_BLOCKS_HI) << 32;
    blocks += more;
    vtc_put_le32(w->raw + INODE_BLOCKS, (uint32_t)blocks);
    if (w->space.has_huge_file)
        vtc_put_le16(w->raw + INODE_BLOCKS_HI, (uint16_t)(blocks >> 32));
}

/* The inode's checksum, with its own fields taken as zero; the upper half is there in inodes that
 * are long enough. */
static int inode_csum(struct growth *w, uint32_t bytes)
{
    int is_wide = bytes > INODE_CSUM_HI && vtc_le16(w->raw + INODE_EXTRA) >= 4;
    uint32_t crc;
    int rc;

    vtc_put_le16(w->raw + INODE_CSUM, 0);
    if (is_wide)
        vtc_put_le16(w->raw + INODE_CSUM_HI, 0);
    crc = vtc_crc32c(w->append.csum_seed, w->raw, bytes);
    rc = vtc_ext4_space_crc(&w->space, &crc, w->inode_off + bytes, w->fs.inode_bytes - bytes);
    vtc_put_le16(w->raw + INODE_CSUM, (uint16_t)crc);
    if (is_wide)
        vtc_put_le16(w->raw + INODE_CSUM_HI, (uint16_t)(crc >> 16));
    return rc;
}

static int write_inode(struct growth *w)
{
    uint32_t bytes = w->fs.inode_bytes < INODE_BYTES ? w->fs.inode_bytes : INODE_BYTES;
    int rc = vtc_reader_read(&w->plan->reader, w->node.block_map_off, w->raw + INODE_MAP, 60);

    if (rc)
        return rc;
    vtc_put_le32(w->raw + INODE_SIZE, (uint32_t)(w->node.bytes + w->run.bytes));
    count_blocks(w);
    if (w->space.has_csum)
        rc = inode_csum(w, bytes);
    return rc ? rc : vtc_grow_plan_write(w->plan, w->inode_off, w->raw, bytes);
}

/* The tail's bytes: room_bytes of them in what is the last block now. */
static int write_bytes(struct growth *w, uint64_t last_block, uint32_t room_bytes)
{
    const struct vtc_ext4 *fs = &w->fs;
    uint64_t end = fs->part_off + (last_block + 1) * fs->block_bytes;
    int rc = VTC_OK;

    if (room_bytes)
        rc = vtc_grow_run_fill(w->plan, &w->run, end - room_bytes, room_bytes);
    if (rc || !w->append.more_count)
        return rc;
    return vtc_grow_run_place(w->plan, &w->run, fs->part_off + w->append.block * fs->block_bytes,
                              room_bytes);
}

/* What was planned reads as a file of that length. */
static int check(struct growth *w, const char **why)
{
    struct end end;
    int rc = vtc_ext4_inode_read(&w->fs, w->inode, &w->node);

    if (!rc)
        rc = find_end(w, &end, why);
    if (!rc && end.count != (uint64_t)w->append.block_count + w->append.more_count)
        rc = VTC_EFORMAT;
    return rc;
}

static int write_all(struct growth *w, const struct vtc_grow_tail *tail, const char **why)
{
    uint32_t mask = w->fs.block_bytes - 1, room = (uint32_t)(0 - w->node.bytes) & mask;
    uint64_t last_block = w->append.last_block, more;
    int rc = vtc_grow_run_init(&w->run, tail, w->node.bytes);

    if (rc)
        return rc;
    if (w->node.bytes > UINT32_MAX || w->run.bytes > UINT32_MAX - w->node.bytes) {
        *why = "too long";
        return VTC_ENOTSUP;
    }
    more = w->run.bytes > room ? w->run.bytes - room : 0;
    w->append.more_count = (uint32_t)((more + mask) >> __builtin_ctz(w->fs.block_bytes));
    if (w->append.more_count)
        rc = w->node.flags & VTC_EXT4_EXTENTS ? vtc_ext4_append_extents(&w->append, why)
                                              : vtc_ext4_append_pointers(&w->append, why);
    if (!rc)
        rc = write_inode(w);
    if (!rc)
        rc = check(w, why);
    return rc ? rc : write_bytes(w, last_block, room);
}

static int grow(struct vtc_grow_plan *p, const struct vtc_grow_part *part, const char **why)
{
    struct growth *w = vtc_grow_plan_scratch(p, sizeof(*w));
    int rc;

    if (!w)
        return VTC_ENOSPC;
    memset(w, 0, sizeof(*w));
    w->plan = p;
    rc = vtc_ext4_open(&w->fs, &p->reader, part->off, part->bytes);
    if (rc == VTC_ENOTSUP)
        *why = "an unknown feature";
    if (!rc)
        rc = vtc_ext4_space_open(&w->space, &w->fs, p, why);
    if (!rc)
        rc = open_file(w, part->path, why);
    if (rc == VTC_ENOTSUP && !*why)
        *why = "an unusual path";
    return rc ? rc : write_all(w, part->tail, why);
}

int vtc_grow_ext4_file(const struct vtc_grow *g, uint64_t part_off, uint64_t part_bytes,
                       const char *path, const struct vtc_grow_tail *tail, const char **why)
{
    const struct vtc_grow_part part = {part_off, part_bytes, path, tail};

    return vtc_grow_part(g, &part, grow, why);
}

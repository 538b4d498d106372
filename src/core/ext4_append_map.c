/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ext2/3: blocks more at the end of a block map (kernel documentation, filesystems/ext4, "Direct/
 * Indirect Block Addressing"). */
#include <ventoc/ext4_append.h>

#include <ventoc/bytes.h>
#include <ventoc/mem.h>

#define DIRECT_COUNT    12u
#define INDIRECT_LEVELS 3u

/* Where the pointer to a logical block stands: in which slot of the inode, below how many tables,
 * and its number among the blocks below that slot. */
struct place {
    uint32_t slot, levels;
    uint64_t number;
};

int vtc_ext4_append_zero(const struct vtc_ext4_append *a, uint64_t block)
{
    static const uint8_t zero[512];
    uint64_t off = a->space->fs->part_off + block * a->space->fs->block_bytes;
    uint32_t i;
    int rc = VTC_OK;

    for (i = 0; !rc && i < a->space->fs->block_bytes; i += sizeof(zero))
        rc = vtc_grow_plan_write(a->space->plan, off + i, zero, sizeof(zero));
    return rc;
}

/* Blocks a table of this level leads to, as a power of two. */
static uint32_t level_shift(const struct vtc_ext4_append *a, uint32_t level)
{
    return level * (uint32_t)__builtin_ctz(a->space->fs->block_bytes / 4);
}

/* Returns 0 when the map has no place for such a block. */
static int find_place(const struct vtc_ext4_append *a, uint64_t logical, struct place *p)
{
    p->slot = (uint32_t)logical;
    p->levels = 0;
    if (logical < DIRECT_COUNT)
        return 1;
    p->number = logical - DIRECT_COUNT;
    for (p->levels = 1; p->levels <= INDIRECT_LEVELS; p->levels++) {
        p->slot = DIRECT_COUNT + p->levels - 1;
        if (p->number < 1ull << level_shift(a, p->levels))
            return 1;
        p->number -= 1ull << level_shift(a, p->levels);
    }
    return 0;
}

/* The block is the first one below a table of this level: the table is new as well. */
static int begins(const struct vtc_ext4_append *a, const struct place *p, uint32_t level)
{
    return !(p->number & ((1ull << level_shift(a, level)) - 1));
}

static int count_tables(const struct vtc_ext4_append *a, uint32_t *count)
{
    struct place p;
    uint32_t i, level;

    for (*count = 0, i = 0; i < a->more_count; i++) {
        if (!find_place(a, (uint64_t)a->block_count + i, &p))
            return VTC_ENOTSUP;
        for (level = 1; level <= p.levels; level++)
            *count += (uint32_t)begins(a, &p, level);
    }
    return VTC_OK;
}

/* Write a pointer where none may be yet. */
static int write_pointer(const struct vtc_ext4_append *a, uint64_t off, uint64_t block,
                         const char **why)
{
    uint8_t pointer[4];
    int rc = vtc_reader_read(&a->space->plan->reader, off, pointer, sizeof(pointer));

    if (rc)
        return rc;
    if (vtc_le32(pointer) || block > UINT32_MAX) {
        *why = "preallocated";
        return VTC_ENOTSUP;
    }
    vtc_put_le32(pointer, (uint32_t)block);
    return vtc_grow_plan_write(a->space->plan, off, pointer, sizeof(pointer));
}

/* Put one block into the map; *table: where the next new table goes. */
static int put(const struct vtc_ext4_append *a, uint64_t logical, uint64_t block, uint64_t *table,
               const char **why)
{
    const struct vtc_ext4 *fs = a->space->fs;
    uint8_t pointer[4];
    struct place p;
    uint32_t level;
    uint64_t off, index;
    int rc = find_place(a, logical, &p) ? VTC_OK : VTC_ENOTSUP;

    off = a->map_off + 4 * p.slot;
    for (level = p.levels; !rc && level; level--) {
        if (begins(a, &p, level)) {
            rc = vtc_ext4_append_zero(a, *table);
            if (!rc)
                rc = write_pointer(a, off, (*table)++, why);
        }
        if (!rc)
            rc = vtc_reader_read(&a->space->plan->reader, off, pointer, sizeof(pointer));
        if (rc)
            return rc;
        if (!vtc_le32(pointer) || vtc_le32(pointer) >= fs->block_count)
            return VTC_EFORMAT;
        index = p.number >> level_shift(a, level - 1) & (fs->block_bytes / 4 - 1);
        off = fs->part_off + (uint64_t)vtc_le32(pointer) * fs->block_bytes + 4 * index;
    }
    return rc ? rc : write_pointer(a, off, block, why);
}

int vtc_ext4_append_pointers(struct vtc_ext4_append *a, const char **why)
{
    uint64_t table;
    uint32_t tables, i;
    int rc = count_tables(a, &tables);

    if (rc) {
        *why = "too long";
        return rc;
    }
    a->taken_count = a->more_count + tables;
    rc = vtc_ext4_space_find(a->space, a->last_block ? a->last_block + 1 : 0, a->taken_count,
                             &a->block, why);
    if (!rc)
        rc = vtc_ext4_space_take(a->space, a->block, a->taken_count);
    table = a->block + a->more_count;
    for (i = 0; !rc && i < a->more_count; i++)
        rc = put(a, (uint64_t)a->block_count + i, a->block + i, &table, why);
    return rc;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ext2/3/4: free blocks (kernel documentation, filesystems/ext4: "The Super Block", "Block Group
 * Descriptors", "Block and Inode Bitmaps", "Checksums"). */
#include <ventoc/ext4_space.h>

#include <ventoc/bytes.h>
#include <ventoc/crc32c.h>
#include <ventoc/mem.h>
#include <ventoc/window.h>

#define SUPER_OFF            1024u
#define SUPER_BYTES          1024u
#define SUPER_FREE_LOW       12u
#define SUPER_FREE_HIGH      344u
#define SUPER_JOURNAL        224u /* s_journal_inum */
#define SUPER_CSUM           1020u
#define STATE_CLEAN          1u /* s_state: unmounted, and without errors */
#define STATE_MASK           3u

#define INCOMPAT_RECOVER     0x4u
#define INCOMPAT_CSUM_SEED   0x2000u

#define COMPAT_SPARSE_SUPER2 0x200u

#define RO_SPARSE_SUPER      0x00001u
#define RO_HUGE_FILE         0x00008u
#define RO_GDT_CSUM          0x00010u
#define RO_BIGALLOC          0x00200u
#define RO_METADATA_CSUM     0x00400u
#define RO_SHARED_BLOCKS     0x04000u
/* Besides these: sparse_super, large_file, btree_dir, dir_nlink, extra_isize, quota, readonly,
 * project, verity, orphan_present. They change nothing about which blocks are free. */
#define RO_KNOWN      (0x1b167u | RO_HUGE_FILE | RO_GDT_CSUM | RO_METADATA_CSUM)

#define GROUPS_MAX    (1u << 20)
#define LOG_STEPS_MAX (1u << 21) /* of the journal, for all groups that are looked for in it */

#define NOT_CLEAN     "not unmounted cleanly"

/* ---- checksums ----------------------------------------------------------------------------- */

int vtc_ext4_space_crc(const struct vtc_ext4_space *space, uint32_t *crc, uint64_t off,
                       uint64_t bytes)
{
    uint8_t part[256];

    while (bytes) {
        uint32_t n = bytes < sizeof(part) ? (uint32_t)bytes : (uint32_t)sizeof(part);
        int rc = vtc_reader_read(&space->plan->reader, off, part, n);

        if (rc)
            return rc;
        *crc = vtc_crc32c(*crc, part, n);
        off += n;
        bytes -= n;
    }
    return VTC_OK;
}

/* ---- super block --------------------------------------------------------------------------- */

/* Nonzero when what is free can be told exactly. */
static int read_features(struct vtc_ext4_space *space, const uint8_t *super, const char **why)
{
    uint32_t ro = vtc_le32(super + 100);

    if ((vtc_le16(super + 58) & STATE_MASK) != STATE_CLEAN)
        *why = NOT_CLEAN;
    else if (ro & RO_BIGALLOC)
        *why = "clusters of several blocks";
    else if (ro & RO_SHARED_BLOCKS)
        *why = "shared blocks";
    else if (vtc_le32(super + 76) && (ro & ~RO_KNOWN))
        *why = "an unknown feature";
    else if (!vtc_le32(super + 76))
        ro = 0;
    space->has_csum = (ro & RO_METADATA_CSUM) != 0;
    space->has_gdt_csum = !space->has_csum && (ro & RO_GDT_CSUM);
    space->has_sparse_super = (ro & RO_SPARSE_SUPER) != 0;
    space->has_sparse_super2 = (vtc_le32(super + 92) & COMPAT_SPARSE_SUPER2) != 0;
    space->backup_group[0] = vtc_le32(super + 588);
    space->backup_group[1] = vtc_le32(super + 592);
    space->reserved_desc_blocks = vtc_le16(super + 206);
    space->has_huge_file = (ro & RO_HUGE_FILE) != 0;
    memcpy(space->uuid, super + 104, sizeof(space->uuid));
    if (space->fs->incompat & INCOMPAT_CSUM_SEED)
        space->csum_seed = vtc_le32(super + 624);
    else
        space->csum_seed = vtc_crc32c(VTC_CRC32C_SEED, space->uuid, sizeof(space->uuid));
    return *why == NULL;
}

int vtc_ext4_space_open(struct vtc_ext4_space *space, const struct vtc_ext4 *fs,
                        struct vtc_grow_plan *plan, const char **why)
{
    uint8_t super[768]; /* all but what only the checksum covers */
    uint32_t per_group;
    uint64_t groups;
    int rc = vtc_reader_read(&plan->reader, fs->part_off + SUPER_OFF, super, sizeof(super));

    if (rc)
        return rc;
    memset(space, 0, sizeof(*space));
    space->plan = plan;
    space->fs = fs;
    if (!read_features(space, super, why))
        return VTC_ENOTSUP;
    space->has_log = (fs->incompat & INCOMPAT_RECOVER) != 0;
    if (space->has_log) {
        rc = vtc_ext4_journal_open(&space->journal, fs, vtc_le32(super + SUPER_JOURNAL));
        if (rc == VTC_ENOTSUP || rc == VTC_EFORMAT) {
            *why = NOT_CLEAN;
            rc = VTC_ENOTSUP;
        }
        if (rc)
            return rc;
    }
    space->first_block = vtc_le32(super + 20);
    per_group = vtc_le32(super + 32);
    if (space->first_block != (fs->block_bytes == 1024) || fs->block_count <= space->first_block ||
        per_group < 8 || per_group > 8 * fs->block_bytes)
        return VTC_EFORMAT;
    if (per_group & (per_group - 1)) {
        *why = "groups of an odd size";
        return VTC_ENOTSUP;
    }
    space->group_shift = (uint32_t)__builtin_ctz(per_group);
    groups = (fs->block_count - space->first_block + per_group - 1) >> space->group_shift;
    if (groups > GROUPS_MAX) {
        *why = "too many groups";
        return VTC_ENOTSUP;
    }
    space->group_count = (uint32_t)groups;
    return VTC_OK;
}

/* ---- finding ------------------------------------------------------------------------------- */

/* Search a group's bitmap, from bit `from` on, for `count` free blocks in a row; with is_fixed only
 * at `from` itself. *bit: where. Returns 0, VTC_ENOENT, ... */
static int search(const struct vtc_ext4_space *space, const struct vtc_ext4_group *g, uint32_t from,
                  uint32_t count, int is_fixed, uint32_t *bit)
{
    struct vtc_window w;
    uint32_t at = from, run = 0;

    vtc_window_init(&w, &space->plan->reader);
    while (at < g->block_count) {
        const uint8_t *p;
        int rc = vtc_window_get(&w, g->bitmap_off + at / 8, 1, &p);

        if (rc)
            return rc;
        do {
            if (*p >> (at & 7) & 1) {
                if (is_fixed)
                    return VTC_ENOENT;
                run = 0;
            } else if (++run == count) {
                *bit = at + 1 - count;
                return VTC_OK;
            }
        } while (++at < g->block_count && (at & 7));
    }
    return VTC_ENOENT;
}

/* Can the group's bitmap be relied on? Returns 0, VTC_ENOENT: no, ... */
static int check_log(const struct vtc_ext4_space *space, const struct vtc_ext4_group *g,
                     uint32_t *steps)
{
    uint64_t block = (g->bitmap_off - space->fs->part_off) >> __builtin_ctz(space->fs->block_bytes);
    int rc;

    if (!space->has_log)
        return VTC_OK;
    rc = vtc_ext4_journal_has(&space->journal, block, steps);
    return rc > 0 ? VTC_ENOENT : rc;
}

int vtc_ext4_space_find(const struct vtc_ext4_space *space, uint64_t goal, uint32_t count,
                        uint64_t *block, const char **why)
{
    uint32_t start = 0, from = 0, i, bit = 0, steps = LOG_STEPS_MAX;
    struct vtc_ext4_group g;
    int rc;

    if (goal >= space->first_block && goal < space->fs->block_count) {
        start = (uint32_t)((goal - space->first_block) >> space->group_shift);
        from = (uint32_t)(goal - space->first_block) & ((1u << space->group_shift) - 1);
    }
    for (i = 0; i < space->group_count && steps; i++) {
        uint32_t number =
            start + i < space->group_count ? start + i : start + i - space->group_count;

        rc = vtc_ext4_group_read(space, number, &g);
        if (rc)
            return rc;
        if (g.free_count < count)
            continue;
        rc = i || g.is_uninit ? VTC_ENOENT : search(space, &g, from, count, 1, &bit);
        if (g.is_uninit)
            rc = vtc_ext4_group_room(space, &g, number, count, &bit);
        else if (rc == VTC_ENOENT)
            rc = search(space, &g, 0, count, 0, &bit);
        if (!rc)
            rc = check_log(space, &g, &steps);
        if (rc == VTC_ENOENT)
            continue;
        *block = g.first + bit;
        return rc;
    }
    *why = steps == LOG_STEPS_MAX ? "not enough free blocks in one piece" : NOT_CLEAN;
    return VTC_ENOTSUP;
}

/* ---- taking -------------------------------------------------------------------------------- */

static int write_super(const struct vtc_ext4_space *space, uint32_t taken)
{
    uint64_t off = space->fs->part_off + SUPER_OFF, free_count;
    uint8_t low[4], high[4] = {0};
    uint32_t crc = VTC_CRC32C_SEED;
    int is_64bit = space->fs->desc_bytes >= 64;
    int rc = vtc_reader_read(&space->plan->reader, off + SUPER_FREE_LOW, low, 4);

    if (!rc && is_64bit)
        rc = vtc_reader_read(&space->plan->reader, off + SUPER_FREE_HIGH, high, 4);
    if (rc)
        return rc;
    free_count = (vtc_le32(low) | (uint64_t)vtc_le32(high) << 32) - taken;
    vtc_put_le32(low, (uint32_t)free_count);
    vtc_put_le32(high, (uint32_t)(free_count >> 32));
    rc = vtc_grow_plan_write(space->plan, off + SUPER_FREE_LOW, low, 4);
    if (!rc && is_64bit)
        rc = vtc_grow_plan_write(space->plan, off + SUPER_FREE_HIGH, high, 4);
    if (!rc && space->has_csum) {
        rc = vtc_ext4_space_crc(space, &crc, off, SUPER_CSUM);
        vtc_put_le32(low, crc);
        if (!rc)
            rc = vtc_grow_plan_write(space->plan, off + SUPER_CSUM, low, 4);
    }
    return rc;
}

int vtc_ext4_space_take(const struct vtc_ext4_space *space, uint64_t block, uint32_t count)
{
    uint32_t number = (uint32_t)((block - space->first_block) >> space->group_shift);
    struct vtc_ext4_group g;
    int rc = vtc_ext4_group_read(space, number, &g);

    if (rc)
        return rc;
    if (g.free_count < count)
        return VTC_EFORMAT;
    g.free_count -= count;
    if (g.is_uninit)
        rc = vtc_ext4_group_init(space, &g, number);
    if (!rc)
        rc = vtc_ext4_group_mark(space, &g, (uint32_t)(block - g.first), count);
    if (!rc)
        rc = vtc_ext4_group_write(space, &g, number);
    return rc ? rc : write_super(space, count);
}

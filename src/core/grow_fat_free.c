/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Grow a file of a FAT volume in a partition of an image: the rest of its last cluster, then free
 * ones (Microsoft FAT specification 1.03, section numbers from it). */
#include <ventoc/grow_disk.h>

#include <ventoc/bytes.h>
#include <ventoc/fat.h>
#include <ventoc/grow_fat_table.h>
#include <ventoc/grow_part.h>
#include <ventoc/mem.h>
#include <ventoc/slice.h>
#include <ventoc/window.h>

#define BOOT_BYTES     512u
#define FAT32_ONE_FAT  0x80 /* BPB_ExtFlags, section 3.3 */
#define INFO_LEAD      0x41615252u
#define INFO_STRUCT    0x61417272u
#define INFO_FREE      488u /* FSI_Free_Count, section 5 */
#define INFO_NOT_KNOWN 0xffffffffu
#define ENTRY_HIGH     20u /* of a directory entry: the first cluster, upper half; section 6.1 */
#define ENTRY_LOW      26u
#define ENTRY_SIZE     28u
#define ENTRY_BYTES    32u
#define FIRST_CLUSTER  2u

struct growth {
    struct vtc_grow_plan *plan;
    uint64_t part_off;
    struct vtc_slice slice; /* the partition */
    struct vtc_fat fat;
    struct vtc_fat_node node;
    struct vtc_grow_run run;
    struct vtc_grow_fat_table table;
    uint32_t info_sector;  /* FAT32: BPB_FSInfo */
    uint32_t last_cluster; /* of the file, 0: it has none */
    uint32_t old_count, more_count;
    uint32_t first_cluster; /* of the new ones */
    uint32_t room_bytes;    /* free in the last one */
};

static int open_volume(struct growth *w, uint64_t part_bytes, const char **why)
{
    uint8_t b[BOOT_BYTES];
    uint32_t sectors;
    int rc = vtc_slice_init(&w->slice, &w->plan->reader, w->part_off, part_bytes);

    if (!rc)
        rc = vtc_fat_open(&w->fat, &w->slice.reader);
    if (rc == VTC_ENOTSUP)
        *why = "an unknown version";
    if (!rc)
        rc = vtc_reader_read(&w->slice.reader, 0, b, sizeof(b));
    if (rc)
        return rc;
    if (w->fat.volume_bytes > w->slice.reader.bytes)
        return VTC_EFORMAT;
    if (w->fat.bits == 32 && (b[40] & FAT32_ONE_FAT)) {
        *why = "a single live FAT";
        return VTC_ENOTSUP;
    }
    sectors = vtc_le16(b + 22) ? vtc_le16(b + 22) : vtc_le32(b + 36);
    w->table.plan = w->plan;
    w->table.off = w->part_off + (uint64_t)vtc_le16(b + 14) * w->fat.sector_bytes;
    w->table.stride_bytes = (uint64_t)sectors * w->fat.sector_bytes;
    w->table.count = b[16];
    w->table.bits = w->fat.bits;
    w->info_sector = w->fat.bits == 32 ? vtc_le16(b + 48) : 0;
    return VTC_OK;
}

static int count_clusters(struct growth *w, const struct vtc_grow_tail *tail, const char **why)
{
    uint32_t mask = w->fat.cluster_bytes - 1, shift = (uint32_t)__builtin_ctz(w->fat.cluster_bytes);
    uint64_t wanted;
    int rc = vtc_grow_run_init(&w->run, tail, w->node.bytes);

    if (!rc)
        rc = vtc_fat_last_cluster(&w->fat, &w->node, &w->last_cluster, &w->old_count);
    if (rc)
        return rc;
    if (w->run.bytes > UINT32_MAX - w->node.bytes)
        *why = "too long";
    else if (w->old_count != ((uint64_t)w->node.bytes + mask) >> shift)
        *why = "preallocated";
    if (*why)
        return VTC_ENOTSUP;
    wanted = (w->node.bytes + w->run.bytes + mask) >> shift;
    w->more_count = (uint32_t)wanted - w->old_count;
    w->room_bytes = (0 - w->node.bytes) & mask;
    return VTC_OK;
}

/* ---- free clusters ------------------------------------------------------------------------- */

/* Is cluster n free? Returns 0 or 1, or the reader's error. */
static int is_free(const struct growth *w, struct vtc_window *window, uint32_t n)
{
    uint64_t at = w->fat.bits == 12 ? n + n / 2 : (uint64_t)n * (w->fat.bits / 8);
    const uint8_t *p;
    int rc = vtc_window_get(window, w->fat.fat_off + at, w->fat.bits == 32 ? 4 : 2, &p);

    if (rc)
        return rc;
    if (w->fat.bits == 32)
        return !(vtc_le32(p) & 0x0fffffff);
    if (w->fat.bits == 16)
        return !vtc_le16(p);
    return n & 1 ? !(vtc_le16(p) >> 4) : !(vtc_le16(p) & 0xfff);
}

/* Where the file ends when there is room, else the first run that is long enough. */
static int find_clusters(struct growth *w, const char **why)
{
    struct vtc_window window;
    uint32_t most = vtc_grow_fat_table_clusters_max(w->fat.bits), end, n, run = 0;
    int at_end = w->last_cluster != 0;

    /* A volume may say that it has more than its entries can name. */
    end = (w->fat.cluster_count < most ? w->fat.cluster_count : most) + FIRST_CLUSTER;
    vtc_window_init(&window, &w->slice.reader);
    for (n = at_end ? w->last_cluster + 1 : FIRST_CLUSTER; n < end || at_end; n++) {
        int rc = n < end ? is_free(w, &window, n) : 0;

        if (rc < 0)
            return rc;
        if (rc && ++run == w->more_count) {
            w->first_cluster = n + 1 - run;
            return VTC_OK;
        }
        if (!rc && at_end) { /* no room there: from the beginning */
            at_end = 0;
            n = FIRST_CLUSTER - 1;
        }
        run = rc ? run : 0;
    }
    *why = "not enough free clusters in one piece";
    return VTC_ENOTSUP;
}

/* ---- writing ------------------------------------------------------------------------------- */

/* FAT32's count of free clusters, a hint (section 5). */
static int write_info(struct growth *w)
{
    uint64_t off = (uint64_t)w->info_sector * w->fat.sector_bytes;
    uint8_t b[BOOT_BYTES];
    uint32_t count;
    int rc;

    if (!w->info_sector || w->info_sector == UINT16_MAX)
        return VTC_OK;
    rc = vtc_reader_read(&w->slice.reader, off, b, sizeof(b));
    if (rc)
        return rc;
    count = vtc_le32(b + INFO_FREE);
    if (vtc_le32(b) != INFO_LEAD || vtc_le32(b + 484) != INFO_STRUCT || count == INFO_NOT_KNOWN ||
        count < w->more_count)
        return VTC_OK;
    vtc_put_le32(b + INFO_FREE, count - w->more_count);
    return vtc_grow_plan_write(w->plan, w->part_off + off + INFO_FREE, b + INFO_FREE, 4);
}

static int write_entry(struct growth *w)
{
    uint64_t off = w->part_off + w->node.entry_off;
    uint8_t e[ENTRY_BYTES];
    int rc = vtc_reader_read(&w->plan->reader, off, e, sizeof(e));

    if (rc)
        return rc;
    vtc_put_le32(e + ENTRY_SIZE, (uint32_t)(w->node.bytes + w->run.bytes));
    if (!w->last_cluster && w->more_count) {
        vtc_put_le16(e + ENTRY_LOW, (uint16_t)w->first_cluster);
        if (w->fat.bits == 32)
            vtc_put_le16(e + ENTRY_HIGH, (uint16_t)(w->first_cluster >> 16));
    }
    return vtc_grow_plan_write(w->plan, off, e, sizeof(e));
}

static uint64_t off_of(const struct growth *w, uint32_t cluster)
{
    return w->part_off + w->fat.data_off +
           (uint64_t)(cluster - FIRST_CLUSTER) * w->fat.cluster_bytes;
}

static int write_bytes(struct growth *w)
{
    int rc = VTC_OK;

    if (w->room_bytes)
        rc = vtc_grow_run_fill(w->plan, &w->run, off_of(w, w->last_cluster + 1) - w->room_bytes,
                               w->room_bytes);
    if (rc || !w->more_count)
        return rc;
    return vtc_grow_run_place(w->plan, &w->run, off_of(w, w->first_cluster), w->room_bytes);
}

/* What was planned reads as a file of that length. */
static int check(const struct growth *w)
{
    struct vtc_fat_node node = w->node;
    uint32_t last, count;
    int rc;

    if (!node.first_cluster)
        node.first_cluster = w->more_count ? w->first_cluster : 0;
    node.bytes += (uint32_t)w->run.bytes;
    rc = vtc_fat_last_cluster(&w->fat, &node, &last, &count);
    return rc ? rc : count == (uint64_t)w->old_count + w->more_count ? VTC_OK : VTC_EFORMAT;
}

static int grow(struct vtc_grow_plan *p, const struct vtc_grow_part *part, const char **why)
{
    struct growth *w = vtc_grow_plan_scratch(p, sizeof(*w));
    int rc;

    if (!w)
        return VTC_ENOSPC;
    memset(w, 0, sizeof(*w));
    w->plan = p;
    w->part_off = part->off;
    rc = open_volume(w, part->bytes, why);
    if (!rc)
        rc = vtc_fat_find(&w->fat, part->path, &w->node);
    if (!rc && w->node.is_dir) {
        *why = "not a regular file";
        rc = VTC_ENOTSUP;
    }
    if (!rc)
        rc = count_clusters(w, part->tail, why);
    if (!rc && w->more_count) {
        rc = find_clusters(w, why);
        if (!rc)
            rc = vtc_grow_fat_table_chain(&w->table, w->last_cluster, w->first_cluster,
                                          w->more_count);
        if (!rc)
            rc = write_info(w);
    }
    if (!rc)
        rc = write_entry(w);
    if (!rc)
        rc = check(w);
    return rc ? rc : write_bytes(w);
}

int vtc_grow_fat_volume_file(const struct vtc_grow *g, uint64_t part_off, uint64_t part_bytes,
                             const char *path, const struct vtc_grow_tail *tail, const char **why)
{
    const struct vtc_grow_part part = {part_off, part_bytes, path, tail};

    return vtc_grow_part(g, &part, grow, why);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FAT32 and exFAT: from a first cluster to the extents of the file. */
#include <ventoc/bytes.h>
#include <ventoc/fat_chain.h>
#include <ventoc/mem.h>

#define FIRST_CLUSTER 2u
#define MAX_SLOTS     16u

static int is_power_of_two(uint32_t v)
{
    return v && (v & (v - 1)) == 0;
}

static unsigned shift_of(uint32_t power_of_two)
{
    return (unsigned)__builtin_ctz(power_of_two);
}

/* exFAT section 3.1, main boot sector; the ranges of each field are those of 3.1.1 to 3.1.18. */
static int exfat_geometry(const uint8_t *boot, uint64_t part_off, uint64_t part_bytes,
                          struct vtc_fat_geometry *g)
{
    uint64_t volume_sectors = vtc_le64(boot + 72);
    uint32_t fat_sector = vtc_le32(boot + 80), fat_sectors = vtc_le32(boot + 84);
    uint32_t heap_sector = vtc_le32(boot + 88), clusters = vtc_le32(boot + 92);
    unsigned shift = boot[108], cluster_shift = boot[109], fats = boot[110], i;

    for (i = 11; i < 64; i++)
        if (boot[i])
            return VTC_EFORMAT;
    if (shift < 9 || shift > 12 || cluster_shift > 25 - shift || fats < 1 || fats > 2)
        return VTC_EFORMAT;
    if (volume_sectors > part_bytes >> shift || heap_sector > volume_sectors ||
        clusters > (volume_sectors - heap_sector) >> cluster_shift || clusters > 0xfffffff5u)
        return VTC_EFORMAT;
    if (fat_sector < 24 || fat_sector > heap_sector ||
        (uint64_t)fat_sectors * fats > heap_sector - fat_sector ||
        (uint64_t)fat_sectors << shift < ((uint64_t)clusters + FIRST_CLUSTER) * 4)
        return VTC_EFORMAT;
    g->part_off = part_off;
    g->fat_off = (uint64_t)fat_sector << shift;
    g->fat_bytes = (uint64_t)fat_sectors << shift;
    if (fats == 2 && (boot[106] & 1)) /* VolumeFlags.ActiveFat, section 3.1.13.1 */
        g->fat_off += g->fat_bytes;
    g->heap_off = (uint64_t)heap_sector << shift;
    g->cluster_bytes = 1u << (shift + cluster_shift);
    g->cluster_count = clusters;
    g->exfat = 1;
    return VTC_OK;
}

/* FAT specification 1.03 section 3.1 and 3.3. A volume is FAT32 when its 16-bit FAT size is 0, as
 * its drivers take it, not by the count of clusters. */
static int fat32_geometry(const uint8_t *boot, uint64_t part_off, uint64_t part_bytes,
                          struct vtc_fat_geometry *g)
{
    uint32_t sector_bytes = vtc_le16(boot + 11), cluster_sectors = boot[13];
    uint32_t reserved = vtc_le16(boot + 14), fats = boot[16];
    uint32_t sectors = vtc_le32(boot + 32), fat_sectors = vtc_le32(boot + 36);
    uint32_t mirror = vtc_le16(boot + 40), active = 0;
    uint64_t heap_sector, clusters, room;
    unsigned shift;

    if (!is_power_of_two(sector_bytes) || sector_bytes < 512 || sector_bytes > 4096 ||
        !is_power_of_two(cluster_sectors) || !reserved || !fats)
        return VTC_ENOENT;
    if (vtc_le16(boot + 22) || vtc_le16(boot + 17))
        return VTC_ENOTSUP;
    if (mirror & 0x80) /* BPB_ExtFlags: only one FAT is live */
        active = mirror & 15;
    shift = shift_of(sector_bytes);
    heap_sector = reserved + (uint64_t)fats * fat_sectors;
    if (vtc_le16(boot + 42) || active >= fats || sectors > part_bytes >> shift ||
        heap_sector >= sectors)
        return VTC_EFORMAT;
    clusters = (sectors - heap_sector) >> shift_of(cluster_sectors);
    room = (uint64_t)fat_sectors << shift >> 2;
    if (room <= FIRST_CLUSTER)
        return VTC_EFORMAT;
    if (clusters > room - FIRST_CLUSTER)
        clusters = room - FIRST_CLUSTER;
    if (clusters > 0x0ffffff5u)
        return VTC_EFORMAT;
    g->part_off = part_off;
    g->fat_bytes = (uint64_t)fat_sectors << shift;
    g->fat_off = ((uint64_t)reserved << shift) + active * g->fat_bytes;
    g->heap_off = heap_sector << shift;
    g->cluster_bytes = sector_bytes * cluster_sectors;
    g->cluster_count = (uint32_t)clusters;
    g->exfat = 0;
    return VTC_OK;
}

int vtc_fat_geometry(const uint8_t boot[512], uint64_t part_off, uint64_t part_bytes,
                     struct vtc_fat_geometry *g)
{
    if (boot[510] != 0x55 || boot[511] != 0xaa)
        return VTC_ENOENT;
    if (part_bytes > UINT64_MAX - part_off)
        return VTC_EFORMAT;
    if (memcmp(boot + 3, "EXFAT   ", 8) == 0)
        return exfat_geometry(boot, part_off, part_bytes, g);
    return fat32_geometry(boot, part_off, part_bytes, g);
}

uint32_t vtc_fat_cluster_of(const struct vtc_fat_geometry *g, uint64_t disk_off)
{
    uint64_t heap = g->part_off + g->heap_off, index;

    if (disk_off < heap)
        return 0;
    index = (disk_off - heap) >> shift_of(g->cluster_bytes);
    return index < g->cluster_count ? (uint32_t)index + FIRST_CLUSTER : 0;
}

static int is_cluster(const struct vtc_fat_geometry *g, uint32_t cluster)
{
    return cluster >= FIRST_CLUSTER && cluster - FIRST_CLUSTER < g->cluster_count;
}

static uint64_t disk_off_of(const struct vtc_fat_geometry *g, uint32_t cluster)
{
    return g->part_off + g->heap_off +
           ((uint64_t)(cluster - FIRST_CLUSTER) << shift_of(g->cluster_bytes));
}

/* Clusters a file needs; 0 when the volume has not so many. */
static uint32_t clusters_needed(const struct vtc_fat_geometry *g, uint64_t file_bytes)
{
    uint64_t n = (file_bytes - 1) >> shift_of(g->cluster_bytes);

    return n < g->cluster_count ? (uint32_t)n + 1 : 0;
}

/*
 * The FAT through the caller's buffer, cut into slots: page n of the FAT lives in slot
 * n % slot_count. A miss right behind the last read is a chain that runs on, and fills all slots
 * to the end of the buffer; any other miss fills one, so that a chain jumping to and fro costs
 * little and finds the pages it left.
 */
struct fat_cache {
    const struct vtc_fat_geometry *g;
    const struct vtc_reader *disk;
    uint8_t *buf;
    unsigned page_shift;
    uint32_t slot_count;
    uint32_t next_page;       /* the page behind the last read */
    uint32_t held[MAX_SLOTS]; /* page number + 1, 0: empty */
};

static void cache_init(struct fat_cache *c, const struct vtc_fat_geometry *g,
                       const struct vtc_reader *disk, void *buf, uint32_t buf_bytes)
{
    memset(c, 0, sizeof *c);
    c->g = g;
    c->disk = disk;
    c->buf = buf;
    c->slot_count = buf_bytes / 512 < MAX_SLOTS ? buf_bytes / 512 : MAX_SLOTS;
    c->page_shift = shift_of(buf_bytes) - shift_of(c->slot_count);
}

static int cache_fill(struct fat_cache *c, uint32_t page)
{
    uint32_t slot = page & (c->slot_count - 1);
    uint32_t pages = page == c->next_page ? c->slot_count - slot : 1, i;
    uint64_t off = (uint64_t)page << c->page_shift;
    uint64_t bytes = (uint64_t)pages << c->page_shift;
    int rc;

    if (bytes > c->g->fat_bytes - off)
        bytes = c->g->fat_bytes - off;
    for (i = 0; i < pages; i++)
        c->held[slot + i] = 0;
    rc = vtc_reader_read(c->disk, c->g->part_off + c->g->fat_off + off,
                         c->buf + ((size_t)slot << c->page_shift), (uint32_t)bytes);
    if (rc)
        return rc;
    for (i = 0; i < pages; i++)
        c->held[slot + i] = page + i + 1;
    c->next_page = page + pages;
    return VTC_OK;
}

static int next_cluster(struct fat_cache *c, uint32_t cluster, uint32_t *next)
{
    uint64_t off = (uint64_t)cluster * 4;
    uint32_t page = (uint32_t)(off >> c->page_shift);
    uint32_t slot = page & (c->slot_count - 1);
    uint32_t in_page = (uint32_t)off & ((1u << c->page_shift) - 1);
    int rc;

    if (off > c->g->fat_bytes || c->g->fat_bytes - off < 4)
        return VTC_EFORMAT;
    if (c->held[slot] != page + 1) {
        rc = cache_fill(c, page);
        if (rc)
            return rc;
    }
    *next = vtc_le32(c->buf + ((size_t)slot << c->page_shift) + in_page);
    if (!c->g->exfat)
        *next &= 0x0fffffff;
    return VTC_OK;
}

static int is_end_mark(const struct vtc_fat_geometry *g, uint32_t entry)
{
    return g->exfat ? entry == 0xffffffff : entry >= 0x0ffffff8;
}

int vtc_fat_chain(const struct vtc_fat_geometry *g, const struct vtc_reader *disk,
                  uint32_t first_cluster, uint64_t file_bytes, void *buf, uint32_t buf_bytes,
                  struct vtc_extents *list)
{
    struct fat_cache cache;
    uint32_t needed, cluster = first_cluster;
    int rc;

    if (!is_power_of_two(buf_bytes) || buf_bytes < 512 || buf_bytes > 65536)
        return VTC_EINVAL;
    if (!file_bytes)
        return first_cluster ? VTC_EFORMAT : VTC_OK;
    needed = clusters_needed(g, file_bytes);
    if (!needed)
        return VTC_EFORMAT;
    cache_init(&cache, g, disk, buf, buf_bytes);
    while (needed--) {
        if (!is_cluster(g, cluster))
            return VTC_EFORMAT;
        rc = vtc_extents_add(list, disk_off_of(g, cluster), g->cluster_bytes);
        if (!rc)
            rc = next_cluster(&cache, cluster, &cluster);
        if (rc)
            return rc;
    }
    /* A chain that ran in a circle has not ended after as many clusters as the file needs. */
    if (!is_end_mark(g, cluster))
        return VTC_EFORMAT;
    return vtc_extents_trim(list, file_bytes);
}

int vtc_fat_contiguous(const struct vtc_fat_geometry *g, uint32_t first_cluster,
                       uint64_t file_bytes, struct vtc_extents *list)
{
    uint32_t needed;

    if (!file_bytes)
        return first_cluster ? VTC_EFORMAT : VTC_OK;
    needed = clusters_needed(g, file_bytes);
    if (!needed || !is_cluster(g, first_cluster) ||
        needed > g->cluster_count - (first_cluster - FIRST_CLUSTER))
        return VTC_EFORMAT;
    return vtc_extents_add(list, disk_off_of(g, first_cluster), file_bytes);
}

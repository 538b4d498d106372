/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/exfat_volume.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <ventoc/bytes.h>

#define AT_VOLUME_FLAGS   106 /* section 3.1.13 */
#define AT_NUMBER_OF_FATS 110
#define FLAG_DIRTY        2u
#define FLAG_FAILURE      4u
#define ENTRY_BYTES       32u
#define ENTRY_BITMAP      0x81u /* section 7.1 */
#define ENTRY_UPCASE      0x82u /* section 7.2 */
#define UPCASE_BYTES_MAX  (2u * VTC_EXFAT_UPCASE_UNITS)
#define END_OF_CHAIN      0xffffffffu

int vtc_exfat_volume_damaged(const struct vtc_exfat_volume *volume, const char *what,
                             struct vtc_error *err)
{
    return vtc_error_set(err, VTC_ERROR_FAILED, -EBADMSG,
                         "Repair it with fsck.exfat on its partition (an image file: losetup -fP "
                         "FILE gives it partitions).",
                         "%s: the data partition is damaged: %s", volume->name, what);
}

int vtc_exfat_volume_fail(const struct vtc_exfat_volume *volume, int core_rc, const char *what,
                          struct vtc_error *err)
{
    if (core_rc == VTC_ENOSPC)
        return vtc_error_set(err, VTC_ERROR_FAILED, -ENOMEM, NULL, "out of memory");
    if (core_rc == VTC_EIO)
        return vtc_error_set(err, VTC_ERROR_FAILED, -EIO,
                             "The medium or its connection is failing; try another port.",
                             "%s: %s cannot be read", volume->name, what);
    return vtc_exfat_volume_damaged(volume, what, err);
}

uint64_t vtc_exfat_volume_off(const struct vtc_exfat_volume *volume, uint32_t cluster)
{
    const struct vtc_fat_geometry *g = &volume->core.geometry;

    return g->part_off + g->heap_off + (uint64_t)(cluster - 2) * g->cluster_bytes;
}

int vtc_exfat_volume_has(const struct vtc_exfat_volume *volume, uint32_t cluster)
{
    return cluster >= 2 && cluster - 2 < volume->core.geometry.cluster_count;
}

int vtc_exfat_volume_used(const struct vtc_exfat_volume *volume, uint32_t cluster)
{
    uint32_t bit = cluster - 2;

    return volume->bitmap[bit / 8] >> (bit % 8) & 1;
}

int vtc_exfat_volume_grow(struct vtc_extents *list)
{
    uint32_t capacity = list->capacity ? list->capacity * 2 : 16;
    struct vtc_extent *grown =
        capacity > list->capacity ? reallocarray(list->v, capacity, sizeof(*grown)) : NULL;

    if (!grown)
        return VTC_ENOSPC;
    list->v = grown;
    list->capacity = capacity;
    return VTC_OK;
}

/* What follows a cluster in its chain. Returns 0 or a vtc_err. */
static int fat_entry(const struct vtc_exfat_volume *volume, uint32_t cluster, uint32_t *next)
{
    const struct vtc_fat_geometry *g = &volume->core.geometry;
    uint8_t raw[4];
    int rc = vtc_reader_read(&volume->disk, g->part_off + g->fat_off + 4 * (uint64_t)cluster, raw,
                             sizeof(raw));

    *next = rc ? 0 : vtc_le32(raw);
    return rc;
}

int vtc_exfat_volume_clusters(const struct vtc_exfat_volume *volume, uint32_t first, uint64_t bytes,
                              int no_fat_chain, uint32_t **clusters, uint32_t *count,
                              struct vtc_error *err)
{
    const struct vtc_fat_geometry *g = &volume->core.geometry;
    uint32_t limit = VTC_EXFAT_DIR_BYTES_MAX / g->cluster_bytes, capacity = 0, cluster = first;

    *clusters = NULL;
    *count = 0;
    if (bytes > VTC_EXFAT_DIR_BYTES_MAX || bytes % g->cluster_bytes)
        return vtc_exfat_volume_damaged(volume, "the length of a directory", err);
    if (bytes)
        limit = (uint32_t)(bytes / g->cluster_bytes);
    for (uint32_t n = 0; cluster != END_OF_CHAIN; n++) {
        int rc = 0;

        if (n == limit && bytes && no_fat_chain)
            break;
        if (n == limit || !vtc_exfat_volume_has(volume, cluster) ||
            (volume->bitmap && !vtc_exfat_volume_used(volume, cluster)))
            return vtc_exfat_volume_damaged(volume, "the clusters of a directory", err);
        if (n == capacity) {
            uint32_t *grown = reallocarray(*clusters, capacity ? capacity * 2 : 16, sizeof(*grown));

            if (!grown)
                return vtc_exfat_volume_fail(volume, VTC_ENOSPC, "", err);
            *clusters = grown;
            capacity = capacity ? capacity * 2 : 16;
        }
        (*clusters)[(*count)++] = cluster;
        if (no_fat_chain)
            cluster++;
        else
            rc = fat_entry(volume, cluster, &cluster);
        if (rc)
            return vtc_exfat_volume_fail(volume, rc, "the FAT", err);
    }
    if (bytes && *count != limit)
        return vtc_exfat_volume_damaged(volume, "a directory that is shorter than it says", err);
    return 0;
}

/* Where an allocation that the root directory names lies. */
static int chain(const struct vtc_exfat_volume *volume, uint32_t first, uint64_t bytes,
                 struct vtc_extents *list)
{
    uint8_t buf[4096];

    vtc_extents_init(list, NULL, 0, vtc_exfat_volume_grow);
    return vtc_fat_chain(&volume->core.geometry, &volume->disk, first, bytes, buf, sizeof(buf),
                         list);
}

static int read_extents(const struct vtc_exfat_volume *volume, const struct vtc_extents *list,
                        uint8_t *out)
{
    int rc = 0;

    for (uint32_t i = 0; !rc && i < list->count; i++)
        rc = vtc_reader_read(&volume->disk, list->v[i].disk_off, out + list->v[i].file_off,
                             (uint32_t)list->v[i].bytes);
    return rc;
}

int vtc_exfat_volume_all_used(const struct vtc_exfat_volume *volume, const struct vtc_extents *list)
{
    uint32_t step = volume->core.geometry.cluster_bytes;

    for (uint32_t i = 0; i < list->count; i++)
        for (uint64_t at = 0; at < list->v[i].bytes; at += step) {
            uint32_t cluster = vtc_fat_cluster_of(&volume->core.geometry, list->v[i].disk_off + at);

            if (!cluster || !vtc_exfat_volume_used(volume, cluster))
                return 0;
        }
    return 1;
}

/* The allocation bitmap, section 7.1.5: bits behind the last cluster mean nothing. */
static int load_bitmap(struct vtc_exfat_volume *volume, const uint8_t *entry, struct vtc_error *err)
{
    uint32_t clusters = volume->core.geometry.cluster_count;
    int rc;

    volume->bitmap_bytes = clusters / 8 + (clusters % 8 != 0);
    if (vtc_le64(entry + 24) != volume->bitmap_bytes)
        return vtc_exfat_volume_damaged(volume, "the length of the allocation bitmap", err);
    rc = chain(volume, vtc_le32(entry + 20), volume->bitmap_bytes, &volume->bitmap_at);
    volume->bitmap = malloc(volume->bitmap_bytes);
    volume->bitmap_changed = calloc(1, volume->bitmap_bytes / 512 + 1);
    if (!rc && (!volume->bitmap || !volume->bitmap_changed))
        rc = VTC_ENOSPC;
    if (!rc)
        rc = read_extents(volume, &volume->bitmap_at, volume->bitmap);
    if (rc)
        return vtc_exfat_volume_fail(volume, rc, "the allocation bitmap", err);
    for (uint32_t n = 0; n < clusters; n++)
        volume->free_count += !vtc_exfat_volume_used(volume, n + 2);
    if (!vtc_exfat_volume_all_used(volume, &volume->bitmap_at))
        return vtc_exfat_volume_damaged(volume, "the allocation bitmap is marked as free", err);
    return 0;
}

/* The up-case table, section 7.2.5: 0xffff and n stand for n units that map to themselves. */
static int expand_upcase(uint16_t *upcase, const uint8_t *raw, uint32_t bytes)
{
    uint32_t at = 0;

    for (uint32_t i = 0; i + 1 < bytes; i += 2) {
        uint16_t unit = vtc_le16(raw + i);

        if (unit == 0xffff && at < VTC_EXFAT_UPCASE_UNITS - 1 && i + 3 < bytes) {
            uint16_t run = vtc_le16(raw + i + 2);

            if (run > VTC_EXFAT_UPCASE_UNITS - at)
                return VTC_EFORMAT;
            for (i += 2; run; run--, at++)
                upcase[at] = (uint16_t)at;
        } else {
            if (at == VTC_EXFAT_UPCASE_UNITS)
                return VTC_EFORMAT;
            upcase[at++] = unit;
        }
    }
    for (; at < VTC_EXFAT_UPCASE_UNITS; at++)
        upcase[at] = (uint16_t)at;
    return VTC_OK;
}

static int load_upcase(struct vtc_exfat_volume *volume, const uint8_t *entry, struct vtc_error *err)
{
    uint64_t bytes = vtc_le64(entry + 24);
    struct vtc_extents at = {0};
    uint8_t *raw = NULL;
    uint32_t sum = 0;
    int rc = bytes < 2 || bytes > UPCASE_BYTES_MAX ? VTC_EFORMAT : VTC_OK;

    if (!rc)
        rc = chain(volume, vtc_le32(entry + 20), bytes, &at);
    if (!rc && !vtc_exfat_volume_all_used(volume, &at))
        rc = VTC_EFORMAT;
    raw = malloc(UPCASE_BYTES_MAX);
    volume->upcase = malloc(VTC_EXFAT_UPCASE_UNITS * sizeof(*volume->upcase));
    if (!rc && (!raw || !volume->upcase))
        rc = VTC_ENOSPC;
    if (!rc)
        rc = read_extents(volume, &at, raw);
    for (uint64_t i = 0; !rc && i < bytes; i++) /* section 7.2.2, figure 3 */
        sum = (sum << 31 | sum >> 1) + raw[i];
    if (!rc && sum != vtc_le32(entry + 4))
        rc = VTC_EFORMAT;
    if (!rc)
        rc = expand_upcase(volume->upcase, raw, (uint32_t)bytes);
    free(raw);
    free(at.v);
    return rc ? vtc_exfat_volume_fail(volume, rc, "the up-case table", err) : 0;
}

/* Find the bitmap and the table in the root directory's first entries; both are required. */
static int load_root(struct vtc_exfat_volume *volume, struct vtc_error *err)
{
    uint8_t bitmap[ENTRY_BYTES] = {0}, upcase[ENTRY_BYTES] = {0}, entry[ENTRY_BYTES];
    uint32_t *cluster, count, per_cluster = volume->core.geometry.cluster_bytes / ENTRY_BYTES;
    int rc =
        vtc_exfat_volume_clusters(volume, volume->core.root_cluster, 0, 0, &cluster, &count, err);

    for (uint32_t n = 0; !rc && n / per_cluster < count; n++) {
        uint64_t off = vtc_exfat_volume_off(volume, cluster[n / per_cluster]);

        rc = vtc_reader_read(&volume->disk, off + n % per_cluster * ENTRY_BYTES, entry,
                             sizeof(entry));
        if (rc) {
            rc = vtc_exfat_volume_fail(volume, rc, "the root directory", err);
            break;
        }
        if (entry[0] == 0)
            break;
        if (entry[0] == ENTRY_BITMAP && !bitmap[0])
            memcpy(bitmap, entry, sizeof(bitmap));
        else if (entry[0] == ENTRY_UPCASE && !upcase[0])
            memcpy(upcase, entry, sizeof(upcase));
    }
    free(cluster);
    if (!rc && (!bitmap[0] || !upcase[0]))
        rc = vtc_exfat_volume_damaged(volume, "there is no allocation bitmap or no up-case table",
                                      err);
    if (!rc)
        rc = load_bitmap(volume, bitmap, err);
    return rc ? rc : load_upcase(volume, upcase, err);
}

int vtc_exfat_volume_open(struct vtc_exfat_volume *volume, const char *name, int fd,
                          uint64_t disk_bytes, uint64_t part_off, uint64_t part_bytes,
                          struct vtc_error *err)
{
    unsigned flags;
    int rc;

    memset(volume, 0, sizeof(*volume));
    volume->name = name;
    volume->region = (struct vtc_fdio_region){fd, 0};
    volume->disk = vtc_fdio_reader(&volume->region, disk_bytes);
    rc = vtc_exfat_open(&volume->core, &volume->disk, part_off, part_bytes);
    if (rc == VTC_ENOENT || rc == VTC_ENOTSUP)
        return vtc_error_set(err, VTC_ERROR_REFUSED, -ENOTSUP, NULL,
                             "%s: the data partition is not exFAT", name);
    if (!rc)
        rc = vtc_reader_read(&volume->disk, part_off, volume->boot, sizeof(volume->boot));
    if (rc)
        return vtc_exfat_volume_fail(volume, rc, "the boot sector", err);
    flags = vtc_le16(volume->boot + AT_VOLUME_FLAGS);
    if (volume->boot[AT_NUMBER_OF_FATS] != 1)
        return vtc_error_set(err, VTC_ERROR_REFUSED, -ENOTSUP, NULL,
                             "%s: the data partition is TexFAT, which has two FATs", name);
    if (flags & (FLAG_DIRTY | FLAG_FAILURE))
        return vtc_error_set(err, VTC_ERROR_REFUSED, -EUCLEAN,
                             "Check it first: fsck.exfat on its partition (an image file: losetup "
                             "-fP FILE gives it partitions).",
                             "%s: the data partition was not unmounted cleanly, or its medium "
                             "failed",
                             name);
    return load_root(volume, err);
}

void vtc_exfat_volume_close(struct vtc_exfat_volume *volume)
{
    free(volume->bitmap);
    free(volume->bitmap_changed);
    free(volume->bitmap_at.v);
    free(volume->upcase);
    volume->bitmap = volume->bitmap_changed = NULL;
    volume->bitmap_at.v = NULL;
    volume->upcase = NULL;
}

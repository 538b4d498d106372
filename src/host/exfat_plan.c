/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/exfat_plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <ventoc/bytes.h>

#define AT_VOLUME_FLAGS   106
#define AT_PERCENT_IN_USE 112
#define PERCENT_UNKNOWN   0xff
#define FLAG_DIRTY        2u
#define BITMAP_SECTOR     512u

/* A write of a copy of memory, which the plan keeps. */
static int add_copy(struct vtc_plan *plan, uint64_t off, const void *memory, size_t bytes,
                    const char *reason)
{
    void *copy = malloc(bytes);
    int rc;

    if (!copy)
        return -ENOMEM;
    memcpy(copy, memory, bytes);
    rc = vtc_plan_own_memory(plan, copy);
    return rc ? rc : vtc_plan_add_memory(plan, off, copy, bytes, reason);
}

int vtc_exfat_plan_boot(const struct vtc_exfat_volume *volume, struct vtc_plan *plan, int dirty)
{
    uint32_t clusters = volume->core.geometry.cluster_count;
    uint64_t used = clusters - volume->free_count;
    uint8_t boot[sizeof(volume->boot)];
    uint16_t flags = vtc_le16(volume->boot + AT_VOLUME_FLAGS);

    memcpy(boot, volume->boot, sizeof(boot));
    vtc_put_le16(boot + AT_VOLUME_FLAGS,
                 (uint16_t)(dirty ? flags | FLAG_DIRTY : flags & ~FLAG_DIRTY));
    if (!dirty && boot[AT_PERCENT_IN_USE] != PERCENT_UNKNOWN)
        boot[AT_PERCENT_IN_USE] = (uint8_t)(used * 100 / clusters);
    return add_copy(plan, volume->core.geometry.part_off, boot, sizeof(boot),
                    dirty ? "boot sector: volume in use" : "boot sector: volume clean");
}

int vtc_exfat_plan_bitmap(const struct vtc_exfat_volume *volume, struct vtc_plan *plan)
{
    int rc = 0;

    for (uint32_t i = 0; !rc && i < volume->bitmap_at.count; i++) {
        const struct vtc_extent *extent = &volume->bitmap_at.v[i];
        uint32_t at = (uint32_t)extent->file_off, end = at + (uint32_t)extent->bytes;

        while (!rc && at < end) {
            uint32_t stop = at;

            while (stop < end && volume->bitmap_changed[stop / BITMAP_SECTOR])
                stop = (stop / BITMAP_SECTOR + 1) * BITMAP_SECTOR;
            if (stop > end)
                stop = end;
            if (stop == at) {
                at = (at / BITMAP_SECTOR + 1) * BITMAP_SECTOR;
                continue;
            }
            rc = add_copy(plan, extent->disk_off + (at - extent->file_off), volume->bitmap + at,
                          stop - at, "allocation bitmap");
            at = stop;
        }
    }
    return rc;
}

static uint64_t fat_off(const struct vtc_exfat_volume *volume, uint32_t cluster)
{
    const struct vtc_fat_geometry *g = &volume->core.geometry;

    return g->part_off + g->fat_off + 4 * (uint64_t)cluster;
}

/* Entries of runs [0, count), which lie near each other, in one write. after: what follows the
 * last of them. */
static int plan_span(const struct vtc_exfat_volume *volume, struct vtc_plan *plan,
                     const struct vtc_exfat_run *run, size_t count, uint32_t after,
                     const char *reason)
{
    uint32_t first = run[0].cluster, end = run[count - 1].cluster + run[count - 1].count;
    size_t bytes = 4 * (size_t)(end - first);
    uint8_t *entries = malloc(bytes);
    int rc = 0;

    if (!entries)
        return -ENOMEM;
    if (count > 1)
        rc = vtc_fdio_read(volume->region.fd, fat_off(volume, first), entries, bytes);
    for (size_t i = 0; i < count; i++) {
        uint8_t *at = entries + 4 * (size_t)(run[i].cluster - first);

        for (uint32_t n = 1; n < run[i].count; n++, at += 4)
            vtc_put_le32(at, run[i].cluster + n);
        vtc_put_le32(at, i + 1 < count ? run[i + 1].cluster : after);
    }
    if (rc) {
        free(entries);
        return rc;
    }
    rc = vtc_plan_own_memory(plan, entries);
    return rc ? rc : vtc_plan_add_memory(plan, fat_off(volume, first), entries, bytes, reason);
}

int vtc_exfat_plan_chain(const struct vtc_exfat_volume *volume, struct vtc_plan *plan,
                         const struct vtc_exfat_run *run, size_t count, uint32_t gap,
                         const char *reason)
{
    size_t i = 0;
    int rc = 0;

    while (!rc && i < count) {
        size_t n = i + 1;

        while (n < count && run[n].cluster >= run[n - 1].cluster + run[n - 1].count &&
               run[n].cluster - (run[n - 1].cluster + run[n - 1].count) <= gap)
            n++;
        rc = plan_span(volume, plan, run + i, n - i, n < count ? run[n].cluster : UINT32_MAX,
                       reason);
        i = n;
    }
    return rc;
}

int vtc_exfat_plan_link(const struct vtc_exfat_volume *volume, struct vtc_plan *plan,
                        uint32_t cluster, uint32_t next, const char *reason)
{
    uint8_t entry[4];

    vtc_put_le32(entry, next);
    return add_copy(plan, fat_off(volume, cluster), entry, sizeof(entry), reason);
}

int vtc_exfat_plan_dir(const struct vtc_exfat_volume *volume, struct vtc_plan *plan,
                       const struct vtc_exfat_dir *dir, size_t at, size_t bytes, const char *reason)
{
    uint32_t step = volume->core.geometry.cluster_bytes;
    int rc = 0;

    while (!rc && bytes) {
        size_t inside = at % step, part = bytes < step - inside ? bytes : step - inside;

        rc = add_copy(plan, vtc_exfat_volume_off(volume, dir->cluster[at / step]) + inside,
                      dir->raw + at, part, reason);
        at += part;
        bytes -= part;
    }
    return rc;
}

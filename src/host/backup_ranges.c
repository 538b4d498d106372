/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/backup_ranges.h"

#include <errno.h>
#include <stdlib.h>

struct list {
    struct vtc_backup_range *v;
    uint32_t count, capacity;
};

static int append(struct list *list, uint64_t off, uint64_t bytes, uint32_t stage)
{
    if (list->count == VTC_BACKUP_RANGE_MAX_COUNT)
        return -E2BIG;
    if (list->count == list->capacity) {
        uint32_t capacity = list->capacity ? list->capacity * 2 : 64;
        struct vtc_backup_range *grown = reallocarray(list->v, capacity, sizeof(*grown));

        if (!grown)
            return -ENOMEM;
        list->v = grown;
        list->capacity = capacity;
    }
    list->v[list->count++] = (struct vtc_backup_range){.off = off, .bytes = bytes, .stage = stage};
    return 0;
}

/* In pieces that end where a multiple of the longest range does. */
static int append_pieces(struct list *list, uint64_t off, uint64_t end, uint32_t stage)
{
    int rc = 0;

    while (!rc && off < end) {
        uint64_t stop = (off / VTC_BACKUP_RANGE_MAX_BYTES + 1) * VTC_BACKUP_RANGE_MAX_BYTES;

        if (stop > end)
            stop = end;
        rc = append(list, off, stop - off, stage);
        off = stop;
    }
    return rc;
}

static int by_value(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* An entry of the plan, rounded out. */
struct span {
    uint64_t off, end;
    unsigned stage;
};

static struct span span_of(const struct vtc_plan_entry *entry, uint64_t disk_bytes, uint32_t sector)
{
    struct span span = {entry->off / sector * sector,
                        (entry->off + entry->bytes + sector - 1) / sector * sector, entry->stage};

    if (span.end > disk_bytes)
        span.end = disk_bytes;
    return span;
}

/* Is there a write on [off, ...), which no border of an entry divides; and in which stage last? */
static int find_stage(const struct span *span, size_t count, uint64_t off, uint32_t *stage)
{
    int found = 0;

    for (size_t i = 0; i < count; i++) {
        if (off < span[i].off || off >= span[i].end)
            continue;
        *stage = !found || span[i].stage > *stage ? span[i].stage : *stage;
        found = 1;
    }
    return found;
}

static int collect(const struct span *span, size_t count, const uint64_t *border, struct list *list)
{
    uint64_t first = 0, end = 0; /* the run being collected */
    uint32_t stage = 0, run_stage = 0;
    int rc = 0;

    for (size_t i = 0; !rc && i + 1 < 2 * count; i++) {
        if (border[i] == border[i + 1] || !find_stage(span, count, border[i], &stage))
            continue;
        if (end == border[i] && stage == run_stage && end != first) {
            end = border[i + 1];
            continue;
        }
        rc = append_pieces(list, first, end, run_stage);
        first = border[i];
        end = border[i + 1];
        run_stage = stage;
    }
    return rc ? rc : append_pieces(list, first, end, run_stage);
}

int vtc_backup_ranges(const struct vtc_plan *plan, uint64_t disk_bytes, uint32_t sector_bytes,
                      struct vtc_backup_range **ranges, uint32_t *count)
{
    struct span *span = calloc(plan->count + 1, sizeof(*span));
    uint64_t *border = calloc(2 * plan->count + 1, sizeof(*border));
    struct list list = {0};
    int rc = span && border ? 0 : -ENOMEM;

    for (size_t i = 0; !rc && i < plan->count; i++) {
        span[i] = span_of(&plan->entry[i], disk_bytes, sector_bytes);
        border[2 * i] = span[i].off;
        border[2 * i + 1] = span[i].end;
    }
    if (!rc) {
        qsort(border, 2 * plan->count, sizeof(*border), by_value);
        rc = collect(span, plan->count, border, &list);
    }
    free(span);
    free(border);
    if (rc) {
        free(list.v);
        list.v = NULL;
        list.count = 0;
    }
    *ranges = list.v;
    *count = list.count;
    return rc;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list of a file's pieces: building, cutting, checking. */
#include <ventoc/extents.h>

void vtc_extents_init(struct vtc_extents *list, struct vtc_extent *storage, uint32_t capacity,
                      int (*grow)(struct vtc_extents *))
{
    list->v = storage;
    list->count = 0;
    list->capacity = capacity;
    list->bytes = 0;
    list->grow = grow;
}

/* Room for one more. A grow() that gains nothing counts as full. */
static int make_room(struct vtc_extents *list)
{
    int rc;

    if (list->count < list->capacity)
        return VTC_OK;
    if (!list->grow)
        return VTC_ENOSPC;
    rc = list->grow(list);
    if (rc)
        return rc;
    return list->count < list->capacity ? VTC_OK : VTC_ENOSPC;
}

int vtc_extents_add(struct vtc_extents *list, uint64_t disk_off, uint64_t bytes)
{
    struct vtc_extent *last = list->count ? &list->v[list->count - 1] : NULL;
    int rc;

    if (!bytes)
        return VTC_OK;
    if (bytes > UINT64_MAX - disk_off || bytes > UINT64_MAX - list->bytes)
        return VTC_EFORMAT;
    if (last && last->disk_off + last->bytes == disk_off) {
        last->bytes += bytes;
        list->bytes += bytes;
        return VTC_OK;
    }
    rc = make_room(list);
    if (rc)
        return rc;
    last = &list->v[list->count++];
    last->file_off = list->bytes;
    last->disk_off = disk_off;
    last->bytes = bytes;
    list->bytes += bytes;
    return VTC_OK;
}

int vtc_extents_trim(struct vtc_extents *list, uint64_t file_bytes)
{
    struct vtc_extent *last;

    if (file_bytes > list->bytes)
        return VTC_ETRUNC;
    while (list->count && list->v[list->count - 1].file_off >= file_bytes)
        list->count--;
    if (list->count) {
        last = &list->v[list->count - 1];
        last->bytes = file_bytes - last->file_off;
    }
    list->bytes = file_bytes;
    return VTC_OK;
}

static uint64_t sort_key(const struct vtc_extent *e, int by_disk)
{
    return by_disk ? e->disk_off : e->file_off;
}

/* Heapsort's step: let v[root] sink to its place in the heap v[0..count). */
static void sift_down(struct vtc_extent *v, uint32_t root, uint32_t count, int by_disk)
{
    struct vtc_extent moving = v[root];
    uint64_t key = sort_key(&moving, by_disk);

    while (root < count / 2) {
        uint32_t child = 2 * root + 1;

        if (child + 1 < count && sort_key(&v[child + 1], by_disk) > sort_key(&v[child], by_disk))
            child++;
        if (sort_key(&v[child], by_disk) <= key)
            break;
        v[root] = v[child];
        root = child;
    }
    v[root] = moving;
}

static void heapsort_extents(struct vtc_extent *v, uint32_t count, int by_disk)
{
    uint32_t i;

    for (i = count / 2; i-- > 0;)
        sift_down(v, i, count, by_disk);
    for (i = count; i-- > 1;) {
        struct vtc_extent top = v[0];

        v[0] = v[i];
        v[i] = top;
        sift_down(v, 0, i, by_disk);
    }
}

/* 1: every extent ends before the next begins. The ends are known not to wrap. */
static int is_ascending(const struct vtc_extents *list)
{
    uint32_t i;

    for (i = 1; i < list->count; i++)
        if (list->v[i].disk_off < list->v[i - 1].disk_off + list->v[i - 1].bytes)
            return 0;
    return 1;
}

/* Sorts in place by disk offset, looks at neighbours, and sorts back: the file offsets of a
 * gapless list are all different, so the order returns exactly. */
static int has_overlap(struct vtc_extents *list)
{
    int overlap;

    if (is_ascending(list))
        return 0;
    heapsort_extents(list->v, list->count, 1);
    overlap = !is_ascending(list);
    heapsort_extents(list->v, list->count, 0);
    return overlap;
}

int vtc_extents_check(struct vtc_extents *list, uint64_t first, uint64_t end)
{
    uint64_t file_off = 0;
    uint32_t i;

    for (i = 0; i < list->count; i++) {
        const struct vtc_extent *e = &list->v[i];

        if (!e->bytes || e->file_off != file_off || e->bytes > list->bytes - file_off)
            return VTC_EFORMAT;
        if (e->disk_off < first || e->disk_off > end || e->bytes > end - e->disk_off)
            return VTC_EFORMAT;
        file_off += e->bytes;
    }
    if (file_off != list->bytes)
        return VTC_EFORMAT;
    return has_overlap(list) ? VTC_EFORMAT : VTC_OK;
}

int vtc_extents_apart(const struct vtc_extents *a, const struct vtc_extents *b,
                      struct vtc_extents *work)
{
    uint32_t i;
    int rc = VTC_OK;

    for (i = 0; i < a->count && !rc; i++)
        rc = vtc_extents_add(work, a->v[i].disk_off, a->v[i].bytes);
    for (i = 0; i < b->count && !rc; i++)
        rc = vtc_extents_add(work, b->v[i].disk_off, b->v[i].bytes);
    return rc ? rc : vtc_extents_check(work, 0, UINT64_MAX);
}

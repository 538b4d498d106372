/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/exfat_alloc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The next free run at or behind cluster; count 0 when there is none. */
static struct vtc_exfat_run next_free(const struct vtc_exfat_volume *volume, uint32_t cluster)
{
    uint32_t end = volume->core.geometry.cluster_count + 2;
    struct vtc_exfat_run run = {cluster, 0};

    while (run.cluster < end && vtc_exfat_volume_used(volume, run.cluster)) {
        /* eight at a time where a whole byte is in use */
        if (run.cluster % 8 == 2 && volume->bitmap[(run.cluster - 2) / 8] == 0xff &&
            end - run.cluster > 8)
            run.cluster += 8;
        else
            run.cluster++;
    }
    while (run.count < end - run.cluster && !vtc_exfat_volume_used(volume, run.cluster + run.count))
        run.count++;
    return run;
}

static void mark(struct vtc_exfat_volume *volume, struct vtc_exfat_run run)
{
    for (uint32_t bit = run.cluster - 2; bit < run.cluster - 2 + run.count; bit++) {
        volume->bitmap[bit / 8] |= (uint8_t)(1u << (bit % 8));
        volume->bitmap_changed[bit / 8 / 512] = 1;
    }
    volume->free_count -= run.count;
}

static int by_length_down(const void *a, const void *b)
{
    const struct vtc_exfat_run *x = a, *y = b;

    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    return x->cluster < y->cluster ? -1 : 1;
}

static int by_cluster(const void *a, const void *b)
{
    const struct vtc_exfat_run *x = a, *y = b;

    return x->cluster < y->cluster ? -1 : x->cluster > y->cluster;
}

static int append(struct vtc_exfat_runs *runs, size_t *capacity, struct vtc_exfat_run run)
{
    if (runs->count == *capacity) {
        size_t wanted = *capacity ? *capacity * 2 : 16;
        struct vtc_exfat_run *grown = reallocarray(runs->v, wanted, sizeof(*grown));

        if (!grown)
            return -ENOMEM;
        runs->v = grown;
        *capacity = wanted;
    }
    runs->v[runs->count++] = run;
    return 0;
}

int vtc_exfat_alloc_take(struct vtc_exfat_volume *volume, uint32_t count,
                         struct vtc_exfat_runs *runs)
{
    struct vtc_exfat_run run = {2, 0};
    size_t capacity = 0, used = 0;

    memset(runs, 0, sizeof(*runs));
    if (!count || count > volume->free_count)
        return -ENOSPC;
    while ((run = next_free(volume, run.cluster + run.count)).count) {
        int fits = run.count >= count;

        if (fits) { /* all runs before it are too short */
            runs->count = 0;
            run.count = count;
        }
        if (append(runs, &capacity, run))
            return -ENOMEM;
        if (fits)
            break;
    }
    qsort(runs->v, runs->count, sizeof(*runs->v), by_length_down);
    for (uint32_t left = count; left; used++) {
        if (runs->v[used].count > left)
            runs->v[used].count = left;
        left -= runs->v[used].count;
    }
    runs->count = used;
    qsort(runs->v, runs->count, sizeof(*runs->v), by_cluster);
    for (size_t i = 0; i < runs->count; i++)
        mark(volume, runs->v[i]);
    return 0;
}

int vtc_exfat_alloc_at(struct vtc_exfat_volume *volume, uint32_t cluster)
{
    if (!vtc_exfat_volume_has(volume, cluster) || vtc_exfat_volume_used(volume, cluster))
        return 0;
    mark(volume, (struct vtc_exfat_run){cluster, 1});
    return 1;
}

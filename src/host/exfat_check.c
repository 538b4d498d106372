/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/exfat_check.h"

#include <stdlib.h>

struct walk {
    const struct vtc_exfat_volume *volume;
    struct vtc_exfat_node *dir; /* found, and not looked into yet */
    size_t count, capacity;
    uint64_t left_bytes; /* of the clusters that no file or directory was seen to have */
    uint8_t *seen;       /* by first cluster, as in the bitmap: a directory that is in itself */
    struct vtc_extents list;
};

/* Two never share a cluster. Without this a damaged volume of many long files on the same clusters
 * would take for ever. */
static int take_clusters(struct walk *walk, uint64_t bytes)
{
    uint32_t step = walk->volume->core.geometry.cluster_bytes;
    uint64_t rest = bytes % step;

    if (bytes > walk->left_bytes || (rest && step - rest > walk->left_bytes - bytes))
        return VTC_EFORMAT;
    walk->left_bytes -= bytes + (rest ? step - rest : 0);
    return VTC_OK;
}

static int check_dir(struct walk *walk, const struct vtc_exfat_node *node)
{
    uint32_t bit = node->first_cluster - 2;

    if (!node->bytes)
        return VTC_OK;
    if (!vtc_exfat_volume_has(walk->volume, node->first_cluster) ||
        walk->seen[bit / 8] >> (bit % 8) & 1)
        return VTC_EFORMAT;
    walk->seen[bit / 8] |= (uint8_t)(1u << (bit % 8));
    if (walk->count == walk->capacity) {
        size_t capacity = walk->capacity ? walk->capacity * 2 : 64;
        struct vtc_exfat_node *grown = reallocarray(walk->dir, capacity, sizeof(*grown));

        if (!grown)
            return VTC_ENOSPC;
        walk->dir = grown;
        walk->capacity = capacity;
    }
    walk->dir[walk->count++] = *node;
    return VTC_OK;
}

static int check_node(void *ctx, const char *name, const struct vtc_exfat_node *node)
{
    struct walk *walk = ctx;
    struct vtc_exfat_node whole = *node;
    const char *why;
    uint8_t buf[4096];
    int rc;

    (void)name;
    if (node->is_dir)
        return check_dir(walk, node);
    rc = take_clusters(walk, node->bytes);
    if (rc)
        return rc;
    whole.valid_bytes = whole.bytes; /* clusters that nothing was written to are in use as well */
    vtc_extents_init(&walk->list, walk->list.v, walk->list.capacity, vtc_exfat_volume_grow);
    rc = vtc_exfat_extents(&walk->volume->core, &whole, buf, sizeof(buf), &walk->list, &why);
    if (rc)
        return rc;
    return vtc_exfat_volume_all_used(walk->volume, &walk->list) ? VTC_OK : VTC_EFORMAT;
}

int vtc_exfat_check_used(const struct vtc_exfat_volume *volume, struct vtc_error *err)
{
    const struct vtc_fat_geometry *g = &volume->core.geometry;
    struct walk walk = {.volume = volume,
                        .left_bytes = (uint64_t)g->cluster_count * g->cluster_bytes,
                        .seen = calloc(1, volume->bitmap_bytes)};
    struct vtc_exfat_node node;
    int rc = walk.seen ? VTC_OK : VTC_ENOSPC, host_rc = 0;

    vtc_exfat_root(&volume->core, &node);
    while (!rc && !host_rc) {
        uint32_t *cluster, count;

        host_rc = vtc_exfat_volume_clusters(volume, node.first_cluster, node.bytes,
                                            node.no_fat_chain, &cluster, &count, err);
        free(cluster);
        if (!host_rc)
            rc = take_clusters(&walk, (uint64_t)count * g->cluster_bytes);
        if (!host_rc && !rc)
            rc = vtc_exfat_list(&volume->core, &node, check_node, &walk);
        if (!walk.count)
            break;
        node = walk.dir[--walk.count];
    }
    free(walk.seen);
    free(walk.dir);
    free(walk.list.v);
    if (rc)
        return vtc_exfat_volume_fail(volume, rc,
                                     "a file and the allocation bitmap contradict each other", err);
    return host_rc;
}

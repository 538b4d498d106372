/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/probe.h"

#include <blkid/blkid.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* More signatures than this in one area is damage or malice; ZFS labels have up to 512. */
#define MAX_ROUNDS 1024

static blkid_probe open_probe(int fd, struct vtc_probe_area area, uint32_t sector_bytes)
{
    blkid_probe pr = blkid_new_probe();

    if (!pr)
        return NULL;
    if (blkid_probe_set_device(pr, fd, (blkid_loff_t)area.off, (blkid_loff_t)area.bytes)) {
        blkid_free_probe(pr);
        return NULL;
    }
    blkid_probe_set_sectorsize(pr, sector_bytes);
    blkid_probe_enable_superblocks(pr, 1);
    blkid_probe_set_superblocks_flags(pr, BLKID_SUBLKS_MAGIC | BLKID_SUBLKS_TYPE |
                                              BLKID_SUBLKS_LABEL | BLKID_SUBLKS_BADCSUM);
    blkid_probe_enable_partitions(pr, 1);
    blkid_probe_set_partitions_flags(pr, BLKID_PARTS_MAGIC | BLKID_PARTS_FORCE_GPT);
    return pr;
}

static const char *value(blkid_probe pr, const char *name, size_t *bytes)
{
    const char *data = NULL;

    return blkid_probe_lookup_value(pr, name, &data, bytes) == 0 ? data : NULL;
}

/* What the probe stands on now. Returns 0, or -ENOENT when it has no magic string. */
static int current(blkid_probe pr, uint64_t area_off, struct vtc_probe_signature *out)
{
    const char *type = value(pr, "TYPE", NULL), *off = value(pr, "SBMAGIC_OFFSET", NULL), *label;
    size_t bytes = 0;

    memset(out, 0, sizeof(*out));
    if (type) {
        value(pr, "SBMAGIC", &bytes);
    } else {
        type = value(pr, "PTTYPE", NULL);
        off = value(pr, "PTMAGIC_OFFSET", NULL);
        value(pr, "PTMAGIC", &bytes);
    }
    if (!type || !off || !bytes)
        return -ENOENT;
    label = value(pr, "LABEL", NULL);
    out->area_off = area_off;
    out->off = area_off + strtoull(off, NULL, 10);
    out->bytes = bytes;
    snprintf(out->type, sizeof(out->type), "%s", type);
    snprintf(out->label, sizeof(out->label), "%s", label ? label : "");
    return 0;
}

static int append(struct vtc_probe_list *list, const struct vtc_probe_signature *sig)
{
    struct vtc_probe_signature *grown = reallocarray(list->v, list->count + 1, sizeof(*grown));

    if (!grown)
        return -ENOMEM;
    list->v = grown;
    list->v[list->count++] = *sig;
    return 0;
}

int vtc_probe_area(int fd, struct vtc_probe_area area, uint32_t sector_bytes,
                   struct vtc_probe_list *list, struct vtc_error *err)
{
    blkid_probe pr = open_probe(fd, area, sector_bytes);
    int rc = pr ? 0 : -EIO;

    for (int round = 0; !rc && round < MAX_ROUNDS; round++) {
        struct vtc_probe_signature sig;

        if (blkid_do_probe(pr) != 0)
            break;
        if (current(pr, area.off, &sig))
            continue;
        rc = append(list, &sig);
        if (!rc && (blkid_probe_hide_range(pr, sig.off - area.off, sig.bytes) ||
                    blkid_probe_step_back(pr)))
            break;
    }
    blkid_free_probe(pr);
    if (rc)
        vtc_error_set(err, VTC_ERROR_FAILED, rc, NULL, "cannot look for old signatures: %s",
                      strerror(-rc));
    return rc;
}

int vtc_probe_first(int fd, struct vtc_probe_area area, uint32_t sector_bytes,
                    struct vtc_probe_signature *out)
{
    blkid_probe pr = open_probe(fd, area, sector_bytes);
    int found = 0;

    if (!pr)
        return -EIO;
    while (!found && blkid_do_probe(pr) == 0)
        found = current(pr, area.off, out) == 0;
    blkid_free_probe(pr);
    return found;
}

int vtc_probe_partitions(int fd, uint64_t disk_bytes, uint32_t sector_bytes,
                         struct vtc_probe_area *areas, size_t max)
{
    struct vtc_probe_area whole = {0, disk_bytes};
    blkid_probe pr = open_probe(fd, whole, sector_bytes);
    blkid_partlist parts;
    size_t count = 0;

    if (!pr)
        return -EIO;
    parts = blkid_probe_get_partitions(pr);
    for (int i = 0; parts && i < blkid_partlist_numof_partitions(parts) && count < max; i++) {
        blkid_partition part = blkid_partlist_get_partition(parts, i);
        uint64_t off = (uint64_t)blkid_partition_get_start(part) * 512;
        uint64_t bytes = (uint64_t)blkid_partition_get_size(part) * 512;

        if (!bytes || off >= disk_bytes)
            continue;
        areas[count].off = off;
        areas[count++].bytes = bytes < disk_bytes - off ? bytes : disk_bytes - off;
    }
    blkid_free_probe(pr);
    return (int)count;
}

void vtc_probe_free(struct vtc_probe_list *list)
{
    free(list->v);
    list->v = NULL;
    list->count = 0;
}

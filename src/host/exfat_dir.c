/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/exfat_dir.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <ventoc/bytes.h>

int vtc_exfat_dir_load(const struct vtc_exfat_volume *volume, uint32_t first, uint64_t bytes,
                       int no_fat_chain, struct vtc_exfat_dir *dir, struct vtc_error *err)
{
    uint32_t step = volume->core.geometry.cluster_bytes;
    int rc;

    memset(dir, 0, sizeof(*dir));
    dir->no_fat_chain = no_fat_chain;
    rc = vtc_exfat_volume_clusters(volume, first, bytes, no_fat_chain, &dir->cluster,
                                   &dir->cluster_count, err);
    if (rc)
        return rc;
    dir->bytes = (size_t)dir->cluster_count * step;
    dir->raw = malloc(dir->bytes);
    if (!dir->raw)
        return vtc_exfat_volume_fail(volume, VTC_ENOSPC, "", err);
    for (uint32_t i = 0; !rc && i < dir->cluster_count; i++)
        rc = vtc_reader_read(&volume->disk, vtc_exfat_volume_off(volume, dir->cluster[i]),
                             dir->raw + (size_t)i * step, step);
    return rc ? vtc_exfat_volume_fail(volume, rc, "a directory", err) : 0;
}

void vtc_exfat_dir_free(struct vtc_exfat_dir *dir)
{
    free(dir->cluster);
    free(dir->raw);
    memset(dir, 0, sizeof(*dir));
}

int vtc_exfat_dir_find(const struct vtc_exfat_volume *volume, const struct vtc_exfat_dir *dir,
                       const struct vtc_exfat_name *name, size_t *at, struct vtc_error *err)
{
    uint32_t length;

    for (size_t i = 0; i < dir->bytes && dir->raw[i]; i += length) {
        length = VTC_EXFAT_ENTRY_BYTES;
        if (dir->raw[i] != VTC_EXFAT_ENTRY_FILE)
            continue;
        length = vtc_exfat_set_check(dir->raw + i, dir->bytes - i);
        if (!length)
            return vtc_exfat_volume_damaged(volume, "an entry of a directory", err);
        if (vtc_exfat_name_is(name, dir->raw + i, volume->upcase)) {
            *at = i;
            return 0;
        }
    }
    return -ENOENT;
}

size_t vtc_exfat_dir_place(const struct vtc_exfat_dir *dir, uint32_t set_bytes)
{
    size_t first = 0;

    for (size_t i = 0; i < dir->bytes && dir->raw[i]; i += VTC_EXFAT_ENTRY_BYTES) {
        if (dir->raw[i] & VTC_EXFAT_IN_USE)
            first = i + VTC_EXFAT_ENTRY_BYTES;
        else if (i + VTC_EXFAT_ENTRY_BYTES - first == set_bytes)
            break;
    }
    return first;
}

int vtc_exfat_dir_extend(const struct vtc_exfat_volume *volume, struct vtc_exfat_dir *dir,
                         uint32_t cluster)
{
    uint32_t step = volume->core.geometry.cluster_bytes;
    uint32_t *list = reallocarray(dir->cluster, dir->cluster_count + 1, sizeof(*list));
    uint8_t *raw;

    if (list)
        dir->cluster = list;
    raw = list ? realloc(dir->raw, dir->bytes + step) : NULL;
    if (!raw)
        return -ENOMEM;
    dir->raw = raw;
    memset(raw + dir->bytes, 0, step);
    dir->bytes += step;
    dir->cluster[dir->cluster_count++] = cluster;
    return 0;
}

/* Go down into the folder whose set is at *at of parent; parent becomes holder. */
static int enter(const struct vtc_exfat_volume *volume, struct vtc_exfat_dir *holder,
                 struct vtc_exfat_dir *parent, size_t at, struct vtc_error *err)
{
    const uint8_t *set = parent->raw + at;
    uint64_t bytes = vtc_le64(set + VTC_EXFAT_SET_LENGTH);

    if (!bytes)
        return vtc_exfat_volume_damaged(volume, "a directory without clusters", err);
    vtc_exfat_dir_free(holder);
    *holder = *parent;
    memset(parent, 0, sizeof(*parent));
    return vtc_exfat_dir_load(volume, vtc_le32(set + VTC_EXFAT_SET_CLUSTER), bytes,
                              (set[VTC_EXFAT_SET_FLAGS] & VTC_EXFAT_NO_FAT_CHAIN) != 0, parent,
                              err);
}

int vtc_exfat_dir_resolve(const struct vtc_exfat_volume *volume, const char *path,
                          struct vtc_exfat_dir *holder, size_t *set_at,
                          struct vtc_exfat_dir *parent, struct vtc_exfat_name *name,
                          struct vtc_error *err)
{
    int rc;

    memset(holder, 0, sizeof(*holder));
    *set_at = 0;
    rc = vtc_exfat_dir_load(volume, volume->core.root_cluster, 0, 0, parent, err);
    for (;;) {
        size_t length;

        if (rc)
            return rc;
        path += strspn(path, "/");
        length = strcspn(path, "/");
        rc = vtc_exfat_name_make(path, length, name, err);
        if (rc || !path[length])
            return rc;
        rc = vtc_exfat_dir_find(volume, parent, name, set_at, err);
        if (rc == -ENOENT)
            return vtc_error_set(err, VTC_ERROR_FAILED, rc, "Make it first, on the mounted stick.",
                                 "%s: there is no folder '%.*s' on the stick", volume->name,
                                 (int)length, path);
        if (!rc && !(vtc_le16(parent->raw + *set_at + VTC_EXFAT_SET_ATTRIBUTES) &
                     VTC_EXFAT_ATTRIBUTE_DIRECTORY))
            return vtc_error_set(err, VTC_ERROR_FAILED, -ENOTDIR, NULL,
                                 "%s: '%.*s' is not a folder", volume->name, (int)length, path);
        if (!rc)
            rc = enter(volume, holder, parent, *set_at, err);
        path += length;
    }
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/sticks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/stick.h"
#include "host/sysfs.h"
#include "host/ventoy.h"

struct scan {
    const struct vtc_device_roots *roots;
    struct vtc_sticks *sticks;
};

static int append(char (**list)[64], size_t *count, const char path[64])
{
    char(*grown)[64] = reallocarray(*list, *count + 1, sizeof(*grown));

    if (!grown)
        return -ENOMEM;
    *list = grown;
    memcpy(grown[(*count)++], path, sizeof(*grown));
    return 0;
}

static int visit_disk(void *ctx, const char *dir, const char *name)
{
    struct scan *scan = ctx;
    struct vtc_sticks *sticks = scan->sticks;
    struct vtc_ventoy ventoy;
    char path[64];
    struct vtc_device dev;
    struct vtc_target target;
    struct vtc_record record;
    int rc;

    (void)dir;
    /* sysfs writes "!" for the slashes in names such as cciss/c0d0. */
    if (strchr(name, '!') || snprintf(path, sizeof(path), "/dev/%s", name) >= (int)sizeof(path) ||
        vtc_device_inspect(scan->roots, path, 0, 512, &dev, NULL) || !dev.bytes ||
        dev.kind == VTC_DEVICE_MAPPED || dev.kind == VTC_DEVICE_DRIVE)
        return 0;
    rc = vtc_target_open_read(&dev, &target, NULL);
    if (rc) {
        sticks->unreadable_count += rc == -EACCES || rc == -EPERM;
        return 0;
    }
    rc = vtc_stick_read_record(&target, &record, NULL);
    if (!rc)
        rc = append(&sticks->path, &sticks->count, path);
    else
        rc = vtc_ventoy_read(&target, &ventoy)
                 ? 0
                 : append(&sticks->ventoy, &sticks->ventoy_count, path);
    vtc_target_close(&target, 0);
    return rc;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(a, b);
}

int vtc_sticks_find(const struct vtc_device_roots *roots, struct vtc_sticks *sticks,
                    struct vtc_error *err)
{
    struct scan scan = {roots, sticks};
    char dir[PATH_MAX];
    int rc;

    memset(sticks, 0, sizeof(*sticks));
    snprintf(dir, sizeof(dir), "%s/block", roots->sys);
    rc = vtc_sysfs_each(dir, visit_disk, &scan);
    if (rc)
        return vtc_error_set(err, VTC_ERROR_FAILED, rc, NULL, "cannot list the disks: %s",
                             strerror(-rc));
    if (sticks->count)
        qsort(sticks->path, sticks->count, sizeof(*sticks->path), by_path);
    if (sticks->ventoy_count)
        qsort(sticks->ventoy, sticks->ventoy_count, sizeof(*sticks->ventoy), by_path);
    return 0;
}

void vtc_sticks_none(const struct vtc_sticks *sticks, const char *example, struct vtc_error *err)
{
    vtc_error_set(err, VTC_ERROR_NOT_STICK, -ENOENT,
                  sticks->unreadable_count ? "Some disks could not be read: try sudo." : example,
                  "no ventoc stick found");
    if (sticks->ventoy_count)
        vtc_error_hint(err, "%s is a Ventoy stick; to convert it, keeping its files: ventoc -u %s",
                       sticks->ventoy[0], sticks->ventoy[0]);
}

void vtc_sticks_free(struct vtc_sticks *sticks)
{
    free(sticks->path);
    free(sticks->ventoy);
    memset(sticks, 0, sizeof(*sticks));
}

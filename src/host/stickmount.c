/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/stickmount.h"

#include <stdio.h>
#include <string.h>

#include "host/mounts.h"
#include "host/sysfs.h"

struct scan {
    const char *file; /* that the loop devices stand on */
    uint64_t data_off;
    const struct vtc_mounts *mounts;
    struct vtc_device_use use;
};

static int visit_loop(void *ctx, const char *dir, const char *name)
{
    struct scan *scan = ctx;
    char path[PATH_MAX], file[PATH_MAX];
    unsigned major, minor;

    if (strncmp(name, "loop", 4) != 0 ||
        snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path) ||
        !vtc_sysfs_text(path, "loop/backing_file", file, sizeof(file)) ||
        strcmp(file, scan->file) != 0 ||
        vtc_sysfs_number(path, "loop/offset", UINT64_MAX) != scan->data_off ||
        !vtc_sysfs_numbers(path, "dev", &major, &minor))
        return 0;
    vtc_mounts_use(scan->mounts, major, minor, name, &scan->use);
    return scan->use.mounted[0] != '\0';
}

int vtc_stickmount_find(const struct vtc_device_roots *roots, const struct vtc_device *dev,
                        uint64_t data_off, char *point, size_t size)
{
    struct vtc_mounts mounts;
    struct scan scan = {.file = dev->kind == VTC_DEVICE_FILE ? dev->path : dev->backing_file,
                        .data_off = data_off,
                        .mounts = &mounts};
    char dir[PATH_MAX];
    int rc;

    for (uint32_t i = 0; i < dev->part_count; i++)
        if (dev->part[i].off == data_off && dev->part[i].use.mounted[0]) {
            snprintf(point, size, "%s", dev->part[i].use.mounted);
            return 1;
        }
    if (!scan.file[0])
        return 0;
    rc = vtc_mounts_read(roots, &mounts);
    snprintf(dir, sizeof(dir), "%s/block", roots->sys);
    if (!rc)
        rc = vtc_sysfs_each(dir, visit_loop, &scan);
    vtc_mounts_free(&mounts);
    snprintf(point, size, "%s", scan.use.mounted);
    return rc;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/btrfs.h"

#include <stdio.h>

#include "host/device.h"
#include "host/sysfs.h"

struct scan {
    unsigned major, minor; /* looked for */
    int found;
    int (*visit)(void *ctx, unsigned major, unsigned minor, const char *name);
    void *ctx;
};

static int visit_device(void *ctx, const char *dir, const char *name)
{
    struct scan *scan = ctx;
    char path[PATH_MAX];
    unsigned major, minor;

    if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path) ||
        !vtc_sysfs_numbers(path, "dev", &major, &minor))
        return 0;
    if (scan->found)
        return scan->visit(scan->ctx, major, minor, name);
    return major == scan->major && minor == scan->minor;
}

static int visit_volume(void *ctx, const char *dir, const char *name)
{
    struct scan *scan = ctx;
    char path[PATH_MAX];

    if (snprintf(path, sizeof(path), "%s/%s/devices", dir, name) >= (int)sizeof(path))
        return 0;
    scan->found = 0;
    scan->found = vtc_sysfs_each(path, visit_device, scan);
    return scan->found ? vtc_sysfs_each(path, visit_device, scan) : 0;
}

int vtc_btrfs_each_member(const struct vtc_device_roots *roots, unsigned major, unsigned minor,
                          int (*visit)(void *ctx, unsigned major, unsigned minor, const char *name),
                          void *ctx)
{
    struct scan scan = {.major = major, .minor = minor, .visit = visit, .ctx = ctx};
    char dir[PATH_MAX];

    if (snprintf(dir, sizeof(dir), "%s/fs/btrfs", roots->sys) >= (int)sizeof(dir))
        return 0;
    return vtc_sysfs_each(dir, visit_volume, &scan);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/nodes.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "host/device.h"
#include "host/sysfs.h"

int vtc_nodes_number(const struct vtc_device_roots *roots, const char *path, unsigned *major,
                     unsigned *minor)
{
    const char *name = strncmp(path, "/dev/", 5) == 0 ? path + 5 : NULL;
    char node[PATH_MAX];
    struct stat st;

    if (name && snprintf(node, sizeof(node), "%s/%s", roots->dev, name) >= (int)sizeof(node))
        return 0;
    if (stat(name ? node : path, &st) == 0) {
        if (!S_ISBLK(st.st_mode))
            return 0;
        *major = major(st.st_rdev);
        *minor = minor(st.st_rdev);
        return 1;
    }
    if (!name || strchr(name, '/') ||
        snprintf(node, sizeof(node), "%s/class/block/%s", roots->sys, name) >= (int)sizeof(node))
        return 0;
    return vtc_sysfs_numbers(node, "dev", major, minor);
}

struct scan {
    const char *name, *serial;
    int rank;
    char *out;
    size_t size;
};

static int rank_of(const char *link, const char *serial)
{
    /* Names that are made of numbers only, or of what stands on the disk. */
    static const char *const poor[] = {"wwn-",       "nvme-eui.", "nvme-nguid.", "nvme-uuid.",
                                       "nvme-nvme.", "scsi-3",    "lvm-",        "dm-",
                                       "md-",        "raid-"};

    for (size_t i = 0; i < sizeof(poor) / sizeof(poor[0]); i++)
        if (strncmp(link, poor[i], strlen(poor[i])) == 0)
            return 1;
    return serial[0] && strstr(link, serial) ? 3 : 2;
}

static int visit_link(void *ctx, const char *dir, const char *name)
{
    struct scan *scan = ctx;
    char path[PATH_MAX], to[PATH_MAX];
    const char *base;
    ssize_t n;
    int rank;

    if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path))
        return 0;
    n = readlink(path, to, sizeof(to) - 1);
    if (n <= 0)
        return 0;
    to[n] = '\0';
    base = strrchr(to, '/');
    if (strcmp(base ? base + 1 : to, scan->name) != 0)
        return 0;
    rank = rank_of(name, scan->serial);
    if (rank < scan->rank ||
        (rank == scan->rank && strcmp(name, scan->out + strlen("/dev/disk/by-id/")) > 0))
        return 0;
    if (snprintf(path, sizeof(path), "/dev/disk/by-id/%s", name) >= (int)scan->size)
        return 0;
    memcpy(scan->out, path, strlen(path) + 1);
    scan->rank = rank;
    return 0;
}

void vtc_nodes_by_id(const struct vtc_device_roots *roots, const char *name, const char *serial,
                     char *out, size_t size)
{
    struct scan scan = {name, serial, 0, out, size};
    char dir[PATH_MAX];

    out[0] = '\0';
    if (snprintf(dir, sizeof(dir), "%s/disk/by-id", roots->dev) < (int)sizeof(dir))
        vtc_sysfs_each(dir, visit_link, &scan);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/under.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "host/btrfs.h"
#include "host/nodes.h"
#include "host/sysfs.h"

#define MAX_DEPTH 16 /* stacked devices nest a handful deep; more is a loop */

/* A search from a device down to whole disks. */
struct descent {
    const struct vtc_mounts *mounts;
    unsigned major, minor; /* looked for */
    int depth;
};

static int stands_on(struct descent *d, unsigned major, unsigned minor);

static int visit_slave(void *ctx, const char *dir, const char *name)
{
    char path[PATH_MAX];
    unsigned major, minor;

    if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path) ||
        !vtc_sysfs_numbers(path, "dev", &major, &minor))
        return 0;
    return stands_on(ctx, major, minor);
}

static int visit_member(void *ctx, unsigned major, unsigned minor, const char *name)
{
    (void)name;
    return stands_on(ctx, major, minor);
}

/* A device with a file system, which as a btrfs has others beside it. */
static int volume_stands_on(struct descent *d, unsigned major, unsigned minor)
{
    return stands_on(d, major, minor) ||
           vtc_btrfs_each_member(d->mounts->roots, major, minor, visit_member, d);
}

static int mount_stands_on(struct descent *d, const struct vtc_mount *m)
{
    return volume_stands_on(d, m->major, m->minor) ||
           ((m->dev_major || m->dev_minor) && volume_stands_on(d, m->dev_major, m->dev_minor));
}

/* What a loop device stands on: a device, or a file on one. */
static int file_stands_on(struct descent *d, const char *file)
{
    unsigned major, minor;
    struct stat st;

    if (vtc_nodes_number(d->mounts->roots, file, &major, &minor))
        return stands_on(d, major, minor);
    if (stat(file, &st))
        return 0;
    /* The device number of a btrfs is nobody's: its mount names the device. */
    for (size_t i = 0; i < d->mounts->mount_count; i++) {
        const struct vtc_mount *m = &d->mounts->mount[i];

        if (m->major == major(st.st_dev) && m->minor == minor(st.st_dev))
            return mount_stands_on(d, m);
    }
    return stands_on(d, major(st.st_dev), minor(st.st_dev));
}

static int stands_on(struct descent *d, unsigned major, unsigned minor)
{
    char dir[PATH_MAX - 32], sub[PATH_MAX], file[PATH_MAX];
    int found = 0;

    if (major == d->major && minor == d->minor)
        return 1;
    if (d->depth >= MAX_DEPTH)
        return 0;
    d->depth++;
    snprintf(dir, sizeof(dir), "%s/dev/block/%u:%u", d->mounts->roots->sys, major, minor);
    snprintf(sub, sizeof(sub), "%s/slaves", dir);
    found = vtc_sysfs_each(sub, visit_slave, d);
    if (!found && vtc_sysfs_has(dir, "partition")) {
        snprintf(sub, sizeof(sub), "%s/..", dir);
        if (vtc_sysfs_numbers(sub, "dev", &major, &minor))
            found = stands_on(d, major, minor);
    } else if (!found && vtc_sysfs_text(dir, "loop/backing_file", file, sizeof(file))) {
        found = file_stands_on(d, file);
    }
    d->depth--;
    return found;
}

const char *vtc_under_system_dir(const struct vtc_mounts *mounts, unsigned major, unsigned minor)
{
    /* Behind the system's own: where live systems mount what they were started from (Debian Live,
     * dracut, casper, archiso, Manjaro, openSUSE's kiwi, the installers of Debian and Anaconda). */
    static const char *const dirs[] = {"/",
                                       "/boot",
                                       "/boot/efi",
                                       "/efi",
                                       "/usr",
                                       "/home",
                                       "/var",
                                       "/etc",
                                       "/opt",
                                       "/run/live/medium",
                                       "/lib/live/mount/medium",
                                       "/run/initramfs/live",
                                       "/run/initramfs/isoscan",
                                       "/cdrom",
                                       "/isodevice",
                                       "/run/archiso/bootmnt",
                                       "/run/miso/bootmnt",
                                       "/run/overlay/live",
                                       "/run/install/repo"};

    for (size_t d = 0; d < sizeof(dirs) / sizeof(dirs[0]); d++) {
        for (size_t i = 0; i < mounts->mount_count; i++) {
            const struct vtc_mount *m = &mounts->mount[i];
            struct descent descent = {mounts, major, minor, 0};

            /* In a container or a chroot the system's own view is that of process 1. */
            if (m->pid <= 1 && strcmp(m->point, dirs[d]) == 0 && mount_stands_on(&descent, m))
                return dirs[d];
        }
    }
    return NULL;
}

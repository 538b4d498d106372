/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is mounted and used as swap. */
#ifndef VTC_HOST_MOUNTS_H
#define VTC_HOST_MOUNTS_H

#include <stddef.h>

#include "host/device.h"

struct vtc_mount {
    unsigned major, minor;         /* as in mountinfo; not a disk's for btrfs, overlay ... */
    unsigned dev_major, dev_minor; /* of the source when that is a device node, else 0:0 */
    unsigned pid;                  /* 0: seen by this process; else by that one only */
    char *source;                  /* "/dev/sda1", "tmpfs" ... */
    char *point;
};

struct vtc_mounts {
    const struct vtc_device_roots *roots;
    unsigned pid; /* whose mounts are being read */
    struct vtc_mount *mount;
    size_t mount_count;
    struct vtc_mount *swap; /* point unused */
    size_t swap_count;
};

/* Read mountinfo, of this process first and then of each mount namespace and root directory that
 * any process has and that this one may look at; and /proc/swaps (proc(5)). roots must outlive
 * mounts. Free with vtc_mounts_free() also after a failure. Returns 0 or -errno. */
int vtc_mounts_read(const struct vtc_device_roots *roots, struct vtc_mounts *mounts);
void vtc_mounts_free(struct vtc_mounts *mounts);

/* Is the block device (by numbers, or its name behind "/dev/") mounted or swap, also as one of the
 * devices of a btrfs? Fills use. */
void vtc_mounts_use(const struct vtc_mounts *mounts, unsigned major, unsigned minor,
                    const char *name, struct vtc_device_use *use);

#endif

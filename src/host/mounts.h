/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is mounted and used as swap, and which disks the running system stands on. */
#ifndef VTC_HOST_MOUNTS_H
#define VTC_HOST_MOUNTS_H

#include <stddef.h>

#include "host/device.h"

struct vtc_mount {
    unsigned major, minor;         /* as in mountinfo; not a disk's for btrfs, overlay ... */
    unsigned dev_major, dev_minor; /* of the source when that is a device node, else 0:0 */
    char *source;                  /* "/dev/sda1", "tmpfs" ... */
    char *point;
};

struct vtc_mounts {
    struct vtc_mount *mount;
    size_t mount_count;
    struct vtc_mount *swap; /* point unused */
    size_t swap_count;
};

/* Read /proc/self/mountinfo and /proc/swaps (proc(5)). Free with vtc_mounts_free() also after a
 * failure. Returns 0 or -errno. */
int vtc_mounts_read(const struct vtc_device_roots *roots, struct vtc_mounts *mounts);
void vtc_mounts_free(struct vtc_mounts *mounts);

/* Is the block device (by numbers, or its name behind "/dev/") mounted or swap? Fills use. */
void vtc_mounts_use(const struct vtc_mounts *mounts, unsigned major, unsigned minor,
                    const char *name, struct vtc_device_use *use);

/* Directory of the running system ("/", "/usr", ...) that stands on this whole disk, directly or
 * through mapped devices; NULL when none does. */
const char *vtc_mounts_system_dir(const struct vtc_mounts *mounts,
                                  const struct vtc_device_roots *roots, unsigned major,
                                  unsigned minor);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Is the data partition's file system sound? */
#ifndef VTC_HOST_CHECK_FS_H
#define VTC_HOST_CHECK_FS_H

#include "host/check.h"
#include "host/fdio.h"
#include "host/stickmount.h"
#include "host/volume.h"

/* Points into itself, so it stays where it is; nothing to free. */
struct vtc_check_fs {
    struct vtc_fdio_region region;
    struct vtc_reader disk;
    uint64_t off, bytes; /* of the partition */
    char mounted[256];   /* where, or empty */
    int is_open;         /* the volume can be listed */
    struct vtc_volume volume;
};

/* Look at the data partition of a stick that vtc_check_stick() looked at; adds items "file_system".
 * target stays open as long as fs is used. Returns whether its files can be looked at. */
int vtc_check_fs_open(struct vtc_check_fs *fs, const struct vtc_target *target,
                      struct vtc_check *check);

/* Have the file system's own tool look at it, where it is installed and nothing is mounted; adds an
 * item "fsck". fs is open. */
void vtc_check_fs_second(const struct vtc_check_fs *fs, const struct vtc_target *target,
                         struct vtc_check *check);

#endif

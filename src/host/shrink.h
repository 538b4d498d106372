/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Make a file system smaller where it is, by the tool that comes with it. */
#ifndef VTC_HOST_SHRINK_H
#define VTC_HOST_SHRINK_H

#include <stdint.h>

#include "host/error.h"

#define VTC_SHRINK_ROOM_MIB 33u /* to ask for: the boot files, and a backup GPT */

struct vtc_shrink {
    const char *path;    /* of the disk or image file */
    const char *fs;      /* as libblkid calls it: "ntfs", "vfat", "ext4" ... */
    uint64_t off, bytes; /* of the partition */
    uint64_t new_bytes;  /* of the file system, a multiple of 1 MiB */
    uint32_t sector_bytes;
};

/* Is there a way for this file system? Returns 0; -EOPNOTSUPP, saying what is the matter with it. */
int vtc_shrink_supported(const struct vtc_shrink *shrink, struct vtc_error *err);

/*
 * Would it work? Nothing is written. Its own checker must find nothing wrong. A file system that is
 * too full may still be told only by vtc_shrink_run(), which changes nothing then. Needs root (loop
 * devices). Returns 0 or -errno.
 */
int vtc_shrink_check(const struct vtc_shrink *shrink, struct vtc_error *err);

/*
 * Do it: e2fsck and resize2fs, ntfsresize, or libparted. The partition itself stays as it is. None
 * of these survives a power cut for sure. Signals to stop are held back while it runs. Returns 0 when
 * the file system is new_bytes long (or a little less) and whole; -errno.
 */
int vtc_shrink_run(const struct vtc_shrink *shrink, struct vtc_error *err);

#endif

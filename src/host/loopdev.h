/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A loop device over a part of a disk or file, for tools that want a device. */
#ifndef VTC_HOST_LOOPDEV_H
#define VTC_HOST_LOOPDEV_H

#include <stdint.h>

#include "host/error.h"

struct vtc_loopdev {
    int fd;        /* it goes away when this is closed and nobody else has it open */
    char path[32]; /* "/dev/loop7" */
};

/*
 * Make one over [off, off + bytes) of the disk or file at path, with sectors of sector_bytes. What is
 * written to it is what path shows. Returns 0; -EPERM, -EACCES without the right to (root has it);
 * -errno.
 */
int vtc_loopdev_open(const char *path, uint64_t off, uint64_t bytes, uint32_t sector_bytes,
                     int writable, struct vtc_loopdev *loop, struct vtc_error *err);

/* Flush what was written to it and let it go. Returns 0 or -errno. */
int vtc_loopdev_close(struct vtc_loopdev *loop);

#endif

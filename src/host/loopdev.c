/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/loopdev.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define TRIES 16 /* somebody else may take the free one first */

static int configure(int loop_fd, int fd, uint64_t off, uint64_t bytes, uint32_t sector_bytes,
                     int writable)
{
    struct loop_config config;

    memset(&config, 0, sizeof(config));
    config.fd = (uint32_t)fd;
    config.block_size = sector_bytes;
    config.info.lo_offset = off;
    config.info.lo_sizelimit = bytes;
    config.info.lo_flags = LO_FLAGS_AUTOCLEAR | (writable ? 0 : LO_FLAGS_READ_ONLY);
    return ioctl(loop_fd, LOOP_CONFIGURE, &config) ? -errno : 0;
}

/* Take a free device. */
static int take(int control, int fd, uint64_t off, uint64_t bytes, uint32_t sector_bytes,
                int writable, struct vtc_loopdev *loop)
{
    int number = ioctl(control, LOOP_CTL_GET_FREE), rc;

    if (number < 0)
        return -errno;
    snprintf(loop->path, sizeof(loop->path), "/dev/loop%d", number);
    loop->fd = open(loop->path, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC);
    if (loop->fd < 0)
        return -errno;
    rc = configure(loop->fd, fd, off, bytes, sector_bytes, writable);
    if (rc) {
        close(loop->fd);
        loop->fd = -1;
    }
    return rc;
}

int vtc_loopdev_open(const char *path, uint64_t off, uint64_t bytes, uint32_t sector_bytes,
                     int writable, struct vtc_loopdev *loop, struct vtc_error *err)
{
    int fd = open(path, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC), control, rc = -EBUSY;

    loop->fd = -1;
    if (fd < 0) {
        rc = -errno;
        return vtc_error_set(err, VTC_ERROR_FAILED, rc, NULL, "%s: cannot be opened: %s", path,
                             strerror(-rc));
    }
    control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
    if (control < 0)
        rc = -errno;
    for (int i = 0; control >= 0 && i < TRIES && rc == -EBUSY; i++)
        rc = take(control, fd, off, bytes, sector_bytes, writable, loop);
    if (control >= 0)
        close(control);
    close(fd);
    if (rc)
        vtc_error_set(err, VTC_ERROR_FAILED, rc,
                      rc == -EACCES || rc == -EPERM
                          ? "Loop devices need root: sudo ventoc ..."
                          : "The kernel needs loop devices (5.8 or newer): modprobe loop",
                      "%s: no loop device can be made of it: %s", path, strerror(-rc));
    return rc;
}

int vtc_loopdev_close(struct vtc_loopdev *loop)
{
    int rc = 0;

    if (loop->fd < 0)
        return 0;
    if (fsync(loop->fd))
        rc = -errno;
    if (close(loop->fd) && !rc)
        rc = -errno;
    loop->fd = -1;
    return rc;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loop.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "modules.h"
#include "text.h"

#define CONTROL_MAJOR 10u /* Documentation/admin-guide/devices.txt */
#define CONTROL_MINOR 237u

int vtc_loop_open(const struct vtc_sys *sys)
{
    int fd = vtc_sys_open(sys, S_IFCHR, CONTROL_MAJOR, CONTROL_MINOR, O_RDWR);

    if (fd < 0 && !vtc_modules_load("loop"))
        fd = vtc_sys_open(sys, S_IFCHR, CONTROL_MAJOR, CONTROL_MINOR, O_RDWR);
    return fd;
}

/* Kernels before 5.8 have no LOOP_CONFIGURE. */
static int set_in_two_steps(int fd, int backing_fd, const struct loop_info64 *info)
{
    unsigned tries;

    if (ioctl(fd, LOOP_SET_FD, backing_fd))
        return -1;
    for (tries = 0; tries < 20; tries++) {
        if (!ioctl(fd, LOOP_SET_STATUS64, info))
            return 0;
        if (errno != EAGAIN) /* pages of the device are still in memory */
            break;
        vtc_sys_sleep_ms(50);
    }
    ioctl(fd, LOOP_CLR_FD, 0);
    return -1;
}

static int configure(int fd, int backing_fd, const char *label, uint64_t off, uint64_t bytes,
                     uint32_t flags)
{
    struct loop_config config;

    memset(&config, 0, sizeof config);
    config.fd = (uint32_t)backing_fd;
    config.block_size = 512;
    config.info.lo_offset = off;
    config.info.lo_sizelimit = bytes;
    if (!(flags & VTC_LOOP_WRITABLE))
        config.info.lo_flags |= LO_FLAGS_READ_ONLY;
    if (flags & VTC_LOOP_PARTITIONS)
        config.info.lo_flags |= LO_FLAGS_PARTSCAN;
    strncpy((char *)config.info.lo_file_name, label, LO_NAME_SIZE - 1);
    if (!ioctl(fd, LOOP_CONFIGURE, &config))
        return 0;
    if (errno == EBUSY)
        return -1;
    return set_in_two_steps(fd, backing_fd, &config.info);
}

/* Device number over the range. Returns 0, or -1: it is in use, or this does not work here. */
static int try_number(const struct vtc_sys *sys, int backing_fd, const char *label, uint64_t off,
                      uint64_t bytes, uint32_t flags, unsigned number, struct vtc_loop *loop)
{
    struct vtc_text text, dev;
    int fd, rc;

    vtc_text_make(&text, "loop", NULL);
    vtc_text_dec(&text, number);
    memcpy(loop->name, text.s, text.n + 1);
    vtc_text_make(&dev, "block/", loop->name, "/dev", NULL);
    if (vtc_sys_dev(sys->sysfs_fd, dev.s, &loop->major, &loop->minor))
        return -1;
    fd = vtc_sys_open(sys, S_IFBLK, loop->major, loop->minor,
                      flags & VTC_LOOP_WRITABLE ? O_RDWR : O_RDONLY);
    rc = fd < 0 ? -1 : configure(fd, backing_fd, label, off, bytes, flags);
    if (fd >= 0)
        close(fd);
    return rc;
}

int vtc_loop_add(const struct vtc_sys *sys, int control_fd, int backing_fd, const char *label,
                 uint64_t off, uint64_t bytes, uint32_t flags, struct vtc_loop *loop)
{
    unsigned number;
    int is_new;

    for (number = VTC_LOOP_FIRST; number <= VTC_LOOP_LAST; number++) {
        is_new = ioctl(control_fd, LOOP_CTL_ADD, (long)number) >= 0;
        if (!is_new && errno != EEXIST)
            return -1;
        if (!try_number(sys, backing_fd, label, off, bytes, flags, number, loop))
            return 0;
        if (is_new) {
            ioctl(control_fd, LOOP_CTL_REMOVE, (long)number);
            return -1;
        }
        /* it was there before, with max_loop=, and is in use */
    }
    return -1;
}

void vtc_loop_remove(const struct vtc_sys *sys, int control_fd, const struct vtc_loop *loop)
{
    const char *digits = loop->name + 4;
    long number = (long)vtc_text_number(&digits);
    unsigned tries;
    int fd = vtc_sys_open(sys, S_IFBLK, loop->major, loop->minor, O_RDONLY);

    if (fd >= 0) {
        ioctl(fd, LOOP_CLR_FD, 0);
        close(fd);
    }
    for (tries = 0; tries < 20 && ioctl(control_fd, LOOP_CTL_REMOVE, number); tries++)
        vtc_sys_sleep_ms(50); /* someone, udev for one, still has it open */
}

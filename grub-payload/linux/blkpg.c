/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "blkpg.h"

#include <fcntl.h>
#include <linux/blkpg.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "text.h"

#define NUMBER_FIRST 9
#define NUMBER_LAST  15 /* old kernels have minors for no more */

struct walk {
    const struct vtc_sys *sys;
    const char *disk;
    int disk_fd;
    uint64_t off, bytes;
    uint32_t used;      /* bit N: there is a partition N */
    unsigned failed;    /* counted by read_only_one() */
    const char *except; /* a partition it passes over */
};

static int blkpg(int fd, int op, int number, uint64_t off, uint64_t bytes)
{
    struct blkpg_partition part;
    struct blkpg_ioctl_arg arg;

    memset(&part, 0, sizeof part);
    memset(&arg, 0, sizeof arg);
    part.start = (long long)off;
    part.length = (long long)bytes;
    part.pno = number;
    arg.op = op;
    arg.datalen = sizeof part;
    arg.data = &part;
    return ioctl(fd, BLKPG, &arg);
}

/* An attribute of a partition; every other entry of the disk's folder has no such one: 0. */
static uint64_t attribute(const struct walk *w, const char *name, const char *what)
{
    struct vtc_text path;

    vtc_text_make(&path, "block/", w->disk, "/", name, what, NULL);
    return vtc_sys_number(w->sys->sysfs_fd, path.s);
}

static int clear_one(void *ctx, const char *name)
{
    struct walk *w = ctx;
    uint64_t number = attribute(w, name, "/partition");
    uint64_t start = attribute(w, name, "/start") * 512, bytes = attribute(w, name, "/size") * 512;

    if (!number)
        return 0;
    if (start < w->off + w->bytes && w->off < start + bytes &&
        !blkpg(w->disk_fd, BLKPG_DEL_PARTITION, (int)number, 0, 0))
        return 0;
    if (number < 32)
        w->used |= 1u << number;
    return 0;
}

static int list_partitions(struct walk *w, int (*entry)(void *ctx, const char *name))
{
    struct vtc_text path;
    int fd, rc;

    vtc_text_make(&path, "block/", w->disk, NULL);
    fd = openat(w->sys->sysfs_fd, path.s, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    rc = vtc_sys_list(fd, ".", entry, w);
    close(fd);
    return rc;
}

int vtc_blkpg_add(const struct vtc_sys *sys, int disk_fd, const char *disk, uint64_t off,
                  uint64_t bytes, char *partition, uint32_t capacity_bytes)
{
    struct walk w = {sys, disk, disk_fd, off, bytes, 0, 0, ""};
    struct vtc_text name;
    size_t n = strlen(disk);
    int number;

    if (!n || list_partitions(&w, clear_one))
        return -1;
    for (number = NUMBER_FIRST; number <= NUMBER_LAST; number++) {
        if (w.used >> number & 1)
            continue;
        if (blkpg(disk_fd, BLKPG_ADD_PARTITION, number, off, bytes))
            return -1;
        /* the kernel's disk_name(): a "p" between a digit and a digit */
        vtc_text_make(&name, disk, disk[n - 1] >= '0' && disk[n - 1] <= '9' ? "p" : "", NULL);
        vtc_text_dec(&name, (uint64_t)number);
        if (name.n >= capacity_bytes)
            return -1;
        memcpy(partition, name.s, name.n + 1);
        return 0;
    }
    return -1;
}

/* The kernel is asked what came of it: a driver may have its own opinion. */
static int set_read_only(const struct vtc_sys *sys, const char *name)
{
    const int on = 1;
    int fd = vtc_sys_open_block(sys, name, O_RDONLY), is_on = 0, rc;

    if (fd < 0)
        return -1;
    rc = ioctl(fd, BLKROSET, &on);
    if (!rc)
        rc = ioctl(fd, BLKROGET, &is_on);
    close(fd);
    return rc || !is_on ? -1 : 0;
}

static int read_only_one(void *ctx, const char *name)
{
    struct walk *w = ctx;

    if (attribute(w, name, "/partition") && strcmp(name, w->except) != 0)
        w->failed += set_read_only(w->sys, name) != 0;
    return 0;
}

unsigned vtc_blkpg_read_only(const struct vtc_sys *sys, const char *disk, int whole,
                             const char *except)
{
    struct walk w = {sys, disk, -1, 0, 0, 0, 0, except};

    if (list_partitions(&w, read_only_one))
        w.failed++;
    if (whole)
        w.failed += set_read_only(sys, disk) != 0;
    return w.failed;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/target.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/blkpg.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "host/identity.h"

#define LOCK_TRIES   50
#define LOCK_WAIT_NS (100 * 1000 * 1000)
#define MOVE_TRIES   20

static int fail_open(const struct vtc_device *dev, int rc, struct vtc_error *err)
{
    const char *hint = NULL;
    enum vtc_error_kind kind = VTC_ERROR_FAILED;

    if (rc == -EACCES || rc == -EPERM) {
        hint = "Run it with the rights to write there, for example: sudo ventoc ...";
    } else if (rc == -EBUSY) {
        kind = VTC_ERROR_REFUSED;
        hint = "Something has claimed it: a mount (also in a container), RAID, LVM or another "
               "program. \"lsblk\" and \"fuser -v\" show more.";
    } else if (rc == -EROFS) {
        kind = VTC_ERROR_REFUSED;
        hint = dev->kind == VTC_DEVICE_FILE
                   ? "Its file system is mounted read-only: use another one."
                   : "Look for a write-protect switch, or use another stick.";
    } else if (rc == -ENOENT && dev->kind == VTC_DEVICE_FILE) {
        hint = "Make its folder first.";
    } else if (rc == -ENOMEDIUM || rc == -ENXIO || rc == -ENODEV) {
        hint = "Is it still plugged in, with a medium in it?";
    }
    return vtc_error_set(err, kind, rc, hint, "%s: cannot be opened: %s", dev->path, strerror(-rc));
}

/* flock() is what udev and storage tools take. Virtual machines (QEMU) and many others lock pieces
 * of an image file instead: a lock on all of it conflicts with each of theirs, and keeps them out as
 * long as the descriptor is open. Where a file system has no such locks there is none to be seen. */
static int lock_ranges(int fd)
{
    struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

    return fcntl(fd, F_OFD_SETLK, &all) && (errno == EAGAIN || errno == EACCES) ? -EWOULDBLOCK : 0;
}

static int lock(int fd)
{
    struct timespec wait = {0, LOCK_WAIT_NS};

    for (int i = 0; i < LOCK_TRIES; i++) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)
            return lock_ranges(fd);
        if (errno != EWOULDBLOCK && errno != EINTR)
            return -errno;
        nanosleep(&wait, NULL);
    }
    return -EWOULDBLOCK;
}

static int create(const struct vtc_device *dev, struct vtc_target *target, struct vtc_error *err)
{
    int rc;

    target->fd = open(dev->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (target->fd < 0)
        return fail_open(dev, -errno, err);
    target->created = 1;
    if (ftruncate(target->fd, (off_t)dev->bytes) == 0)
        return 0;
    rc = -errno;
    vtc_target_close(target, 1);
    return vtc_error_set(
        err, VTC_ERROR_FAILED, rc, "The file system or a limit does not allow files this long.",
        "%s: cannot be made %" PRIu64 " bytes long: %s", dev->path, dev->bytes, strerror(-rc));
}

static int open_locked(const struct vtc_device *dev, int flags, struct vtc_target *target,
                       struct vtc_error *err)
{
    int rc;

    memset(target, 0, sizeof(*target));
    target->dev = dev;
    if (!dev->exists) {
        rc = create(dev, target, err);
        if (rc)
            return rc;
    } else {
        target->fd = open(dev->path, flags);
        if (target->fd < 0)
            return fail_open(dev, -errno, err);
    }
    rc = lock(target->fd);
    if (rc) {
        vtc_target_close(target, 1);
        return vtc_error_set(err, VTC_ERROR_REFUSED, rc,
                             "Wait until the other program (a virtual machine, for example) is "
                             "done with it.",
                             "%s: is locked by another program: %s", dev->path, strerror(-rc));
    }
    rc = vtc_target_same(target, err);
    if (rc) {
        vtc_target_close(target, 1);
        return rc;
    }
    /* A partition has a cache of its own: what was written to it is not in the whole disk's, which
     * is read from now on. */
    if (dev->exists)
        vtc_target_drop_caches(target);
    return 0;
}

int vtc_target_open(const struct vtc_device *dev, struct vtc_target *target, struct vtc_error *err)
{
    return open_locked(dev, O_RDWR | O_CLOEXEC | (dev->kind == VTC_DEVICE_FILE ? 0 : O_EXCL),
                       target, err);
}

int vtc_target_open_shared(const struct vtc_device *dev, struct vtc_target *target,
                           struct vtc_error *err)
{
    int rc = open_locked(dev, O_RDWR | O_CLOEXEC, target, err);

    target->shared = !rc;
    return rc;
}

int vtc_target_open_read(const struct vtc_device *dev, struct vtc_target *target,
                         struct vtc_error *err)
{
    memset(target, 0, sizeof(*target));
    target->dev = dev;
    target->fd = open(dev->path, O_RDONLY | O_CLOEXEC);
    if (target->fd < 0)
        return fail_open(dev, -errno, err);
    return 0;
}

/* The descriptor and the name: still the same file? */
static int same_file(const struct vtc_target *target, const struct stat *st, struct vtc_error *err)
{
    const struct vtc_device *dev = target->dev;
    struct stat named;

    if (stat(dev->path, &named) || !S_ISREG(st->st_mode))
        return vtc_identity_gone(dev, err);
    if (named.st_dev != st->st_dev || named.st_ino != st->st_ino)
        return vtc_error_set(err, VTC_ERROR_REFUSED, -ESTALE, "Look again and start over.",
                             "%s: is another file now", dev->path);
    return vtc_identity_numbers(dev, (uint64_t)st->st_size, 0, err);
}

int vtc_target_same(const struct vtc_target *target, struct vtc_error *err)
{
    const struct vtc_device *dev = target->dev;
    uint64_t bytes = 0, seq = 0;
    struct stat st;
    int rc;

    if (fstat(target->fd, &st))
        return fail_open(dev, -errno, err);
    if (dev->kind == VTC_DEVICE_FILE)
        return same_file(target, &st, err);
    if (!S_ISBLK(st.st_mode) || major(st.st_rdev) != dev->major || minor(st.st_rdev) != dev->minor)
        return vtc_error_set(err, VTC_ERROR_REFUSED, -ESTALE, "Look again and start over.",
                             "%s: is another device now", dev->path);
    /* First sysfs, which knows whether there is a device, then what the descriptor is open on. */
    rc = vtc_identity_check(&vtc_device_live_roots, dev, err);
    if (rc)
        return rc;
    if (ioctl(target->fd, BLKGETSIZE64, &bytes))
        return errno == ENXIO || errno == ENODEV ? vtc_identity_gone(dev, err)
                                                 : fail_open(dev, -errno, err);
#ifdef BLKGETDISKSEQ
    if (ioctl(target->fd, BLKGETDISKSEQ, &seq))
        seq = 0;
#endif
    return vtc_identity_numbers(dev, bytes, seq, err);
}

/* Have the kernel forget what it has cached of a device; dirty pages are written first. */
static void drop_cache(int fd)
{
    if (ioctl(fd, BLKFLSBUF, 0))
        posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED); /* what everybody may do */
}

void vtc_target_drop_caches(const struct vtc_target *target)
{
    const struct vtc_device *dev = target->dev;

    if (dev->kind == VTC_DEVICE_FILE)
        return;
    drop_cache(target->fd);
    for (uint32_t i = 0; i < dev->part_count; i++) {
        char path[80];
        int fd;

        snprintf(path, sizeof(path), "/dev/%s", dev->part[i].name);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            continue;
        drop_cache(fd);
        close(fd);
    }
}

static int same(void *ctx, struct vtc_error *err)
{
    return vtc_target_same(ctx, err);
}

int vtc_target_apply(struct vtc_target *target, const struct vtc_plan *plan,
                     const struct vtc_apply_options *options, struct vtc_apply_stats *stats,
                     struct vtc_error *err)
{
    struct vtc_apply_options all = *options;
    struct vtc_apply_fd state;
    struct vtc_apply_io io = vtc_apply_fd_io(&state, target->fd, target->dev->backing_file);
    int rc;

    all.name = target->dev->path;
    all.same = same;
    all.same_ctx = target;
    rc = vtc_apply_run(plan, &io, &all, stats, err);
    vtc_apply_fd_close(&state);
    vtc_target_drop_caches(target);
    return rc;
}

int vtc_target_reread_table(const struct vtc_target *target, struct vtc_error *err)
{
    if (target->dev->kind == VTC_DEVICE_FILE || ioctl(target->fd, BLKRRPART) == 0 ||
        errno == EINVAL || errno == ENOTTY)
        return 0;
    return vtc_error_set(err, VTC_ERROR_FAILED, -errno, "Unplug the stick and plug it in again.",
                         "%s: the kernel does not read the new partition table: %s",
                         target->dev->path, strerror(errno));
}

/* linux/blkpg.h: del, then add; nothing there to remove is as well. */
int vtc_target_move_partition(const struct vtc_target *target, int number, uint64_t off,
                              uint64_t bytes, struct vtc_error *err)
{
    struct blkpg_partition part = {
        .start = (long long)off, .length = (long long)bytes, .pno = number};
    struct blkpg_ioctl_arg arg = {
        .op = BLKPG_DEL_PARTITION, .datalen = (int)sizeof(part), .data = &part};
    struct timespec wait = {0, LOCK_WAIT_NS};
    int rc = 0;

    /* udev may be looking at it. */
    for (int i = 0; i < MOVE_TRIES; i++) {
        rc = ioctl(target->fd, BLKPG, &arg) ? -errno : 0;
        if (rc != -EBUSY)
            break;
        nanosleep(&wait, NULL);
    }
    arg.op = BLKPG_ADD_PARTITION;
    if ((!rc || rc == -ENXIO) && ioctl(target->fd, BLKPG, &arg) == 0)
        return 0;
    if (!rc || rc == -ENXIO)
        rc = -errno;
    return vtc_error_set(err, VTC_ERROR_FAILED, rc,
                         "It does when the stick is plugged in the next time.",
                         "%s: the kernel does not take over where partition %d is now: %s",
                         target->dev->path, number, strerror(-rc));
}

void vtc_target_close(struct vtc_target *target, int remove_created)
{
    if (target->fd >= 0)
        close(target->fd);
    target->fd = -1;
    if (remove_created && target->created)
        unlink(target->dev->path);
}

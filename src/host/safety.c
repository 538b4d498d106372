/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/safety.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <ventoc/layout.h>

#define REFUSE(rc, hint, ...) vtc_error_set(err, VTC_ERROR_REFUSED, rc, hint, __VA_ARGS__)

static int check_kind(const struct vtc_device *dev, struct vtc_error *err)
{
    int rc;

    switch (dev->kind) {
    case VTC_DEVICE_PARTITION:
        rc = REFUSE(-ENOTBLK, NULL, "%s: this is a partition", dev->path);
        vtc_error_hint(err, "ventoc needs the whole disk, which is /dev/%s.", dev->disk);
        return rc;
    case VTC_DEVICE_MAPPED:
        return REFUSE(-ENOTBLK, "Give the disk that it stands on.",
                      "%s: this is a virtual device (RAID, LVM, encryption ...), not a disk",
                      dev->path);
    default:
        return 0;
    }
}

static int check_use(const struct vtc_device *dev, const char *what,
                     const struct vtc_device_use *use, struct vtc_error *err)
{
    if (use->mounted[0]) {
        REFUSE(-EBUSY, NULL, "%s: %s is mounted on %s", dev->path, what, use->mounted);
        vtc_error_hint(err, "Unmount it first: umount '%s'", use->mounted);
        return -EBUSY;
    }
    if (use->swap) {
        REFUSE(-EBUSY, NULL, "%s: %s is in use as swap space", dev->path, what);
        vtc_error_hint(err, "Stop that first: swapoff '%s'", what[0] == '/' ? what : dev->path);
        return -EBUSY;
    }
    if (use->holder[0]) {
        REFUSE(-EBUSY, NULL, "%s: %s is in use by %s", dev->path, what, use->holder);
        vtc_error_hint(err,
                       "Stop what stands on it first (\"lsblk %s\" shows it): cryptsetup close, "
                       "vgchange -an, mdadm --stop ...",
                       dev->path);
        return -EBUSY;
    }
    return 0;
}

static int check_in_use(const struct vtc_device *dev, struct vtc_error *err)
{
    int rc = check_use(dev, dev->kind == VTC_DEVICE_FILE ? "the file" : "the disk", &dev->use, err);

    for (uint32_t i = 0; !rc && i < dev->part_count; i++) {
        char name[80];

        snprintf(name, sizeof(name), "/dev/%s", dev->part[i].name);
        rc = check_use(dev, name, &dev->part[i].use, err);
    }
    if (!rc && dev->loop_user[0]) {
        rc = REFUSE(-EBUSY, NULL, "%s: %s is in use as loop device /dev/%s", dev->path,
                    dev->kind == VTC_DEVICE_FILE ? "the file" : "its file", dev->loop_user);
        vtc_error_hint(err, "Detach it first: losetup -d /dev/%s", dev->loop_user);
    }
    return rc;
}

/* A loop device on a block device is as much in use as that one. */
static int check_backing(const struct vtc_device *dev, struct vtc_error *err)
{
    struct vtc_device under;
    struct stat st;
    int rc;

    if (dev->kind != VTC_DEVICE_LOOP || !dev->backing_file[0] || stat(dev->backing_file, &st) ||
        !S_ISBLK(st.st_mode))
        return 0;
    rc = vtc_device_inspect(&vtc_device_live_roots, dev->backing_file, 0, 512, &under, err);
    if (!rc && under.system_dir[0])
        rc = REFUSE(-EBUSY, "Choose another disk.",
                    "%s: it stands on %s, from which this system runs (%s)", dev->path, under.path,
                    under.system_dir);
    if (!rc)
        rc = check_in_use(&under, err);
    return rc;
}

static int check_fit(const struct vtc_device *dev, struct vtc_error *err)
{
    if (!dev->bytes && dev->kind == VTC_DEVICE_LOOP)
        return REFUSE(-ENXIO, "Attach a file to it: losetup -P LOOPDEVICE FILE",
                      "%s: no file is attached to this loop device", dev->path);
    if (!dev->bytes && dev->kind == VTC_DEVICE_DISK)
        return REFUSE(-ENOMEDIUM, "Insert a medium.", "%s: there is no medium in it", dev->path);
    if (dev->bytes < VTC_STICK_MIN_BYTES)
        return REFUSE(-ENOSPC, "A stick needs at least 256 MiB.",
                      "%s: too small (%" PRIu64 " bytes)", dev->path, dev->bytes);
    if (dev->sector_bytes != 512 && dev->sector_bytes != 4096)
        return REFUSE(-ENOTSUP, "Sectors of 512 and 4096 bytes can be used.",
                      "%s: has sectors of %u bytes", dev->path, dev->sector_bytes);
    if (dev->bytes % dev->sector_bytes)
        return REFUSE(-EINVAL, "Make it a multiple of the sector size: truncate -s %4096 FILE",
                      "%s: its size (%" PRIu64 " bytes) is not a whole number of %u-byte sectors",
                      dev->path, dev->bytes, dev->sector_bytes);
    return 0;
}

int vtc_safety_check(const struct vtc_device *dev, struct vtc_error *err)
{
    int rc = check_kind(dev, err);

    if (!rc && dev->system_dir[0])
        rc = REFUSE(-EBUSY, "Choose another disk: \"lsblk\" shows them.",
                    "%s: the running system is on this disk (%s)", dev->path, dev->system_dir);
    if (!rc)
        rc = check_in_use(dev, err);
    if (!rc)
        rc = check_backing(dev, err);
    if (!rc && dev->read_only)
        rc = REFUSE(-EROFS,
                    dev->kind == VTC_DEVICE_FILE
                        ? "Its file system is mounted read-only: copy it to another one."
                        : "Look for a write-protect switch, or use another stick.",
                    "%s: is read-only", dev->path);
    return rc ? rc : check_fit(dev, err);
}

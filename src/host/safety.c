/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/safety.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ventoc/layout.h>

#include "host/nodes.h"

#define MAX_LOOPS             8 /* loop devices one on another */

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
        if (!dev->bytes && strncmp(dev->name, "nbd", 3) == 0)
            return REFUSE(-ENXIO, "Give a whole disk such as /dev/sdb, or an image file.",
                          "%s: nothing is connected to this network block device", dev->path);
        return REFUSE(-ENOTBLK, "Give the disk that it stands on (\"lsblk -s\" shows it).",
                      "%s: this is %s, not a disk", dev->path, dev->what);
    case VTC_DEVICE_DRIVE:
        return REFUSE(-ENOTBLK, "Give a whole disk such as /dev/sdb, or an image file.",
                      "%s: this is %s, not a disk", dev->path, dev->what);
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
    if (use->elsewhere[0]) {
        REFUSE(-EBUSY, NULL,
               "%s: %s is mounted on %s for process %u, in another mount namespace or root "
               "directory",
               dev->path, what, use->elsewhere, use->elsewhere_pid);
        vtc_error_hint(err,
                       "Stop that container or service, or unmount it there: nsenter -t %u -m "
                       "umount '%s'",
                       use->elsewhere_pid, use->elsewhere);
        return -EBUSY;
    }
    if (use->swap) {
        REFUSE(-EBUSY, NULL, "%s: %s is in use as swap space", dev->path, what);
        vtc_error_hint(err, "Stop that first: swapoff '%s'", what[0] == '/' ? what : dev->path);
        return -EBUSY;
    }
    if (use->holder[0]) {
        REFUSE(-EBUSY, NULL, "%s: %s is in use by %s", dev->path, what, use->holder_what);
        if (use->holder_end[0])
            vtc_error_hint(err, "Stop what stands on it first: %s", use->holder_end);
        else
            vtc_error_hint(err, "Stop what stands on it first: \"lsblk %s\" shows it.", dev->path);
        return -EBUSY;
    }
    if (use->loop[0]) {
        REFUSE(-EBUSY, NULL, "%s: %s is in use by the loop device /dev/%s", dev->path, what,
               use->loop);
        vtc_error_hint(err, "Detach it first: losetup -d /dev/%s", use->loop);
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

static int check_unfit(const struct vtc_device *dev, unsigned depth, struct vtc_error *err);

/* A loop device on a block device must not be a way around what is said of that one. A loop device
 * stands on itself, too: that is what was found in use of the lower one. */
static int check_backing(const struct vtc_device *dev, unsigned depth, struct vtc_error *err)
{
    struct vtc_device *under;
    char words[PATH_MAX + 64];
    unsigned major, minor;
    int rc;

    if (dev->kind != VTC_DEVICE_LOOP || !dev->backing_file[0] ||
        !vtc_nodes_number(dev->roots, dev->backing_file, &major, &minor))
        return 0;
    under = calloc(1, sizeof(*under));
    if (!under)
        return vtc_error_set(err, VTC_ERROR_FAILED, -ENOMEM, NULL, "out of memory");
    snprintf(under->path, sizeof(under->path), "%s", dev->backing_file);
    rc = vtc_device_from_sysfs(dev->roots, major, minor, under, err);
    if (!rc && depth >= MAX_LOOPS)
        rc = REFUSE(-ELOOP, NULL, "%s: too many loop devices one on another", under->path);
    if (!rc && strcmp(under->use.loop, dev->name) == 0)
        under->use.loop[0] = '\0';
    if (!rc)
        rc = check_unfit(under, depth + 1, err);
    if (!rc && under->fixed)
        rc = REFUSE(-EPERM, "Give that disk itself.", "%s: this is a fixed disk", under->path);
    if (rc) {
        snprintf(words, sizeof(words), "%s: it stands on ", dev->path);
        vtc_error_prefix(err, words);
    }
    free(under);
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

/* Everything but the size. */
static int check_unfit(const struct vtc_device *dev, unsigned depth, struct vtc_error *err)
{
    int rc = check_kind(dev, err);

    if (!rc && dev->system_dir[0])
        rc = REFUSE(-EBUSY, "Choose another disk: \"lsblk\" shows them.",
                    "%s: the running system is on this disk (%s)", dev->path, dev->system_dir);
    if (!rc)
        rc = check_in_use(dev, err);
    if (!rc)
        rc = check_backing(dev, depth, err);
    if (!rc && dev->read_only)
        rc = REFUSE(-EROFS,
                    dev->kind == VTC_DEVICE_FILE
                        ? "Its file system is mounted read-only: copy it to another one."
                        : "Look for a write-protect switch, or use another stick.",
                    "%s: is read-only", dev->path);
    return rc;
}

int vtc_safety_check(const struct vtc_device *dev, struct vtc_error *err)
{
    int rc = check_unfit(dev, 0, err);

    return rc ? rc : check_fit(dev, err);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/device.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "host/identity.h"
#include "host/mounts.h"
#include "host/sysfs.h"

const struct vtc_device_roots vtc_device_live_roots = {"/sys", "/proc"};

const char *vtc_device_kind_name(enum vtc_device_kind kind)
{
    static const char *const names[] = {"disk", "partition", "loop", "mapped", "file"};

    return names[kind];
}

static int first_name(void *ctx, const char *dir, const char *name)
{
    (void)dir;
    snprintf(ctx, sizeof(((struct vtc_device_use *)0)->holder), "%s", name);
    return 1;
}

static void read_use(const char *dir, const struct vtc_mounts *mounts, unsigned major,
                     unsigned minor, const char *name, struct vtc_device_use *use)
{
    char path[PATH_MAX + 16];

    snprintf(path, sizeof(path), "%s/holders", dir);
    vtc_sysfs_each(path, first_name, use->holder);
    vtc_mounts_use(mounts, major, minor, name, use);
}

struct part_scan {
    struct vtc_device *dev;
    const struct vtc_mounts *mounts;
};

static int visit_part(void *ctx, const char *dir, const char *name)
{
    struct part_scan *scan = ctx;
    struct vtc_device *dev = scan->dev;
    struct vtc_device_part *part = &dev->part[dev->part_count];
    char path[PATH_MAX];
    unsigned major = 0, minor = 0;

    if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path) ||
        !vtc_sysfs_has(path, "partition") || dev->part_count == VTC_DEVICE_MAX_PARTS)
        return 0;
    snprintf(part->name, sizeof(part->name), "%s", name);
    part->number = (uint32_t)vtc_sysfs_number(path, "partition", 0);
    part->off = vtc_sysfs_number(path, "start", 0) * 512;
    part->bytes = vtc_sysfs_number(path, "size", 0) * 512;
    vtc_sysfs_numbers(path, "dev", &major, &minor);
    read_use(path, scan->mounts, major, minor, name, &part->use);
    dev->part_count++;
    return 0;
}

static int by_number(const void *a, const void *b)
{
    const struct vtc_device_part *x = a, *y = b;

    return (x->number > y->number) - (x->number < y->number);
}

/* Another loop device on the same file. */
struct loop_scan {
    const char *file, *me;
    char *found;
    size_t found_size;
};

static int visit_loop(void *ctx, const char *dir, const char *name)
{
    struct loop_scan *scan = ctx;
    char path[PATH_MAX], file[PATH_MAX];

    if (strncmp(name, "loop", 4) != 0 || strcmp(name, scan->me) == 0 ||
        snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path) ||
        !vtc_sysfs_text(path, "loop/backing_file", file, sizeof(file)) ||
        strcmp(file, scan->file) != 0)
        return 0;
    snprintf(scan->found, scan->found_size, "%s", name);
    return 1;
}

static void find_loop_user(const struct vtc_device_roots *roots, const char *file,
                           struct vtc_device *dev)
{
    struct loop_scan scan = {file, dev->name, dev->loop_user, sizeof(dev->loop_user)};
    char dir[PATH_MAX];

    snprintf(dir, sizeof(dir), "%s/block", roots->sys);
    vtc_sysfs_each(dir, visit_loop, &scan);
}

static enum vtc_device_kind find_kind(const char *dir, const char *real, struct vtc_device *dev)
{
    if (vtc_sysfs_has(dir, "partition"))
        return VTC_DEVICE_PARTITION;
    if (strncmp(dev->name, "loop", 4) == 0 && strstr(real, "/virtual/"))
        return VTC_DEVICE_LOOP;
    return strstr(real, "/virtual/") ? VTC_DEVICE_MAPPED : VTC_DEVICE_DISK;
}

int vtc_device_from_sysfs(const struct vtc_device_roots *roots, unsigned major, unsigned minor,
                          struct vtc_device *dev, struct vtc_error *err)
{
    char dir[PATH_MAX - 64], *real;
    struct vtc_mounts mounts;
    struct part_scan scan = {dev, &mounts};
    const char *system_dir;
    int rc;

    snprintf(dir, sizeof(dir), "%s/dev/block/%u:%u", roots->sys, major, minor);
    real = realpath(dir, NULL);
    if (!real)
        return vtc_error_set(err, VTC_ERROR_FAILED, -ENODEV, "Is it still plugged in?",
                             "%s: the kernel has no block device %u:%u", dev->path, major, minor);
    rc = vtc_mounts_read(roots, &mounts);
    if (rc) {
        vtc_error_set(err, VTC_ERROR_FAILED, rc, NULL, "cannot read the list of mounts in %s: %s",
                      roots->proc, strerror(-rc));
        goto out;
    }
    dev->major = major;
    dev->minor = minor;
    dev->exists = 1;
    snprintf(dev->name, sizeof(dev->name), "%s", strrchr(real, '/') + 1);
    dev->kind = find_kind(dir, real, dev);
    dev->sector_bytes = (uint32_t)vtc_sysfs_number(dir, "queue/logical_block_size", 512);
    dev->read_only = vtc_sysfs_number(dir, "ro", 0) != 0;
    dev->removable = vtc_sysfs_number(dir, "removable", 0) != 0;
    vtc_identity_read(dir, real, dev);
    read_use(dir, &mounts, major, minor, dev->name, &dev->use);
    if (dev->kind == VTC_DEVICE_PARTITION) {
        char *slash = strrchr(real, '/');

        *slash = '\0';
        slash = strrchr(real, '/');
        snprintf(dev->disk, sizeof(dev->disk), "%s", slash ? slash + 1 : "");
    }
    if (vtc_sysfs_text(dir, "loop/backing_file", dev->backing_file, sizeof(dev->backing_file)))
        find_loop_user(roots, dev->backing_file, dev);
    vtc_sysfs_each(dir, visit_part, &scan);
    qsort(dev->part, dev->part_count, sizeof(dev->part[0]), by_number);
    system_dir = vtc_mounts_system_dir(&mounts, roots, major, minor);
    snprintf(dev->system_dir, sizeof(dev->system_dir), "%s", system_dir ? system_dir : "");
out:
    vtc_mounts_free(&mounts);
    free(real);
    return rc;
}

static int is_swap_file(const struct vtc_device_roots *roots, const char *path)
{
    struct vtc_mounts mounts;
    int found = 0;

    if (vtc_mounts_read(roots, &mounts) == 0)
        for (size_t i = 0; i < mounts.swap_count; i++)
            found |= strcmp(mounts.swap[i].source, path) == 0;
    vtc_mounts_free(&mounts);
    return found;
}

static void set_file(struct vtc_device *dev, uint64_t bytes, uint32_t sector_bytes)
{
    const char *slash = strrchr(dev->path, '/');

    snprintf(dev->name, sizeof(dev->name), "%.*s", NAME_MAX, slash ? slash + 1 : dev->path);
    snprintf(dev->transport, sizeof(dev->transport), "file");
    dev->kind = VTC_DEVICE_FILE;
    dev->bytes = bytes;
    dev->sector_bytes = sector_bytes;
}

static int inspect_missing(const char *path, uint64_t create_bytes, uint32_t sector_bytes,
                           struct vtc_device *dev, struct vtc_error *err)
{
    if (strncmp(path, "/dev/", 5) == 0)
        return vtc_error_set(err, VTC_ERROR_FAILED, -ENOENT,
                             "Is it plugged in? \"lsblk\" shows the disks that are there.",
                             "%s: no such device", path);
    if (!create_bytes)
        return vtc_error_set(err, VTC_ERROR_FAILED, -ENOENT,
                             "To make it, a new image file: ventoc -i --size 8G FILE",
                             "%s: no such file or device", path);
    set_file(dev, create_bytes, sector_bytes);
    return 0;
}

int vtc_device_inspect(const struct vtc_device_roots *roots, const char *path,
                       uint64_t create_bytes, uint32_t file_sector_bytes, struct vtc_device *dev,
                       struct vtc_error *err)
{
    struct stat st;
    char *real;

    memset(dev, 0, sizeof(*dev));
    snprintf(dev->path, sizeof(dev->path), "%s", path);
    if (stat(path, &st)) {
        if (errno == ENOENT)
            return inspect_missing(path, create_bytes, file_sector_bytes, dev, err);
        return vtc_error_set(err, VTC_ERROR_FAILED, -errno, NULL, "%s: %s", path, strerror(errno));
    }
    real = realpath(path, NULL);
    if (real)
        snprintf(dev->path, sizeof(dev->path), "%s", real);
    free(real);
    if (S_ISBLK(st.st_mode)) {
        if (create_bytes)
            return vtc_error_set(err, VTC_ERROR_USAGE, -EINVAL, "Leave --size away.",
                                 "%s: --size is for image files; this is a block device", path);
        return vtc_device_from_sysfs(roots, major(st.st_rdev), minor(st.st_rdev), dev, err);
    }
    if (!S_ISREG(st.st_mode))
        return vtc_error_set(err, VTC_ERROR_REFUSED, -ENOTBLK,
                             "Give a whole disk such as /dev/sdb, or an image file.",
                             "%s: this is %s, not a disk or a file", path,
                             S_ISDIR(st.st_mode)   ? "a directory"
                             : S_ISCHR(st.st_mode) ? "a character device"
                                                   : "something special");
    if (create_bytes && create_bytes != (uint64_t)st.st_size)
        return vtc_error_set(err, VTC_ERROR_REFUSED, -EEXIST,
                             "Leave --size away to use the file as it is, or remove it first.",
                             "%s: exists already and has another size (%" PRIu64 " bytes)", path,
                             (uint64_t)st.st_size);
    dev->exists = 1;
    set_file(dev, (uint64_t)st.st_size, file_sector_bytes);
    dev->read_only = access(path, W_OK) != 0 && errno == EROFS;
    find_loop_user(roots, dev->path, dev);
    dev->use.swap = is_swap_file(roots, dev->path);
    return 0;
}

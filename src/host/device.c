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
#include "host/fdio.h"
#include "host/loops.h"
#include "host/mounts.h"
#include "host/nodes.h"
#include "host/stack.h"
#include "host/sysfs.h"
#include "host/under.h"

const struct vtc_device_roots vtc_device_live_roots = {"/sys", "/proc", "/dev"};

const char *vtc_device_kind_name(enum vtc_device_kind kind)
{
    static const char *const names[] = {"disk", "partition", "loop", "mapped", "drive", "file"};

    return names[kind];
}

/* What is asked for each device and partition. */
struct facts {
    struct vtc_mounts mounts;
    struct vtc_loops loops;
};

static int read_facts(const struct vtc_device_roots *roots, struct facts *facts,
                      struct vtc_error *err)
{
    int rc;

    memset(facts, 0, sizeof(*facts));
    rc = vtc_mounts_read(roots, &facts->mounts);
    if (rc)
        return vtc_error_set(err, VTC_ERROR_FAILED, rc, "Without it nothing is safe: mount proc.",
                             "cannot read the list of mounts in %s: %s", roots->proc,
                             strerror(-rc));
    rc = vtc_loops_read(roots, &facts->loops);
    return rc ? vtc_error_set(err, VTC_ERROR_FAILED, rc, NULL, "cannot list the loop devices: %s",
                              strerror(-rc))
              : 0;
}

static void free_facts(struct facts *facts)
{
    vtc_mounts_free(&facts->mounts);
    vtc_loops_free(&facts->loops);
}

static void read_use(const char *dir, const struct facts *facts, unsigned major, unsigned minor,
                     const char *name, struct vtc_device_use *use)
{
    const char *loop = vtc_loops_on_device(&facts->loops, major, minor, name);
    struct vtc_stack stack;

    vtc_stack_holders(dir, use->holder, sizeof(use->holder), &stack);
    snprintf(use->holder_what, sizeof(use->holder_what), "%.*s", (int)sizeof(use->holder_what) - 1,
             stack.what);
    if (strlen(stack.remedy) < sizeof(use->holder_end)) /* half a command is none */
        memcpy(use->holder_end, stack.remedy, strlen(stack.remedy) + 1);
    snprintf(use->loop, sizeof(use->loop), "%s", loop ? loop : "");
    vtc_mounts_use(&facts->mounts, major, minor, name, use);
}

struct part_scan {
    struct vtc_device *dev;
    const struct facts *facts;
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
    read_use(path, scan->facts, major, minor, name, &part->use);
    dev->part_count++;
    return 0;
}

static int by_number(const void *a, const void *b)
{
    const struct vtc_device_part *x = a, *y = b;

    return (x->number > y->number) - (x->number < y->number);
}

static enum vtc_device_kind find_kind(const char *dir, const char *real, struct vtc_device *dev)
{
    struct vtc_stack stack;
    int is_virtual = strstr(real, "/virtual/") && !strstr(real, "/virtual/nvme-subsystem/");

    if (vtc_sysfs_has(dir, "partition"))
        return VTC_DEVICE_PARTITION;
    if (strncmp(dev->name, "loop", 4) == 0 && is_virtual)
        return VTC_DEVICE_LOOP;
    /* SCSI type 5: CD, DVD, Blu-ray. A floppy drive on USB is a disk (sd) and too small. */
    if (is_virtual || vtc_sysfs_number(dir, "device/type", 0) == 5 ||
        (strncmp(dev->name, "fd", 2) == 0 && strstr(real, "/floppy"))) {
        vtc_stack_describe(dir, dev->name, &stack);
        snprintf(dev->what, sizeof(dev->what), "%.*s", (int)sizeof(dev->what) - 1, stack.what);
        return is_virtual ? VTC_DEVICE_MAPPED : VTC_DEVICE_DRIVE;
    }
    return VTC_DEVICE_DISK;
}

/* USB disks, SSDs above all, often say that they are not removable; memory cards do so always, and
 * only their type tells them from a soldered eMMC. */
static int is_fixed(const char *dir, const struct vtc_device *dev)
{
    char type[16];

    if (dev->kind != VTC_DEVICE_DISK || dev->removable || strcmp(dev->transport, "usb") == 0)
        return 0;
    return strcmp(dev->transport, "mmc") != 0 ||
           (vtc_sysfs_text(dir, "device/type", type, sizeof(type)) && strcmp(type, "MMC") == 0);
}

/* Another loop device on the same file or device. */
static void find_loop_user(const struct facts *facts, const char *file, struct vtc_device *dev)
{
    unsigned major, minor;
    const char *user = vtc_nodes_number(dev->roots, file, &major, &minor)
                           ? vtc_loops_on_device(&facts->loops, major, minor, dev->name)
                           : vtc_loops_on_file(&facts->loops, file, dev->name);

    snprintf(dev->loop_user, sizeof(dev->loop_user), "%s", user ? user : "");
}

int vtc_device_from_sysfs(const struct vtc_device_roots *roots, unsigned major, unsigned minor,
                          struct vtc_device *dev, struct vtc_error *err)
{
    char dir[PATH_MAX - 64], *real;
    struct facts facts;
    struct part_scan scan = {dev, &facts};
    const char *found;
    int rc;

    snprintf(dir, sizeof(dir), "%s/dev/block/%u:%u", roots->sys, major, minor);
    real = realpath(dir, NULL);
    if (!real)
        return vtc_error_set(err, VTC_ERROR_FAILED, -ENODEV, "Is it still plugged in?",
                             "%s: the kernel has no block device %u:%u", dev->path, major, minor);
    rc = read_facts(roots, &facts, err);
    if (rc)
        goto out;
    dev->roots = roots;
    dev->major = major;
    dev->minor = minor;
    dev->exists = 1;
    snprintf(dev->name, sizeof(dev->name), "%s", strrchr(real, '/') + 1);
    dev->kind = find_kind(dir, real, dev);
    dev->sector_bytes = (uint32_t)vtc_sysfs_number(dir, "queue/logical_block_size", 512);
    dev->read_only = vtc_sysfs_number(dir, "ro", 0) != 0;
    dev->removable = vtc_sysfs_number(dir, "removable", 0) != 0;
    vtc_identity_read(dir, real, dev);
    dev->fixed = is_fixed(dir, dev);
    vtc_nodes_by_id(roots, dev->name, dev->serial, dev->by_id, sizeof(dev->by_id));
    read_use(dir, &facts, major, minor, dev->name, &dev->use);
    if (dev->kind == VTC_DEVICE_PARTITION) {
        char *slash = strrchr(real, '/');

        *slash = '\0';
        slash = strrchr(real, '/');
        snprintf(dev->disk, sizeof(dev->disk), "%s", slash ? slash + 1 : "");
    }
    if (vtc_sysfs_text(dir, "loop/backing_file", dev->backing_file, sizeof(dev->backing_file)))
        find_loop_user(&facts, dev->backing_file, dev);
    vtc_sysfs_each(dir, visit_part, &scan);
    qsort(dev->part, dev->part_count, sizeof(dev->part[0]), by_number);
    found = vtc_under_system_dir(&facts.mounts, major, minor);
    snprintf(dev->system_dir, sizeof(dev->system_dir), "%s", found ? found : "");
out:
    free_facts(&facts);
    free(real);
    return rc;
}

/* Is the file swap space, or under a loop device? */
static int read_file_use(const struct vtc_device_roots *roots, struct vtc_device *dev,
                         struct vtc_error *err)
{
    struct facts facts;
    int rc = read_facts(roots, &facts, err);

    for (size_t i = 0; !rc && i < facts.mounts.swap_count; i++)
        dev->use.swap |= strcmp(facts.mounts.swap[i].source, dev->path) == 0;
    if (!rc)
        find_loop_user(&facts, dev->path, dev);
    free_facts(&facts);
    return rc;
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
    struct stat st, link;
    char *real;

    memset(dev, 0, sizeof(*dev));
    dev->roots = roots;
    snprintf(dev->path, sizeof(dev->path), "%s", path);
    if (!path[0])
        return vtc_error_set(err, VTC_ERROR_FAILED, -ENOENT, NULL,
                             "the name of the target is empty");
    if (stat(path, &st)) {
        if (errno == ENOENT)
            return inspect_missing(path, create_bytes, file_sector_bytes, dev, err);
        return vtc_error_set(err, VTC_ERROR_FAILED, -errno, NULL, "%s: %s", path, strerror(errno));
    }
    real = realpath(path, NULL);
    if (real)
        snprintf(dev->path, sizeof(dev->path), "%s", real);
    free(real);
    if (lstat(path, &link) == 0 && S_ISLNK(link.st_mode))
        snprintf(dev->given, sizeof(dev->given), "%s", path);
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
    return read_file_use(roots, dev, err);
}

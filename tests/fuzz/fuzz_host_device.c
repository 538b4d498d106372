/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the kernel says of a disk: the input is /proc/self/mountinfo, /proc/swaps and attributes of the
 * disk and its partition below /sys, in the order of the table, with a form feed between them.
 */
#include "fuzz_file.h"
#include "fuzz_reader.h"

#include "host/device.h"
#include "host/mounts.h"
#include "host/under.h"

static const char *const files[] = {
    "proc/self/mountinfo",
    "proc/swaps",
    "sys/dev/block/8:0/size",
    "sys/dev/block/8:0/queue/logical_block_size",
    "sys/dev/block/8:0/ro",
    "sys/dev/block/8:0/device/vendor",
    "sys/dev/block/8:0/device/model",
    "sys/dev/block/8:0/device/vpd_pg80",
    "sys/dev/block/8:0/loop/backing_file",
    "sys/dev/block/8:0/sda1/partition",
    "sys/dev/block/8:0/sda1/dev",
    "sys/dev/block/8:0/sda1/start",
    "sys/dev/block/8:0/sda1/size",
    "sys/dev/block/8:0/slaves/sdz/dev",
};

static void check_text(const char *text, size_t capacity)
{
    if (!memchr(text, '\0', capacity))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static struct vtc_device dev;
    const uint8_t *end = data + bytes;
    char sys[96], proc[96], dev_dir[96];
    const struct vtc_device_roots roots = {sys, proc, dev_dir};
    struct vtc_mounts mounts;
    struct vtc_error err = {0};
    size_t i;

    for (i = 0; i < sizeof files / sizeof *files; i++) {
        const uint8_t *stop = data < end ? memchr(data, '\f', (size_t)(end - data)) : NULL;

        if (!stop)
            stop = end;
        fuzz_dir_put(files[i], data < end ? data : NULL, (size_t)(stop - data));
        data = stop < end ? stop + 1 : end;
    }
    snprintf(sys, sizeof sys, "%s/sys", fuzz_dir());
    snprintf(proc, sizeof proc, "%s/proc", fuzz_dir());
    snprintf(dev_dir, sizeof dev_dir, "%s/dev", fuzz_dir());
    memset(&dev, 0, sizeof dev);
    if (!vtc_device_from_sysfs(&roots, 8, 0, &dev, &err)) {
        check_text(dev.vendor, sizeof dev.vendor);
        check_text(dev.model, sizeof dev.model);
        check_text(dev.serial, sizeof dev.serial);
        check_text(dev.backing_file, sizeof dev.backing_file);
        check_text(dev.use.mounted, sizeof dev.use.mounted);
        if (dev.part_count > 1 || (dev.part_count && strcmp(dev.part[0].name, "sda1") != 0))
            abort();
    } else if (!err.text[0]) {
        abort();
    }
    if (!vtc_mounts_read(&roots, &mounts)) {
        for (i = 0; i < mounts.mount_count; i++)
            if (!mounts.mount[i].source || !mounts.mount[i].point)
                abort();
        vtc_under_system_dir(&mounts, 8, 0);
    }
    vtc_mounts_free(&mounts);
    return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/identity.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/fdio.h"
#include "host/sysfs.h"

/* How the disk is connected, from the device path below /sys/devices. */
static void find_transport(const char *real, struct vtc_device *dev)
{
    static const struct {
        const char *part, *name;
    } table[] = {
        {"/usb", "usb"},
        {"/nvme", "nvme"},
        {"/mmc", "mmc"},
        {"/virtio", "virtio"},
        {"/ata", "sata"},
        {"/host", "scsi"},
        {"/virtual/block/loop", "loop"},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (strstr(real, table[i].part)) {
            snprintf(dev->transport, sizeof(dev->transport), "%s", table[i].name);
            return;
        }
    }
}

/* SCSI vital product data page 80h: a 4-byte header, then the serial number in ASCII. */
static void read_vpd_serial(const char *dir, struct vtc_device *dev)
{
    char path[PATH_MAX], page[256], *first, *end;
    long n;

    snprintf(path, sizeof(path), "%s/device/vpd_pg80", dir);
    n = vtc_fdio_slurp(path, page, sizeof(page));
    if (n <= 4)
        return;
    first = page + 4;
    end = page + n;
    while (first < end && *first == ' ')
        first++;
    while (end > first && (end[-1] == ' ' || end[-1] == '\0'))
        end--;
    snprintf(dev->serial, sizeof(dev->serial), "%.*s", (int)(end - first), first);
}

/* The USB device is an ancestor that has "idVendor"; it knows the serial number. */
static void read_usb_serial(const char *real, struct vtc_device *dev)
{
    char dir[PATH_MAX], *slash;

    snprintf(dir, sizeof(dir), "%s", real);
    while ((slash = strrchr(dir, '/')) && slash != dir) {
        *slash = '\0';
        if (!vtc_sysfs_has(dir, "idVendor"))
            continue;
        vtc_sysfs_text(dir, "serial", dev->serial, sizeof(dev->serial));
        if (!dev->vendor[0])
            vtc_sysfs_text(dir, "manufacturer", dev->vendor, sizeof(dev->vendor));
        if (!dev->model[0])
            vtc_sysfs_text(dir, "product", dev->model, sizeof(dev->model));
        return;
    }
}

void vtc_identity_read(const char *dir, const char *real, struct vtc_device *dev)
{
    dev->bytes = vtc_sysfs_number(dir, "size", 0) * 512;
    dev->diskseq = vtc_sysfs_number(dir, "diskseq", 0);
    find_transport(real, dev);
    vtc_sysfs_text(dir, "device/vendor", dev->vendor, sizeof(dev->vendor));
    if (!strncmp(dev->vendor, "0x", 2)) /* a PCI number (virtio, nvme), not a name */
        dev->vendor[0] = '\0';
    if (!vtc_sysfs_text(dir, "device/model", dev->model, sizeof(dev->model)))
        vtc_sysfs_text(dir, "device/name", dev->model, sizeof(dev->model)); /* mmc */
    if (strcmp(dev->transport, "usb") == 0)
        read_usb_serial(real, dev);
    if (!dev->serial[0] && !vtc_sysfs_text(dir, "device/serial", dev->serial, sizeof(dev->serial)))
        vtc_sysfs_text(dir, "serial", dev->serial, sizeof(dev->serial)); /* virtio */
    if (!dev->serial[0])
        read_vpd_serial(dir, dev);
}

static int another(const struct vtc_device *dev, struct vtc_error *err, const char *what,
                   const char *now, const char *before)
{
    return vtc_error_set(err, VTC_ERROR_REFUSED, -ESTALE, "Look again (\"lsblk\") and start over.",
                         "%s: is another one now: its %s is %s, a moment ago it was %s", dev->path,
                         what, now[0] ? now : "none", before[0] ? before : "none");
}

int vtc_identity_numbers(const struct vtc_device *dev, uint64_t bytes, uint64_t diskseq,
                         struct vtc_error *err)
{
    char now[24], before[24];

    snprintf(now, sizeof(now), "%" PRIu64, bytes);
    snprintf(before, sizeof(before), "%" PRIu64, dev->bytes);
    if (bytes != dev->bytes)
        return another(dev, err, "size in bytes", now, before);
    snprintf(now, sizeof(now), "%" PRIu64, diskseq);
    snprintf(before, sizeof(before), "%" PRIu64, dev->diskseq);
    /* Kernels before 5.15 have none; one that has it has it always. */
    if (dev->diskseq && diskseq && diskseq != dev->diskseq)
        return another(dev, err, "kernel sequence number", now, before);
    return 0;
}

int vtc_identity_check(const struct vtc_device_roots *roots, const struct vtc_device *dev,
                       struct vtc_error *err)
{
    struct vtc_device *now;
    char dir[PATH_MAX - 64], *real;
    int rc;

    snprintf(dir, sizeof(dir), "%s/dev/block/%u:%u", roots->sys, dev->major, dev->minor);
    real = realpath(dir, NULL);
    if (!real)
        return vtc_identity_gone(dev, err);
    now = calloc(1, sizeof(*now));
    if (!now) {
        free(real);
        return vtc_error_set(err, VTC_ERROR_FAILED, -ENOMEM, NULL, "out of memory");
    }
    vtc_identity_read(dir, real, now);
    rc = vtc_identity_numbers(dev, now->bytes, now->diskseq, err);
    if (!rc && strcmp(now->serial, dev->serial) != 0)
        rc = another(dev, err, "serial number", now->serial, dev->serial);
    free(now);
    free(real);
    return rc;
}

int vtc_identity_gone(const struct vtc_device *dev, struct vtc_error *err)
{
    return vtc_error_set(err, VTC_ERROR_REFUSED, -ENODEV,
                         dev->kind == VTC_DEVICE_FILE
                             ? "It was removed or renamed in the meantime."
                             : "Plug it in again, directly and not through a hub, and start over.",
                         dev->kind == VTC_DEVICE_FILE ? "%s: the file went away"
                                                      : "%s: the device went away",
                         dev->path);
}

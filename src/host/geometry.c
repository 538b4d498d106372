/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/geometry.h"

#include <errno.h>
#include <inttypes.h>
#include <parted/parted.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <parted/filesys.h> /* needs parted.h in front */

/* libparted reports through a handler that takes no context; what it says is kept per thread. */
static __thread char last_message[256];

static PedExceptionOption keep_quiet(PedException *ex)
{
    snprintf(last_message, sizeof(last_message), "%s", ex->message);
    /* A warning that may be ignored is ignored; everything else fails the call. */
    if (ex->type <= PED_EXCEPTION_WARNING && ex->options & PED_EXCEPTION_IGNORE)
        return PED_EXCEPTION_IGNORE;
    return PED_EXCEPTION_UNHANDLED;
}

static PedDevice *open_device(const char *path, uint32_t file_sector_bytes, struct vtc_error *err)
{
    char number[16];
    PedDevice *dev;

    ped_exception_set_handler(keep_quiet);
    last_message[0] = '\0';
    /* The only way to tell libparted the sector size of a regular file. */
    snprintf(number, sizeof(number), "%u", file_sector_bytes);
    setenv("PARTED_SECTOR_SIZE", number, 1);
    dev = ped_device_get(path);
    if (!dev)
        vtc_error_set(err, VTC_ERROR_FAILED, -EIO, NULL, "%s: libparted cannot use it: %s", path,
                      last_message);
    return dev;
}

int vtc_geometry_read(const char *path, uint32_t file_sector_bytes, struct vtc_geometry *out,
                      struct vtc_error *err)
{
    PedDevice *dev = open_device(path, file_sector_bytes, err);
    const PedDiskType *type;

    memset(out, 0, sizeof(*out));
    if (!dev)
        return -EIO;
    snprintf(out->model, sizeof(out->model), "%s", dev->model ? dev->model : "");
    out->bytes = (uint64_t)dev->length * (uint64_t)dev->sector_size;
    out->sector_bytes = (uint32_t)dev->sector_size;
    out->physical_sector_bytes = (uint32_t)dev->phys_sector_size;
    type = ped_disk_probe(dev);
    snprintf(out->table, sizeof(out->table), "%s", type ? type->name : "");
    ped_device_destroy(dev);
    return 0;
}

static int check_entry(const PedDisk *disk, int number, uint64_t off, uint64_t bytes,
                       const char *path, struct vtc_error *err)
{
    PedPartition *part = ped_disk_get_partition(disk, number);
    uint64_t sector = (uint64_t)disk->dev->sector_size;

    if (part && (uint64_t)part->geom.start * sector == off &&
        (uint64_t)part->geom.length * sector == bytes)
        return 0;
    return vtc_error_set(err, VTC_ERROR_FAILED, -EILSEQ, "Please report this.",
                         "%s: libparted reads table entry %d as %" PRIu64 "+%" PRIu64
                         ", written was %" PRIu64 "+%" PRIu64,
                         path, number, part ? (uint64_t)part->geom.start * sector : 0,
                         part ? (uint64_t)part->geom.length * sector : 0, off, bytes);
}

int vtc_geometry_check_table(const char *path, const struct vtc_table_spec *want,
                             struct vtc_error *err)
{
    PedDevice *dev = open_device(path, want->sector_bytes, err);
    const char *type = want->gpt ? "gpt" : "msdos";
    PedDisk *disk;
    int rc = 0;

    if (!dev)
        return -EIO;
    disk = ped_disk_new(dev);
    if (!disk)
        rc = vtc_error_set(err, VTC_ERROR_FAILED, -EILSEQ, "Please report this.",
                           "%s: libparted cannot read the partition table: %s", path, last_message);
    else if (strcmp(disk->type->name, type) != 0)
        rc = vtc_error_set(err, VTC_ERROR_FAILED, -EILSEQ, "Please report this.",
                           "%s: libparted sees a table of type %s instead of %s", path,
                           disk->type->name, type);
    if (!rc)
        rc = check_entry(disk, 1, want->data_off, want->data_bytes, path, err);
    if (!rc)
        rc = check_entry(disk, 2, want->slot_off, want->slot_bytes, path, err);
    if (disk)
        ped_disk_destroy(disk);
    ped_device_destroy(dev);
    return rc;
}

static int shrink_fat(PedDevice *dev, PedSector sectors)
{
    PedGeometry *old = ped_geometry_new(dev, 0, dev->length);
    PedGeometry *new = ped_geometry_new(dev, 0, sectors);
    PedFileSystem *fs = old && new ? ped_file_system_open(old) : NULL;
    int done = fs && ped_file_system_resize(fs, new, NULL);

    if (fs && !ped_file_system_close(fs))
        done = 0;
    if (new)
        ped_geometry_destroy(new);
    if (old)
        ped_geometry_destroy(old);
    return done;
}

int vtc_geometry_shrink_fat(const char *path, uint64_t new_bytes, struct vtc_error *err)
{
    PedDevice *dev = open_device(path, 512, err);
    int done = 0;

    if (!dev)
        return -EIO;
    if (ped_device_open(dev)) {
        done = shrink_fat(dev, (PedSector)(new_bytes / (uint64_t)dev->sector_size));
        if (!ped_device_close(dev))
            done = 0;
    }
    ped_device_destroy(dev);
    return done ? 0
                : vtc_error_set(err, VTC_ERROR_FAILED, -EIO, NULL,
                                "%s: libparted cannot make the FAT file system smaller: %s", path,
                                last_message);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The core's byte reader on top of grub_disk_read(). */
#include <grub/disk.h>
#include <grub/partition.h>

#include "vtc.h"

static int disk_read(void *ctx, uint64_t off, void *buf, uint32_t bytes)
{
    grub_disk_t disk = ctx;

    if (grub_disk_read(disk, off >> GRUB_DISK_SECTOR_BITS, off & (GRUB_DISK_SECTOR_SIZE - 1), bytes,
                       buf) == GRUB_ERR_NONE)
        return VTC_OK;
    grub_errno = GRUB_ERR_NONE;
    return VTC_EIO;
}

void vtc_module_part_range(grub_disk_t disk, grub_uint64_t *off, grub_uint64_t *bytes)
{
    if (disk->partition) {
        *off = grub_partition_get_start(disk->partition) << GRUB_DISK_SECTOR_BITS;
        *bytes = grub_partition_get_len(disk->partition) << GRUB_DISK_SECTOR_BITS;
    } else {
        *off = 0;
        *bytes = grub_disk_native_sectors(disk) == GRUB_DISK_SIZE_UNKNOWN
                     ? 1ull << 62
                     : grub_disk_native_sectors(disk) << GRUB_DISK_SECTOR_BITS;
    }
}

void vtc_module_disk_reader(struct vtc_reader *reader, grub_disk_t disk)
{
    grub_uint64_t off;

    reader->read = disk_read;
    reader->ctx = disk;
    vtc_module_part_range(disk, &off, &reader->bytes);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <grub/device.h>
#include <grub/disk.h>
#include <grub/misc.h>
#include <grub/mm.h>

#include "exfat_scan.h"

/* Most folders are small, and each is somewhere else; the FAT has a window besides. */
#define WINDOWS      4u
#define FIRST_BYTES  2048u
#define WINDOW_BYTES 32768u

/* Whole sectors straight from the disk's driver, past GRUB's cache and its 32 KiB units. */
static int scan_read(void *ctx, uint64_t off, void *buf, uint32_t bytes)
{
    grub_disk_t disk = ctx;
    grub_uint32_t sector_mask = (1u << disk->log_sector_size) - 1;
    grub_err_t err;

    if ((off | bytes) & sector_mask) /* after a read error: what is needed and no more */
        err = grub_disk_read(disk, off >> GRUB_DISK_SECTOR_BITS, off & (GRUB_DISK_SECTOR_SIZE - 1),
                             bytes, buf);
    else
        err = disk->dev->disk_read(disk, off >> disk->log_sector_size,
                                   bytes >> disk->log_sector_size, buf);
    grub_errno = GRUB_ERR_NONE;
    return err == GRUB_ERR_NONE ? VTC_OK : VTC_EIO;
}

static int open_windows(struct vtc_exfat_scan *scan)
{
    grub_uint32_t sector_bytes = 1u << scan->disk->log_sector_size;
    struct vtc_reader below;

    if (sector_bytes > WINDOW_BYTES)
        return 0;
    scan->windows = grub_malloc(WINDOWS * WINDOW_BYTES);
    if (!scan->windows)
        return 0;
    vtc_module_disk_reader(&below, scan->disk);
    below.read = scan_read;
    vtc_readahead_init(&scan->ahead, &below, scan->windows, WINDOWS,
                       sector_bytes > FIRST_BYTES ? sector_bytes : FIRST_BYTES, WINDOW_BYTES);
    scan->reader.read = vtc_readahead_read;
    scan->reader.ctx = &scan->ahead;
    scan->reader.bytes = below.bytes;
    return 1;
}

int vtc_exfat_scan_begin(struct vtc_exfat_scan *scan, const char *device_name)
{
    grub_device_t device = grub_device_open(device_name);
    const char *comma = grub_strchr(device_name, ',');
    grub_uint64_t part_off, part_bytes;
    char *disk_name;

    grub_memset(scan, 0, sizeof(*scan));
    if (!device || !device->disk || !comma)
        goto fail;
    vtc_module_part_range(device->disk, &part_off, &part_bytes);
    disk_name = grub_strndup(device_name, comma - device_name);
    scan->disk = disk_name ? grub_disk_open(disk_name) : NULL;
    grub_free(disk_name);
    if (!scan->disk || !open_windows(scan))
        goto fail;
    if (vtc_exfat_open(&scan->fs, &scan->reader, part_off, part_bytes) != VTC_OK)
        goto fail;
    grub_device_close(device);
    return 1;
fail:
    if (device)
        grub_device_close(device);
    vtc_exfat_scan_end(scan);
    grub_errno = GRUB_ERR_NONE;
    return 0;
}

void vtc_exfat_scan_end(struct vtc_exfat_scan *scan)
{
    if (scan->disk)
        grub_disk_close(scan->disk);
    grub_free(scan->windows);
    grub_memset(scan, 0, sizeof(*scan));
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <grub/device.h>
#include <grub/disk.h>
#include <grub/misc.h>
#include <grub/mm.h>

#include "exfat_scan.h"

#define BLOCK_BYTES 4096u

/* One block of the disk straight from its driver, past GRUB's cache and its 32 KiB units. */
static int load_block(struct vtc_exfat_scan *scan, grub_uint64_t off)
{
    grub_disk_t disk = scan->disk;

    if (scan->block_off == off)
        return VTC_OK;
    scan->block_off = ~0ull;
    if (disk->dev->disk_read(disk, off >> disk->log_sector_size,
                             BLOCK_BYTES >> disk->log_sector_size,
                             (char *)scan->block) != GRUB_ERR_NONE) {
        grub_errno = GRUB_ERR_NONE;
        return VTC_EIO;
    }
    scan->block_off = off;
    return VTC_OK;
}

static int scan_read(void *ctx, uint64_t off, void *buf, uint32_t bytes)
{
    struct vtc_exfat_scan *scan = ctx;
    grub_uint8_t *to = buf;

    while (bytes) {
        grub_uint32_t inside = off & (BLOCK_BYTES - 1), n = BLOCK_BYTES - inside;

        if (n > bytes)
            n = bytes;
        if (load_block(scan, off - inside) != VTC_OK)
            return VTC_EIO;
        grub_memcpy(to, scan->block + inside, n);
        to += n;
        off += n;
        bytes -= n;
    }
    return VTC_OK;
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
    scan->block = grub_malloc(BLOCK_BYTES);
    if (!scan->disk || !scan->block || (1u << scan->disk->log_sector_size) > BLOCK_BYTES)
        goto fail;
    scan->block_off = ~0ull;
    vtc_module_disk_reader(&scan->reader, scan->disk);
    scan->reader.read = scan_read;
    scan->reader.ctx = scan;
    /* whole blocks only: the last one of an odd disk is out of bounds, not half read */
    scan->reader.bytes &= ~(grub_uint64_t)(BLOCK_BYTES - 1);
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
    grub_free(scan->block);
    grub_memset(scan, 0, sizeof(*scan));
}

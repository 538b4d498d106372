/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <grub/disk.h>
#include <grub/misc.h>

#include "image_disk.h"

/* Our place in the disk cache's key space, clear of GRUB's own device ids and of probe.c's. */
#define IMAGE_DEVICE_ID ((enum grub_disk_dev_id)0x5644)

static struct vtc_boot *shown;
static unsigned long generation; /* so that one image's sectors are never taken for another's */

static int image_iterate(grub_disk_dev_iterate_hook_t hook, void *hook_data, grub_disk_pull_t pull)
{
    return pull == GRUB_DISK_PULL_NONE && shown ? hook(VTC_IMAGE_DISK, hook_data) : 0;
}

static grub_err_t image_open(const char *name, grub_disk_t disk)
{
    if (!shown || grub_strcmp(name, VTC_IMAGE_DISK) != 0)
        return grub_error(GRUB_ERR_UNKNOWN_DEVICE, "not an image shown as a disk");
    disk->total_sectors = (shown->image.bytes + GRUB_DISK_SECTOR_SIZE - 1) >> GRUB_DISK_SECTOR_BITS;
    disk->log_sector_size = GRUB_DISK_SECTOR_BITS;
    disk->max_agglomerate = GRUB_DISK_MAX_MAX_AGGLOMERATE;
    disk->id = generation;
    return GRUB_ERR_NONE;
}

static void image_close(grub_disk_t disk __attribute__((unused)))
{
}

static grub_err_t image_read(grub_disk_t disk __attribute__((unused)), grub_disk_addr_t sector,
                             grub_size_t size, char *buf)
{
    grub_uint64_t off = sector << GRUB_DISK_SECTOR_BITS, bytes = size << GRUB_DISK_SECTOR_BITS;
    grub_uint64_t inside = off < shown->image.bytes ? shown->image.bytes - off : 0;

    if (inside > bytes)
        inside = bytes;
    if (vtc_image_read(&shown->image, &shown->disk_reader, off, buf, inside) != VTC_OK)
        return grub_error(GRUB_ERR_READ_ERROR, "%s: the stick could not be read", shown->name);
    grub_memset(buf + inside, 0, bytes - inside);
    return GRUB_ERR_NONE;
}

static grub_err_t image_write(grub_disk_t disk __attribute__((unused)),
                              grub_disk_addr_t sector __attribute__((unused)),
                              grub_size_t size __attribute__((unused)),
                              const char *buf __attribute__((unused)))
{
    return grub_error(GRUB_ERR_NOT_IMPLEMENTED_YET, "images are read-only");
}

static struct grub_disk_dev image_device = {
    .name = "vtcimage",
    .id = IMAGE_DEVICE_ID,
    .disk_iterate = image_iterate,
    .disk_open = image_open,
    .disk_close = image_close,
    .disk_read = image_read,
    .disk_write = image_write,
};

void vtc_image_disk_show(struct vtc_boot *boot)
{
    if (shown)
        vtc_boot_close(shown);
    shown = boot;
    generation++;
}

void vtc_image_disk_init(void)
{
    grub_disk_dev_register(&image_device);
}

void vtc_image_disk_fini(void)
{
    grub_disk_dev_unregister(&image_device);
}

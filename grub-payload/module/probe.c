/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The extents of a file on any file system GRUB can read: its driver is asked for one byte of
 * every block, and a pass-through disk drops the data reads after their place has been noted.
 */
#include <grub/disk.h>
#include <grub/file.h>
#include <grub/fs.h>
#include <grub/misc.h>
#include <grub/mm.h>

#include <ventoc/bytes.h>

#include "vtc.h"

#define PREFIX "vtc-"

/* Our place in the disk cache's key space, clear of GRUB's own device ids. */
#define SHIM_DEVICE_ID ((enum grub_disk_dev_id)0x5643)

/* Bytes between two probes where the block size of the file system is not known. */
#define GRANULE_MIN_BYTES 512u

struct probe {
    grub_uint64_t place; /* byte on the disk of the last probed byte */
    int hit;
    int refused_once; /* the read of a whole cache unit was refused, see shim_read() */
};

static void data_hook(grub_disk_addr_t sector, unsigned offset,
                      unsigned length __attribute__((unused)), void *data)
{
    struct probe *probe = data;

    if (!probe->hit)
        probe->place = (sector << GRUB_DISK_SECTOR_BITS) + offset;
    probe->hit = 1;
}

static grub_err_t shim_open(const char *name, grub_disk_t disk)
{
    grub_disk_t real;

    if (grub_strncmp(name, PREFIX, sizeof(PREFIX) - 1) != 0)
        return grub_error(GRUB_ERR_UNKNOWN_DEVICE, "not a " PREFIX " disk");
    real = grub_disk_open(name + sizeof(PREFIX) - 1);
    if (!real)
        return grub_errno;
    disk->data = real;
    disk->total_sectors = real->total_sectors;
    disk->log_sector_size = real->log_sector_size;
    disk->max_agglomerate = real->max_agglomerate;
    disk->id = real->id ^ ((unsigned long)real->dev->id << 16);
    return GRUB_ERR_NONE;
}

static void shim_close(grub_disk_t disk)
{
    grub_disk_close(disk->data);
}

/*
 * Metadata goes to the real disk. A data read first comes as a whole cache unit, which GRUB would
 * keep: it is refused without an error text. GRUB then asks for the needed sectors only and does
 * not cache them: that read succeeds with nothing done.
 */
static grub_err_t shim_read(grub_disk_t disk, grub_disk_addr_t sector, grub_size_t size, char *buf)
{
    grub_disk_t real = disk->data;
    struct probe *probe = disk->read_hook_data;
    grub_size_t unit = GRUB_DISK_CACHE_SIZE >> (disk->log_sector_size - GRUB_DISK_SECTOR_BITS);

    if (disk->read_hook != data_hook)
        return real->dev->disk_read(real, sector, size, buf);
    if (size == unit && !probe->refused_once) {
        probe->refused_once = 1;
        return GRUB_ERR_READ_ERROR;
    }
    probe->refused_once = 0;
    return GRUB_ERR_NONE;
}

static grub_err_t shim_write(grub_disk_t disk __attribute__((unused)),
                             grub_disk_addr_t sector __attribute__((unused)),
                             grub_size_t size __attribute__((unused)),
                             const char *buf __attribute__((unused)))
{
    return grub_error(GRUB_ERR_NOT_IMPLEMENTED_YET, "the probing disk is read-only");
}

static struct grub_disk_dev shim_device = {
    .name = "vtcprobe",
    .id = SHIM_DEVICE_ID,
    .disk_open = shim_open,
    .disk_close = shim_close,
    .disk_read = shim_read,
    .disk_write = shim_write,
};

/* Add the piece that the last probe found. */
static grub_err_t add_piece(const char *path, struct vtc_file_map *map, const struct probe *probe,
                            grub_uint64_t bytes)
{
    if (!probe->hit)
        return grub_error(GRUB_ERR_BAD_FILE_TYPE,
                          "%s: the file is sparse, compressed, encrypted or kept inside the file "
                          "system's own records, so its bytes are not on the stick as they are; "
                          "copy it again as a plain file",
                          path);
    if (vtc_extents_add(&map->extents, probe->place, bytes) != VTC_OK)
        return grub_error(GRUB_ERR_OUT_OF_MEMORY, "%s: out of memory for its list of pieces", path);
    return GRUB_ERR_NONE;
}

/* The unit in which a file system places files: no file is split inside one. */
static grub_uint32_t granule_bytes(grub_file_t file)
{
    grub_uint8_t boot[512];
    grub_uint64_t bytes = 0;

    if (grub_disk_read(file->device->disk, 0, 0, sizeof(boot), boot) != GRUB_ERR_NONE) {
        grub_errno = GRUB_ERR_NONE;
        return GRANULE_MIN_BYTES;
    }
    if (grub_strcmp(file->fs->name, "fat") == 0)
        bytes = (grub_uint64_t)vtc_le16(boot + 11) * boot[13];
    else if (grub_strcmp(file->fs->name, "ntfs") == 0)
        bytes = boot[13] > 128 ? 1ull << (256 - boot[13])
                               : (grub_uint64_t)vtc_le16(boot + 11) * boot[13];
    if (bytes < GRANULE_MIN_BYTES || bytes > 0x1000000 || (bytes & (bytes - 1)))
        return GRANULE_MIN_BYTES;
    return (grub_uint32_t)bytes;
}

static grub_err_t probe_all(grub_file_t file, const char *path, struct vtc_file_map *map)
{
    grub_uint32_t granule = granule_bytes(file);
    struct probe probe;
    grub_err_t err = GRUB_ERR_NONE;

    for (grub_uint64_t off = 0; off < file->size && err == GRUB_ERR_NONE; off += granule) {
        grub_uint64_t left = file->size - off;
        char byte;

        grub_memset(&probe, 0, sizeof(probe));
        file->offset = off;
        file->read_hook = data_hook;
        file->read_hook_data = &probe;
        if (file->fs->fs_read(file, &byte, 1) != 1)
            return grub_errno ? grub_errno : grub_error(GRUB_ERR_BAD_FS, "%s: unreadable", path);
        err = add_piece(path, map, &probe, left < granule ? left : granule);
    }
    return err;
}

grub_err_t vtc_probe_extents(const char *path, struct vtc_file_map *map)
{
    char *device_name = grub_file_get_device_name(path);
    char *shim_name = device_name ? grub_xasprintf(PREFIX "%s", device_name) : NULL;
    struct grub_file file;
    grub_err_t err;

    grub_free(device_name);
    if (!shim_name)
        return grub_errno;
    err = vtc_raw_file_open(&file, shim_name, grub_strchr(path, ')') + 1);
    grub_free(shim_name);
    if (err)
        return err;
    map->file_bytes = file.size;
    err = probe_all(&file, path, map);
    vtc_raw_file_close(&file);
    return err;
}

void vtc_probe_init(void)
{
    grub_disk_dev_register(&shim_device);
}

void vtc_probe_fini(void)
{
    grub_disk_dev_unregister(&shim_device);
}

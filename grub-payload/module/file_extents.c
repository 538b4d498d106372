/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a file lies on the disk: exactly, or an error that names the reason. */
#include <grub/command.h>
#include <grub/device.h>
#include <grub/disk.h>
#include <grub/file.h>
#include <grub/fs.h>
#include <grub/misc.h>
#include <grub/mm.h>

#include <ventoc/exfat.h>
#include <ventoc/ext4.h>
#include <ventoc/fat.h>
#include <ventoc/fat_chain.h>

#include "vtc.h"

#define WORK_BYTES 32768u

/* What the file systems' readers below share. */
struct lookup {
    const char *inner;       /* path inside the file system */
    grub_device_t device;    /* the partition */
    struct vtc_reader part;  /* relative to it */
    struct vtc_reader whole; /* the whole disk */
    grub_uint64_t part_off, part_bytes;
    void *work;
    struct vtc_file_map *map;
    const char *why;
};

int vtc_extents_grow(struct vtc_extents *list)
{
    uint32_t wider = list->capacity ? list->capacity * 2 : 64;
    void *v;

    if (wider < list->capacity || wider > 0x7fffffffu / sizeof(*list->v))
        return VTC_ENOSPC;
    v = grub_realloc(list->v, wider * sizeof(*list->v));
    if (!v) {
        grub_errno = GRUB_ERR_NONE;
        return VTC_ENOSPC;
    }
    list->v = v;
    list->capacity = wider;
    return VTC_OK;
}

static int on_exfat(struct lookup *l)
{
    struct vtc_exfat fs;
    struct vtc_exfat_node node;
    int rc = vtc_exfat_open(&fs, &l->whole, l->part_off, l->part_bytes);

    if (rc == VTC_OK)
        rc = vtc_exfat_lookup(&fs, l->inner, &node);
    if (rc)
        return rc;
    l->map->file_bytes = node.bytes;
    return vtc_exfat_extents(&fs, &node, l->work, WORK_BYTES, &l->map->extents, &l->why);
}

static int on_fat32(struct lookup *l)
{
    struct vtc_fat fat;
    struct vtc_fat_geometry geometry;
    struct vtc_fat_node *node = grub_malloc(sizeof(*node));
    grub_uint8_t boot[512];
    int rc;

    if (!node)
        return VTC_ENOSPC;
    rc = vtc_reader_read(&l->part, 0, boot, sizeof(boot));
    if (rc == VTC_OK)
        rc = vtc_fat_geometry(boot, l->part_off, l->part_bytes, &geometry);
    if (rc == VTC_OK)
        rc = vtc_fat_open(&fat, &l->part);
    if (rc == VTC_OK)
        rc = vtc_fat_find(&fat, l->inner, node);
    if (rc == VTC_OK) {
        l->map->file_bytes = node->bytes;
        if (node->bytes)
            rc = vtc_fat_chain(&geometry, &l->whole, node->first_cluster, node->bytes, l->work,
                               WORK_BYTES, &l->map->extents);
    }
    grub_free(node);
    return rc;
}

static int on_ext4(struct lookup *l)
{
    struct vtc_ext4 fs;
    uint32_t inode;
    int rc = vtc_ext4_open(&fs, &l->whole, l->part_off, l->part_bytes);

    if (rc == VTC_OK)
        rc = vtc_ext4_lookup(&fs, l->inner, &inode);
    if (rc)
        return rc;
    return vtc_ext4_extents(&fs, inode, &l->map->file_bytes, &l->map->extents, &l->why);
}

/* The reason of a core error as a sentence about the file. */
static grub_err_t report(const char *path, int rc, const char *why)
{
    switch (rc) {
    case VTC_EIO:
        return grub_error(GRUB_ERR_READ_ERROR, "%s: the stick could not be read; try another port",
                          path);
    case VTC_ENOENT:
        return grub_error(GRUB_ERR_FILE_NOT_FOUND, "%s: not found", path);
    case VTC_ENOSPC:
        return grub_error(GRUB_ERR_OUT_OF_MEMORY, "%s: out of memory for its list of pieces", path);
    case VTC_EHOLE:
    case VTC_ENOTSUP:
        return grub_error(GRUB_ERR_BAD_FILE_TYPE,
                          "%s: the file is %s on the data partition, so its bytes are not on the "
                          "stick as they are; copy it again as a plain file",
                          path, why ? why : "stored in an unsupported way");
    default:
        return grub_error(GRUB_ERR_BAD_FS,
                          "%s: the file system's records of this file contradict themselves; check "
                          "the data partition and copy the file again",
                          path);
    }
}

static grub_err_t map_on(struct lookup *l, const char *path, const char *fs_name)
{
    int rc;

    if (grub_strcmp(fs_name, "exfat") == 0)
        rc = on_exfat(l);
    else if (grub_strcmp(fs_name, "fat") == 0)
        rc = on_fat32(l);
    else if (grub_strcmp(fs_name, "ext2") == 0)
        rc = on_ext4(l);
    else if (grub_strcmp(fs_name, "ntfs") == 0) {
        grub_err_t err = vtc_ntfs_file_extents(path, l->map);

        if (err != GRUB_ERR_NOT_IMPLEMENTED_YET)
            return err;
        grub_errno = GRUB_ERR_NONE;
        return vtc_probe_extents(path, l->map);
    } else {
        return vtc_probe_extents(path, l->map);
    }
    if (rc == VTC_ENOTSUP && !l->why) { /* FAT12/16, an unusual ext4: GRUB's driver knows more */
        vtc_extents_init(&l->map->extents, l->map->extents.v, l->map->extents.capacity,
                         vtc_extents_grow);
        return vtc_probe_extents(path, l->map);
    }
    return rc ? report(path, rc, l->why) : GRUB_ERR_NONE;
}

/* The extents must lie inside the partition, not overlap, and be the whole file. */
static grub_err_t check_map(struct lookup *l, const char *path)
{
    struct vtc_extents *list = &l->map->extents;

    if (l->map->file_bytes == 0)
        return grub_error(GRUB_ERR_BAD_FILE_TYPE, "%s: the file is empty; copy it again", path);
    if (list->bytes != l->map->file_bytes ||
        vtc_extents_check(list, l->part_off, l->part_off + l->part_bytes) != VTC_OK)
        return report(path, VTC_EFORMAT, NULL);
    return GRUB_ERR_NONE;
}

static grub_err_t open_lookup(struct lookup *l, const char *path, grub_disk_t *whole_disk)
{
    char *device_name = grub_file_get_device_name(path);
    grub_size_t n = 0;

    if (!device_name)
        return grub_errno
                   ? grub_errno
                   : grub_error(GRUB_ERR_BAD_FILENAME, "%s: give the path with its device", path);
    l->inner = grub_strchr(path, ')') + 1;
    l->device = grub_device_open(device_name);
    while (device_name[n] && device_name[n] != ',')
        n++;
    device_name[n] = 0;
    l->map->disk_name = device_name;
    if (!l->device)
        return grub_errno;
    if (!l->device->disk)
        return grub_error(GRUB_ERR_BAD_DEVICE, "%s: not on a disk", path);
    *whole_disk = grub_disk_open(device_name);
    if (!*whole_disk)
        return grub_errno;
    if ((*whole_disk)->dev->id != GRUB_DISK_DEVICE_EFIDISK_ID &&
        (*whole_disk)->dev->id != GRUB_DISK_DEVICE_BIOSDISK_ID)
        return grub_error(GRUB_ERR_BAD_DEVICE,
                          "%s: only files directly on a disk of the firmware can be booted", path);
    vtc_module_disk_reader(&l->part, l->device->disk);
    vtc_module_disk_reader(&l->whole, *whole_disk);
    vtc_module_part_range(l->device->disk, &l->part_off, &l->part_bytes);
    return GRUB_ERR_NONE;
}

/* GRUB's name of the file system; NULL with grub_errno set. exFAT is looked for first: GRUB asks
 * drivers that read superblocks far into the partition before it comes to that one. */
static const char *find_fs(struct lookup *l)
{
    struct vtc_exfat exfat;
    grub_fs_t fs;

    if (vtc_exfat_open(&exfat, &l->whole, l->part_off, l->part_bytes) == VTC_OK)
        return "exfat";
    fs = grub_fs_probe(l->device);
    return fs ? fs->name : NULL;
}

grub_err_t vtc_file_map(const char *path, struct vtc_file_map *map)
{
    struct lookup l = {.map = map};
    grub_disk_t whole_disk = NULL;
    const char *fs_name;
    grub_err_t err;

    grub_memset(map, 0, sizeof(*map));
    vtc_extents_init(&map->extents, NULL, 0, vtc_extents_grow);
    err = open_lookup(&l, path, &whole_disk);
    if (err == GRUB_ERR_NONE) {
        l.work = grub_malloc(WORK_BYTES);
        fs_name = find_fs(&l);
        err = !l.work || !fs_name ? grub_errno : map_on(&l, path, fs_name);
    }
    if (err == GRUB_ERR_NONE)
        err = check_map(&l, path);
    grub_free(l.work);
    if (whole_disk)
        grub_disk_close(whole_disk);
    if (l.device)
        grub_device_close(l.device);
    if (err)
        vtc_file_map_free(map);
    return err;
}

void vtc_file_map_free(struct vtc_file_map *map)
{
    grub_free(map->extents.v);
    grub_free(map->disk_name);
    grub_memset(map, 0, sizeof(*map));
}

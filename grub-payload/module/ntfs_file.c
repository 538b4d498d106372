/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file's extents on NTFS: GRUB's driver finds the MFT record, the core decodes its run list. */
#include <grub/disk.h>
#include <grub/file.h>
#include <grub/misc.h>
#include <grub/mm.h>
#include <grub/ntfs.h>

#include <ventoc/bytes.h>
#include <ventoc/ntfs.h>

#include "vtc.h"

/* The unnamed $DATA attribute of an opened file, and how many bytes of the record are left. */
static const grub_uint8_t *data_attribute(const struct grub_ntfs_data *data,
                                          grub_uint32_t *left_bytes)
{
    const struct grub_ntfs_file *file = &data->cmft;
    const grub_uint8_t *attr = file->attr.attr_cur;
    grub_uint32_t record_bytes = (grub_uint32_t)data->mft_size << GRUB_NTFS_BLK_SHR;

    /* attr_cur points into the record's own buffer unless an attribute list is in use */
    if ((file->attr.flags & GRUB_NTFS_AF_ALST) || !file->buf || attr < file->buf ||
        attr >= file->buf + record_bytes)
        return NULL;
    *left_bytes = record_bytes - (grub_uint32_t)(attr - file->buf);
    if (*left_bytes < 24 || attr[0] != GRUB_NTFS_AT_DATA || attr[9] != 0) /* 9: name length */
        return NULL;
    return attr;
}

static grub_err_t decode(const struct grub_ntfs_data *data, grub_disk_t disk, const char *path,
                         struct vtc_file_map *map)
{
    grub_uint64_t part_off, part_bytes;
    grub_uint32_t left_bytes, attr_bytes;
    const grub_uint8_t *attr = data_attribute(data, &left_bytes);
    const char *why = NULL;
    int rc;

    if (!attr)
        return GRUB_ERR_NOT_IMPLEMENTED_YET;
    attr_bytes = vtc_le32(attr + 4);
    if (attr_bytes > left_bytes)
        attr_bytes = left_bytes;
    vtc_module_part_range(disk, &part_off, &part_bytes);
    rc = vtc_ntfs_extents(attr, attr_bytes, 1u << (data->log_spc + GRUB_NTFS_BLK_SHR), part_off,
                          part_bytes, &map->extents, &why);
    map->file_bytes = map->extents.bytes;
    if (rc == VTC_OK)
        return GRUB_ERR_NONE;
    if (rc == VTC_ENOSPC)
        return grub_error(GRUB_ERR_OUT_OF_MEMORY, "%s: out of memory for its list of pieces", path);
    if (why)
        return grub_error(GRUB_ERR_BAD_FILE_TYPE,
                          "%s: the file is %s on NTFS, so its bytes are not on the stick as they "
                          "are; copy it again as a plain file",
                          path, why);
    return grub_error(GRUB_ERR_BAD_FS,
                      "%s: the NTFS record of this file is damaged; run chkdsk in Windows", path);
}

grub_err_t vtc_ntfs_file_extents(const char *path, struct vtc_file_map *map)
{
    char *device_name = grub_file_get_device_name(path);
    struct grub_file file;
    grub_err_t err;

    if (!device_name)
        return grub_errno;
    err = vtc_raw_file_open(&file, device_name, grub_strchr(path, ')') + 1);
    grub_free(device_name);
    if (err)
        return err;
    err = decode(file.data, file.device->disk, path, map);
    vtc_raw_file_close(&file);
    return err;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files as their file system's driver shows them. */
#include <grub/device.h>
#include <grub/file.h>
#include <grub/fs.h>
#include <grub/mm.h>

#include "vtc.h"

grub_err_t vtc_raw_file_open(struct grub_file *file, const char *device_name, const char *inner)
{
    grub_err_t err;

    grub_memset(file, 0, sizeof(*file));
    file->device = grub_device_open(device_name);
    if (!file->device)
        return grub_errno;
    file->fs = grub_fs_probe(file->device);
    err = file->fs ? file->fs->fs_open(file, inner) : grub_errno;
    if (err)
        grub_device_close(file->device);
    return err;
}

void vtc_raw_file_close(struct grub_file *file)
{
    file->fs->fs_close(file);
    grub_device_close(file->device);
}

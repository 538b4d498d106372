/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A part of an image published to the firmware as a read-only block device. */
#ifndef VTC_EFI_VDISK_H
#define VTC_EFI_VDISK_H

#include <grub/efi/api.h>

#include <ventoc/readahead.h>

#include "vtc.h"

/* EFI calls us with Microsoft's convention on x64, with plain cdecl on ia32. */
#ifdef __x86_64__
#define VTC_EFIAPI __attribute__((ms_abi))
#else
#define VTC_EFIAPI
#endif

/* Longest device path we publish: vendor node, CD-ROM node, end. */
#define VTC_VDISK_PATH_BYTES 64u

struct vtc_efi_vdisk {
    grub_efi_block_io_t io; /* first: the firmware's "this" is the vdisk */
    grub_efi_block_io_media_t media;
    const struct vtc_image *image;
    grub_uint64_t window_off, window_bytes; /* the part of the image that is shown */
    unsigned block_shift;
    struct vtc_reader disk;        /* the real disk, through windows; a child has its parent's */
    grub_efi_disk_io_t *parent_io; /* of the whole real disk */
    grub_efi_uint32_t parent_media_id;
    struct vtc_readahead ahead;
    grub_uint8_t *windows;    /* its buffer */
    grub_efi_handle_t handle; /* NULL while not published */
    grub_uint8_t path[VTC_VDISK_PATH_BYTES];
};

/* The vendor node every path of ours begins with: 20 bytes. */
#define VTC_VDISK_NODE_BYTES 20u

/* 1 when a device path begins with our vendor node. */
int vtc_efi_vdisk_is_ours(const grub_efi_device_path_t *path);

/*
 * Publish the whole image: block_bytes 2048 for a CD, 512 for a disk (UEFI 2.10 section 13.9).
 * The vdisk must stay where it is until vtc_efi_vdisk_unpublish(). Returns a GRUB error.
 */
grub_err_t vtc_efi_vdisk_publish(struct vtc_efi_vdisk *vdisk, const struct vtc_boot *boot,
                                 unsigned block_bytes);

/*
 * Publish an El Torito FAT image of it as the child that a firmware without an El Torito driver
 * does not make: 512-byte blocks, a CD-ROM media node behind our own (UEFI 10.3.5.2).
 * off, bytes: the FAT image inside the CD image.
 */
grub_err_t vtc_efi_vdisk_publish_child(struct vtc_efi_vdisk *child,
                                       const struct vtc_efi_vdisk *parent, grub_uint64_t off,
                                       grub_uint64_t bytes);

/* Take everything back. Returns 1; 0 when a driver of the firmware does not let go: then the vdisk
 * is an empty drive from now on and its memory must stay. */
int vtc_efi_vdisk_unpublish(struct vtc_efi_vdisk *vdisk);

#endif

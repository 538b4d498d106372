/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Make a file inside an image longer, by overlay: its directory records point behind the end of the
 * image, to an alias of the file's own bytes followed by more bytes in memory. Nothing is copied
 * but the sectors that change.
 */
#ifndef VENTOC_GROW_H
#define VENTOC_GROW_H

#include <ventoc/arena.h>
#include <ventoc/eltorito.h>
#include <ventoc/image.h>

/* The image that is worked on. Every byte the overlay adds is taken from the arena. */
struct vtc_grow {
    struct vtc_image *img;
    const struct vtc_reader *disk; /* the whole real disk, for vtc_image_read() */
    struct vtc_arena *arena;
};

/*
 * What follows the file's last byte: zeros (at least zero_bytes and up to the next multiple of
 * align_bytes, a power of two, of the new file's length; align_bytes 1 and zero_bytes 0: nothing),
 * then head (copied into the arena), then, when there is a body, zeros up to the next multiple of
 * 2048 and the body, which is shown where it lies (but for a part of 512 bytes at its end, which is
 * copied) and must outlive the image.
 */
struct vtc_grow_tail {
    uint32_t zero_bytes, align_bytes;
    const void *head;
    uint32_t head_bytes;
    const void *body;
    uint32_t body_bytes;
};

/*
 * Grow a file of the image's ISO 9660 and UDF trees. In ISO 9660 (ECMA-119 9.1) every record that
 * shows the same sections gets the new ones, whatever its name and its tree: primary, Joliet,
 * enhanced, hard links. In UDF (ECMA-167 4/14.9, 4/14.17) it is the entry of that path. All of the
 * file is then one run of sectors behind the image's end; a file of several sections keeps them.
 * The volume descriptors' sizes, UDF's partition and integrity descriptors cover the new end.
 * A file with several names is grown once under all of them: growing it under another name appends
 * again. vtc_iso9660_find() tells names that share sections by their lba2048.
 * path: "/live/initrd.img" (names compare as in vtc_iso9660_find() and vtc_udf_find()).
 * Returns 0; VTC_ENOENT: no such file; VTC_ENOTSUP: cannot be patched exactly (extended attributes,
 * interleaved, zisofs, 4 GiB and more in one section, an empty file that other trees show as well,
 * UDF that is not one plain partition or has the file elsewhere, embedded or scattered);
 * VTC_EINVAL: align_bytes; VTC_ENOSPC: arena or table of regions full; VTC_EFORMAT; the disk's
 * error. Unless it returns 0, image and arena are as they were.
 */
int vtc_grow_iso_file(const struct vtc_grow *g, const char *path, const struct vtc_grow_tail *tail);

/*
 * Grow a file inside a FAT volume that the boot catalog names (El Torito, platform EFI, no
 * emulation): the volume is shown once more behind the image's end, with its tables and its data
 * area lengthened, and the catalog's entry points there; its sector count is 0, "to the end of the
 * medium" (UEFI 2.10, 13.3.2.1), when 16 bits cannot say it. Clusters keep their numbers. When the
 * file's last cluster has room for the tail, nothing moves. A record of the ISO 9660 tree and a
 * partition that show the volume go on showing the old one.
 * entry_index: in the boot catalog as vtc_eltorito_read() gives it. path: "/arch/initramfs.img".
 * Returns as vtc_grow_iso_file(); VTC_ENOENT also when there is no catalog, entry or FAT;
 * VTC_ENOTSUP also when the volume cannot be lengthened without changing its FAT type, has a single
 * live FAT (BPB_ExtFlags), or the file's chain is longer or shorter than the file. Tables need not
 * be alike: the new entries go into all of them.
 */
int vtc_grow_fat_file(const struct vtc_grow *g, uint32_t entry_index, const char *path,
                      const struct vtc_grow_tail *tail);

#endif

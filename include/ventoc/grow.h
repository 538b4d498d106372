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
 * align_bytes of the new file's length; align_bytes 1 and zero_bytes 0: nothing), then head (copied
 * into the arena), then, when there is a body, zeros up to the next multiple of 2048 and the body,
 * which is shown where it lies and must outlive the image.
 */
struct vtc_grow_tail {
    uint32_t zero_bytes, align_bytes;
    const void *head;
    uint32_t head_bytes;
    const void *body;
    uint32_t body_bytes;
};

/*
 * Grow a file of the image's ISO 9660 tree: the record in the primary tree (ECMA-119 9.1, the last
 * section's record of a multi-extent file), every record of the Joliet tree that shows the same
 * sections, and the file entry in the UDF tree when there is one (ECMA-167 4/14.9, 4/14.17).
 * path: "/live/initrd.img" (names compare as in vtc_iso9660_find()).
 * Returns 0; VTC_ENOENT: no such file; VTC_ENOTSUP: cannot be patched exactly (interleaved,
 * scattered over UDF, 4 GiB and more in one section ...); VTC_ENOSPC: arena full; VTC_EFORMAT; the
 * disk's error. Unless it returns 0, the image is as it was.
 */
int vtc_grow_iso_file(const struct vtc_grow *g, const char *path, const struct vtc_grow_tail *tail);

/*
 * Grow a file inside a FAT volume that the boot catalog names (El Torito, platform EFI): the volume
 * moves behind the image's end with its tables and its data area lengthened, and the catalog's entry
 * points there. Clusters keep their numbers.
 * entry_index: in the boot catalog as vtc_eltorito_read() gives it. path: "/arch/initramfs.img".
 * Returns as vtc_grow_iso_file(); VTC_ENOTSUP also when the volume cannot be lengthened without
 * changing its FAT type.
 */
int vtc_grow_fat_file(const struct vtc_grow *g, uint32_t entry_index, const char *path,
                      const struct vtc_grow_tail *tail);

#endif

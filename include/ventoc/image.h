/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An image: extents of a file on a disk plus an overlay, seen as one virtual disk. */
#ifndef VENTOC_IMAGE_H
#define VENTOC_IMAGE_H

#include <ventoc/types.h>

#include <ventoc/extents.h>

enum vtc_region_kind {
    VTC_REGION_DISK,   /* src: byte offset on the disk */
    VTC_REGION_MEMORY, /* src: address in memory, (uintptr_t) */
    VTC_REGION_ZERO,   /* reads as zeros */
};

/* Part of the virtual disk. Regions are sorted by off, gapless, and cover [0, image.bytes). */
struct vtc_region {
    uint64_t off, bytes;
    uint64_t src;
    uint32_t kind;
};

/* Every overlay operation is compiled into the one sorted table, so a read is one binary search
 * and a walk. The table belongs to the caller; grow as for vtc_extents. */
struct vtc_image {
    struct vtc_region *v;
    uint32_t count, capacity;
    uint64_t bytes; /* virtual length */
    int (*grow)(struct vtc_image *img);
};

/* Begin an image with a file's extents. Returns 0 or VTC_ENOSPC, VTC_EFORMAT (gaps). */
int vtc_image_init(struct vtc_image *img, struct vtc_region *storage, uint32_t capacity,
                   int (*grow)(struct vtc_image *), const struct vtc_extents *file);

/* Make room for `more` regions at once: appending and patching that need no more than those cannot
 * run out of room afterwards. Appending zeros or memory needs 1, patching 2, an alias as many as the
 * range has. Returns 0 or VTC_ENOSPC. */
int vtc_image_reserve(struct vtc_image *img, uint32_t more);

/* Replace [off, off+bytes) by memory, which must stay valid as long as the image.
 * Returns 0, VTC_EINVAL (range beyond the end), VTC_ENOSPC. */
int vtc_image_patch(struct vtc_image *img, uint64_t off, const void *memory, uint64_t bytes);

/* Append at the end: memory; zeros; what [off, off+bytes) of the image shows now (no copy).
 * Return 0, VTC_EINVAL, VTC_ENOSPC. */
int vtc_image_append_memory(struct vtc_image *img, const void *memory, uint64_t bytes);
int vtc_image_append_zero(struct vtc_image *img, uint64_t bytes);
int vtc_image_append_alias(struct vtc_image *img, uint64_t off, uint64_t bytes);

/* Append zeros until the length is a multiple of unit_bytes (a power of two). */
int vtc_image_pad(struct vtc_image *img, uint32_t unit_bytes);

/* Read [off, off+bytes) of the virtual disk; the one read path. disk: the whole real disk.
 * Returns 0, VTC_EINVAL beyond the end, or the disk's error. */
int vtc_image_read(const struct vtc_image *img, const struct vtc_reader *disk, uint64_t off,
                   void *buf, uint64_t bytes);

/* The index of the region that holds off (off < img->bytes). */
uint32_t vtc_image_find(const struct vtc_image *img, uint64_t off);

#endif

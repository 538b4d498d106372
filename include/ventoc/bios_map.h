/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An image as the BIOS's int 13h handler reads it: a sorted table of 512-byte sector runs. */
#ifndef VENTOC_BIOS_MAP_H
#define VENTOC_BIOS_MAP_H

#include <ventoc/image.h>

/* One run of virtual sectors; 16 bytes, so that the handler can fetch a window of them. */
struct vtc_bios_run {
    uint32_t first_lba512; /* of the virtual disk */
    uint32_t count;        /* sectors */
    uint64_t src;          /* LBA (512) on the real disk, or an address with VTC_BIOS_MEMORY */
};

#define VTC_BIOS_MEMORY (1ull << 63) /* src: physical memory address */
#define VTC_BIOS_ZERO   (1ull << 62) /* src: nothing, the sectors read as zeros */

/* The handler keeps the first sector of every window in low memory and fetches a window of runs
 * from high memory when it needs it. */
#define VTC_BIOS_WINDOW_RUNS 64u

/* Index of the last first_lba512 that is <= lba512 among count sorted values, which are stride
 * bytes apart from *first on. The first value must be <= lba512. */
static inline uint32_t vtc_bios_map_search(const uint32_t *first, uint32_t stride, uint32_t count,
                                           uint32_t lba512)
{
    uint32_t low = 0, high = count;

    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;

        if (*(const uint32_t *)((const uint8_t *)first + middle * stride) <= lba512)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* How many runs vtc_bios_map_build() makes of an image: its regions, padded to whole windows. */
uint32_t vtc_bios_map_capacity(const struct vtc_image *img);

/*
 * Compile an image into runs: whole windows, the last one padded with first_lba512 0xffffffff.
 * runs: room for vtc_bios_map_capacity(img). *count: runs in use; *sectors: the length of the
 * virtual disk, a part of a sector at the end counting as one.
 * Returns 0; VTC_ENOTSUP when a region does not begin on a 512-byte sector on both sides or the
 * disk is too long for 32-bit sector numbers.
 */
int vtc_bios_map_build(const struct vtc_image *img, struct vtc_bios_run *runs, uint32_t *count,
                       uint32_t *sectors);

/* The highest LBA (512) of the real disk that the runs use, plus one. */
uint64_t vtc_bios_map_end_lba512(const struct vtc_bios_run *runs, uint32_t count);

#endif

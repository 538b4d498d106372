/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An image file in pieces on a disk in memory, with an overlay that can be written out again. */
#ifndef TEST_GROW_IMAGE_H
#define TEST_GROW_IMAGE_H

#include "fixture.h"

#include <ventoc/grow.h>

struct grow_image {
    struct fixture_memdisk disk;
    struct vtc_reader disk_reader;
    struct vtc_image img;
    struct vtc_arena arena;
    struct vtc_grow g;
};

/* The file at path, three pieces of it in another order on the disk. arena_bytes: at most. */
void grow_image_open(struct grow_image *m, const char *path, uint32_t arena_bytes);
void grow_image_close(struct grow_image *m);

/* Write what the image shows to a file. It must be something the BIOS map takes. */
void grow_image_dump(struct grow_image *m, const char *path);

/* The image as a reader. */
struct vtc_reader grow_image_reader(struct grow_image *m);

/* What of an image must not change when growing fails. */
struct grow_image_state {
    uint32_t count, arena_used_bytes, arena_capacity_bytes;
    uint64_t bytes, sum;
};
struct grow_image_state grow_image_state(const struct grow_image *m);
void grow_image_assert_same(const struct grow_image_state *a, const struct grow_image_state *b);

/* Append to the file at path what a tail adds to it. */
void grow_append_tail(const char *path, const struct vtc_grow_tail *tail);

#endif

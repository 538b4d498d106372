/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Growing files of an image, then reading all of what the image shows. The input is of
 * fuzz_image_iso(). */
#include <stdlib.h>

#include "fuzz_image.h"

#include <ventoc/grow.h>

#define REGIONS     2048u
#define ARENA_BYTES 131072u
#define IMAGE_MAX   (64u << 20)

/* Sorted, gapless, regions as the BIOS map wants them but at the end of what the input was. */
static void check_image(const struct vtc_image *img)
{
    uint64_t off = 0;
    uint32_t i;

    for (i = 0; i < img->count; i++) {
        if (img->v[i].off != off || !img->v[i].bytes)
            abort();
        if (i && (off & 511))
            abort();
        off += img->v[i].bytes;
    }
    if (off != img->bytes)
        abort();
}

static void read_all(const struct vtc_grow *g)
{
    static uint8_t buf[65536];
    uint64_t off, n;

    for (off = 0; off < g->img->bytes; off += n) {
        n = g->img->bytes - off < sizeof(buf) ? g->img->bytes - off : sizeof(buf);
        if (vtc_image_read(g->img, g->disk, off, buf, n))
            abort();
    }
}

/* One operation: all or nothing. */
static void grow(const struct vtc_grow *g, unsigned what)
{
    static const uint8_t head[700] = {1, 2, 3}, body[1500] = {4, 5, 6};
    static const struct vtc_grow_tail tails[2] = {
        {8, 4, head, sizeof(head), body, sizeof(body)},
        {0, 1, head, 9, NULL, 0},
    };
    struct vtc_image old = *g->img;
    struct vtc_arena old_arena = *g->arena;
    const char *path = what & 1 ? "/D/G" : "/F";
    const struct vtc_grow_tail *tail = &tails[what >> 1 & 1];
    int rc = what < 4 ? vtc_grow_iso_file(g, path, tail)
                      : vtc_grow_fat_file(g, what < 8 ? 0 : 1, path, tail);

    check_image(g->img);
    if (g->arena->capacity_bytes != old_arena.capacity_bytes)
        abort();
    if (rc && (g->img->count != old.count || g->img->bytes != old.bytes ||
               g->arena->used_bytes != old_arena.used_bytes))
        abort();
    if (!rc && g->img->bytes < old.bytes)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static struct vtc_region regions[REGIONS];
    static _Alignas(4096) uint8_t memory[ARENA_BYTES];
    struct fuzz_image in = {data, bytes};
    struct vtc_reader disk = fuzz_image_iso(&in);
    struct vtc_extent storage[2];
    struct vtc_extents list;
    struct vtc_image img;
    struct vtc_arena arena;
    const struct vtc_grow g = {&img, &disk, &arena};
    uint64_t half;
    unsigned what;

    half = disk.bytes / 2 / 512 * 512;
    vtc_extents_init(&list, storage, 2, NULL);
    vtc_extents_add(&list, 0, half);
    vtc_extents_add(&list, half, disk.bytes - half);
    if (vtc_image_init(&img, regions, REGIONS, NULL, &list))
        abort();
    vtc_arena_init(&arena, memory, sizeof(memory));
    for (what = 0; what < 12 && img.bytes < IMAGE_MAX; what++)
        grow(&g, what);
    read_all(&g);
    return 0;
}

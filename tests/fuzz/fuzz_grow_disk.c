/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Finding and growing files of a file system in a disk image, then reading all of what the image
 * shows. The input is the beginning of an image of 8 MiB without partitions; the rest is zeros.
 */
#include <stdlib.h>

#include "fuzz_image.h"

#include <ventoc/diskcfg.h>
#include <ventoc/grow_disk.h>

#define IMAGE_BYTES (8u << 20)
#define REGIONS     2048u
#define ARENA_BYTES 131072u

static int read_image(void *ctx, uint64_t off, void *buf, uint32_t bytes)
{
    const struct vtc_grow *g = ctx;

    return vtc_image_read(g->img, g->disk, off, buf, bytes);
}

/* Sorted, gapless, whole sectors. */
static void check_image(const struct vtc_image *img)
{
    uint64_t off = 0;
    uint32_t i;

    for (i = 0; i < img->count; i++) {
        if (img->v[i].off != off || !img->v[i].bytes || (off & 511))
            abort();
        off += img->v[i].bytes;
    }
    if (off != IMAGE_BYTES || img->bytes != IMAGE_BYTES)
        abort();
}

/* One operation: all or nothing. */
static void grow(const struct vtc_grow *g, int is_fat, const char *path, unsigned which)
{
    static const uint8_t head[700] = {1, 2, 3}, body[9000] = {4, 5, 6};
    static const struct vtc_grow_tail tails[2] = {
        {8, 4, head, sizeof(head), body, sizeof(body)},
        {0, 1, head, 9, NULL, 0},
    };
    uint32_t count = g->img->count, used = g->arena->used_bytes;
    const char *why;
    int rc = (is_fat ? vtc_grow_fat_volume_file : vtc_grow_ext4_file)(g, 0, IMAGE_BYTES, path,
                                                                      &tails[which], &why);

    check_image(g->img);
    if (g->arena->capacity_bytes != ARENA_BYTES)
        abort();
    if (rc && (g->img->count != count || g->arena->used_bytes != used))
        abort();
    if ((rc == VTC_ENOTSUP) != (why != NULL) || rc > 0)
        abort();
}

static void read_all(const struct vtc_grow *g)
{
    static uint8_t buf[65536];
    uint64_t off;

    for (off = 0; off < IMAGE_BYTES; off += sizeof(buf))
        if (vtc_image_read(g->img, g->disk, off, buf, sizeof(buf)))
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static struct vtc_region regions[REGIONS];
    static _Alignas(4096) uint8_t memory[ARENA_BYTES];
    static _Alignas(8) uint8_t work[VTC_DISKCFG_WORK_BYTES];
    static struct vtc_diskcfg cfg;
    static const char *const paths[] = {"/f", "/d/g", "/l"};
    struct fuzz_image in = {data, bytes < IMAGE_BYTES ? bytes : IMAGE_BYTES};
    struct vtc_reader disk = fuzz_image_disk(&in, IMAGE_BYTES), image;
    struct vtc_extent storage[1];
    struct vtc_extents list;
    struct vtc_image img;
    struct vtc_arena arena;
    struct vtc_grow g = {&img, &disk, &arena};
    uint32_t i;

    vtc_extents_init(&list, storage, 1, NULL);
    vtc_extents_add(&list, 0, IMAGE_BYTES);
    if (vtc_image_init(&img, regions, REGIONS, NULL, &list))
        abort();
    vtc_arena_init(&arena, memory, sizeof(memory));
    image = (struct vtc_reader){read_image, &g, IMAGE_BYTES};
    for (i = 0; i < 12; i++)
        grow(&g, i >= 6, paths[i % 3], i / 3 & 1);
    if (!vtc_diskcfg_scan(&image, work, &cfg))
        for (i = 0; i < cfg.count && i < 8; i++)
            if (!cfg.initrd[i].part_off)
                grow(&g, cfg.initrd[i].fs == VTC_DISKCFG_FAT, cfg.initrd[i].path, i & 1);
    read_all(&g);
    return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the menu does with an ISO: its configurations are scanned, every initrd is extended, the image
 * is compiled for a BIOS and read, in the room that extend.h asks for. The input is of fuzz_image_iso().
 */
#include "fuzz_image.h"

#include <stdlib.h>

#include <ventoc/bios_map.h>
#include <ventoc/extend.h>
#include <ventoc/handoff.h>

static int grow_table(struct vtc_image *img)
{
    uint32_t capacity = img->capacity * 2;
    struct vtc_region *v = capacity > 65536 ? NULL : realloc(img->v, capacity * sizeof *v);

    if (!v)
        return VTC_ENOSPC;
    img->v = v;
    img->capacity = capacity;
    return VTC_OK;
}

static void failed(void *ctx, const char *path, int rc)
{
    (void)ctx;
    if (path[0] != '/' || rc == VTC_OK || rc == VTC_EIO)
        abort();
}

static void compile(const struct vtc_image *img)
{
    struct vtc_bios_run *runs = malloc(vtc_bios_map_capacity(img) * sizeof *runs);
    uint32_t count, sectors;

    if (runs && vtc_bios_map_build(img, runs, &count, &sectors))
        abort(); /* the file's pieces are whole sectors, so all others are */
    free(runs);
}

static void read_all(const struct vtc_image *img, const struct vtc_reader *disk)
{
    static uint8_t buf[65536];
    uint64_t off, n;

    for (off = 0; off < img->bytes && off < (16u << 20); off += n) {
        n = img->bytes - off < sizeof(buf) ? img->bytes - off : sizeof(buf);
        if (vtc_image_read(img, disk, off, buf, n))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static _Alignas(8) uint8_t work[VTC_BOOTCFG_WORK_BYTES];
    static struct vtc_bootcfg cfg;
    static _Alignas(4096) uint8_t arena_bytes[4u << 20];
    static uint8_t body[4096];
    struct fuzz_image in = {data, bytes};
    struct vtc_reader disk = fuzz_image_iso(&in);
    struct vtc_extend e = {.found = {.iso = &cfg}, .body = body, .failed = failed};
    struct vtc_extent storage[1];
    struct vtc_extents list;
    struct vtc_image img;
    struct vtc_arena arena;
    uint32_t done, room;

    if (vtc_bootcfg_scan(&disk, work, &cfg, NULL, NULL) ||
        vtc_handoff_body_archive(body, sizeof body, "64", 2, "32", 2, "conf", 4, &e.body_bytes))
        return 0;
    vtc_extents_init(&list, storage, 1, NULL);
    vtc_extents_add(&list, 0, disk.bytes);
    if (vtc_image_init(&img, malloc(16 * sizeof *img.v), 16, grow_table, &list))
        abort();
    room = vtc_extend_arena_bytes(&e.found, e.body_bytes);
    if (room > sizeof arena_bytes)
        room = sizeof arena_bytes;
    vtc_arena_init(&arena, arena_bytes, room);
    e.grow = (struct vtc_grow){&img, &disk, &arena};
    e.scratch = malloc(vtc_extend_scratch_bytes(e.body_bytes));
    done = vtc_extend_initrds(&e);
    if (done > vtc_extend_count(&e.found) || (!done && img.bytes != disk.bytes))
        abort();
    if (done)
        compile(&img);
    read_all(&img, &disk);
    free(e.scratch);
    free(img.v);
    return 0;
}

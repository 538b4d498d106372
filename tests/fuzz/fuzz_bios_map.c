/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of the int 13h handler, made of an image that a program put together: operations of a byte
 * and two numbers of two bytes, first pieces of a disk until operation 0, then patches, memory, zeros
 * and aliases. Every sector that the table names is what the image shows there.
 */
#include "fuzz_program.h"
#include "fuzz_reader.h"

#include <stdlib.h>

#include <ventoc/bios_map.h>

#define DISK_BYTES 65536u
#define SECTOR     512u
#define REGIONS    512u

static _Alignas(8) uint8_t disk_bytes[DISK_BYTES], memory[8192];

static void build_image(struct fuzz_program *program, struct vtc_image *img)
{
    static struct vtc_extent extents[64];
    static struct vtc_region regions[REGIONS];
    struct vtc_extents list;
    uint8_t op;

    vtc_extents_init(&list, extents, 64, NULL);
    while ((op = (uint8_t)fuzz_take(program, 1)) != 0) {
        uint32_t off = (uint32_t)fuzz_take(program, 2), bytes = (uint32_t)fuzz_take(program, 2);

        if (!(op & 0x40)) /* mostly sectors */
            off &= ~511u, bytes &= ~511u;
        if (bytes <= DISK_BYTES - off)
            vtc_extents_add(&list, off, bytes);
    }
    if (vtc_image_init(img, regions, REGIONS, NULL, &list))
        abort();
    while (fuzz_left(program) && img->bytes < (8u << 20)) {
        uint32_t off, bytes;

        op = (uint8_t)fuzz_take(program, 1);
        off = (uint32_t)fuzz_take(program, 2);
        bytes = (uint32_t)fuzz_take(program, 2);
        if (!(op & 0x40))
            off &= ~511u, bytes &= ~511u;
        switch (op % 4) {
        case 0:
            vtc_image_patch(img, off, memory + bytes % 4096, bytes % 4096);
            break;
        case 1:
            vtc_image_append_memory(img, memory, bytes % sizeof memory);
            break;
        case 2:
            vtc_image_append_zero(img, bytes);
            break;
        default:
            vtc_image_append_alias(img, off, bytes);
        }
    }
}

/* The bytes that a run names. */
static void read_run(const struct vtc_bios_run *run, uint32_t skip, uint8_t out[SECTOR])
{
    if (run->src & VTC_BIOS_MEMORY)
        memcpy(out, (const uint8_t *)(uintptr_t)(run->src & ~VTC_BIOS_MEMORY) + skip * SECTOR,
               SECTOR);
    else if (run->src & VTC_BIOS_ZERO)
        memset(out, 0, SECTOR);
    else if (run->src + skip < DISK_BYTES / SECTOR)
        memcpy(out, disk_bytes + (run->src + skip) * SECTOR, SECTOR);
    else
        abort();
}

static void check(const struct vtc_image *img, const struct vtc_bios_run *runs, uint32_t count,
                  uint32_t sectors)
{
    struct vtc_reader disk = fuzz_reader(disk_bytes, DISK_BYTES);
    uint8_t want[SECTOR], got[SECTOR];
    uint32_t lba;

    if (sectors != (img->bytes + SECTOR - 1) / SECTOR)
        abort();
    for (lba = 0; lba < img->bytes / SECTOR;
         lba++) { /* whole ones: what follows is not the file's */
        uint32_t i = vtc_bios_map_search(&runs[0].first_lba512, sizeof *runs,
                                         vtc_bios_map_capacity(img), lba);

        if (i >= count || lba - runs[i].first_lba512 >= runs[i].count)
            abort();
        read_run(&runs[i], lba - runs[i].first_lba512, got);
        if (vtc_image_read(img, &disk, (uint64_t)lba * SECTOR, want, SECTOR) ||
            memcmp(want, got, SECTOR) != 0)
            abort();
    }
    if (vtc_bios_map_end_lba512(runs, count) > DISK_BYTES / SECTOR)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct fuzz_program program = fuzz_program(data, bytes);
    struct vtc_bios_run *runs;
    uint32_t count, sectors, i;
    struct vtc_image img;
    int rc;

    if (!disk_bytes[1]) {
        for (i = 0; i < DISK_BYTES; i++)
            disk_bytes[i] = (uint8_t)(i * 167 + (i >> 8));
        for (i = 0; i < sizeof memory; i++)
            memory[i] = (uint8_t)(i * 59 + 1 + (i >> 7));
    }
    build_image(&program, &img);
    runs = malloc(vtc_bios_map_capacity(&img) * sizeof *runs + 1);
    if (!runs)
        return 0;
    rc = vtc_bios_map_build(&img, runs, &count, &sectors);
    if (rc && rc != VTC_ENOTSUP)
        abort();
    if (!rc)
        check(&img, runs, count, sectors);
    free(runs);
    return 0;
}

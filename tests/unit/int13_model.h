/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A model of a PC for the int 13h handler, which is compiled into it: 1 MiB of memory, high memory
 * through int 15h, a BIOS that reads a disk. */
#ifndef VTC_TEST_INT13_MODEL_H
#define VTC_TEST_INT13_MODEL_H

#include <ventoc/bios_map.h>
#include <ventoc/bytes.h>

#include "fixture.h"

/* ---- the model, in the place of realmode.h ---- */

#define VTC_INT13_REALMODE_H

struct vtc_int13_regs {
    uint32_t edi, esi, ebp, esp, ebx, edx, ecx, eax;
    uint16_t gs, fs, es, ds;
};

#define LOW_BYTES      0x110000u
#define HIGH_ADDRESS   0x1000000u
#define HIGH_BYTES     (4u * 1024 * 1024)
#define NEAR_ADDRESS   0xf0000000u /* the handler's window of runs */
#define BOUNCE_ADDRESS 0x90000u    /* and its bounce buffer, which the BIOS reads to */
#define DISK_SECTORS   20000u

static struct {
    uint8_t low[LOW_BYTES];
    uint8_t high[HIGH_BYTES];
    uint8_t disk[DISK_SECTORS * 512];
    void *near, *bounce;    /* what these stand for */
    uint32_t reads, resets; /* calls the BIOS saw */
    uint32_t fail_reads;    /* so many fail first */
    uint32_t most;          /* sectors the BIOS moves in one read */
    uint32_t copies;
    uint32_t largest;     /* sectors in one read */
    uint32_t crossings;   /* reads over a 64 KiB boundary */
    uint32_t index[4096]; /* the low index */
} pc;

static uint16_t vtc_realmode_segment(void)
{
    return 0x9000;
}

static const void *vtc_realmode_near(uint16_t off)
{
    (void)off;
    return pc.index;
}

static uint32_t vtc_realmode_linear(void *near)
{
    if (near == pc.bounce)
        return BOUNCE_ADDRESS;
    pc.near = near;
    return NEAR_ADDRESS;
}

static uint8_t vtc_realmode_peek8(uint16_t segment, uint16_t off)
{
    return pc.low[segment * 16u + off];
}

static void vtc_realmode_poke8(uint16_t segment, uint16_t off, uint8_t value)
{
    pc.low[segment * 16u + off] = value;
}

static int vtc_int13_call_bios(struct vtc_int13_regs *regs);
static int vtc_int13_copy_high(void *descriptors, uint32_t words);

#include "../../grub-payload/module/int13/handler.c"

static int vtc_int13_call_bios(struct vtc_int13_regs *regs)
{
    uint32_t linear = packet.segment * 16u + packet.off;

    switch (regs->eax >> 8 & 0xff) {
    case 0x00:
        pc.resets++;
        return 0;
    case 0x08:
        regs->edx = 0x0102;
        return 0;
    case 0x42:
        break;
    default:
        return 1;
    }
    assert_int_equal(regs->edx & 0xff, 0x83);
    pc.reads++;
    if (pc.fail_reads) {
        pc.fail_reads--;
        return 1;
    }
    assert_in_range(packet.count, 1, 128);
    if (packet.count > pc.most)
        return 1;
    assert_true(packet.lba + packet.count <= DISK_SECTORS);
    assert_true(linear + packet.count * 512u <= LOW_BYTES);
    if (packet.count > pc.largest)
        pc.largest = packet.count;
    if ((linear >> 16) != ((linear + packet.count * 512u - 1) >> 16))
        pc.crossings++;
    memcpy(pc.low + linear, pc.disk + packet.lba * 512, packet.count * 512u);
    return 0;
}

static uint8_t *physical(const uint8_t *descriptor, uint32_t bytes)
{
    uint32_t address =
        descriptor[2] | descriptor[3] << 8 | descriptor[4] << 16 | (uint32_t)descriptor[7] << 24;

    if (address == NEAR_ADDRESS)
        return pc.near;
    if (address >= HIGH_ADDRESS) {
        assert_true(address - HIGH_ADDRESS + bytes <= HIGH_BYTES);
        return pc.high + (address - HIGH_ADDRESS);
    }
    assert_true(address + bytes <= LOW_BYTES);
    return pc.low + address;
}

static int vtc_int13_copy_high(void *table, uint32_t words)
{
    uint8_t *d = table;

    pc.copies++;
    memmove(physical(d + 0x18, words * 2), physical(d + 0x10, words * 2), words * 2);
    return 0;
}

/* ---- helpers ---- */

static uint64_t seed = 0x1234567;

static uint32_t below(uint32_t limit)
{
    return (uint32_t)(fixture_random(&seed) % limit);
}

/* A CD made of `pieces` scattered pieces of 1 to 8 CD sectors, with overlay from high memory. */
static void make_cd(struct vtc_image *img, struct vtc_region *storage, uint32_t capacity,
                    uint32_t pieces)
{
    struct vtc_extent *extents = calloc(pieces, sizeof *extents);
    struct vtc_extents file = {.v = extents, .count = pieces, .capacity = pieces};

    assert_non_null(extents);
    for (uint32_t i = 0; i < pieces; i++) {
        extents[i].file_off = file.bytes;
        extents[i].bytes = (1 + below(8)) * 2048;
        extents[i].disk_off = below(DISK_SECTORS - 32) * 512ull;
        file.bytes += extents[i].bytes;
    }
    assert_int_equal(vtc_image_init(img, storage, capacity, NULL, &file), VTC_OK);
    free(extents);
}

static void install(const struct vtc_image *img)
{
    struct vtc_bios_run *runs = (struct vtc_bios_run *)pc.high;
    uint32_t count, sectors;

    memset(&config, 0, sizeof config);
    assert_int_equal(vtc_bios_map_build(img, runs, &count, &sectors), VTC_OK);
    for (uint32_t i = 0; i < count; i++) /* host addresses of overlays as the PC's */
        if (runs[i].src & VTC_BIOS_MEMORY)
            runs[i].src = VTC_BIOS_MEMORY |
                          (HIGH_ADDRESS + ((runs[i].src & ~VTC_BIOS_MEMORY) - (uintptr_t)pc.high));
    for (uint32_t i = 0; i * VTC_BIOS_WINDOW_RUNS < count; i++)
        pc.index[i] = runs[i * VTC_BIOS_WINDOW_RUNS].first_lba512;
    config.drive = 0xe0;
    config.emulated_drive = VTC_INT13_NO_DRIVE;
    config.real_drive = 0x83;
    config.chunk_sectors = 64;
    config.run_count = count;
    config.table_address = HIGH_ADDRESS;
    config.sectors = sectors;
    window_number = 0xffffffffu;
    pc.most = 127;
}

/* int 13h with AX, DL and DS:SI = 0000:0600; returns CF, AH in *ah. */
static int call(uint32_t ax, uint8_t drive, uint8_t *ah)
{
    struct vtc_int13_regs regs = {.eax = ax, .edx = drive, .esi = 0x600, .ebx = 0x55aa};
    int carry = vtc_int13_handle(&regs);

    *ah = regs.eax >> 8 & 0xff;
    return carry;
}

static void put_packet(uint16_t count, uint32_t linear, uint64_t lba)
{
    uint8_t *p = pc.low + 0x600;

    p[0] = 16;
    p[1] = 0;
    vtc_put_le16(p + 2, count);
    vtc_put_le16(p + 4, linear & 15);
    vtc_put_le16(p + 6, (uint16_t)(linear >> 4));
    vtc_put_le64(p + 8, lba);
}

static int disk_read(void *ctx, uint64_t off, void *buf, uint32_t bytes)
{
    (void)ctx;
    memcpy(buf, pc.disk + off, bytes);
    return VTC_OK;
}

static const struct vtc_reader disk = {.read = disk_read, .bytes = sizeof pc.disk};

static int setup(void **state)
{
    (void)state;
    pc.bounce = bounce;
    for (uint32_t i = 0; i < sizeof pc.disk; i++)
        pc.disk[i] = (uint8_t)fixture_random(&seed);
    return 0;
}

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The int 13h handler, compiled for the host over a model of a PC: 1 MiB of memory, high memory
 * through int 15h, a BIOS that reads a disk. */
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
    assert_in_range(packet.count, 1, 127);
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

/* Random reads through AH=42h against the image's own read path. */
static void compare_reads(const struct vtc_image *img, unsigned rounds)
{
    uint8_t *want = malloc(127 * 2048), ah;
    uint32_t cd_sectors = (uint32_t)(img->bytes >> 11);

    assert_non_null(want);
    for (unsigned i = 0; i < rounds; i++) {
        uint32_t lba = below(cd_sectors), count = 1 + below(40),
                 linear = 0x10000 + (below(0x60000) & ~1u);

        if (count > cd_sectors - lba)
            count = cd_sectors - lba;
        put_packet((uint16_t)count, linear, lba);
        assert_int_equal(call(0x4200, 0xe0, &ah), 0);
        assert_int_equal(ah, 0);
        assert_int_equal(vtc_image_read(img, &disk, lba * 2048ull, want, count * 2048ull), VTC_OK);
        assert_memory_equal(pc.low + linear, want, count * 2048);
    }
    free(want);
}

static int setup(void **state)
{
    (void)state;
    pc.bounce = bounce;
    for (uint32_t i = 0; i < sizeof pc.disk; i++)
        pc.disk[i] = (uint8_t)fixture_random(&seed);
    return 0;
}

/* ---- tests ---- */

static void reads_agree_with_the_image(void **state)
{
    static const uint32_t pieces[] = {1, 2, 63, 64, 65, 128, 1000};
    static struct vtc_region storage[8192];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(pieces); i++) {
        uint8_t *overlay = pc.high + HIGH_BYTES - 65536;
        struct vtc_image img;

        make_cd(&img, storage, COUNT_OF(storage), pieces[i]);
        for (unsigned k = 0; k < 20; k++) {
            uint64_t off = below((uint32_t)(img.bytes >> 11)) * 2048ull;

            for (unsigned b = 0; b < 2048; b++)
                overlay[b] = (uint8_t)fixture_random(&seed);
            assert_int_equal(vtc_image_patch(&img, off, overlay, 2048), VTC_OK);
            overlay += 2048;
        }
        assert_int_equal(vtc_image_append_alias(&img, 0, img.bytes / 4096 * 2048), VTC_OK);
        assert_int_equal(vtc_image_append_zero(&img, 16384), VTC_OK);
        install(&img);
        compare_reads(&img, 300);
    }
    assert_int_equal(pc.crossings, 0);
    assert_in_range(pc.largest, 1, 64);
}

static void cost_grows_with_the_logarithm(void **state)
{
    static struct vtc_region storage[120000];
    struct vtc_image img;
    uint8_t ah;

    (void)state;
    make_cd(&img, storage, COUNT_OF(storage), 100000);
    install(&img);
    pc.copies = pc.reads = 0;
    for (unsigned i = 0; i < 1000; i++) {
        put_packet(1, 0x20000, below((uint32_t)(img.bytes >> 11)));
        assert_int_equal(call(0x4200, 0xe0, &ah), 0);
    }
    assert_in_range(pc.copies, 1, 1000); /* at most one window fetched a request */
    assert_int_equal(pc.reads, 1000);
}

static void transient_errors_are_retried(void **state)
{
    static struct vtc_region storage[4];
    struct vtc_image img;
    uint8_t ah;

    (void)state;
    make_cd(&img, storage, COUNT_OF(storage), 1);
    install(&img);
    pc.resets = 0;
    pc.fail_reads = 3;
    put_packet(1, 0x20000, 0);
    assert_int_equal(call(0x4200, 0xe0, &ah), 0);
    assert_int_equal(pc.resets, 3);
    put_packet(2, 0x20000, 0);
    pc.fail_reads = 4;
    assert_int_equal(call(0x4200, 0xe0, &ah), 1);
    assert_int_equal(ah, 0x20);
    assert_int_equal(vtc_le16(pc.low + 0x602), 0); /* blocks moved */
    assert_int_equal(call(0x0100, 0xe0, &ah), 1);  /* and is told again */
    assert_int_equal(ah, 0x20);
    pc.fail_reads = 0;
}

static void cd_functions_answer(void **state)
{
    static const struct {
        uint16_t ax;
        int carry;
        uint8_t ah;
    } cases[] = {
        {0x0000, 0, 0}, {0x0d00, 0, 0}, {0x1000, 0, 0}, {0x1100, 0, 0},
        {0x4500, 0, 0}, {0x4600, 0, 0}, {0x0300, 1, 3}, {0x0500, 1, 3},
        {0x0b00, 1, 3}, {0x4300, 1, 3}, {0x0200, 1, 1}, {0x0800, 1, 1},
        {0x7700, 1, 1}, {0x4b02, 1, 1}, {0x4400, 0, 0}, {0x4700, 0, 0},
    };
    static struct vtc_region storage[4];
    struct vtc_int13_regs regs = {.eax = 0x4100, .edx = 0xe0, .ebx = 0x55aa};
    struct vtc_image img;
    uint8_t ah;

    (void)state;
    make_cd(&img, storage, COUNT_OF(storage), 1);
    install(&img);
    put_packet(1, 0x20000, 0);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(call(cases[i].ax, 0xe0, &ah), cases[i].carry);
        assert_int_equal(ah, cases[i].ah);
    }
    assert_int_equal(vtc_int13_handle(&regs), 0);
    assert_int_equal(regs.eax >> 8, 0x30); /* the version; 0 would mean no extensions */
    assert_int_equal(regs.ebx, 0xaa55);
    assert_int_equal(regs.ecx & 7, 7);
    regs = (struct vtc_int13_regs){.eax = 0x1500, .edx = 0xe0};
    assert_int_equal(vtc_int13_handle(&regs), 0);
    assert_int_equal(regs.eax >> 8, 3);
    assert_int_equal((regs.ecx & 0xffff) << 16 | (regs.edx & 0xffff), img.bytes >> 11);
    vtc_put_le16(pc.low + 0x600, 30); /* AH=48h */
    assert_int_equal(call(0x4800, 0xe0, &ah), 0);
    assert_int_equal(vtc_le16(pc.low + 0x600), 30);
    assert_int_equal(vtc_le16(pc.low + 0x600 + 24), 2048);
    assert_true(vtc_le64(pc.low + 0x600 + 16) == img.bytes >> 11);
    vtc_put_le16(pc.low + 0x600, 20);
    assert_int_equal(call(0x4800, 0xe0, &ah), 1);
    config.packet.packet_bytes = 0x13;
    config.packet.drive = 0xe0;
    assert_int_equal(call(0x4b01, 0xe0, &ah), 0);
    assert_int_equal(pc.low[0x600], 0x13);
    assert_int_equal(pc.low[0x602], 0xe0);
}

static void reads_beyond_the_end_are_refused(void **state)
{
    static struct vtc_region storage[4];
    struct vtc_image img;
    uint8_t ah;
    uint32_t sectors;

    (void)state;
    make_cd(&img, storage, COUNT_OF(storage), 1);
    install(&img);
    sectors = (uint32_t)(img.bytes >> 11);
    pc.reads = 0;
    put_packet(1, 0x20000, sectors);
    assert_int_equal(call(0x4200, 0xe0, &ah), 1);
    assert_int_equal(ah, 4);
    put_packet(2, 0x20000, sectors - 1);
    assert_int_equal(call(0x4200, 0xe0, &ah), 1);
    put_packet(1, 0x20000, 1ull << 32);
    assert_int_equal(call(0x4200, 0xe0, &ah), 1);
    put_packet(1, 0x20000, 0x40000000);
    assert_int_equal(call(0x4200, 0xe0, &ah), 1);
    put_packet(1, 0xffff0, 0); /* runs over the end of what real mode can address */
    assert_int_equal(call(0x4200, 0xe0, &ah), 1);
    assert_int_equal(ah, 1);
    put_packet(1, 0x20000, 0);
    pc.low[0x600] = 8;
    assert_int_equal(call(0x4200, 0xe0, &ah), 1);
    assert_int_equal(ah, 1);
    assert_int_equal(pc.reads, 0);
}

static void a_floppy_reads_by_head_and_sector(void **state)
{
    static struct vtc_region storage[4096];
    struct vtc_int13_regs regs = {.eax = 0x0203, .ecx = 0x0112, .edx = 0x0100, .es = 0x2000};
    struct vtc_image img;
    uint8_t want[3 * 512];

    (void)state;
    make_cd(&img, storage, COUNT_OF(storage), 400);
    install(&img);
    config.emulated_drive = 0;
    config.emulated_lba512 = 8;
    config.emulated_sectors = 2880;
    config.cylinders = 80;
    config.heads = 2;
    config.sectors_per_track = 18;
    config.floppy_type = 4;
    /* cylinder 1, head 1, sector 18 on: ((1 * 2 + 1) * 18 + 17) */
    assert_int_equal(vtc_int13_handle(&regs), 0);
    assert_int_equal(vtc_image_read(&img, &disk, (8 + 71) * 512, want, sizeof want), VTC_OK);
    assert_memory_equal(pc.low + 0x20000, want, sizeof want);
    assert_int_equal(regs.eax & 0xff, 3);
    vtc_put_le32(pc.low + 0x78, 0xf000efc7); /* vector 1Eh: the diskette parameters */
    regs = (struct vtc_int13_regs){.eax = 0x0800, .edx = 0};
    assert_int_equal(vtc_int13_handle(&regs), 0);
    assert_int_equal(regs.es, 0xf000);
    assert_int_equal(regs.edi, 0xefc7);
    assert_int_equal(regs.ebx & 0xff, 4);
    assert_int_equal(regs.ecx & 0xffff, 0x4f12);
    assert_int_equal(regs.edx & 0xffff, 0x0101);
    regs = (struct vtc_int13_regs){.eax = 0x0201, .ecx = 0x0000, .es = 0x2000};
    assert_int_equal(vtc_int13_handle(&regs), 1); /* sector 0 */
    regs = (struct vtc_int13_regs){.eax = 0x0201, .ecx = 0x5001, .es = 0x2000};
    assert_int_equal(vtc_int13_handle(&regs), 1); /* cylinder 80 */
    regs = (struct vtc_int13_regs){.eax = 0x1500};
    assert_int_equal(vtc_int13_handle(&regs), 0);
    assert_int_equal(regs.eax >> 8, 1);
    regs = (struct vtc_int13_regs){.eax = 0x4200};
    assert_int_equal(vtc_int13_handle(&regs), 1);
}

static void a_hard_disk_moves_the_others_up(void **state)
{
    static struct vtc_region storage[4096];
    struct vtc_int13_regs regs = {.eax = 0x0800, .edx = 0x80};
    struct vtc_image img;
    uint8_t ah, want[512];

    (void)state;
    make_cd(&img, storage, COUNT_OF(storage), 400);
    install(&img);
    config.drive = VTC_INT13_NO_DRIVE;
    config.emulated_drive = 0x80;
    config.shift = 1;
    config.emulated_sectors = config.sectors;
    config.cylinders = 10;
    config.heads = 16;
    config.sectors_per_track = 63;
    pc.low[0x475] = 3; /* two of the BIOS and ours */
    assert_int_equal(vtc_int13_handle(&regs), 0);
    assert_int_equal(regs.edx & 0xff, 3);
    put_packet(1, 0x20000, 7);
    assert_int_equal(call(0x4200, 0x80, &ah), 0);
    assert_int_equal(vtc_image_read(&img, &disk, 7 * 512, want, sizeof want), VTC_OK);
    assert_memory_equal(pc.low + 0x20000, want, sizeof want);
    regs = (struct vtc_int13_regs){.eax = 0x0800, .edx = 0x81};
    assert_int_equal(vtc_int13_handle(&regs), 0);
    assert_int_equal(regs.edx & 0xff, 3); /* the BIOS said 2 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_agree_with_the_image),
        cmocka_unit_test(cost_grows_with_the_logarithm),
        cmocka_unit_test(transient_errors_are_retried),
        cmocka_unit_test(cd_functions_answer),
        cmocka_unit_test(reads_beyond_the_end_are_refused),
        cmocka_unit_test(a_floppy_reads_by_head_and_sector),
        cmocka_unit_test(a_hard_disk_moves_the_others_up),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}

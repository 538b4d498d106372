/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads through the int 13h handler: the bytes against the image's own read path, and how often the
 * BIOS is asked. */
#include "int13_model.h"

/* A CD in one piece. */
static void make_whole_cd(struct vtc_image *img, struct vtc_region *storage, uint32_t cd_sectors)
{
    struct vtc_extent extent = {.bytes = cd_sectors * 2048ull, .disk_off = 100 * 512};
    struct vtc_extents file = {.v = &extent, .count = 1, .capacity = 1, .bytes = extent.bytes};

    assert_int_equal(vtc_image_init(img, storage, 1, NULL, &file), VTC_OK);
}

/* Random reads through AH=42h against the image's own read path. */
static void compare_reads(const struct vtc_image *img, unsigned rounds)
{
    uint8_t *want = malloc(127 * 2048), ah;
    uint32_t cd_sectors = (uint32_t)(img->bytes >> 11);

    assert_non_null(want);
    for (unsigned i = 0; i < rounds; i++) {
        uint32_t lba = below(cd_sectors), count = 1 + below(40),
                 linear = i & 1 ? 0x10000 + (below(0x60000) & ~1u) : 0x10000u << below(4);

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
        assert_in_range(pc.largest, 0, 64);
        config.chunk_sectors = 128;
        pc.most = 128;
        compare_reads(&img, 300);
        pc.largest = 0;
    }
    assert_int_equal(pc.crossings, 0);
}

/* A BIOS that moves 64 KiB is asked once for what lies in one 64 KiB of memory. */
static void large_requests_are_one_read(void **state)
{
    struct vtc_region storage;
    struct vtc_image img;
    uint8_t want[64 * 2048], ah;

    (void)state;
    make_whole_cd(&img, &storage, 4000);
    install(&img);
    config.chunk_sectors = 128;
    pc.most = 128;
    pc.crossings = pc.largest = 0;
    for (unsigned i = 0; i < 300; i++) {
        uint32_t lba = below(4000 - 64), count = i & 1 ? 32 : 1 + below(64), end;
        uint32_t linear = i & 2 ? 0x10000 : 0x10000 + below(0x400) * 512;

        put_packet((uint16_t)count, linear, lba);
        pc.reads = 0;
        assert_int_equal(call(0x4200, 0xe0, &ah), 0);
        end = linear + count * 2048 - 1;
        assert_int_equal(pc.reads, (end >> 16) - (linear >> 16) + 1);
        assert_int_equal(vtc_image_read(&img, &disk, lba * 2048ull, want, count * 2048ull), VTC_OK);
        assert_memory_equal(pc.low + linear, want, count * 2048);
    }
    assert_int_equal(pc.largest, 128);
    assert_int_equal(pc.crossings, 0);
}

/* One that took 64 KiB when it was tried and then does not: smaller reads from then on. */
static void a_refused_large_read_is_made_smaller(void **state)
{
    struct vtc_region storage;
    struct vtc_image img;
    uint8_t want[32 * 2048], ah;

    (void)state;
    make_whole_cd(&img, &storage, 64);
    install(&img);
    config.chunk_sectors = 128;
    pc.most = 120;
    assert_int_equal(vtc_image_read(&img, &disk, 2048, want, sizeof want), VTC_OK);
    for (unsigned i = 0; i < 2; i++) {
        memset(pc.low + 0x10000, 0, sizeof want);
        pc.reads = 0;
        put_packet(32, 0x10000, 1);
        assert_int_equal(call(0x4200, 0xe0, &ah), 0);
        assert_memory_equal(pc.low + 0x10000, want, sizeof want);
        assert_int_equal(pc.reads, i ? 2 : 6); /* the first time after four tries */
    }
    config.chunk_sectors = 128;
    pc.most = 0; /* a stick that is gone stays an error */
    assert_int_equal(call(0x4200, 0xe0, &ah), 1);
    assert_int_equal(ah, 0x20);
    assert_int_equal(vtc_le16(pc.low + 0x602), 0);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_agree_with_the_image),
        cmocka_unit_test(large_requests_are_one_read),
        cmocka_unit_test(a_refused_large_read_is_made_smaller),
        cmocka_unit_test(cost_grows_with_the_logarithm),
        cmocka_unit_test(transient_errors_are_retried),
        cmocka_unit_test(reads_beyond_the_end_are_refused),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An image compiled into the runs the BIOS handler reads. */
#include <ventoc/bios_map.h>

#include "fixture.h"

#define RUNS_MAX 256u

static uint8_t memory[2048];

/* An image of two pieces: 4 sectors from LBA 100, 8 sectors from LBA 50. */
static void make_image(struct vtc_image *img, struct vtc_region *storage, uint32_t capacity)
{
    static struct vtc_extent pieces[] = {{0, 100 * 512, 4 * 512}, {2048, 50 * 512, 8 * 512}};
    struct vtc_extents file = {.v = pieces, .count = 2, .capacity = 2, .bytes = 12 * 512};

    assert_int_equal(vtc_image_init(img, storage, capacity, NULL, &file), VTC_OK);
}

static void assert_run(const struct vtc_bios_run *run, uint32_t first, uint32_t count, uint64_t src)
{
    assert_int_equal(run->first_lba512, first);
    assert_int_equal(run->count, count);
    assert_true(run->src == src);
}

static void regions_become_runs(void **state)
{
    struct vtc_region storage[16];
    struct vtc_bios_run runs[RUNS_MAX];
    struct vtc_image img;
    uint32_t count, sectors;

    (void)state;
    make_image(&img, storage, COUNT_OF(storage));
    assert_int_equal(vtc_image_patch(&img, 512, memory, 512), VTC_OK);
    assert_int_equal(vtc_image_append_zero(&img, 1024), VTC_OK);
    assert_int_equal(vtc_image_append_alias(&img, 2048, 1024), VTC_OK);
    assert_int_equal(vtc_bios_map_capacity(&img), 64);
    assert_int_equal(vtc_bios_map_build(&img, runs, &count, &sectors), VTC_OK);
    assert_int_equal(count, 6);
    assert_int_equal(sectors, 16);
    assert_run(&runs[0], 0, 1, 100);
    assert_run(&runs[1], 1, 1, (uintptr_t)memory | VTC_BIOS_MEMORY);
    assert_run(&runs[2], 2, 2, 102);
    assert_run(&runs[3], 4, 8, 50);
    assert_run(&runs[4], 12, 2, VTC_BIOS_ZERO);
    assert_run(&runs[5], 14, 2, 50);
    for (uint32_t i = 6; i < 64; i++)
        assert_run(&runs[i], 0xffffffffu, 0, VTC_BIOS_ZERO);
    assert_true(vtc_bios_map_end_lba512(runs, count) == 104);
}

static void odd_pieces_are_refused(void **state)
{
    struct vtc_region storage[16];
    struct vtc_bios_run runs[RUNS_MAX];
    struct vtc_image img;
    uint32_t count, sectors;

    (void)state;
    make_image(&img, storage, COUNT_OF(storage));
    assert_int_equal(vtc_image_patch(&img, 100, memory, 512), VTC_OK);
    assert_int_equal(vtc_bios_map_build(&img, runs, &count, &sectors), VTC_ENOTSUP);
    make_image(&img, storage, COUNT_OF(storage));
    assert_int_equal(vtc_image_patch(&img, 512, memory, 100), VTC_OK);
    assert_int_equal(vtc_bios_map_build(&img, runs, &count, &sectors), VTC_ENOTSUP);
    make_image(&img, storage, COUNT_OF(storage));
    storage[1].src += 100;
    assert_int_equal(vtc_bios_map_build(&img, runs, &count, &sectors), VTC_ENOTSUP);
    make_image(&img, storage, COUNT_OF(storage));
    img.bytes = 1ull << 41;
    assert_int_equal(vtc_bios_map_build(&img, runs, &count, &sectors), VTC_ENOTSUP);
    img.count = 0;
    assert_int_equal(vtc_bios_map_build(&img, runs, &count, &sectors), VTC_ENOTSUP);
}

static void a_partial_last_sector_counts(void **state)
{
    static struct vtc_extent pieces[] = {{0, 512, 700}};
    struct vtc_extents file = {.v = pieces, .count = 1, .capacity = 1, .bytes = 700};
    struct vtc_region storage[4];
    struct vtc_bios_run runs[RUNS_MAX];
    struct vtc_image img;
    uint32_t count, sectors;

    (void)state;
    assert_int_equal(vtc_image_init(&img, storage, COUNT_OF(storage), NULL, &file), VTC_OK);
    assert_int_equal(vtc_bios_map_build(&img, runs, &count, &sectors), VTC_OK);
    assert_int_equal(sectors, 2);
    assert_run(&runs[0], 0, 2, 1);
}

static void search_finds_the_last_not_above(void **state)
{
    static const uint32_t first[] = {0, 5, 6, 100, 0xffffffffu};
    static const struct {
        uint32_t lba, index;
    } cases[] = {{0, 0}, {4, 0}, {5, 1}, {6, 2}, {99, 2}, {100, 3}, {0xfffffffeu, 3}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_int_equal(vtc_bios_map_search(first, sizeof(*first), COUNT_OF(first), cases[i].lba),
                         cases[i].index);
    assert_int_equal(vtc_bios_map_search(first, sizeof(*first), 1, 77), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(regions_become_runs),
        cmocka_unit_test(odd_pieces_are_refused),
        cmocka_unit_test(a_partial_last_sector_counts),
        cmocka_unit_test(search_finds_the_last_not_above),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

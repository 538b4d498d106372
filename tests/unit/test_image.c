/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ventoc/image.h>

#include "fixture.h"

#define DISK_BYTES 4096u

static struct fixture_memdisk disk;
static struct vtc_reader reader;
static struct vtc_region table[64];

static int make_disk(void **state)
{
    uint64_t seed = 3;
    unsigned i;

    (void)state;
    reader = fixture_memdisk_make(&disk, DISK_BYTES);
    for (i = 0; i < DISK_BYTES; i++)
        disk.bytes[i] = (uint8_t)(fixture_random(&seed) >> 40);
    return 0;
}

static int free_disk(void **state)
{
    (void)state;
    fixture_memdisk_free(&disk);
    return 0;
}

/* An image of three extents: disk 1000+100, 300+50, 2000+200. */
static void make_image(struct vtc_image *img, uint32_t capacity)
{
    static struct vtc_extent v[] = {{0, 1000, 100}, {100, 300, 50}, {150, 2000, 200}};
    const struct vtc_extents file = {v, COUNT_OF(v), COUNT_OF(v), 350, NULL};

    assert_int_equal(vtc_image_init(img, table, capacity, NULL, &file), VTC_OK);
}

static void assert_regions(const struct vtc_image *img, const struct vtc_region *expected,
                           uint32_t count)
{
    uint32_t i;

    assert_int_equal(img->count, count);
    for (i = 0; i < count; i++) {
        assert_int_equal(img->v[i].off, expected[i].off);
        assert_int_equal(img->v[i].bytes, expected[i].bytes);
        assert_int_equal(img->v[i].src, expected[i].src);
        assert_int_equal(img->v[i].kind, expected[i].kind);
    }
}

static void init_takes_extents(void **state)
{
    static const struct vtc_region expected[] = {
        {0, 100, 1000, VTC_REGION_DISK},
        {100, 50, 300, VTC_REGION_DISK},
        {150, 200, 2000, VTC_REGION_DISK},
    };
    struct vtc_image img;

    (void)state;
    make_image(&img, 3);
    assert_regions(&img, expected, COUNT_OF(expected));
    assert_int_equal(img.bytes, 350);
}

static void init_refuses(void **state)
{
    static struct vtc_extent gap[] = {{0, 10, 5}, {6, 20, 5}};
    static struct vtc_extent empty[] = {{0, 10, 0}};
    static struct vtc_extent wraps[] = {{0, UINT64_MAX, 2}};
    static struct vtc_extent sum[] = {{0, 0, UINT64_MAX}, {UINT64_MAX, 0, 1}};
    const struct {
        struct vtc_extent *v;
        uint32_t count, capacity;
        int rc;
    } cases[] = {
        {gap, 2, 4, VTC_EFORMAT},   {gap, 1, 4, VTC_OK},        {gap, 2, 1, VTC_ENOSPC},
        {empty, 1, 4, VTC_EFORMAT}, {wraps, 1, 4, VTC_EFORMAT}, {sum, 2, 4, VTC_EFORMAT},
        {NULL, 0, 0, VTC_OK},
    };
    struct vtc_image img;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(cases); i++) {
        const struct vtc_extents file = {cases[i].v, cases[i].count, cases[i].count, 0, NULL};

        assert_int_equal(vtc_image_init(&img, table, cases[i].capacity, NULL, &file), cases[i].rc);
    }
    assert_int_equal(img.bytes, 0);
    assert_int_equal(vtc_image_read(&img, &reader, 0, NULL, 0), VTC_OK);
    assert_int_equal(vtc_image_read(&img, &reader, 0, NULL, 1), VTC_EINVAL);
}

/* Each case patches the three-extent image once; the memory is at `at`. */
static void patch_splits_regions(void **state)
{
    static const uint8_t memory[350];
    const uint64_t at = (uintptr_t)memory;
    const struct {
        uint64_t off, bytes;
        uint32_t count;
        struct vtc_region expected[5];
    } cases[] = {
        {0, 0, 3, {{0, 100, 1000, 0}, {100, 50, 300, 0}, {150, 200, 2000, 0}}},
        {0, 10, 4, {{0, 10, at, 1}, {10, 90, 1010, 0}, {100, 50, 300, 0}, {150, 200, 2000, 0}}},
        {90, 10, 4, {{0, 90, 1000, 0}, {90, 10, at, 1}, {100, 50, 300, 0}, {150, 200, 2000, 0}}},
        {100, 50, 3, {{0, 100, 1000, 0}, {100, 50, at, 1}, {150, 200, 2000, 0}}},
        {120,
         10,
         5,
         {{0, 100, 1000, 0},
          {100, 20, 300, 0},
          {120, 10, at, 1},
          {130, 20, 320 + 10, 0},
          {150, 200, 2000, 0}}},
        {99, 52, 3, {{0, 99, 1000, 0}, {99, 52, at, 1}, {151, 199, 2001, 0}}},
        {0, 350, 1, {{0, 350, at, 1}}},
        {349, 1, 4, {{0, 100, 1000, 0}, {100, 50, 300, 0}, {150, 199, 2000, 0}, {349, 1, at, 1}}},
    };
    struct vtc_image img;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(cases); i++) {
        make_image(&img, cases[i].count > 3 ? cases[i].count : 3); /* exactly the room needed */
        assert_int_equal(vtc_image_patch(&img, cases[i].off, memory, cases[i].bytes), VTC_OK);
        assert_regions(&img, cases[i].expected, cases[i].count);
        assert_int_equal(img.bytes, 350);
    }
}

static void patch_refuses(void **state)
{
    static const uint8_t memory[8];
    struct vtc_image img;

    (void)state;
    make_image(&img, 4);
    assert_int_equal(vtc_image_patch(&img, 343, memory, 8), VTC_EINVAL);
    assert_int_equal(vtc_image_patch(&img, 351, memory, 0), VTC_EINVAL);
    assert_int_equal(vtc_image_patch(&img, 8, memory, UINT64_MAX), VTC_EINVAL);
    assert_int_equal(vtc_image_patch(&img, 10, memory, 8), VTC_ENOSPC);
    assert_int_equal(img.count, 3);
    assert_int_equal(vtc_image_patch(&img, 350, memory, 0), VTC_OK);
}

static void append_and_pad(void **state)
{
    static const uint8_t memory[100];
    const uint64_t at = (uintptr_t)memory;
    const struct vtc_region expected[] = {
        {0, 100, 1000, VTC_REGION_DISK},   {100, 50, 300, VTC_REGION_DISK},
        {150, 200, 2000, VTC_REGION_DISK}, {350, 100, at, VTC_REGION_MEMORY},
        {450, 62, 0, VTC_REGION_ZERO},     {512, 25, 1075, VTC_REGION_DISK},
        {537, 50, 300, VTC_REGION_DISK},   {587, 200, 2000, VTC_REGION_DISK},
        {787, 20, at, VTC_REGION_MEMORY},
    };
    struct vtc_image img;

    (void)state;
    make_image(&img, COUNT_OF(expected));
    assert_int_equal(vtc_image_append_memory(&img, memory, 40), VTC_OK);
    assert_int_equal(vtc_image_append_memory(&img, memory + 40, 60), VTC_OK); /* merged */
    assert_int_equal(vtc_image_append_memory(&img, memory, 0), VTC_OK);
    assert_int_equal(vtc_image_append_zero(&img, 10), VTC_OK);
    assert_int_equal(vtc_image_pad(&img, 512), VTC_OK); /* merged with the ten */
    assert_int_equal(vtc_image_pad(&img, 512), VTC_OK);
    assert_int_equal(img.bytes, 512);
    assert_int_equal(vtc_image_append_alias(&img, 75, 295), VTC_OK);
    assert_regions(&img, expected, COUNT_OF(expected));
    assert_int_equal(img.bytes, 807);
    assert_int_equal(vtc_image_append_zero(&img, 1), VTC_ENOSPC);
    assert_int_equal(vtc_image_append_alias(&img, 0, 400), VTC_ENOSPC);
    assert_int_equal(img.bytes, 807);
}

/* The tail of the image is aliased: it merges with the region it is copied from, over and over. */
static void alias_of_growing_zeros(void **state)
{
    struct vtc_image img;

    (void)state;
    make_image(&img, 5);
    assert_int_equal(vtc_image_append_zero(&img, 50), VTC_OK);
    assert_int_equal(vtc_image_append_alias(&img, 360, 40), VTC_OK);
    assert_int_equal(vtc_image_append_alias(&img, 350, 90), VTC_OK);
    assert_int_equal(img.count, 4);
    assert_int_equal(img.v[3].bytes, 180);
    assert_int_equal(img.bytes, 530);
    assert_int_equal(vtc_image_append_alias(&img, 530, 0), VTC_OK);
}

static void append_refuses(void **state)
{
    struct vtc_image img;

    (void)state;
    make_image(&img, 8);
    assert_int_equal(vtc_image_append_zero(&img, UINT64_MAX - 349), VTC_EINVAL);
    assert_int_equal(vtc_image_append_memory(&img, table, UINT64_MAX - 349), VTC_EINVAL);
    assert_int_equal(vtc_image_append_alias(&img, 351, 0), VTC_EINVAL);
    assert_int_equal(vtc_image_append_alias(&img, 1, 350), VTC_EINVAL);
    assert_int_equal(vtc_image_pad(&img, 0), VTC_EINVAL);
    assert_int_equal(vtc_image_pad(&img, 48), VTC_EINVAL);
    assert_int_equal(vtc_image_append_zero(&img, UINT64_MAX - 350), VTC_OK);
    assert_int_equal(vtc_image_append_alias(&img, 0, 1), VTC_EINVAL);
    assert_int_equal(vtc_image_pad(&img, 4096), VTC_EINVAL);
}

static int grow_fails(struct vtc_image *img)
{
    (void)img;
    return VTC_EIO;
}

static int grow_gains_nothing(struct vtc_image *img)
{
    (void)img;
    return VTC_OK;
}

static int grow_by_one(struct vtc_image *img)
{
    struct vtc_region *v = malloc((img->capacity + 1) * sizeof *v); /* always moves */

    if (!v)
        return VTC_ENOSPC;
    memcpy(v, img->v, img->capacity * sizeof *v);
    free(img->v);
    img->v = v;
    img->capacity++;
    return VTC_OK;
}

static void table_grows(void **state)
{
    static struct vtc_extent v[] = {{0, 0, 10}, {10, 100, 10}};
    const struct vtc_extents file = {v, 2, 2, 20, NULL};
    struct vtc_region *one = malloc(sizeof *one);
    struct vtc_image img;
    uint8_t bytes[40];

    (void)state;
    assert_non_null(one);
    assert_int_equal(vtc_image_init(&img, one, 1, grow_by_one, &file), VTC_OK);
    assert_int_equal(vtc_image_append_alias(&img, 0, 20), VTC_OK);
    assert_int_equal(vtc_image_patch(&img, 4, "abc", 3), VTC_OK);
    assert_int_equal(img.count, 6);
    assert_int_equal(img.capacity, 6);
    assert_int_equal(vtc_image_read(&img, &reader, 0, bytes, 40), VTC_OK);
    assert_memory_equal(bytes + 4, "abc", 3);
    assert_memory_equal(bytes + 20, disk.bytes, 10);
    assert_memory_equal(bytes + 30, disk.bytes + 100, 10);
    img.grow = grow_fails;
    assert_int_equal(vtc_image_append_alias(&img, 0, 1), VTC_EIO);
    img.grow = grow_gains_nothing;
    assert_int_equal(vtc_image_append_alias(&img, 0, 1), VTC_ENOSPC);
    img.grow = NULL;
    img.capacity = img.count = UINT32_MAX;
    assert_int_equal(vtc_image_append_memory(&img, bytes, 1), VTC_ENOSPC);
    free(img.v);
}

static void find_every_offset(void **state)
{
    struct vtc_image img;
    uint64_t off;

    (void)state;
    make_image(&img, 8);
    for (off = 0; off < 350; off++)
        assert_int_equal(vtc_image_find(&img, off), off < 100 ? 0 : off < 150 ? 1 : 2);
}

static void reading_fails_with_the_disk(void **state)
{
    struct vtc_reader shorter = reader;
    uint8_t bytes[350];
    struct vtc_image img;

    (void)state;
    make_image(&img, 8);
    assert_int_equal(vtc_image_read(&img, &reader, 0, bytes, 351), VTC_EINVAL);
    assert_int_equal(vtc_image_read(&img, &reader, 351, bytes, 0), VTC_EINVAL);
    assert_int_equal(vtc_image_read(&img, &reader, 350, bytes, 0), VTC_OK);
    assert_int_equal(vtc_image_read(&img, &reader, 1, bytes, UINT64_MAX), VTC_EINVAL);
    shorter.bytes = 2100;
    assert_int_equal(vtc_image_read(&img, &shorter, 0, bytes, 250), VTC_OK);
    assert_int_equal(vtc_image_read(&img, &shorter, 0, bytes, 251), VTC_EFORMAT);
    disk.fail_after = disk.reads + 2;
    assert_int_equal(vtc_image_read(&img, &reader, 0, bytes, 350), VTC_EIO);
    disk.fail_after = UINT32_MAX;
}

/* Disk reads are cut to pieces that a 32-bit count holds. Nothing is stored: the reader notes the
 * ranges. */
struct noted {
    uint64_t off[8];
    uint32_t bytes[8];
    int count;
};

static int note_read(void *ctx, uint64_t off, void *buf, uint32_t bytes)
{
    struct noted *n = ctx;

    (void)buf;
    assert_in_range(n->count, 0, 7);
    n->off[n->count] = off;
    n->bytes[n->count++] = bytes;
    return VTC_OK;
}

static void reading_more_than_32_bits(void **state)
{
    static struct vtc_extent v[] = {{0, 0x100000000, 0x1c0000001}};
    const struct vtc_extents file = {v, 1, 1, v[0].bytes, NULL};
    struct noted noted = {.count = 0};
    const struct vtc_reader big = {note_read, &noted, UINT64_MAX};
    struct vtc_image img;
    uint64_t sum = 0;
    int i;

    (void)state;
    if (sizeof(size_t) < 8)
        skip(); /* no such count fits an address space of 32 bits */
    assert_int_equal(vtc_image_init(&img, table, 4, NULL, &file), VTC_OK);
    assert_int_equal(vtc_image_read(&img, &big, 0, (void *)table, v[0].bytes), VTC_OK);
    assert_in_range(noted.count, 2, 8);
    for (i = 0; i < noted.count; i++) {
        assert_int_equal(noted.off[i], 0x100000000 + sum);
        sum += noted.bytes[i];
    }
    assert_int_equal(sum, v[0].bytes);
}

/* The same operations on a plain array of bytes. */
#define MODEL_MAX 60000u

struct model {
    uint8_t bytes[MODEL_MAX];
    uint64_t count;
};

static void model_add(struct model *m, const uint8_t *bytes, uint64_t count)
{
    if (bytes)
        memmove(m->bytes + m->count, bytes, count);
    else
        memset(m->bytes + m->count, 0, count);
    m->count += count;
}

static uint64_t below(uint64_t *seed, uint64_t limit)
{
    return (fixture_random(seed) >> 20) % limit;
}

static void check_table(const struct vtc_image *img)
{
    uint64_t off = 0;
    uint32_t i;

    for (i = 0; i < img->count; i++) {
        assert_int_equal(img->v[i].off, off);
        assert_true(img->v[i].bytes > 0);
        off += img->v[i].bytes;
    }
    assert_int_equal(off, img->bytes);
}

/* One random operation on both. */
static void operate(struct vtc_image *img, struct model *m, const uint8_t *memory, uint64_t *seed)
{
    uint64_t off = below(seed, m->count + 1), bytes = below(seed, m->count - off + 1);
    uint64_t more = below(seed, 300), from = below(seed, 700);

    bytes = bytes < 900 ? bytes : 900;
    switch (below(seed, 6)) {
    case 0:
    case 1:
        bytes = bytes < 300 ? bytes : 300;
        assert_int_equal(vtc_image_patch(img, off, memory + from, bytes), VTC_OK);
        memcpy(m->bytes + off, memory + from, bytes);
        break;
    case 2:
        assert_int_equal(vtc_image_append_memory(img, memory + from, more), VTC_OK);
        model_add(m, memory + from, more);
        break;
    case 3:
        assert_int_equal(vtc_image_append_zero(img, more), VTC_OK);
        model_add(m, NULL, more);
        break;
    case 4:
        assert_int_equal(vtc_image_append_alias(img, off, bytes), VTC_OK);
        model_add(m, m->bytes + off, bytes);
        break;
    default:
        more = 1ull << below(seed, 10);
        assert_int_equal(vtc_image_pad(img, (uint32_t)more), VTC_OK);
        model_add(m, NULL, (more - m->count % more) % more);
    }
}

static void random_operations_match_a_byte_array(void **state)
{
    static struct vtc_region big_table[4096];
    static struct model m;
    static uint8_t read[MODEL_MAX], memory[1000];
    uint64_t seed = 20240229;
    int round, i, operations = 0;

    (void)state;
    for (i = 0; i < (int)sizeof memory; i++)
        memory[i] = (uint8_t)(fixture_random(&seed) >> 33);
    for (round = 0; round < 300; round++) {
        struct vtc_extent v[6];
        struct vtc_extents file;
        struct vtc_image img;

        m.count = 0;
        vtc_extents_init(&file, v, COUNT_OF(v), NULL);
        for (i = 0; i < 6; i++) {
            uint64_t off = below(&seed, DISK_BYTES - 400), bytes = below(&seed, 400);

            assert_int_equal(vtc_extents_add(&file, off, bytes), VTC_OK);
            model_add(&m, disk.bytes + off, bytes);
        }
        assert_int_equal(vtc_image_init(&img, big_table, COUNT_OF(big_table), NULL, &file), VTC_OK);
        for (; m.count < MODEL_MAX - 2000 && img.count < COUNT_OF(big_table) - 1000; operations++) {
            uint64_t off, bytes;

            operate(&img, &m, memory, &seed);
            check_table(&img);
            assert_int_equal(img.bytes, m.count);
            off = below(&seed, m.count + 1);
            bytes = below(&seed, m.count - off + 1);
            assert_int_equal(vtc_image_read(&img, &reader, off, read, bytes), VTC_OK);
            assert_memory_equal(read, m.bytes + off, bytes);
        }
        assert_int_equal(vtc_image_read(&img, &reader, 0, read, m.count), VTC_OK);
        assert_memory_equal(read, m.bytes, m.count);
    }
    assert_in_range(operations, 30000, 1000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(init_takes_extents),
        cmocka_unit_test(init_refuses),
        cmocka_unit_test(patch_splits_regions),
        cmocka_unit_test(patch_refuses),
        cmocka_unit_test(append_and_pad),
        cmocka_unit_test(alias_of_growing_zeros),
        cmocka_unit_test(append_refuses),
        cmocka_unit_test(table_grows),
        cmocka_unit_test(find_every_offset),
        cmocka_unit_test(reading_fails_with_the_disk),
        cmocka_unit_test(reading_more_than_32_bits),
        cmocka_unit_test(random_operations_match_a_byte_array),
    };

    return cmocka_run_group_tests_name("image", tests, make_disk, free_disk);
}

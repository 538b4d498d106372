/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ventoc/extents.h>

#include "fixture.h"

static struct vtc_extent small[8];

static void adding_merges_neighbours(void **state)
{
    static const struct vtc_extent expected[] = {
        {0, 1000, 300},
        {300, 5000, 10},
        {310, 1300, 7},
    };
    struct vtc_extents list;

    (void)state;
    vtc_extents_init(&list, small, COUNT_OF(small), NULL);
    assert_int_equal(vtc_extents_add(&list, 1000, 100), VTC_OK);
    assert_int_equal(vtc_extents_add(&list, 1100, 200), VTC_OK);
    assert_int_equal(vtc_extents_add(&list, 99, 0), VTC_OK);
    assert_int_equal(vtc_extents_add(&list, 5000, 10), VTC_OK);
    assert_int_equal(vtc_extents_add(&list, 1300, 7), VTC_OK);
    assert_int_equal(list.count, COUNT_OF(expected));
    assert_memory_equal(list.v, expected, sizeof expected);
    assert_int_equal(list.bytes, 317);
}

static void adding_refuses_what_does_not_fit(void **state)
{
    struct vtc_extents list;

    (void)state;
    vtc_extents_init(&list, small, 1, NULL);
    assert_int_equal(vtc_extents_add(&list, UINT64_MAX - 9, 10), VTC_EFORMAT);
    assert_int_equal(vtc_extents_add(&list, UINT64_MAX - 9, 9), VTC_OK);
    assert_int_equal(vtc_extents_add(&list, 0, UINT64_MAX - 8), VTC_EFORMAT);
    assert_int_equal(vtc_extents_add(&list, 0, 1), VTC_ENOSPC);
    assert_int_equal(list.count, 1);
    assert_int_equal(list.bytes, 9);
}

static int grow_calls;

static int grow_double(struct vtc_extents *list)
{
    uint32_t capacity = list->capacity ? list->capacity * 2 : 1;
    struct vtc_extent *v = realloc(list->v, capacity * sizeof *v);

    grow_calls++;
    if (!v)
        return VTC_ENOSPC;
    list->v = v;
    list->capacity = capacity;
    return VTC_OK;
}

static int grow_fails(struct vtc_extents *list)
{
    (void)list;
    return VTC_EIO;
}

static int grow_gains_nothing(struct vtc_extents *list)
{
    (void)list;
    return VTC_OK;
}

static void storage_grows(void **state)
{
    struct vtc_extents list;
    uint32_t i;

    (void)state;
    grow_calls = 0;
    vtc_extents_init(&list, NULL, 0, grow_double);
    for (i = 0; i < 1000; i++)
        assert_int_equal(vtc_extents_add(&list, i * 10, 5), VTC_OK);
    assert_int_equal(list.count, 1000);
    assert_int_equal(grow_calls, 11);
    assert_int_equal(list.v[999].file_off, 4995);
    free(list.v);

    vtc_extents_init(&list, NULL, 0, grow_fails);
    assert_int_equal(vtc_extents_add(&list, 0, 1), VTC_EIO);
    vtc_extents_init(&list, NULL, 0, grow_gains_nothing);
    assert_int_equal(vtc_extents_add(&list, 0, 1), VTC_ENOSPC);
}

static void trimming(void **state)
{
    static const struct {
        uint64_t file_bytes;
        int rc;
        uint32_t count;
        uint64_t last_bytes;
    } cases[] = {
        {301, VTC_ETRUNC, 3, 100}, {300, VTC_OK, 3, 100}, {299, VTC_OK, 3, 99}, {201, VTC_OK, 3, 1},
        {200, VTC_OK, 2, 100},     {1, VTC_OK, 1, 1},     {0, VTC_OK, 0, 0},
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(cases); i++) {
        struct vtc_extents list;

        vtc_extents_init(&list, small, COUNT_OF(small), NULL);
        vtc_extents_add(&list, 1000, 100);
        vtc_extents_add(&list, 3000, 100);
        vtc_extents_add(&list, 2000, 100);
        assert_int_equal(vtc_extents_trim(&list, cases[i].file_bytes), cases[i].rc);
        assert_int_equal(list.count, cases[i].count);
        assert_int_equal(list.bytes, cases[i].rc ? 300 : cases[i].file_bytes);
        if (list.count)
            assert_int_equal(list.v[list.count - 1].bytes, cases[i].last_bytes);
    }
}

static void checking(void **state)
{
    static const struct {
        const char *name;
        struct vtc_extent v[4];
        uint32_t count;
        uint64_t bytes, first, end;
        int rc;
    } cases[] = {
        {"empty", {{0, 0, 0}}, 0, 0, 0, 0, VTC_OK},
        {"one, exactly the range", {{0, 10, 5}}, 1, 5, 10, 15, VTC_OK},
        {"before the range", {{0, 9, 5}}, 1, 5, 10, 15, VTC_EFORMAT},
        {"beyond the range", {{0, 11, 5}}, 1, 5, 10, 15, VTC_EFORMAT},
        {"far beyond the range", {{0, 16, 5}}, 1, 5, 10, 15, VTC_EFORMAT},
        {"wraps", {{0, UINT64_MAX - 1, 5}}, 1, 5, 0, UINT64_MAX, VTC_EFORMAT},
        {"to the last byte", {{0, UINT64_MAX - 5, 5}}, 1, 5, 0, UINT64_MAX, VTC_OK},
        {"empty extent", {{0, 10, 0}}, 1, 0, 0, 100, VTC_EFORMAT},
        {"gap in the file", {{0, 10, 5}, {6, 20, 5}}, 2, 11, 0, 100, VTC_EFORMAT},
        {"begins late", {{1, 10, 5}}, 1, 5, 0, 100, VTC_EFORMAT},
        {"sum too small", {{0, 10, 5}, {5, 20, 5}}, 2, 9, 0, 100, VTC_EFORMAT},
        {"sum too great", {{0, 10, 5}, {5, 20, 5}}, 2, 11, 0, 100, VTC_EFORMAT},
        {"ascending, touching", {{0, 10, 5}, {5, 15, 5}}, 2, 10, 0, 100, VTC_OK},
        {"ascending, overlapping", {{0, 10, 5}, {5, 14, 5}}, 2, 10, 0, 100, VTC_EFORMAT},
        {"descending, touching", {{0, 15, 5}, {5, 10, 5}}, 2, 10, 0, 100, VTC_OK},
        {"descending, overlapping", {{0, 14, 5}, {5, 10, 5}}, 2, 10, 0, 100, VTC_EFORMAT},
        {"the same twice", {{0, 10, 5}, {5, 10, 5}}, 2, 10, 0, 100, VTC_EFORMAT},
        {"inside another", {{0, 50, 5}, {5, 10, 20}, {25, 15, 2}}, 3, 27, 0, 100, VTC_EFORMAT},
        {"four mixed", {{0, 50, 5}, {5, 10, 20}, {25, 30, 2}, {27, 0, 10}}, 4, 37, 0, 100, VTC_OK},
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(cases); i++) {
        struct vtc_extents list = {small, cases[i].count, COUNT_OF(small), cases[i].bytes, NULL};

        memcpy(small, cases[i].v, sizeof cases[i].v);
        if (vtc_extents_check(&list, cases[i].first, cases[i].end) != cases[i].rc)
            fail_msg("%s: not %d", cases[i].name, cases[i].rc);
        assert_memory_equal(small, cases[i].v, sizeof cases[i].v);
    }
}

/* Against the obvious method: look at every pair. */
static void checking_agrees_with_all_pairs(void **state)
{
    uint64_t seed = 99;
    int round, overlaps = 0;

    (void)state;
    for (round = 0; round < 50000; round++) {
        struct vtc_extent before[COUNT_OF(small)];
        struct vtc_extents list = {small, 0, COUNT_OF(small), 0, NULL};
        uint32_t i, j, count = (uint32_t)(fixture_random(&seed) >> 32) % 8 + 1;
        int overlap = 0;

        for (i = 0; i < count; i++) {
            small[i].file_off = list.bytes;
            small[i].disk_off = (fixture_random(&seed) >> 32) % 120;
            small[i].bytes = (fixture_random(&seed) >> 32) % 10 + 1;
            list.bytes += small[i].bytes;
            for (j = 0; j < i; j++)
                overlap |= small[i].disk_off < small[j].disk_off + small[j].bytes &&
                           small[j].disk_off < small[i].disk_off + small[i].bytes;
        }
        list.count = count;
        memcpy(before, small, sizeof before);
        assert_int_equal(vtc_extents_check(&list, 0, 200), overlap ? VTC_EFORMAT : VTC_OK);
        assert_memory_equal(small, before, sizeof before);
        overlaps += overlap;
    }
    assert_in_range(overlaps, 10000, 40000);
}

/* 100,000 pieces in the worst orders; quadratic work would be stopped by the time a program has. */
static void checking_many(void **state)
{
    const uint32_t count = 100000;
    struct vtc_extent *v = malloc(count * sizeof *v);
    struct vtc_extents list = {v, count, count, (uint64_t)count * 4096, NULL};
    uint64_t seed = 5;
    uint32_t i;

    (void)state;
    assert_non_null(v);
    for (i = 0; i < count; i++)
        v[i] = (struct vtc_extent){(uint64_t)i * 4096, (uint64_t)(count - i) * 8192, 4096};
    assert_int_equal(vtc_extents_check(&list, 0, UINT64_MAX), VTC_OK);
    for (i = count; i-- > 1;) { /* shuffle the places */
        uint32_t j = (uint32_t)((fixture_random(&seed) >> 32) % (i + 1));
        uint64_t swap = v[i].disk_off;

        v[i].disk_off = v[j].disk_off;
        v[j].disk_off = swap;
    }
    assert_int_equal(vtc_extents_check(&list, 0, UINT64_MAX), VTC_OK);
    for (i = 0; i < count; i++)
        assert_int_equal(v[i].file_off, (uint64_t)i * 4096);
    v[count / 2].disk_off += 4097; /* into the next one's place */
    assert_int_equal(vtc_extents_check(&list, 0, UINT64_MAX), VTC_EFORMAT);
    free(v);
}

static void lists_apart(void **state)
{
    static const struct {
        const char *what;
        struct vtc_extent a[2], b[2];
        int rc;
    } cases[] = {
        {"one behind the other", {{0, 100, 50}, {50, 400, 50}}, {{0, 150, 250}, {250, 450, 9}}, 0},
        {"the same file",
         {{0, 100, 50}, {50, 400, 50}},
         {{0, 100, 50}, {50, 400, 50}},
         VTC_EFORMAT},
        {"the second pieces share a byte",
         {{0, 100, 50}, {50, 400, 50}},
         {{0, 900, 50}, {50, 449, 50}},
         VTC_EFORMAT},
        {"one inside the other",
         {{0, 100, 500}, {500, 900, 1}},
         {{0, 50, 1}, {1, 300, 1}},
         VTC_EFORMAT},
        {"one twice in itself",
         {{0, 100, 50}, {50, 120, 50}},
         {{0, 10, 1}, {1, 20, 1}},
         VTC_EFORMAT},
    };
    struct vtc_extents a, b, work;
    size_t i, swap;

    (void)state;
    for (i = 0; i < COUNT_OF(cases); i++)
        for (swap = 0; swap < 2; swap++) {
            a = (struct vtc_extents){.v = (struct vtc_extent *)cases[i].a, .count = 2};
            b = (struct vtc_extents){.v = (struct vtc_extent *)cases[i].b, .count = 2};
            vtc_extents_init(&work, small, COUNT_OF(small), NULL);
            if (vtc_extents_apart(swap ? &b : &a, swap ? &a : &b, &work) != cases[i].rc)
                fail_msg("%s", cases[i].what);
        }
    vtc_extents_init(&work, small, 3, NULL);
    a = (struct vtc_extents){.v = (struct vtc_extent *)cases[0].a, .count = 2};
    b = (struct vtc_extents){.v = (struct vtc_extent *)cases[4].b, .count = 2};
    assert_int_equal(vtc_extents_apart(&a, &b, &work), VTC_ENOSPC);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adding_merges_neighbours),
        cmocka_unit_test(adding_refuses_what_does_not_fit),
        cmocka_unit_test(storage_grows),
        cmocka_unit_test(trimming),
        cmocka_unit_test(checking),
        cmocka_unit_test(checking_agrees_with_all_pairs),
        cmocka_unit_test(checking_many),
        cmocka_unit_test(lists_apart),
    };

    return cmocka_run_group_tests_name("extents", tests, NULL, NULL);
}

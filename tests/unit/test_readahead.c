/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Windows over a source: always its bytes, and exactly the expected reads of it. */
#include <ventoc/readahead.h>

#include "fixture.h"

#define SOURCE_BYTES 300001u /* odd: the last window is a short one */
#define READS_MAX    32u
#define WINDOW_BYTES 8192u

struct source {
    uint8_t bytes[SOURCE_BYTES];
    struct {
        uint64_t off;
        uint32_t bytes;
    } reads[READS_MAX];
    uint32_t count, moved;
    uint64_t bad_off; /* reads that touch this byte fail */
};

static struct source source;
static uint8_t buf[VTC_READAHEAD_WINDOWS_MAX * WINDOW_BYTES];
static uint64_t seed = 77;

static int source_read(void *ctx, uint64_t off, void *to, uint32_t bytes)
{
    struct source *s = ctx;

    assert_true(bytes > 0 && off <= SOURCE_BYTES && bytes <= SOURCE_BYTES - off);
    if (s->count < READS_MAX) {
        s->reads[s->count].off = off;
        s->reads[s->count].bytes = bytes;
    }
    s->count++;
    s->moved += bytes;
    if (s->bad_off >= off && s->bad_off - off < bytes)
        return VTC_EIO;
    memcpy(to, s->bytes + off, bytes);
    return VTC_OK;
}

static void begin(struct vtc_readahead *r, uint32_t count, uint32_t first_bytes)
{
    struct vtc_reader below = {.read = source_read, .ctx = &source, .bytes = SOURCE_BYTES};

    for (uint32_t i = 0; i < SOURCE_BYTES; i++)
        source.bytes[i] = (uint8_t)fixture_random(&seed);
    source.count = source.moved = 0;
    source.bad_off = UINT64_MAX;
    memset(buf, 0, sizeof buf);
    assert_int_equal(vtc_readahead_init(r, &below, buf, count, first_bytes, WINDOW_BYTES), VTC_OK);
}

static void check_read(struct vtc_readahead *r, uint64_t off, uint32_t bytes)
{
    uint8_t *got = malloc(bytes ? bytes : 1); /* exact: a byte too many is found by ASan */

    assert_non_null(got);
    assert_int_equal(vtc_readahead_read(r, off, got, bytes), VTC_OK);
    assert_memory_equal(got, source.bytes + off, bytes);
    free(got);
}

static void the_reads_are_those_expected(void **state)
{
    static const struct {
        const char *what;
        uint32_t first_bytes;
        struct {
            uint64_t off;
            uint32_t bytes;
        } asked[5], read[5]; /* ended by bytes 0 */
    } cases[] = {
        {"the same sector again", 8192, {{20480, 512}, {20480, 512}}, {{16384, 8192}}},
        {"over a border", 8192, {{8000, 400}}, {{0, 8192}, {8192, 8192}}},
        {"a large read goes straight", 8192, {{100, 9000}}, {{100, 9000}}},
        {"a large read, its ends in windows",
         8192,
         {{8192, 1}, {40960, 1}, {10000, 35000}},
         {{8192, 8192}, {40960, 8192}, {16384, 24576}}},
        {"a large read around a window",
         8192,
         {{24576, 1}, {4096, 60000}},
         {{24576, 8192}, {4096, 20480}, {32768, 31328}}},
        {"reads that follow each other grow",
         1024,
         {{5000, 32}, {6000, 500}, {7000, 4096}, {11264, 32}, {19456, 32}},
         {{4096, 1024}, {5120, 2048}, {7168, 4096}, {11264, 8192}, {19456, 8192}}},
        {"scattered reads stay small",
         1024,
         {{0, 32}, {9000, 32}, {90000, 32}},
         {{0, 1024}, {8192, 1024}, {89088, 1024}}},
        {"the last piece is short", 8192, {{SOURCE_BYTES - 1, 1}}, {{294912, 5089}}},
        {"nothing", 8192, {{SOURCE_BYTES, 0}}, {{0, 0}}},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct vtc_readahead r;
        uint32_t k;

        begin(&r, 4, cases[i].first_bytes);
        for (k = 0; k < COUNT_OF(cases[i].asked) && cases[i].asked[k].bytes; k++)
            check_read(&r, cases[i].asked[k].off, cases[i].asked[k].bytes);
        for (k = 0; k < COUNT_OF(cases[i].read) && cases[i].read[k].bytes; k++) {
            if (k >= source.count || source.reads[k].off != cases[i].read[k].off ||
                source.reads[k].bytes != cases[i].read[k].bytes)
                fail_msg("%s: read %u is of %llu+%u", cases[i].what, k,
                         (unsigned long long)source.reads[k].off, source.reads[k].bytes);
        }
        if (source.count != k)
            fail_msg("%s: %u reads", cases[i].what, source.count);
    }
}

static void the_oldest_window_goes(void **state)
{
    struct vtc_readahead r;

    (void)state;
    begin(&r, 2, WINDOW_BYTES);
    check_read(&r, 0, 512);
    check_read(&r, 65536, 512);
    check_read(&r, 0, 512);
    check_read(&r, 131072, 512); /* in the place of 65536 */
    assert_int_equal(source.count, 3);
    check_read(&r, 0, 512);
    assert_int_equal(source.count, 3);
    check_read(&r, 65536, 512);
    assert_int_equal(source.count, 4);
}

static void any_sequence_shows_the_source(void **state)
{
    static const struct {
        uint32_t count, first_bytes;
    } shapes[] = {{1, 512}, {1, 8192}, {2, 2048}, {4, 1024}, {8, 8192}, {8, 1}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(shapes); i++) {
        struct vtc_readahead r;

        begin(&r, shapes[i].count, shapes[i].first_bytes);
        for (unsigned k = 0; k < 3000; k++) {
            uint32_t off = (uint32_t)(fixture_random(&seed) % (SOURCE_BYTES + 1)),
                     bytes = (uint32_t)(fixture_random(&seed) % (k % 8 ? 3000 : 40000));

            check_read(&r, off, bytes < SOURCE_BYTES - off ? bytes : SOURCE_BYTES - off);
        }
    }
}

/* A byte that cannot be read spoils what asks for it, not its neighbours. */
static void a_bad_place_is_not_spread(void **state)
{
    struct vtc_readahead r;
    uint8_t got[512];

    (void)state;
    begin(&r, 2, WINDOW_BYTES);
    check_read(&r, 0, 512);
    source.bad_off = 20000;
    check_read(&r, 16384, 512);
    check_read(&r, 20480, 512);
    assert_int_equal(vtc_readahead_read(&r, 19968, got, sizeof got), VTC_EIO);
    source.bad_off = UINT64_MAX;
    check_read(&r, 19968, 512); /* nothing of the failure is kept */
    check_read(&r, 0, 512);
}

static void what_is_wrong_is_refused(void **state)
{
    struct vtc_reader below = {.read = source_read, .ctx = &source, .bytes = SOURCE_BYTES};
    struct vtc_readahead r;
    uint8_t got[2];

    (void)state;
    assert_int_equal(vtc_readahead_init(&r, &below, buf, 0, 512, 512), VTC_EINVAL);
    assert_int_equal(vtc_readahead_init(&r, &below, buf, 9, 512, 512), VTC_EINVAL);
    assert_int_equal(vtc_readahead_init(&r, &below, buf, 1, 0, 512), VTC_EINVAL);
    assert_int_equal(vtc_readahead_init(&r, &below, buf, 1, 512, 1000), VTC_EINVAL);
    assert_int_equal(vtc_readahead_init(&r, &below, buf, 1, 1024, 512), VTC_EINVAL);
    begin(&r, 1, 512);
    assert_int_equal(vtc_readahead_read(&r, SOURCE_BYTES - 1, got, 2), VTC_EFORMAT);
    assert_int_equal(vtc_readahead_read(&r, UINT64_MAX, got, 2), VTC_EFORMAT);
    assert_int_equal(source.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_reads_are_those_expected),
        cmocka_unit_test(the_oldest_window_goes),
        cmocka_unit_test(any_sequence_shows_the_source),
        cmocka_unit_test(a_bad_place_is_not_spread),
        cmocka_unit_test(what_is_wrong_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ventoc/bytes.h>
#include <ventoc/handoff.h>

#include "fixture.h"

#define BLOCK (8u << 20)
#define BOUND (BLOCK + BLOCK / 255 + 16) /* LZ4_compressBound(): the kernel's buffer */

static uint8_t *wrap(const void *data, uint32_t bytes, uint32_t *frame_bytes)
{
    uint8_t *out;

    *frame_bytes = vtc_handoff_lz4_bytes(bytes);
    out = malloc(*frame_bytes); /* of just that size: the sanitizer guards its end */
    assert_non_null(out);
    vtc_handoff_lz4_wrap(data, bytes, out);
    return out;
}

static void expected_bytes(void **state)
{
    static const char data[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    static const struct {
        uint32_t bytes;
        const char *head;
        uint32_t head_bytes;
    } cases[] = {
        {0, "\x02\x21\x4c\x18\1\0\0\0\x00", 9},
        {1, "\x02\x21\x4c\x18\2\0\0\0\x10", 9},
        {14, "\x02\x21\x4c\x18\x0f\0\0\0\xe0", 9},
        {15, "\x02\x21\x4c\x18\x11\0\0\0\xf0\x00", 10},
        {16, "\x02\x21\x4c\x18\x12\0\0\0\xf0\x01", 10},
        {36, "\x02\x21\x4c\x18\x26\0\0\0\xf0\x15", 10},
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(cases); i++) {
        uint32_t bytes;
        uint8_t *out = wrap(data, cases[i].bytes, &bytes);

        assert_int_equal(bytes, cases[i].head_bytes + cases[i].bytes);
        assert_memory_equal(out, cases[i].head, cases[i].head_bytes);
        assert_memory_equal(out + cases[i].head_bytes, data, cases[i].bytes);
        free(out);
    }
    assert_int_equal(vtc_handoff_lz4_bytes(VTC_HANDOFF_LZ4_DATA_MAX),
                     4 + 128 * (4 + 1 + 32897 + BLOCK));
    assert_int_equal(vtc_handoff_lz4_bytes(VTC_HANDOFF_LZ4_DATA_MAX + 1), 0);
    assert_int_equal(vtc_handoff_lz4_bytes(UINT32_MAX), 0);
}

/* One block of literals by the block format. Returns how many, or -1. */
static int64_t block_literals(const uint8_t *p, uint32_t bytes, const uint8_t **literals)
{
    const uint8_t *end = p + bytes;
    uint64_t count;

    if (!bytes || (*p & 15))
        return -1;
    count = *p++ >> 4;
    if (count == 15)
        do {
            if (p == end)
                return -1;
            count += *p;
        } while (*p++ == 255);
    *literals = p;
    return count == (uint64_t)(end - p) ? (int64_t)count : -1;
}

/* What Linux before 5.11 does with a file (lib/decompress_unlz4.c): the magic, then again and again
 * 4 bytes, a magic or the length of a block, until exactly nothing is left. Returns the bytes that
 * come out, into out, or -1. */
static int64_t old_kernel(const uint8_t *in, int64_t bytes, uint8_t *out)
{
    int64_t done = 0, at = 4;

    if (bytes < 4 || vtc_le32(in) != 0x184c2102)
        return -1;
    while (at != bytes) {
        const uint8_t *literals;
        uint32_t chunk;
        int64_t count;

        if (bytes - at < 4)
            return -1;
        chunk = vtc_le32(in + at);
        at += 4;
        if (chunk == 0x184c2102)
            continue;
        if (chunk > BOUND || chunk > bytes - at)
            return -1;
        count = block_literals(in + at, chunk, &literals);
        if (count < 0 || count > BLOCK)
            return -1;
        memcpy(out + done, literals, (size_t)count);
        done += count;
        at += chunk;
    }
    return done;
}

static const uint32_t sizes[] = {0,   1,   14,        15,    16,        269,
                                 270, 271, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 300};

/* Alone and behind another frame without a gap, for the old kernel and for the lz4 tool. */
static void reads_back(void **state)
{
    uint64_t seed = 3;
    uint8_t *data = malloc(2 * BLOCK + 300), *out = malloc(2 * BLOCK + 400);
    size_t i, n;

    (void)state;
    for (i = 0; i < 2 * BLOCK + 300; i++)
        data[i] = (uint8_t)fixture_random(&seed);
    fixture_run("seq 20000 >first && lz4 -q -l first first.lz4");
    for (n = 0; n < COUNT_OF(sizes); n++) {
        uint32_t bytes, first;
        uint8_t *frame = wrap(data, sizes[n], &bytes), *two = wrap(data, 100, &first);

        assert_int_equal(old_kernel(frame, bytes, out), sizes[n]);
        assert_memory_equal(out, data, sizes[n]);
        two = realloc(two, first + bytes);
        memcpy(two + first, frame, bytes);
        assert_int_equal(old_kernel(two, (int64_t)first + bytes, out), 100 + (int64_t)sizes[n]);
        assert_memory_equal(out, data, 100);
        assert_memory_equal(out + 100, data, sizes[n]);
        fixture_save("data", data, sizes[n]);
        fixture_save("data.lz4", frame, bytes);
        fixture_run("lz4 -d -q -c data.lz4 | cmp - data");
        fixture_run("cat first.lz4 data.lz4 >both.lz4 && cat first data >both && "
                    "lz4 -d -q -c both.lz4 | cmp - both");
        free(frame);
        free(two);
    }
    free(data);
    free(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(expected_bytes),
        cmocka_unit_test(reads_back),
    };

    return cmocka_run_group_tests(tests, fixture_enter_tmpdir, fixture_leave_tmpdir);
}

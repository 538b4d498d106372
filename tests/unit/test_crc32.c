/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ventoc/crc32.h>

#include <zlib.h>

#include "fixture.h"

static void known_values(void **state)
{
    static const struct {
        const char *text;
        uint32_t crc;
    } cases[] = {
        {"", 0x00000000},
        {"a", 0xe8b7be43},
        {"123456789", 0xcbf43926}, /* the check value of every CRC catalogue */
        {"The quick brown fox jumps over the lazy dog", 0x414fa339},
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(cases); i++)
        assert_int_equal(vtc_crc32(0, cases[i].text, strlen(cases[i].text)), cases[i].crc);
}

static void continues_at_every_split(void **state)
{
    const char text[] = "123456789";
    size_t split;

    (void)state;
    for (split = 0; split <= 9; split++)
        assert_int_equal(vtc_crc32(vtc_crc32(0, text, split), text + split, 9 - split), 0xcbf43926);
}

static void agrees_with_zlib(void **state)
{
    uint64_t seed = 1;
    uint8_t bytes[1024];
    size_t count, i;

    (void)state;
    for (count = 0; count < sizeof bytes; count += 13) {
        for (i = 0; i < count; i++)
            bytes[i] = (uint8_t)fixture_random(&seed);
        assert_int_equal(vtc_crc32(0, bytes, count), crc32(0, bytes, (uInt)count));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_values),
        cmocka_unit_test(continues_at_every_split),
        cmocka_unit_test(agrees_with_zlib),
    };

    return cmocka_run_group_tests_name("crc32", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ventoc/der.h>

#include "fixture.h"

#define BYTES(text) (const uint8_t *)(text), sizeof(text) - 1

static int next(const uint8_t *data, size_t bytes, struct vtc_der_item *item)
{
    struct vtc_der d = vtc_der_over(data, bytes);

    return vtc_der_next(&d, item);
}

static void values(void **state)
{
    static const uint8_t bytes[] = {0x02, 1, 5, 0x30, 3, 0x02, 1, 6, 0x05, 0};
    struct vtc_der d = vtc_der_over(bytes, sizeof bytes), in;
    struct vtc_der_item item;

    (void)state;
    assert_int_equal(vtc_der_take_optional(&d, VTC_DER_SEQUENCE, &item), 0);
    assert_int_equal(item.tag, 0);
    assert_int_equal(vtc_der_take(&d, VTC_DER_SEQUENCE, &item), VTC_EFORMAT);
    assert_int_equal(vtc_der_take(&d, VTC_DER_INTEGER, &item), VTC_OK);
    assert_int_equal(item.data[0], 5);
    assert_int_equal(vtc_der_take_optional(&d, VTC_DER_SEQUENCE, &item), 1);
    assert_ptr_equal(vtc_der_whole(&item), bytes + 3);
    assert_int_equal(vtc_der_whole_bytes(&item), 5);
    in = vtc_der_in(&item);
    assert_int_equal(vtc_der_next(&in, &item), VTC_OK);
    assert_int_equal(item.data[0], 6);
    assert_int_equal(vtc_der_next(&in, &item), VTC_ENOENT);
    assert_int_equal(vtc_der_take(&in, VTC_DER_INTEGER, &item), VTC_EFORMAT);
    assert_int_equal(vtc_der_next(&d, &item), VTC_OK);
    assert_int_equal(item.bytes, 0);
    assert_int_equal(vtc_der_next(&d, &item), VTC_ENOENT);
}

static void lengths(void **state)
{
    static uint8_t long_one[0x10000 + 5] = {0x04, 0x83, 1, 0, 0};
    struct vtc_der_item item;

    (void)state;
    assert_int_equal(next(BYTES("\x04\x00"), &item), VTC_OK);
    assert_int_equal(next(BYTES("\x04\x01"), &item), VTC_EFORMAT);
    assert_int_equal(next(BYTES("\x04"), &item), VTC_EFORMAT);
    assert_int_equal(next(BYTES("\x04\x81\x01x"), &item), VTC_EFORMAT);    /* not the shortest */
    assert_int_equal(next(BYTES("\x04\x82\x00\x80"), &item), VTC_EFORMAT); /* nor this */
    assert_int_equal(next(BYTES("\x04\x82\x01"), &item), VTC_EFORMAT);     /* cut */
    assert_int_equal(next(BYTES("\x04\x84\xff\xff\xff\xff"), &item), VTC_EFORMAT);
    assert_int_equal(next(BYTES("\x04\x85\x01\0\0\0\0"), &item), VTC_ENOTSUP);
    assert_int_equal(next(BYTES("\x04\xff"), &item), VTC_ENOTSUP);
    assert_int_equal(next(BYTES("\x30\x80\x00\x00"), &item), VTC_ENOTSUP); /* indefinite */
    assert_int_equal(next(BYTES("\x1f\x01\x00"), &item), VTC_ENOTSUP);     /* a long tag */
    assert_int_equal(next(long_one, sizeof long_one, &item), VTC_OK);
    assert_int_equal(item.bytes, 0x10000);
    assert_int_equal(next(long_one, sizeof long_one - 1, &item), VTC_EFORMAT);
}

static void assert_text(uint8_t tag, const void *data, size_t bytes, size_t capacity,
                        const char *want)
{
    struct vtc_der_item item = {.data = data, .bytes = bytes, .tag = tag};
    char *out = malloc(capacity);

    assert_non_null(out);
    assert_int_equal(vtc_der_text(&item, out, capacity), VTC_OK);
    assert_string_equal(out, want);
    free(out);
}

static void texts(void **state)
{
    struct vtc_der_item number = {.tag = VTC_DER_INTEGER};
    char out[8];

    (void)state;
    assert_text(VTC_DER_UTF8_STRING, BYTES(""), 8, "");
    assert_text(VTC_DER_UTF8_STRING, BYTES("K\xc3\xa4se \xf0\x9f\x98\x80"), 16,
                "K\xc3\xa4se \xf0\x9f\x98\x80");
    assert_text(VTC_DER_UTF8_STRING, BYTES("a\x1b[2J\x7f\xc2\x9b\n"), 16, "a?[2J???");
    assert_text(VTC_DER_UTF8_STRING, BYTES("\xc0\x80\xed\xa0\x80\xff\xe2\x80"), 16, "????????");
    assert_text(VTC_DER_UTF8_STRING,
                BYTES("a\xe2\x80\xae"
                      "b\xef\xbb\xbf"),
                16, "a?b?");
    assert_text(VTC_DER_UTF8_STRING, BYTES("a\0b"), 16, "a?b");
    assert_text(VTC_DER_T61_STRING, BYTES("K\xe4se\x85"), 16, "K\xc3\xa4se?");
    assert_text(VTC_DER_BMP_STRING, BYTES("\0K\0\xe4\x6f\x22\x20\x2e\xd8\x3d\0"), 16,
                "K\xc3\xa4\xe6\xbc\xa2???");
    assert_text(VTC_DER_UNIVERSAL_STRING, BYTES("\0\1\xf6\0\0\x11\0\0\xff\xff\xff\xff\0"), 16,
                "\xf0\x9f\x98\x80???");
    assert_int_equal(vtc_der_text(&number, out, sizeof out), VTC_EFORMAT);
}

/* Cut at whole characters, with room for the dots. */
static void long_texts(void **state)
{
    (void)state;
    assert_text(VTC_DER_UTF8_STRING, BYTES("1234567"), 8, "1234567");
    assert_text(VTC_DER_UTF8_STRING, BYTES("12345678"), 8, "1234...");
    assert_text(VTC_DER_UTF8_STRING, BYTES("123\xc3\xa4\xc3\xa4\xc3\xa4"), 8, "123...");
    assert_text(VTC_DER_UTF8_STRING, BYTES("\xf0\x9f\x98\x80\xf0\x9f\x98\x80"), 8,
                "\xf0\x9f\x98\x80...");
}

static void times(void **state)
{
    static const struct {
        uint8_t tag;
        const char *text, *want; /* NULL: refused */
    } cases[] = {
        {VTC_DER_UTC_TIME, "260723174205Z", "2026-07-23 17:42:05"},
        {VTC_DER_UTC_TIME, "491231235959Z", "2049-12-31 23:59:59"},
        {VTC_DER_UTC_TIME, "500101000000Z", "1950-01-01 00:00:00"},
        {VTC_DER_GENERALIZED_TIME, "99991231235959Z", "9999-12-31 23:59:59"},
        {VTC_DER_GENERALIZED_TIME, "260723174205Z", NULL},
        {VTC_DER_UTC_TIME, "20260723174205Z", NULL},
        {VTC_DER_UTC_TIME, "260723174205+", NULL},
        {VTC_DER_UTC_TIME, "2607231742Z", NULL},
        {VTC_DER_UTC_TIME, "260023174205Z", NULL},
        {VTC_DER_UTC_TIME, "261323174205Z", NULL},
        {VTC_DER_UTC_TIME, "260732174205Z", NULL},
        {VTC_DER_UTC_TIME, "260723244205Z", NULL},
        {VTC_DER_UTC_TIME, "260723176005Z", NULL},
        {VTC_DER_UTC_TIME, "260723174260Z", NULL},
        {VTC_DER_UTC_TIME, "2607231742:5Z", NULL},
        {VTC_DER_UTC_TIME, "x60723174205Z", NULL},
        {VTC_DER_GENERALIZED_TIME, "20x60723174205Z", NULL},
        {VTC_DER_UTF8_STRING, "260723174205Z", NULL},
    };
    char out[VTC_DER_TIME_BYTES];
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(cases); i++) {
        struct vtc_der_item item = {.data = (const uint8_t *)cases[i].text,
                                    .bytes = strlen(cases[i].text),
                                    .tag = cases[i].tag};

        assert_int_equal(vtc_der_time(&item, out), cases[i].want ? VTC_OK : VTC_EFORMAT);
        if (cases[i].want)
            assert_string_equal(out, cases[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values),     cmocka_unit_test(lengths), cmocka_unit_test(texts),
        cmocka_unit_test(long_texts), cmocka_unit_test(times),
    };

    return cmocka_run_group_tests_name("der", tests, NULL, NULL);
}

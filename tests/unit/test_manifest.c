/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ventoc/manifest.h>

#include "fixture.h"

#define HEAD "ventoc-manifest 1\nversion 0.1.0\ngrub 2.06-13+deb12u2\n"
#define SUM1 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define SUM2 "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
#define X63  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static const char example[] = HEAD "image boot.img 512 " SUM1 "\n"
                                   "image slot512.img 32505856 " SUM2 "\n"
                                   "file EFI/BOOT/BOOTX64.EFI 1048577 " SUM1 "\n"
                                   "file boot.img 18446744073709551615 " SUM2 "\n";

static void entries_in_order(void **state)
{
    static const struct {
        enum vtc_manifest_kind kind;
        const char *name;
        uint64_t bytes;
        uint8_t last; /* byte of the sum */
    } expected[] = {
        {VTC_MANIFEST_IMAGE, "boot.img", 512, 0x1f},
        {VTC_MANIFEST_IMAGE, "slot512.img", 32505856, 0xff},
        {VTC_MANIFEST_FILE, "EFI/BOOT/BOOTX64.EFI", 1048577, 0x1f},
        {VTC_MANIFEST_FILE, "boot.img", UINT64_MAX, 0xff},
    };
    struct vtc_manifest_entry e;
    struct vtc_manifest m;
    uint32_t i;

    (void)state;
    assert_int_equal(vtc_manifest_parse(example, strlen(example), &m), VTC_OK);
    assert_string_equal(m.version, "0.1.0");
    assert_string_equal(m.grub, "2.06-13+deb12u2");
    assert_int_equal(m.count, COUNT_OF(expected));
    for (i = 0; i < m.count; i++) {
        assert_int_equal(vtc_manifest_entry(&m, i, &e), VTC_OK);
        assert_int_equal(e.kind, expected[i].kind);
        assert_string_equal(e.name, expected[i].name);
        assert_int_equal(e.bytes, expected[i].bytes);
        assert_int_equal(e.sha256[31], expected[i].last);
        assert_int_equal(e.sha256[0], expected[i].last == 0xff ? 0xff : 0);
        memset(&e, 0, sizeof e);
        assert_int_equal(vtc_manifest_find(&m, expected[i].kind, expected[i].name, &e), VTC_OK);
        assert_int_equal(e.bytes, expected[i].bytes);
    }
    assert_int_equal(vtc_manifest_entry(&m, m.count, &e), VTC_ENOENT);
}

static void names_not_listed(void **state)
{
    static const char *const names[] = {"", "boot.im", "boot.imgx", "slot512.img ", "core.img"};
    struct vtc_manifest_entry e;
    struct vtc_manifest m;
    size_t i;

    (void)state;
    assert_int_equal(vtc_manifest_parse(example, strlen(example), &m), VTC_OK);
    for (i = 0; i < COUNT_OF(names); i++)
        assert_int_equal(vtc_manifest_find(&m, VTC_MANIFEST_IMAGE, names[i], &e), VTC_ENOENT);
    assert_int_equal(vtc_manifest_find(&m, VTC_MANIFEST_FILE, "slot512.img", &e), VTC_ENOENT);
    assert_int_equal(vtc_manifest_find(&m, VTC_MANIFEST_IMAGE, "EFI/BOOT/BOOTX64.EFI", &e),
                     VTC_ENOENT);
}

static void texts(void **state)
{
    static const struct {
        const char *text;
        int rc;
    } cases[] = {
        {HEAD, VTC_OK},
        {HEAD "file /EFI/BOOT/A 0 " SUM1 "\n", VTC_OK},
        {HEAD "file a 1 " SUM1 "\nfile b 1 " SUM1 "\n", VTC_OK},
        {HEAD "file a 1 " SUM1 "\nimage a 1 " SUM1 "\n", VTC_OK},
        {HEAD "file ..a/.b/c.. 1 " SUM1 "\n", VTC_OK},
        {HEAD "file \xc3\xa9 1 " SUM1 "\n", VTC_OK},
        {"", VTC_EFORMAT},
        {"ventoc-manifest", VTC_EFORMAT},
        {"ventoc-manifest 1", VTC_EFORMAT},
        {"ventoc-manifest 1\n", VTC_EFORMAT},
        {"ventoc-manifest x\n", VTC_EFORMAT},
        {"ventoc-manifest 01\n", VTC_EFORMAT},
        {"ventoc-manifest 2\n", VTC_ENOTSUP},
        {"ventoc-manifest 2\nanything", VTC_ENOTSUP},
        {"ventoc-manifest 18446744073709551616\n", VTC_EFORMAT},
        {"\xef\xbb\xbfventoc-manifest 1\nversion 1\ngrub 2\n", VTC_EFORMAT},
        {"ventoc-manifest 1\nversion 1\n", VTC_EFORMAT},
        {"ventoc-manifest 1\ngrub 2\nversion 1\n", VTC_EFORMAT},
        {"ventoc-manifest 1\nversion 1 2\ngrub 2\n", VTC_EFORMAT},
        {"ventoc-manifest 1\nversion " X63 "\ngrub 2\n", VTC_OK},
        {"ventoc-manifest 1\nversion x" X63 "\ngrub 2\n", VTC_EFORMAT},
        {"ventoc-manifest 1\r\nversion 1\r\ngrub 2\r\n", VTC_EFORMAT},
        {HEAD "\n", VTC_EFORMAT},
        {HEAD "link a 1 " SUM1 "\n", VTC_EFORMAT},
        {HEAD "file a 1 " SUM1, VTC_EFORMAT},
        {HEAD "file a 1 " SUM1 " \n", VTC_EFORMAT},
        {HEAD "file  a 1 " SUM1 "\n", VTC_EFORMAT},
        {HEAD "file a b 1 " SUM1 "\n", VTC_EFORMAT},
        {HEAD "file a\x7f 1 " SUM1 "\n", VTC_EFORMAT},
        {HEAD "file a -1 " SUM1 "\n", VTC_EFORMAT},
        {HEAD "file a 1k " SUM1 "\n", VTC_EFORMAT},
        {HEAD "file a 18446744073709551616 " SUM1 "\n", VTC_EFORMAT},
        {HEAD "file a 18446744073709551620 " SUM1 "\n", VTC_EFORMAT},
        {HEAD "file a 184467440737095516150 " SUM1 "\n", VTC_EFORMAT},
        {HEAD "file a 1 " SUM1 "0\n", VTC_EFORMAT},
        {HEAD "file a 1 F" SUM1 "\n", VTC_EFORMAT},
        {HEAD "file a 1 FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"
              "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF\n",
         VTC_EFORMAT},
        {HEAD "file a 1 gfffffffffffffffffffffffffffffff"
              "ffffffffffffffffffffffffffffffff\n",
         VTC_EFORMAT},
        {HEAD "file a 1 f-ffffffffffffffffffffffffffffff"
              "ffffffffffffffffffffffffffffffff\n",
         VTC_EFORMAT},
        {HEAD "file a 1 " SUM1 "\nfile a 1 " SUM1 "\n", VTC_EFORMAT},
        {HEAD "file / 1 " SUM1 "\n", VTC_EFORMAT},
        {HEAD "file . 1 " SUM1 "\n", VTC_EFORMAT},
        {HEAD "file .. 1 " SUM1 "\n", VTC_EFORMAT},
        {HEAD "file a/../b 1 " SUM1 "\n", VTC_EFORMAT},
        {HEAD "file a/./b 1 " SUM1 "\n", VTC_EFORMAT},
        {HEAD "file a//b 1 " SUM1 "\n", VTC_EFORMAT},
        {HEAD "file //a 1 " SUM1 "\n", VTC_EFORMAT},
        {HEAD "file a/ 1 " SUM1 "\n", VTC_EFORMAT},
        {HEAD "file a\\b 1 " SUM1 "\n", VTC_EFORMAT},
        {HEAD "file " X63 "/" X63 " 1 " SUM1 "\n", VTC_OK},
        {HEAD "file " X63 "/" X63 "x 1 " SUM1 "\n", VTC_EFORMAT},
    };
    struct vtc_manifest m;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(cases); i++) {
        int rc = vtc_manifest_parse(cases[i].text, strlen(cases[i].text), &m);

        if (rc != cases[i].rc)
            fail_msg("%s: %d, not %d", cases[i].text, rc, cases[i].rc);
    }
}

/* A text cut anywhere but behind a line is refused, and never read beyond its end. */
static void truncated_anywhere(void **state)
{
    size_t n, bytes = strlen(example), head = strlen(HEAD);
    struct vtc_manifest m;

    (void)state;
    for (n = 0; n <= bytes; n++) {
        char *copy = malloc(n + 1);
        int whole = n >= head && example[n - 1] == '\n';

        assert_non_null(copy);
        copy[0] = '\0';
        memcpy(copy, example, n);
        copy = realloc(copy, n ? n : 1); /* so that the sanitizer knows the end */
        assert_int_equal(vtc_manifest_parse(copy, n, &m), whole ? VTC_OK : VTC_EFORMAT);
        free(copy);
    }
}

static void too_long(void **state)
{
    char *text = malloc(VTC_MANIFEST_MAX_BYTES + 256);
    size_t bytes = strlen(HEAD);
    struct vtc_manifest m;
    int i;

    (void)state;
    assert_non_null(text);
    strcpy(text, HEAD);
    for (i = 0; bytes <= VTC_MANIFEST_MAX_BYTES; i++) {
        size_t before = bytes;

        bytes += (size_t)sprintf(text + bytes, "file f%d 1 " SUM1 "\n", i);
        if (i % 64 && bytes <= VTC_MANIFEST_MAX_BYTES)
            continue;
        assert_int_equal(vtc_manifest_parse(text, before, &m), VTC_OK);
        assert_int_equal(m.count, i);
    }
    assert_int_equal(vtc_manifest_parse(text, bytes, &m), VTC_EFORMAT);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_in_order),
        cmocka_unit_test(names_not_listed),
        cmocka_unit_test(texts),
        cmocka_unit_test(truncated_anywhere),
        cmocka_unit_test(too_long),
    };

    return cmocka_run_group_tests_name("manifest", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pe_file.h"

#include <ventoc/bytes.h>
#include <ventoc/sbat.h>

static void rows(void **state)
{
    static const char text[] = "sbat,1,SBAT Version,sbat,1,https://x\n\r\ngrub,5\r\nmy.grub,20,,\n"
                               "last,4294967295,me";
    struct vtc_sbat_row row;
    size_t at = 0;

    (void)state;
    assert_int_equal(vtc_sbat_next(text, sizeof text - 1, &at, &row), VTC_OK);
    assert_int_equal(row.component_bytes, 4);
    assert_memory_equal(row.component, "sbat", 4);
    assert_int_equal(row.generation, 1);
    assert_int_equal(row.detail_bytes, 12);
    assert_memory_equal(row.detail, "SBAT Version", 12);
    assert_int_equal(vtc_sbat_next(text, sizeof text - 1, &at, &row), VTC_OK);
    assert_memory_equal(row.component, "grub", 4);
    assert_int_equal(row.generation, 5);
    assert_int_equal(row.detail_bytes, 0);
    assert_int_equal(vtc_sbat_next(text, sizeof text - 1, &at, &row), VTC_OK);
    assert_int_equal(row.component_bytes, 7);
    assert_int_equal(row.generation, 20);
    assert_int_equal(row.detail_bytes, 0);
    assert_int_equal(vtc_sbat_next(text, sizeof text - 1, &at, &row), VTC_OK);
    assert_int_equal(row.generation, UINT32_MAX);
    assert_memory_equal(row.detail, "me", 2);
    assert_int_equal(vtc_sbat_next(text, sizeof text - 1, &at, &row), VTC_ENOENT);
    assert_int_equal(vtc_sbat_next(text, sizeof text - 1, &at, &row), VTC_ENOENT);
}

static void bad_rows(void **state)
{
    static const char *const lines[] = {
        "grub",    "grub,",           ",1",
        "grub,-1", "grub,+1",         "grub, 1",
        "grub,1x", "grub,4294967296", "grub,18446744073709551617",
        ",",       "grub,x,1",
    };
    struct vtc_sbat_row row;
    size_t i, at;

    (void)state;
    for (i = 0; i < COUNT_OF(lines); i++) {
        at = 0;
        if (vtc_sbat_next(lines[i], strlen(lines[i]), &at, &row) != VTC_EFORMAT)
            fail_msg("%s", lines[i]);
    }
}

static void dates(void **state)
{
    static const char *const bad[] = {"",
                                      "shim,4\n",
                                      "sbat,1\n",
                                      "sbat,1,202505100\n",
                                      "sbat,1,20250510000\n",
                                      "sbat,1,20250510xx\n",
                                      "sba,1,2025051000\n"};
    char date[11];
    size_t i;

    (void)state;
    assert_int_equal(vtc_sbat_date("sbat,1,2025051000\nshim,4\n", 25, date), VTC_OK);
    assert_string_equal(date, "2025051000");
    for (i = 0; i < COUNT_OF(bad); i++)
        assert_int_equal(vtc_sbat_date(bad[i], strlen(bad[i]), date), VTC_EFORMAT);
}

static int refused(const char *level, const char *text, struct vtc_sbat_row *row, uint32_t *needed)
{
    return vtc_sbat_refused(level, strlen(level), text, strlen(text), row, needed);
}

static void refusals(void **state)
{
    static const char level[] = "sbat,1,2025051000\nshim,4\ngrub,5\n";
    struct vtc_sbat_row row;
    uint32_t needed;
    char *big = malloc(VTC_SBAT_MAX_BYTES + 2);

    (void)state;
    assert_non_null(big);
    assert_int_equal(refused(level, "sbat,1,x\ngrub,5,x\n", &row, &needed), VTC_ENOENT);
    assert_int_equal(refused(level, "sbat,1,x\ngrub,6,x\nmine,1\n", &row, &needed), VTC_ENOENT);
    assert_int_equal(refused(level, "sbat,1,x\ngrub2,4\ngru,4\n", &row, &needed), VTC_ENOENT);
    assert_int_equal(refused(level, "sbat,1,x\ngrub,4,x\n", &row, &needed), VTC_OK);
    assert_int_equal(needed, 5);
    assert_int_equal(row.generation, 4);
    assert_memory_equal(row.component, "grub", 4);
    assert_int_equal(refused(level, "grub,5\nshim,3\n", &row, &needed), VTC_OK);
    assert_memory_equal(row.component, "shim", 4);
    assert_int_equal(refused(level, "grub,5\ngrub,4\n", &row, &needed), VTC_OK);
    assert_int_equal(refused(level, "grub\n", &row, &needed), VTC_EFORMAT);
    assert_int_equal(refused("grub\n", "grub,5\n", &row, &needed), VTC_EFORMAT);
    assert_int_equal(refused("", "grub,5\n", &row, &needed), VTC_ENOENT);
    memset(big, '\n', VTC_SBAT_MAX_BYTES + 1);
    big[VTC_SBAT_MAX_BYTES + 1] = '\0';
    assert_int_equal(refused(level, big, &row, &needed), VTC_EFORMAT);
    assert_int_equal(refused(big, "grub,5\n", &row, &needed), VTC_EFORMAT);
    free(big);
}

/* An image whose section .sbatlevel, named by the string table, holds these bytes. */
static int level_of(const void *section, uint32_t bytes, int latest, char text[256])
{
    const struct pe_file_section s[] = {{"/4", 512, bytes}, {".sbat", 1024, 16}};
    struct pe_file f;
    struct vtc_pe pe;
    const char *found;
    uint8_t *file;
    size_t found_bytes;
    int rc;

    pe_file_make(&f, 1, s, 2);
    memcpy(f.v + 512, section, bytes);
    memcpy(f.v + 1024, "sbat,1\n\0,,,,,,,,", 16);
    vtc_put_le32(f.v + PE_COFF + 8, (uint32_t)f.bytes);
    pe_file_append(&f, "\x0f\0\0\0.sbatlevel", 15);
    assert_int_equal(pe_file_parse(&f, &pe, &file), VTC_OK);
    assert_int_equal(vtc_sbat_section(&pe, &found, &found_bytes), VTC_OK);
    assert_int_equal(found_bytes, 7);
    rc = vtc_sbat_level(&pe, latest, &found, &found_bytes);
    if (!rc) {
        assert_true(found_bytes < 256);
        memcpy(text, found, found_bytes);
        text[found_bytes] = '\0';
    }
    free(file);
    return rc;
}

static void levels(void **state)
{
    static const char good[] = "\0\0\0\0\x08\0\0\0\x0f\0\0\0sbat,1\0sbat,2";
    static const char outside[] = "\0\0\0\0\x07\0\0\0\x18\0\0\0sbat,1\0sbat,2";
    static const char wraps[] = "\0\0\0\0\xff\xff\xff\xff\0\0\0\x80sbat,1\0sbat,2";
    char text[256];

    (void)state;
    assert_int_equal(level_of(good, sizeof good, 0, text), VTC_OK);
    assert_string_equal(text, "sbat,1");
    assert_int_equal(level_of(good, sizeof good, 1, text), VTC_OK);
    assert_string_equal(text, "sbat,2");
    assert_int_equal(level_of(good, sizeof good - 1, 1, text), VTC_EFORMAT); /* no NUL */
    assert_int_equal(level_of(good, 11, 0, text), VTC_EFORMAT);
    assert_int_equal(level_of("\1\0\0\0\x08\0\0\0\x08\0\0\0x", 14, 0, text), VTC_ENOTSUP);
    assert_int_equal(level_of(outside, sizeof outside, 0, text), VTC_EFORMAT);
    assert_int_equal(level_of(outside, sizeof outside, 1, text), VTC_EFORMAT);
    assert_int_equal(level_of(wraps, sizeof wraps, 0, text), VTC_EFORMAT);
    assert_int_equal(level_of(wraps, sizeof wraps, 1, text), VTC_EFORMAT);
}

/* The distribution's shim and GRUB: objcopy finds the same sections. */
static void real_files(void **state)
{
    static const char shim[] = "/usr/lib/shim/shimx64.efi.signed";
    FILE *there = fopen(shim, "rb");
    const char *text;
    char date[11];
    uint8_t *file, *want;
    size_t bytes, want_bytes, n;
    struct vtc_pe pe;

    (void)state;
    if (!there)
        fixture_skip("no shim", "shim-signed");
    fclose(there);
    file = fixture_load(shim, &bytes);
    assert_int_equal(vtc_pe_parse(file, bytes, &pe), VTC_OK);
    fixture_run("objcopy -O binary -j .sbat %s sbat && objcopy -O binary -j .sbatlevel %s level",
                shim, shim);
    want = fixture_load("sbat", &want_bytes);
    assert_int_equal(vtc_sbat_section(&pe, &text, &n), VTC_OK);
    assert_int_equal(n, want_bytes);
    assert_memory_equal(text, want, n);
    free(want);
    want = fixture_load("level", &want_bytes);
    assert_int_equal(vtc_sbat_level(&pe, 1, &text, &n), VTC_OK);
    assert_memory_equal(text, want + 4 + vtc_le32(want + 8), n + 1);
    assert_int_equal(vtc_sbat_date(text, n, date), VTC_OK);
    assert_int_equal(vtc_sbat_level(&pe, 0, &text, &n), VTC_OK);
    assert_memory_equal(text, want + 4 + vtc_le32(want + 4), n + 1);
    free(want);
    free(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows),     cmocka_unit_test(bad_rows), cmocka_unit_test(dates),
        cmocka_unit_test(refusals), cmocka_unit_test(levels),   cmocka_unit_test(real_files),
    };

    return cmocka_run_group_tests_name("sbat", tests, fixture_enter_tmpdir, fixture_leave_tmpdir);
}

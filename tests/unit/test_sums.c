/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checksum files. The judges are the coreutils: their own output is read. */
#include <errno.h>

#include "fixture.h"
#include "host/sums.h"

#define MD5    "d41d8cd98f00b204e9800998ecf8427e"
#define SHA1   "da39a3ee5e6b4b0d3255bfef95601890afd80709"
#define SHA256 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static void lines(void **state)
{
    static const struct {
        const char *text;
        int kind; /* -1: no checksum */
        const char *name;
    } cases[] = {
        {MD5 "  a.iso\n", VTC_SUMS_MD5, "a.iso"},
        {MD5 " *a.iso\n", VTC_SUMS_MD5, "a.iso"},
        {MD5 " a.iso\n", VTC_SUMS_MD5, "a.iso"},
        {MD5 "\ta.iso", VTC_SUMS_MD5, "a.iso"},
        {MD5 "  ./a b.iso\r\n", VTC_SUMS_MD5, "a b.iso"},
        {MD5 "   a.iso\n", VTC_SUMS_MD5, " a.iso"},
        {SHA1 "  a.iso\n", VTC_SUMS_SHA1, "a.iso"},
        {"# comment\n\n" SHA256 "  a.iso\n", VTC_SUMS_SHA256, "a.iso"},
        {"\\" MD5 "  a\\nb\\\\c\\rd\n", VTC_SUMS_MD5, "a\nb\\c\rd"},
        {MD5 "  a\\nb\n", VTC_SUMS_MD5, "a\\nb"},
        {"SHA256 (a.iso) = " SHA256 "\n", VTC_SUMS_SHA256, "a.iso"},
        {"SHA256 (a (1).iso) = " SHA256 "\n", VTC_SUMS_SHA256, "a (1).iso"},
        {"SHA256(a.iso)= " SHA256 "\n", VTC_SUMS_SHA256, "a.iso"},
        {"SHA2-256(a.iso)= " SHA256 "\n", VTC_SUMS_SHA256, "a.iso"},
        {"md5 (a.iso) = " MD5 "\n", VTC_SUMS_MD5, "a.iso"},
        {"SHA1 (a.iso) = " MD5 "\n", -1, NULL},
        {"SHA256 (a.iso) = " SHA256 "0\n", -1, NULL},
        {"SHA256 () = " SHA256 "\n", -1, NULL},
        {"SHA256 a.iso = " SHA256 "\n", -1, NULL},
        {MD5 "0  a.iso\n", -1, NULL},
        {MD5 "x  a.iso\n", -1, NULL},
        {"", -1, NULL},
        {"\n\n", -1, NULL},
        {"-----BEGIN PGP SIGNATURE-----\n", -1, NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct vtc_sums_line line;
        size_t at = 0;
        int rc = vtc_sums_next(cases[i].text, strlen(cases[i].text), &at, &line);

        if (cases[i].kind < 0) {
            assert_int_equal(rc, -ENOENT);
            continue;
        }
        assert_int_equal(rc, 0);
        assert_int_equal((int)line.kind, cases[i].kind);
        assert_true(vtc_sums_is_about(&line, cases[i].name));
        assert_false(vtc_sums_is_about(&line, "other.iso"));
        assert_false(vtc_sums_is_about(&line, "a.is"));
        assert_false(vtc_sums_is_about(&line, ""));
        assert_int_equal(vtc_sums_next(cases[i].text, strlen(cases[i].text), &at, &line), -ENOENT);
    }
}

static void digests(void **state)
{
    static const char text[] =
        "\xef\xbb\xbf" MD5 "\r\n"
        "0123456789ABCDEFfedcba98765432100123456789abcdefFEDCBA9876543210  x";
    static const uint8_t md5[4] = {0xd4, 0x1d, 0x8c, 0xd9},
                         sha[8] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef};
    struct vtc_sums_line line;
    size_t at = 0;

    (void)state;
    assert_int_equal(vtc_sums_next(text, strlen(text), &at, &line), 0);
    assert_int_equal((int)line.kind, VTC_SUMS_MD5);
    assert_int_equal(line.name_bytes, 0);
    assert_memory_equal(line.digest, md5, sizeof(md5));
    assert_int_equal(line.digest[15], 0x7e);
    assert_false(vtc_sums_is_about(&line, ""));
    assert_int_equal(vtc_sums_next(text, strlen(text), &at, &line), 0);
    assert_int_equal((int)line.kind, VTC_SUMS_SHA256);
    assert_memory_equal(line.digest, sha, sizeof(sha));
    assert_int_equal(line.digest[31], 0x10);
    assert_true(vtc_sums_is_about(&line, "x"));
}

static void names_of_files(void **state)
{
    static const struct {
        const char *name;
        enum vtc_sums_file kind;
        size_t stem_bytes;
    } cases[] = {
        {"SHA256SUMS", VTC_SUMS_FILE_FOLDER, 0},
        {"sha512sums.txt", VTC_SUMS_FILE_FOLDER, 0},
        {"MD5SUMS", VTC_SUMS_FILE_FOLDER, 0},
        {"sha256sum.txt", VTC_SUMS_FILE_FOLDER, 0},
        {"SHA1SUM", VTC_SUMS_FILE_FOLDER, 0},
        {"Fedora-Live-40-CHECKSUM", VTC_SUMS_FILE_FOLDER, 0},
        {"CHECKSUM.SHA256-FreeBSD-14.0-RELEASE-amd64", VTC_SUMS_FILE_FOLDER, 0},
        {"Rocky-9-SHA256SUMS", VTC_SUMS_FILE_FOLDER, 0},
        {"x.iso.sha256", VTC_SUMS_FILE_SIDECAR, 5},
        {"x.ISO.SHA512", VTC_SUMS_FILE_SIDECAR, 5},
        {"x.iso.md5.txt", VTC_SUMS_FILE_SIDECAR, 5},
        {"x.iso.sha256sum", VTC_SUMS_FILE_SIDECAR, 5},
        {"x.iso.sha1", VTC_SUMS_FILE_SIDECAR, 5},
        {"x.iso", VTC_SUMS_FILE_NONE, 0},
        {"", VTC_SUMS_FILE_NONE, 0},
        {"s", VTC_SUMS_FILE_NONE, 0},
        {".txt", VTC_SUMS_FILE_NONE, 0},
        {".sha256", VTC_SUMS_FILE_NONE, 0},
        {"._x.iso.sha256", VTC_SUMS_FILE_NONE, 0},
        {"xsha256", VTC_SUMS_FILE_NONE, 0},
        {"readme.txt", VTC_SUMS_FILE_NONE, 0},
        {"x.iso.sha256.sig", VTC_SUMS_FILE_NONE, 0},
    };
    size_t stem;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(vtc_sums_file_of(cases[i].name, &stem), cases[i].kind);
        assert_int_equal(stem, cases[i].stem_bytes);
    }
}

/* What each of the tools writes is read as what it is. */
static void as_coreutils_write_them(void **state)
{
    static const struct {
        const char *command;
        enum vtc_sums_kind kind;
    } cases[] = {
        {"md5sum", VTC_SUMS_MD5},
        {"sha1sum", VTC_SUMS_SHA1},
        {"sha224sum", VTC_SUMS_SHA224},
        {"sha256sum -b", VTC_SUMS_SHA256},
        {"sha384sum", VTC_SUMS_SHA384},
        {"sha512sum", VTC_SUMS_SHA512},
        {"md5sum --tag", VTC_SUMS_MD5},
        {"sha1sum --tag", VTC_SUMS_SHA1},
        {"sha224sum --tag", VTC_SUMS_SHA224},
        {"sha256sum --tag", VTC_SUMS_SHA256},
        {"sha512sum --tag", VTC_SUMS_SHA512},
    };

    (void)state;
    fixture_save("a (1) b.iso", "content", 7);
    fixture_save("back\\slash", "content", 7);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char *text = fixture_output("%s 'a (1) b.iso'", cases[i].command);
        struct vtc_sums_line line;
        size_t at = 0;

        assert_int_equal(vtc_sums_next(text, strlen(text), &at, &line), 0);
        assert_int_equal((int)line.kind, (int)cases[i].kind);
        assert_true(vtc_sums_is_about(&line, "a (1) b.iso"));
        free(text);
        text = fixture_output("%s 'back\\slash'", cases[i].command);
        at = 0;
        if (!strstr(cases[i].command, "--tag")) {
            assert_int_equal(vtc_sums_next(text, strlen(text), &at, &line), 0);
            assert_true(vtc_sums_is_about(&line, "back\\slash"));
        }
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines),
        cmocka_unit_test(digests),
        cmocka_unit_test(names_of_files),
        cmocka_unit_test(as_coreutils_write_them),
    };

    return cmocka_run_group_tests(tests, fixture_enter_tmpdir, fixture_leave_tmpdir);
}

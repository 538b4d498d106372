/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ISO 9660: Rock Ridge names, whole, in pieces and broken. */
#include "iso_image.h"

#include <ventoc/bytes.h>

#define NM(length, flags) "NM" length "\1" flags

struct ce {
    uint8_t present;
    uint32_t lba2048, off, bytes;
};

/* A system use field, or a continuation area: text, and a CE entry behind it. */
struct use {
    const char *text;
    unsigned bytes;
    struct ce ce;
};

/* A record "ISO.NAM;1" with its system use field, the areas at CE and CE + 1 (byte 5 on), and the
 * name that comes out. */
static const struct {
    const char *what;
    struct use use;
    struct use area[2];
    const char *name;
} rock_cases[] = {
    {"no entry", {TEXT(""), {0}}, {{0}}, "ISO.NAM"},
    {"NM", {TEXT(NM("\x9", "\0") "name"), {0}}, {{0}}, "name"},
    {"NM in two", {TEXT(NM("\7", "\1") "na" NM("\7", "\0") "me"), {0}}, {{0}}, "name"},
    {"NM behind others", {TEXT("PX\5\1x" NM("\x9", "\0") "name"), {0}}, {{0}}, "name"},
    {"NM behind ST", {TEXT("ST\4\1" NM("\x9", "\0") "name"), {0}}, {{0}}, "ISO.NAM"},
    {"NM behind SL, CL and RE",
     {TEXT("SL\5\1xCL\x0c\1........RE\4\1" NM("\x9", "\0") "name"), {0}},
     {{0}},
     "name"},
    {"an entry of length 4 at the end",
     {TEXT(NM("\6", "\1") "a"
                          "RR\4\1"),
      {0}},
     {{0}},
     "ISO.NAM"},
    {"CE up to the end of a sector", {TEXT(NM("\6", "\1") "a"), {1, CE, 2042, 6}}, {{0}}, "ab"},
    {"NM that goes on, into nothing", {TEXT(NM("\7", "\1") "na"), {0}}, {{0}}, "ISO.NAM"},
    {"NM for .", {TEXT(NM("\5", "\2")), {0}}, {{0}}, "ISO.NAM"},
    {"NM for ..", {TEXT(NM("\5", "\4")), {0}}, {{0}}, "ISO.NAM"},
    {"NM without a name", {TEXT(NM("\5", "\0")), {0}}, {{0}}, "ISO.NAM"},
    {"NM without flags", {TEXT("NM\4\1"), {0}}, {{0}}, "ISO.NAM"},
    {"NM with a slash", {TEXT(NM("\x8", "\0") "a/b"), {0}}, {{0}}, "ISO.NAM"},
    {"NM with a newline", {TEXT(NM("\x8", "\0") "a\nb"), {0}}, {{0}}, "ISO.NAM"},
    {"NM with a zero", {TEXT(NM("\x8", "\0") "a\0b"), {0}}, {{0}}, "ISO.NAM"},
    {"NM in UTF-8", {TEXT(NM("\7", "\0") "\xc3\xbc"), {0}}, {{0}}, "\xc3\xbc"},
    {"NM longer than the field", {TEXT(NM("\x1e", "\0") "name"), {0}}, {{0}}, "ISO.NAM"},
    {"an entry of length 0", {TEXT("PX\0\1" NM("\x9", "\0") "name"), {0}}, {{0}}, "ISO.NAM"},
    {"an entry of length 3", {TEXT("PX\3\1" NM("\x9", "\0") "name"), {0}}, {{0}}, "ISO.NAM"},
    {"a second NM is not looked at",
     {TEXT(NM("\6", "\0") "a" NM("\6", "\0") "b"), {0}},
     {{0}},
     "a"},
    {"CE", {TEXT(""), {1, CE, 5, 9}}, {{TEXT(NM("\x9", "\0") "name"), {0}}}, "name"},
    {"a whole NM, then CE to nowhere",
     {TEXT(NM("\6", "\0") "a"), {1, 0xffffffff, 0, 9}},
     {{0}},
     "a"},
    {"half an NM, then CE",
     {TEXT(NM("\7", "\1") "na"), {1, CE, 5, 7}},
     {{TEXT(NM("\7", "\0") "me"), {0}}},
     "name"},
    {"CE to CE",
     {TEXT(NM("\6", "\1") "a"), {1, CE, 5, 34}},
     {{TEXT(NM("\6", "\1") "b"), {1, CE + 1, 5, 6}}, {TEXT(NM("\6", "\0") "c"), {0}}},
     "abc"},
    {"CE to itself",
     {TEXT(NM("\6", "\1") "a"), {1, CE, 5, 34}},
     {{TEXT(NM("\6", "\1") "b"), {1, CE, 5, 34}}},
     "ISO.NAM"},
    {"CE to itself without a name",
     {TEXT(""), {1, CE, 5, 28}},
     {{TEXT(""), {1, CE, 5, 28}}},
     "ISO.NAM"},
    {"two CE, one at the other",
     {TEXT(""), {1, CE, 5, 28}},
     {{TEXT(""), {1, CE + 1, 5, 28}}, {TEXT(""), {1, CE, 5, 28}}},
     "ISO.NAM"},
    {"CE to an empty area", {TEXT(""), {1, CE, 5, 0}}, {{0}}, "ISO.NAM"},
    {"CE with ST",
     {TEXT(""), {1, CE, 5, 13}},
     {{TEXT("ST\4\1" NM("\x9", "\0") "name"), {0}}},
     "ISO.NAM"},
    {"CE with an entry of length 0", {TEXT(""), {1, CE, 5, 8}}, {{TEXT("PX\0\1"), {0}}}, "ISO.NAM"},
    {"CE with an entry beyond its end",
     {TEXT(""), {1, CE, 5, 8}},
     {{TEXT(NM("\x9", "\0") "name"), {0}}},
     "ISO.NAM"},
    {"CE behind the image", {TEXT(""), {1, SECTORS, 0, 9}}, {{0}}, "ISO.NAM"},
    {"CE behind everything", {TEXT(""), {1, 0xffffffff, 0, 9}}, {{0}}, "ISO.NAM"},
    {"CE over the end of a sector", {TEXT(""), {1, CE, 2040, 9}}, {{0}}, "ISO.NAM"},
    {"CE with an offset of 2^32-1", {TEXT(""), {1, CE, 0xffffffff, 9}}, {{0}}, "ISO.NAM"},
    {"CE with 2^32-1 bytes", {TEXT(""), {1, CE, 5, 0xffffffff}}, {{0}}, "ISO.NAM"},
    {"CE too short", {TEXT("CE\x8\1...."), {0}}, {{0}}, "ISO.NAM"},
};

static unsigned put_use(uint8_t *out, const struct use *use)
{
    uint8_t ce[28] = "CE\34\1";

    if (use->bytes)
        memcpy(out, use->text, use->bytes);
    if (!use->ce.present)
        return use->bytes;
    vtc_put_le32(ce + 4, use->ce.lba2048);
    vtc_put_le32(ce + 12, use->ce.off);
    vtc_put_le32(ce + 20, use->ce.bytes);
    memcpy(out + use->bytes, ce, sizeof(ce));
    return use->bytes + (unsigned)sizeof(ce);
}

static void test_rock_ridge(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rock_cases); i++) {
        struct vtc_iso9660_node root, node;
        struct iso_image m;
        uint8_t use[128];
        unsigned bytes = put_use(use, &rock_cases[i].use);

        iso_image_init(&m, TEXT("SP\7\1\xbe\xef\0"));
        iso_put_record(m.at, "ISO.NAM;1", 9, 30, 5, 0, (const char *)use, bytes);
        memcpy(m.src.bytes + CE * SECTOR + 2042, NM("\6", "\0") "b", 6);
        put_use(m.src.bytes + CE * SECTOR + 5, &rock_cases[i].area[0]);
        put_use(m.src.bytes + (CE + 1) * SECTOR + 5, &rock_cases[i].area[1]);
        assert_int_equal(vtc_iso9660_open(&m.iso, &m.src_reader), 0);
        assert_true(m.iso.has_rock_ridge);
        vtc_iso9660_root(&m.iso, &root);
        m.src.reads = 0;
        assert_int_equal(vtc_iso9660_list(&m.iso, &root, iso_keep_first, &node), 7);
        if (strcmp(node.name, rock_cases[i].name))
            fail_msg("%s: %s", rock_cases[i].what, node.name);
        assert_true(m.src.reads < 40);
        iso_image_free(&m);
    }
}

/* Names of 255 bytes fit, one more does not. */
static void test_longest_name(void **state)
{
    (void)state;
    for (unsigned more = 0; more < 2; more++) {
        struct vtc_iso9660_node root, node;
        struct iso_image m;
        uint8_t field[160];
        struct use use = {(const char *)field, 105, {1, CE, 5, 160 + more}};
        uint8_t out[160];
        unsigned bytes;

        memset(field, 'n', sizeof(field));
        memcpy(field, NM("\x69", "\1"), 5);
        bytes = put_use(out, &use);
        iso_image_init(&m, TEXT("SP\7\1\xbe\xef\0"));
        iso_put_record(m.at, "X", 1, 30, 5, 0, (const char *)out, bytes);
        memset(m.src.bytes + CE * SECTOR + 5, 'm', 161);
        memcpy(m.src.bytes + CE * SECTOR + 5, NM("\xa0", "\0"), 5);
        m.src.bytes[CE * SECTOR + 7] = (uint8_t)(160 + more);
        assert_int_equal(vtc_iso9660_open(&m.iso, &m.src_reader), 0);
        vtc_iso9660_root(&m.iso, &root);
        assert_int_equal(vtc_iso9660_list(&m.iso, &root, iso_keep_first, &node), 7);
        assert_int_equal(strlen(node.name), more ? 1 : 255);
        iso_image_free(&m);
    }
}

/* Where SP may stand, and what its skip does to every other record (SUSP 5.3). */
static void test_sp(void **state)
{
    static const struct {
        struct use use;
        int found;
        uint8_t skip;
    } cases[] = {
        {{TEXT("SP\7\1\xbe\xef\0"), {0}}, 1, 0},
        {{TEXT("SP\7\1\xbe\xef\2"), {0}}, 1, 2},
        {{TEXT("CDROM XA 14 B.SP\7\1\xbe\xef\x0e"), {0}}, 1, 14},
        {{TEXT("SP\7\1\xbe\xee\0"), {0}}, 0, 0},
        {{TEXT("SP\7\1\xbe\xef"), {0}}, 0, 0},
        {{TEXT("PX\5\1xSP\7\1\xbe\xef\0"), {0}}, 0, 0},
        {{TEXT(""), {0}}, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct vtc_iso9660_node root, node;
        struct iso_image m;
        char use[32] = "..............";

        iso_image_init(&m, cases[i].use.text, cases[i].use.bytes);
        memcpy(use + cases[i].skip, NM("\6", "\0") "r", 6);
        iso_put_record(m.at, "I", 1, 30, 5, 0, use, cases[i].skip + 6u);
        assert_int_equal(vtc_iso9660_open(&m.iso, &m.src_reader), 0);
        assert_int_equal(m.iso.has_rock_ridge, cases[i].found);
        assert_int_equal(m.iso.rock_ridge_skip, cases[i].skip);
        vtc_iso9660_root(&m.iso, &root);
        assert_int_equal(vtc_iso9660_list(&m.iso, &root, iso_keep_first, &node), 7);
        assert_string_equal(node.name, cases[i].found ? "r" : "I");
        iso_image_free(&m);
    }
}

/* Whichever read fails, its error comes out. */
static void test_read_errors(void **state)
{
    unsigned fail_at;

    (void)state;
    for (fail_at = 1;; fail_at++) {
        struct use use = {"", 0, {1, CE, 5, 7}};
        struct vtc_iso9660_node node;
        struct iso_image m;
        uint8_t out[64];
        unsigned bytes = put_use(out, &use);
        int rc;

        iso_image_init(&m, TEXT("SP\7\1\xbe\xef\0"));
        iso_put_record(m.at, "X", 1, 30, 5, 0, (const char *)out, bytes);
        memcpy(m.src.bytes + CE * SECTOR + 5, NM("\7", "\0") "ab", 7);
        m.src.fail_after = fail_at - 1;
        rc = vtc_iso9660_open(&m.iso, &m.src_reader);
        if (!rc)
            rc = vtc_iso9660_find(&m.iso, "/ab", &node);
        iso_image_free(&m);
        if (m.src.reads < fail_at) {
            assert_int_equal(rc, 0);
            break;
        }
        assert_int_equal(rc, VTC_EIO);
    }
    assert_true(fail_at > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rock_ridge),
        cmocka_unit_test(test_longest_name),
        cmocka_unit_test(test_sp),
        cmocka_unit_test(test_read_errors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

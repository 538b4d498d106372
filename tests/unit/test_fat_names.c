/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FAT: long and short names in directories. */
#include "fat_volume.h"

#include <ventoc/bytes.h>

#define SHORT "LONGNA~1TXT"

static const struct {
    const char *what;
    uint16_t unit[20];
    unsigned count;
    uint8_t ordinals[4]; /* as written, first to last; 0 ends */
    uint8_t checksum_error;
    const char *name; /* of the node found as LONGNA~1.TXT */
} name_cases[] = {
    {"no long name", {0}, 0, {0}, 0, "LONGNA~1.TXT"},
    {"one entry", {'a', ' ', 'b'}, 3, {0x41}, 0, "a b"},
    {"13 units, no terminator",
     {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13},
     13,
     {0x41},
     0,
     "\1\2\3\4\5\6\7\10\11\12\13\14\15"},
    {"two entries",
     {'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O'},
     15,
     {0x42, 1},
     0,
     "ABCDEFGHIJKLMNO"},
    {"two- and three-byte characters",
     {0xfc, 0x20ac, 0x7ff, 0x800},
     4,
     {0x41},
     0,
     "\xc3\xbc\xe2\x82\xac\xdf\xbf\xe0\xa0\x80"},
    {"a surrogate pair", {0xd83d, 0xde00}, 2, {0x41}, 0, "\xf0\x9f\x98\x80"},
    {"the borders of UTF-8 lengths",
     {0x7f, 0x80, 0xffff},
     3,
     {0x41},
     0,
     "\x7f\xc2\x80\xef\xbf\xbf"},
    {"next to the surrogates", {0xd7ff, 0xe000}, 2, {0x41}, 0, "\xed\x9f\xbf\xee\x80\x80"},
    {"the first and the last pair",
     {0xd800, 0xdc00, 0xdbff, 0xdfff},
     4,
     {0x41},
     0,
     "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"},
    {"borders of lone surrogates",
     {0xd800, 0xdbff, 0xdc01, 0xdfff},
     4,
     {0x41},
     0,
     "\xef\xbf\xbd\xf4\x8f\xb0\x81\xef\xbf\xbd"},
    {"a lone high surrogate", {0xd83d, 'x'}, 2, {0x41}, 0, "\xef\xbf\xbdx"},
    {"a high surrogate at the end", {'x', 0xd83d}, 2, {0x41}, 0, "x\xef\xbf\xbd"},
    {"a lone low surrogate", {0xde00, 'x'}, 2, {0x41}, 0, "\xef\xbf\xbdx"},
    {"a wrong checksum", {'a'}, 1, {0x41}, 1, "LONGNA~1.TXT"},
    {"the first part missing", {'a'}, 15, {0x42}, 0, "LONGNA~1.TXT"},
    {"the last part missing", {'a'}, 15, {1}, 0, "LONGNA~1.TXT"},
    {"parts in the wrong order", {'a'}, 15, {1, 0x42}, 0, "LONGNA~1.TXT"},
    {"a part twice", {'a'}, 15, {0x42, 2, 1}, 0, "LONGNA~1.TXT"},
    {"ordinal 0", {'a'}, 1, {0x40}, 0, "LONGNA~1.TXT"},
    {"ordinal 21", {'a'}, 1, {0x55}, 0, "LONGNA~1.TXT"},
    {"a new beginning", {'a'}, 1, {0x42, 0x41}, 0, "a"},
    {"an empty long name", {0}, 0, {0x41}, 0, "LONGNA~1.TXT"},
};

static void test_long_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(name_cases); i++) {
        struct vtc_fat_node node;
        struct fat_volume v;
        uint8_t sum = (uint8_t)(fat_volume_checksum(SHORT) + name_cases[i].checksum_error);
        uint8_t *e;

        fat_volume_init(&v, 16);
        e = v.root;
        for (unsigned k = 0; k < 4 && name_cases[i].ordinals[k]; k++)
            e = fat_volume_put_long(e, name_cases[i].ordinals[k], sum, name_cases[i].unit,
                                    name_cases[i].count);
        fat_volume_put_short(e, SHORT, 0x20, 2, 1);
        assert_int_equal(vtc_fat_open(&v.fat, &v.src_reader), 0);
        assert_int_equal(vtc_fat_find(&v.fat, "longna~1.txt", &node), 0);
        if (strcmp(node.name, name_cases[i].name))
            fail_msg("%s: found %s", name_cases[i].what, node.name);
        assert_int_equal(node.entry_off, e - v.src.bytes);
        assert_int_equal(vtc_fat_find(&v.fat, name_cases[i].name, &node), 0);
        fat_volume_free(&v);
    }
}

/* 255 units is the longest name, 256 is one too many. */
static void test_longest_name(void **state)
{
    (void)state;
    for (unsigned count = 255; count <= 256; count++) {
        struct vtc_fat_node node;
        struct fat_volume v;
        uint16_t unit[256];
        uint8_t *e;

        for (unsigned i = 0; i < count; i++)
            unit[i] = 0x20ac;
        fat_volume_init(&v, 32);
        fat_volume_set_next(&v, 2, 3);
        fat_volume_set_next(&v, 3, 0x0fffffff);
        e = v.root;
        for (uint8_t ordinal = 20; ordinal; ordinal--)
            e = fat_volume_put_long(e, ordinal == 20 ? 0x54 : ordinal, fat_volume_checksum(SHORT),
                                    unit, count);
        fat_volume_put_short(e, SHORT, 0x20, 0, 0);
        assert_int_equal(vtc_fat_open(&v.fat, &v.src_reader), 0);
        assert_int_equal(vtc_fat_find(&v.fat, "/LONGNA~1.TXT", &node), 0);
        assert_int_equal(strlen(node.name), count == 255 ? 765 : 12);
        fat_volume_free(&v);
    }
}

static void test_short_names(void **state)
{
    static const struct {
        const char *entry;
        uint8_t attr, lower_case;
        const char *path;
        const char *name; /* NULL: not found */
    } cases[] = {
        {"README  TXT", 0x20, 0x00, "/readme.txt", "README.TXT"},
        {"README  TXT", 0x20, 0x18, "readme.txt", "readme.txt"},
        {"README  TXT", 0x20, 0x08, "readme.txt", "readme.TXT"},
        {"README  TXT", 0x20, 0x10, "README.TXT", "README.txt"},
        {"README     ", 0x20, 0x00, "//README//", "README"},
        {"README  TXT", 0x20, 0x00, "/xeadme.txt", NULL},
        {"AZ      AZ ", 0x20, 0x18, "/aZ.Az", "az.az"},
        {"README  TXT", 0x20, 0x00, "/readme", NULL},
        {"README  TXT", 0x20, 0x00, "/readme.txt2", NULL},
        {"README  TXT", 0x20, 0x00, "/readme.txt/x", NULL},
        {"README  TXT", 0x08, 0x00, "/readme.txt", NULL},
        {"\xe5"
         "EADME  TXT",
         0x20, 0x00,
         "/\xe5"
         "eadme.txt",
         NULL},
        {".          ", 0x10, 0x00, "/.", NULL},
        {"A\xe4      X  ", 0x20, 0x00, "a_.x", "A_.X"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct vtc_fat_node node;
        struct fat_volume v;
        int rc;

        fat_volume_init(&v, 12);
        fat_volume_put_short(v.root, cases[i].entry, cases[i].attr, 0, 0)[0] = 0;
        v.root[12] = cases[i].lower_case;
        assert_int_equal(vtc_fat_open(&v.fat, &v.src_reader), 0);
        rc = vtc_fat_find(&v.fat, cases[i].path, &node);
        assert_int_equal(rc, cases[i].name ? VTC_OK : VTC_ENOENT);
        if (cases[i].name)
            assert_string_equal(node.name, cases[i].name);
        fat_volume_free(&v);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_long_names),
        cmocka_unit_test(test_longest_name),
        cmocka_unit_test(test_short_names),
    };

    return cmocka_run_group_tests_name("fat_names", tests, NULL, NULL);
}

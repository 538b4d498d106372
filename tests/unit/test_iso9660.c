/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ISO 9660: small images made here byte by byte, most of them broken. */
#include "iso_image.h"

#include <ventoc/bytes.h>

/* ---- volume descriptors -------------------------------------------------------------------- */

static const struct {
    const char *what;
    uint32_t at; /* from the primary descriptor */
    const char *bytes;
    unsigned count;
    int rc;
} descriptor_cases[] = {
    {"as made", 0, "", 0, VTC_OK},
    {"no CD001", 1, "X", 1, VTC_ENOENT},
    {"no primary descriptor", 0, "\3", 1, VTC_EFORMAT},
    {"only a terminator", 0, "\xff", 1, VTC_EFORMAT},
    {"blocks of 512 bytes", 128, "\0\2", 2, VTC_ENOTSUP},
    {"a root record that is too short", 156, "\x21", 1, VTC_EFORMAT},
    {"a root record that is too long", 156, "\x23", 1, VTC_EFORMAT},
    {"a root that is a file", 181, "\0", 1, VTC_EFORMAT},
    {"a root without a name", 188, "\0", 1, VTC_EFORMAT},
    {"a root whose name leaves the record", 188, "\2", 1, VTC_EFORMAT},
    {"a root beyond 2^32 sectors", 157, "\1\xff\xff\xff\xff", 5, VTC_EFORMAT},
    {"a root behind the end of the file", 158, "\0\0\1\0", 4, VTC_OK},
};

static void test_descriptors(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(descriptor_cases); i++) {
        struct iso_image m;
        int rc;

        iso_image_init(&m, "", 0);
        memcpy(m.pvd + descriptor_cases[i].at, descriptor_cases[i].bytes,
               descriptor_cases[i].count);
        rc = vtc_iso9660_open(&m.iso, &m.src_reader);
        if (rc != descriptor_cases[i].rc)
            fail_msg("%s: %d, not %d", descriptor_cases[i].what, rc, descriptor_cases[i].rc);
        iso_image_free(&m);
    }
}

static void test_volume(void **state)
{
    struct iso_image m;

    (void)state;
    iso_image_init(&m, "", 0);
    assert_int_equal(vtc_iso9660_open(&m.iso, &m.src_reader), 0);
    assert_string_equal(m.iso.volume_id, "A LABEL");
    assert_int_equal(m.iso.volume_bytes, SECTORS * SECTOR);
    assert_int_equal(m.iso.root_lba2048, ROOT);
    assert_int_equal(m.iso.root_bytes, 2 * SECTOR);
    assert_int_equal(m.iso.boot_catalog_lba2048, 0);
    assert_false(m.iso.has_joliet || m.iso.has_udf || m.iso.has_rock_ridge);
    vtc_put_le32(m.pvd + 80, UINT32_MAX); /* 8 TiB and no overflow */
    memset(m.pvd + 40, 'X', 32);
    m.pvd[41] = '\n';
    m.pvd[42] = 0xe4;
    assert_int_equal(vtc_iso9660_open(&m.iso, &m.src_reader), 0);
    assert_int_equal(m.iso.volume_bytes, UINT32_MAX * 2048ull);
    assert_string_equal(m.iso.volume_id, "X__XXXXXXXXXXXXXXXXXXXXXXXXXXXXX");
    for (uint64_t bytes = 0; bytes <= 16 * SECTOR; bytes += SECTOR / 2) {
        m.src_reader.bytes = bytes;
        assert_int_equal(vtc_iso9660_open(&m.iso, &m.src_reader), VTC_ENOENT);
    }
    iso_image_free(&m);
}

/* What may follow the primary descriptor. */
static const struct {
    struct {
        uint8_t type;
        const char *id;
    } next[3]; /* sectors 17 to 19 */
    int joliet, udf;
    uint32_t catalog;
} other_cases[] = {
    {{{2, "CD001"}, {255, "CD001"}}, 1, 0, 0},
    {{{255, "CD001"}, {0, "BEA01"}, {0, "NSR02"}}, 0, 1, 0},
    {{{255, "CD001"}, {0, "BEA01"}, {0, "NSR03"}}, 0, 1, 0},
    {{{255, "CD001"}, {0, "BEA01"}, {0, "TEA01"}}, 0, 0, 0},
    {{{255, "CD001"}, {0, "NSR02"}, {0, "TEA01"}}, 0, 1, 0},
    {{{0, "BEA01"}, {0, "TEA01"}, {0, "NSR02"}}, 0, 1, 0},
    {{{0, "BEA01"}, {0, "BOOT2"}, {0, "NSR02"}}, 0, 1, 0},
    {{{255, "CD001"}, {0, "BOOT2"}, {0, "NSR01"}}, 0, 0, 0},
    {{{255, "CD001"}, {0, "     "}, {0, "NSR02"}}, 0, 0, 0}, /* not in a row */
    {{{0, "CD001"}, {2, "CD001"}, {0, "NSR02"}}, 1, 1, 70},
    {{{255, "CD001"}, {0, "CD001"}, {0, "CD001"}}, 0, 0, 71}, /* the first boot record counts */
    {{{1, "CD001"}, {1, "CD001"}, {255, "CD001"}}, 0, 0, 0},  /* a copy, broken or not */
};

static void test_other_descriptors(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(other_cases); i++) {
        struct iso_image m;

        iso_image_init(&m, "", 0);
        for (unsigned k = 0; k < 3 && other_cases[i].next[k].id; k++) {
            uint8_t *d = m.pvd + (k + 1) * SECTOR;

            d[0] = other_cases[i].next[k].type;
            memcpy(d + 1, other_cases[i].next[k].id, 5);
            if (d[0] == 2)
                memcpy(d + 88, "%/E", 3);
            if (d[0] == 0 && d[1] == 'C') {
                memcpy(d + 7, "EL TORITO SPECIFICATION", 23);
                vtc_put_le32(d + 0x47, 70 + k);
            }
        }
        assert_int_equal(vtc_iso9660_open(&m.iso, &m.src_reader), 0);
        assert_int_equal(m.iso.has_joliet, other_cases[i].joliet);
        assert_int_equal(m.iso.has_udf, other_cases[i].udf);
        assert_int_equal(m.iso.boot_catalog_lba2048, other_cases[i].catalog);
        iso_image_free(&m);
    }
}

/* Escape sequences of a supplementary descriptor: three of them are Joliet's. */
static void test_joliet(void **state)
{
    static const struct {
        char escape[4];
        int joliet;
    } joliet_cases[] = {{"%/@", 1}, {"%/C", 1}, {"%/E", 1}, {"%/D", 0}, {"%E@", 0}, {"$/E", 0}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(joliet_cases); i++) {
        struct iso_image m;

        iso_image_init(&m, "", 0);
        memcpy(m.pvd + SECTOR, "\2CD001\1", 7);
        memcpy(m.pvd + SECTOR + 88, joliet_cases[i].escape, 3);
        memcpy(m.pvd + 2 * SECTOR, "\2CD001\1", 7); /* one more, without a sequence */
        assert_int_equal(vtc_iso9660_open(&m.iso, &m.src_reader), 0);
        assert_int_equal(m.iso.has_joliet, joliet_cases[i].joliet);
        iso_image_free(&m);
    }
}

static void test_udf_alone(void **state)
{
    struct iso_image m;

    (void)state;
    iso_image_init(&m, "", 0);
    memcpy(m.pvd, "\0BEA01", 6);
    memcpy(m.pvd + SECTOR, "\0NSR03", 6);
    assert_int_equal(vtc_iso9660_open(&m.iso, &m.src_reader), VTC_ENOENT);
    assert_true(m.iso.has_udf);
    iso_image_free(&m);
}

/* Descriptors without end. */
static void test_many_descriptors(void **state)
{
    struct fixture_memdisk src;
    struct vtc_reader src_reader;
    struct vtc_iso9660 iso;

    (void)state;
    src_reader = fixture_memdisk_make(&src, 200 * SECTOR);
    for (unsigned i = 16; i < 200; i++)
        memcpy(src.bytes + i * SECTOR, "\3CD001", 6);
    assert_int_equal(vtc_iso9660_open(&iso, &src_reader), VTC_EFORMAT);
    assert_int_equal(src.reads, 64);
    fixture_memdisk_free(&src);
}

/* ---- names --------------------------------------------------------------------------------- */

static void test_plain_names(void **state)
{
    static const struct {
        const char *id, *name;
    } cases[] = {
        {"FILE.TXT;1", "FILE.TXT"},
        {"FILE.;1", "FILE"},
        {"FILE", "FILE"},
        {"FILE.TXT;123", "FILE.TXT"},
        {"FILE;", "FILE;"},
        {"FILE;1A", "FILE;1A"},
        {".", "."},
        {"A/B\x01;1", "A_B_"},
        {"lower.txt", "lower.txt"},
        {"1", "1"},
        {"A;0", "A"},
        {"A;9", "A"},
        {"A;/", "A;_"},
        {"/A", "_A"},
        {"A B", "A B"},

        {"12", "12"},
        {";1", ""},
        {"A\xe4.", "A\xe4"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct vtc_iso9660_node root, node;
        struct iso_image m;

        iso_image_init(&m, "", 0);
        iso_put_file(&m, cases[i].id, 0, 30, 5);
        assert_int_equal(vtc_iso9660_open(&m.iso, &m.src_reader), 0);
        vtc_iso9660_root(&m.iso, &root);
        assert_int_equal(vtc_iso9660_list(&m.iso, &root, iso_keep_first, &node), 7);
        assert_string_equal(node.name, cases[i].name);
        assert_int_equal(node.lba2048, 30);
        assert_int_equal(node.bytes, 5);
        assert_int_equal(node.record_off, ROOT * SECTOR + 68);
        iso_image_free(&m);
    }
}

/* ---- directories --------------------------------------------------------------------------- */

static int count_visit(void *ctx, const struct vtc_iso9660_node *node)
{
    (void)node;
    ++*(unsigned *)ctx;
    return 0;
}

/* Bytes written over the root's first record ("FILE", 38 bytes). */
static const struct {
    const char *what;
    unsigned at;
    const char *bytes;
    unsigned count;
    int rc;
    unsigned visited;
} record_cases[] = {
    {"as made", 0, TEXT(""), VTC_OK, 2},
    {"a record of 33 bytes", 0, TEXT("\x21"), VTC_EFORMAT, 0},
    {"a name of 0 bytes", 32, TEXT("\0"), VTC_EFORMAT, 0},
    {"a name longer than its record", 32, TEXT("\x06"), VTC_EFORMAT, 0},
    {"a name of 255 bytes", 32, TEXT("\xff"), VTC_EFORMAT, 0},
    {"an associated file", 25, TEXT("\4"), VTC_OK, 1},
    {"a hidden file", 25, TEXT("\1"), VTC_OK, 2},
    {"a file that never ends", 25, TEXT("\x80"), VTC_OK, 1},
    {"a file beyond 2^32 sectors", 1, TEXT("\1\xff\xff\xff\xff"), VTC_EFORMAT, 0},
    {"the end of the sector", 0, TEXT("\0"), VTC_OK, 1},
};

static void test_records(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(record_cases); i++) {
        struct vtc_iso9660_node root;
        struct iso_image m;
        unsigned visited = 0;
        uint8_t *first;
        int rc;

        iso_image_init(&m, "", 0);
        first = m.at;
        iso_put_file(&m, "FILE", 0, 30, 5);
        m.at = m.root + SECTOR; /* one in the second sector */
        iso_put_file(&m, "OTHER", 0, 30, 5);
        memcpy(first + record_cases[i].at, record_cases[i].bytes, record_cases[i].count);
        assert_int_equal(vtc_iso9660_open(&m.iso, &m.src_reader), 0);
        vtc_iso9660_root(&m.iso, &root);
        rc = vtc_iso9660_list(&m.iso, &root, count_visit, &visited);
        if (rc != record_cases[i].rc || visited != record_cases[i].visited)
            fail_msg("%s: %d, %u visited", record_cases[i].what, rc, visited);
        iso_image_free(&m);
    }
}

static void test_directory_sizes(void **state)
{
    static const struct {
        const char *what;
        uint32_t lba2048;
        uint64_t bytes;
        int is_dir, rc;
        unsigned visited;
    } cases[] = {
        {"the root", ROOT, 2 * SECTOR, 1, VTC_OK, 1},
        {"an empty one", ROOT, 0, 1, VTC_OK, 0},
        {"one that is cut in a record", ROOT, 100, 1, VTC_EFORMAT, 0},
        {"one that is cut between records", ROOT, 106, 1, VTC_OK, 1},
        {"one that leaves the image", SECTORS - 1, 2 * SECTOR, 1, VTC_EFORMAT, 0},
        {"one behind the image", 0xffffffff, SECTOR, 1, VTC_EFORMAT, 0},
        {"one of 4 GiB", ROOT, 0xffffffff, 1, VTC_EFORMAT, 0},
        {"a file", ROOT, 2 * SECTOR, 0, VTC_EINVAL, 0},
    };
    struct iso_image m;

    (void)state;
    iso_image_init(&m, "", 0);
    iso_put_file(&m, "FILE", 0, 30, 5);
    assert_int_equal(vtc_iso9660_open(&m.iso, &m.src_reader), 0);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct vtc_iso9660_node dir = {
            .lba2048 = cases[i].lba2048, .bytes = cases[i].bytes, .is_dir = cases[i].is_dir};
        unsigned visited = 0;
        int rc = vtc_iso9660_list(&m.iso, &dir, count_visit, &visited);

        if (rc != cases[i].rc || visited != cases[i].visited)
            fail_msg("%s: %d, %u visited", cases[i].what, rc, visited);
    }
    iso_image_free(&m);
}

/* A record that ends with its sector, and one that would need a byte more. */
static void test_sector_end(void **state)
{
    (void)state;
    for (uint8_t more = 0; more < 2; more++) {
        struct vtc_iso9660_node root;
        unsigned visited = 0, last = SECTOR - 40;
        struct iso_image m;

        iso_image_init(&m, "", 0);
        while (m.at + 100 <= m.root + last)
            iso_put_file(&m, "FILLER", 0, 30, 5);
        iso_put_record(m.at, "LONG", 4, 30, 5, 0, "", 0);
        m.at[0] = (uint8_t)(m.root + last - m.at); /* up to the last one */
        iso_put_record(m.root + last, "LAST", 4, 30, 5, 0, "", 0);
        m.root[last] = (uint8_t)(40 + more);
        assert_int_equal(vtc_iso9660_open(&m.iso, &m.src_reader), 0);
        vtc_iso9660_root(&m.iso, &root);
        assert_int_equal(vtc_iso9660_list(&m.iso, &root, count_visit, &visited),
                         more ? VTC_EFORMAT : VTC_OK);
        assert_true(visited > 40);
        iso_image_free(&m);
    }
}

/* Files of several sections (ECMA-119 9.1.6). */
static void test_sections(void **state)
{
    static const struct {
        const char *what;
        struct {
            uint32_t lba2048, bytes;
            uint8_t flags;
        } part[3];
        uint64_t bytes;
        int multi_extent, rc;
    } cases[] = {
        {"one", {{100, 5000, 0}}, 5000, 0, 7},
        {"three in a row",
         {{100, 4096, 0x80}, {102, 2048, 0x80}, {103, 7, 0}},
         6151,
         VTC_ISO9660_GAPLESS,
         7},
        {"4 GiB and more",
         {{100, 0xfffff800, 0x80}, {0x200063, 0xfffff800, 0x80}, {0x400062, 9, 0}},
         0x1fffff009,
         VTC_ISO9660_GAPLESS,
         7},
        {"a gap", {{100, 4096, 0x80}, {103, 2048, 0}}, 6144, VTC_ISO9660_SCATTERED, 7},
        {"a gap, then none",
         {{100, 4096, 0x80}, {103, 2048, 0x80}, {103, 1, 0}},
         6145,
         VTC_ISO9660_SCATTERED,
         7},
        {"a first section that ends inside a sector",
         {{100, 4095, 0x80}, {102, 1, 0}},
         4096,
         VTC_ISO9660_SCATTERED,
         7},
        {"no last section", {{100, 4096, 0x80}, {102, 1, 0x80}}, 0, 0, VTC_EFORMAT},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct vtc_iso9660_node root, node;
        struct iso_image m;
        int rc;

        iso_image_init(&m, "", 0);
        for (unsigned k = 0; k < 3 && cases[i].part[k].bytes; k++)
            iso_put_file(&m, "BIG.ISO;1", cases[i].part[k].flags, cases[i].part[k].lba2048,
                         cases[i].part[k].bytes);
        assert_int_equal(vtc_iso9660_open(&m.iso, &m.src_reader), 0);
        vtc_iso9660_root(&m.iso, &root);
        rc = vtc_iso9660_list(&m.iso, &root, iso_keep_first, &node);
        if (rc != cases[i].rc)
            fail_msg("%s: %d", cases[i].what, rc);
        if (rc == 7) {
            assert_int_equal(node.lba2048, 100);
            assert_int_equal(node.bytes, cases[i].bytes);
            assert_int_equal(node.multi_extent, cases[i].multi_extent);
            assert_int_equal(node.record_off, ROOT * SECTOR + 68);
        }
        iso_image_free(&m);
    }
}

/* ---- paths --------------------------------------------------------------------------------- */

static void test_find(void **state)
{
    static const struct {
        const char *path;
        int rc;
        uint32_t lba2048;
    } cases[] = {
        {"/", 0, ROOT},
        {"", 0, ROOT},
        {"/FILE.TXT", 0, 28},
        {"file.txt", 0, 28},
        {"/File.Txt;1", 0, 28},
        {"/FILE.TXT;2", 0, 28},
        {"/FILE.TXT.", 0, 28},
        {"/FILE.TXX", VTC_ENOENT, 0},
        {"/XILE.TXT", VTC_ENOENT, 0},
        {"/AZaz", 0, 31},
        {"/azAZ", 0, 31},
        {"/A", 0, 25},
        {"/FILE.TX", VTC_ENOENT, 0},
        {"/FILE.TXTX", VTC_ENOENT, 0},
        {"/SUB", 0, SUB},
        {"//sub//", 0, SUB},
        {"/sub/noext", 0, 29},
        {"/sub/noext.", 0, 29},
        {"/sub/noext.;1", 0, 29},
        {"/sub/sub/sub/noext", 0, 29}, /* SUB holds itself */
        {"/sub/missing", VTC_ENOENT, 0},
        {"/FILE.TXT/x", VTC_ENOENT, 0},
        {"/.", VTC_ENOENT, 0},
        {"/..", VTC_ENOENT, 0},
    };
    struct vtc_iso9660_node node;
    struct iso_image m;

    (void)state;
    iso_image_init(&m, "", 0);
    iso_put_file(&m, "FILE.TXT;1", 0, 28, 5);
    iso_put_file(&m, "AzAz", 0, 31, 5);
    iso_put_file(&m, "A", 0, 25, 5);
    iso_put_file(&m, "SUB", 2, SUB, SECTOR);
    m.at = m.src.bytes + SUB * SECTOR;
    iso_put_file(&m, "NOEXT.;1", 0, 29, 5);
    iso_put_file(&m, "SUB", 2, SUB, SECTOR);
    assert_int_equal(vtc_iso9660_open(&m.iso, &m.src_reader), 0);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int rc = vtc_iso9660_find(&m.iso, cases[i].path, &node);

        if (rc != cases[i].rc || (!rc && node.lba2048 != cases[i].lba2048) ||
            (!rc && node.is_dir != (node.lba2048 == ROOT || node.lba2048 == SUB)))
            fail_msg("%s: %d", cases[i].path, rc);
    }
    iso_image_free(&m);
}

/* An extended attribute record lies before the data (9.1.2). */
static void test_attribute_record(void **state)
{
    struct vtc_iso9660_node node;
    struct iso_image m;
    uint8_t *rec;

    (void)state;
    iso_image_init(&m, "", 0);
    rec = m.at;
    iso_put_file(&m, "FILE", 0, 28, 5);
    rec[1] = 2;
    assert_int_equal(vtc_iso9660_open(&m.iso, &m.src_reader), 0);
    assert_int_equal(vtc_iso9660_find(&m.iso, "/file", &node), 0);
    assert_int_equal(node.lba2048, 30);
    iso_image_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_descriptors),       cmocka_unit_test(test_volume),
        cmocka_unit_test(test_other_descriptors), cmocka_unit_test(test_joliet),
        cmocka_unit_test(test_udf_alone),         cmocka_unit_test(test_many_descriptors),
        cmocka_unit_test(test_plain_names),       cmocka_unit_test(test_records),
        cmocka_unit_test(test_directory_sizes),   cmocka_unit_test(test_sector_end),
        cmocka_unit_test(test_sections),          cmocka_unit_test(test_find),
        cmocka_unit_test(test_attribute_record),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

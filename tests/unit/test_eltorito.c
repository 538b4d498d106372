/* SPDX-License-Identifier: GPL-3.0-or-later */
/* El Torito: catalogs written record by record. */
#include "fixture.h"

#include <ventoc/bytes.h>
#include <ventoc/eltorito.h>

#define CATALOG 20u /* LBA */
#define SECTORS 2000u

/* One record: raw bytes as in the specification's figures, the rest zero. */
struct record {
    uint8_t b[12];
};

/* The checksum of figure 2 is filled in by put_catalog(). */
#define LOW(v) ((v)&0xff)
/* clang-format off */
#define VALIDATION(platform) {{0x01, platform}}
#define EXTENSION(more)      {{0x44, more}}
#define HEADER(id, platform, count) {{id, platform, LOW(count), LOW((count) >> 8)}}
#define ENTRY(boot, media, count, lba) \
    {{boot, media, 0, 0, 0, 0, LOW(count), LOW((count) >> 8), \
      LOW(lba), LOW((lba) >> 8), LOW((lba) >> 16)}}
#define END {{0}}
/* clang-format on */

static void checksum(uint8_t *r)
{
    uint16_t sum = 0;

    r[30] = 0x55;
    r[31] = 0xaa;
    r[28] = r[29] = 0;
    for (unsigned i = 0; i < 32; i += 2)
        sum = (uint16_t)(sum + r[i] + 256 * r[i + 1]);
    vtc_put_le16(r + 28, (uint16_t)-sum);
}

static void put_catalog(struct fixture_memdisk *src, const struct record *r, unsigned count)
{
    uint8_t *p = src->bytes + CATALOG * 2048;

    for (unsigned i = 0; i < count; i++)
        memcpy(p + 32 * i, r[i].b, sizeof(r[i].b));
    checksum(p);
}

struct want {
    uint8_t platform, bootable, media;
    uint16_t sector_count;
    uint32_t lba2048;
    uint64_t image_bytes;
    uint32_t record; /* index in the catalog */
};

static const struct {
    const char *what;
    struct record record[10];
    int rc;
    struct want want[4];
} catalog_cases[] = {
    {"BIOS alone", {VALIDATION(0), ENTRY(0x88, 0, 4, 100), END}, 0, {{0, 1, 0, 4, 100, 2048, 1}}},
    {"BIOS and EFI, last header",
     {VALIDATION(0), ENTRY(0x88, 0, 4, 100), HEADER(0x91, 0xef, 1), ENTRY(0x88, 0, 64, 200)},
     0,
     {{0, 1, 0, 4, 100, 2048, 1}, {0xef, 1, 0, 64, 200, 32768, 3}}},
    {"EFI in the default entry",
     {VALIDATION(0xef), ENTRY(0x88, 0, 64, 200), END},
     0,
     {{0xef, 1, 0, 64, 200, 32768, 1}}},
    {"two sections, two entries",
     {VALIDATION(0), ENTRY(0x88, 0, 4, 100), HEADER(0x90, 0xef, 1), ENTRY(0x88, 0, 8, 200),
      HEADER(0x91, 2, 2), ENTRY(0x00, 0, 8, 300), ENTRY(0x88, 0, 8, 400)},
     0,
     {{0, 1, 0, 4, 100, 2048, 1},
      {0xef, 1, 0, 8, 200, 4096, 3},
      {2, 0, 0, 8, 300, 4096, 5},
      {2, 1, 0, 8, 400, 4096, 6}}},
    {"a section behind the last one does not count",
     {VALIDATION(0), ENTRY(0x88, 0, 4, 100), HEADER(0x91, 1, 0), HEADER(0x91, 0xef, 1),
      ENTRY(0x88, 0, 64, 200)},
     0,
     {{0, 1, 0, 4, 100, 2048, 1}}},
    {"extension records are skipped",
     {VALIDATION(0), ENTRY(0x88, 0x20, 4, 100), EXTENSION(0x20), EXTENSION(0),
      HEADER(0x91, 0xef, 2), ENTRY(0x88, 0x20, 8, 200), EXTENSION(0x20), EXTENSION(0),
      ENTRY(0x88, 0, 8, 300)},
     0,
     {{0, 1, 0, 4, 100, 2048, 1}, {0xef, 1, 0, 8, 200, 4096, 5}, {0xef, 1, 0, 8, 300, 4096, 8}}},
    {"an entry outside the image is dropped",
     {VALIDATION(0), ENTRY(0x88, 0, 4, SECTORS), HEADER(0x91, 0xef, 2), ENTRY(0x88, 0, 8, 0xffffff),
      ENTRY(0x88, 0, 8, 300)},
     0,
     {{0xef, 1, 0, 8, 300, 4096, 4}}},
    {"the last sector of the image, and no more",
     {VALIDATION(0), ENTRY(0x88, 0, 64, SECTORS - 1), END},
     0,
     {{0, 1, 0, 64, SECTORS - 1, 2048, 1}}},
    {"EFI with 0 sectors: to the end",
     {VALIDATION(0xef), ENTRY(0x88, 0, 0, 200), END},
     0,
     {{0xef, 1, 0, 0, 200, (SECTORS - 200) * 2048, 1}}},
    {"EFI with 1 sector: to the end",
     {VALIDATION(0xef), ENTRY(0x88, 0, 1, 200), END},
     0,
     {{0xef, 1, 0, 1, 200, (SECTORS - 200) * 2048, 1}}},
    {"BIOS with 1 sector is one sector",
     {VALIDATION(0), ENTRY(0x88, 0, 1, 200), END},
     0,
     {{0, 1, 0, 1, 200, 512, 1}}},
    {"floppies",
     {VALIDATION(0), ENTRY(0x88, 1, 1, 100), HEADER(0x91, 0, 3), ENTRY(0x88, 2, 1, 100),
      ENTRY(0x88, 3, 1, 100), ENTRY(0x88, 3, 1, SECTORS - 1)},
     0,
     {{0, 1, 1, 1, 100, 1200 * 1024, 1},
      {0, 1, 2, 1, 100, 1440 * 1024, 3},
      {0, 1, 3, 1, 100, 2880 * 1024, 4},
      {0, 1, 3, 1, SECTORS - 1, 2048, 5}}},
    {"a hard disk without a table",
     {VALIDATION(0), ENTRY(0x88, 4, 1, 100), HEADER(0x91, 0, 1), ENTRY(0x88, 4, 2, SECTORS - 1)},
     0,
     {{0, 1, 4, 1, 100, 512, 1}, {0, 1, 4, 2, SECTORS - 1, 1024, 3}}},
    {"a header promises more than the catalog holds: the rest is empty entries",
     {VALIDATION(0), ENTRY(0x88, 0, 4, 100), HEADER(0x91, 0xef, 2), ENTRY(0x88, 0, 8, 200)},
     0,
     {{0, 1, 0, 4, 100, 2048, 1}, {0xef, 1, 0, 8, 200, 4096, 3}, {0xef, 0, 0, 0, 0, 0, 4}}},
    {"more entries than anybody has",
     {VALIDATION(0), ENTRY(0x88, 0, 4, 100), HEADER(0x91, 1, 0xffff)},
     VTC_EFORMAT,
     {{0}}},
};

static void check_entry(const char *what, const struct vtc_eltorito_entry *e, const struct want *w)
{
    if (e->platform != w->platform || e->bootable != w->bootable || e->media != w->media ||
        e->sector_count != w->sector_count || e->load_lba2048 != w->lba2048 ||
        e->record_off != CATALOG * 2048 + 32 * w->record)
        fail_msg("%s: record %u", what, w->record);
    /* An entry nothing is known of but that it is empty: EFI, 0 sectors, "to the end". */
    if (w->lba2048 && e->image_bytes != w->image_bytes)
        fail_msg("%s: record %u: %u bytes", what, w->record, (unsigned)e->image_bytes);
}

static void test_catalogs(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(catalog_cases); i++) {
        struct fixture_memdisk src;
        struct vtc_reader src_reader;
        struct vtc_eltorito et;
        unsigned k;
        int rc;

        src_reader = fixture_memdisk_make(&src, SECTORS * 2048);
        put_catalog(&src, catalog_cases[i].record, COUNT_OF(catalog_cases[i].record));
        rc = vtc_eltorito_read(&src_reader, CATALOG, &et);
        if (rc != catalog_cases[i].rc)
            fail_msg("%s: %d, not %d", catalog_cases[i].what, rc, catalog_cases[i].rc);
        for (k = 0; !rc && k < 4 && catalog_cases[i].want[k].record; k++)
            check_entry(catalog_cases[i].what, &et.entry[k], &catalog_cases[i].want[k]);
        if (!rc && et.count != k)
            fail_msg("%s: %u entries", catalog_cases[i].what, et.count);
        fixture_memdisk_free(&src);
    }
}

/* The other fields of an entry. */
static void test_entry_fields(void **state)
{
    static const uint8_t raw[12] = {0x88, 0xf4, 0xc0, 0x07, 0x0c, 0xff, 0x02, 0x01, 30, 0, 0, 0};
    static const struct record catalog[] = {VALIDATION(0), END};
    struct fixture_memdisk src;
    struct vtc_reader src_reader;
    struct vtc_eltorito et;

    (void)state;
    src_reader = fixture_memdisk_make(&src, SECTORS * 2048);
    put_catalog(&src, catalog, 2);
    memcpy(src.bytes + CATALOG * 2048 + 32, raw, sizeof(raw));
    assert_int_equal(vtc_eltorito_read(&src_reader, CATALOG, &et), 0);
    assert_int_equal(et.count, 1);
    assert_int_equal(et.entry[0].media, VTC_ELTORITO_HARD_DISK);
    assert_int_equal(et.entry[0].load_segment, 0x07c0);
    assert_int_equal(et.entry[0].system_type, 0x0c);
    assert_int_equal(et.entry[0].sector_count, 0x0102);
    fixture_memdisk_free(&src);
}

/* The validation entry (figure 2): one byte changed. */
static void test_validation(void **state)
{
    static const struct {
        unsigned at;
        uint8_t value;
        int mend_checksum, rc;
    } cases[] = {
        {31, 0xaa, 0, VTC_OK},      {0, 2, 1, VTC_EFORMAT},    {30, 0x54, 0, VTC_EFORMAT},
        {31, 0xab, 0, VTC_EFORMAT}, {10, 'x', 0, VTC_EFORMAT}, {10, 'x', 1, VTC_OK},
        {28, 0xff, 0, VTC_EFORMAT}, {0, 0x91, 1, VTC_EFORMAT},
    };
    static const struct record catalog[] = {VALIDATION(0), ENTRY(0x88, 0, 4, 100), END};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct fixture_memdisk src;
        struct vtc_reader src_reader;
        struct vtc_eltorito et;
        uint8_t *r;

        src_reader = fixture_memdisk_make(&src, SECTORS * 2048);
        put_catalog(&src, catalog, 3);
        r = src.bytes + CATALOG * 2048;
        r[cases[i].at] = cases[i].value;
        if (cases[i].mend_checksum)
            checksum(r);
        assert_int_equal(vtc_eltorito_read(&src_reader, CATALOG, &et), cases[i].rc);
        assert_int_equal(et.count, cases[i].rc ? 0 : 1);
        fixture_memdisk_free(&src);
    }
}

/* A catalog at the very end of the image, outside of it, and across its end. */
static void test_place(void **state)
{
    static const struct record catalog[] = {VALIDATION(0), ENTRY(0x88, 0, 4, 1),
                                            HEADER(0x91, 0xef, 1), ENTRY(0x88, 0, 4, 1)};
    static const struct {
        uint32_t lba2048;
        uint64_t bytes; /* of the image */
        int rc;
    } cases[] = {
        {CATALOG, CATALOG * 2048 + 128, VTC_OK},     {CATALOG, CATALOG * 2048 + 127, VTC_EFORMAT},
        {CATALOG, CATALOG * 2048 + 64, VTC_EFORMAT}, {CATALOG, CATALOG * 2048 + 32, VTC_EFORMAT},
        {CATALOG, CATALOG * 2048, VTC_EFORMAT},      {0xffffffff, SECTORS * 2048, VTC_EFORMAT},
    };
    struct fixture_memdisk src;
    struct vtc_reader src_reader;
    struct vtc_eltorito et;

    (void)state;
    src_reader = fixture_memdisk_make(&src, SECTORS * 2048);
    put_catalog(&src, catalog, 4);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        src_reader.bytes = cases[i].bytes;
        assert_int_equal(vtc_eltorito_read(&src_reader, cases[i].lba2048, &et), cases[i].rc);
    }
    fixture_memdisk_free(&src);
}

/* 32 entries fit, the 33rd does not; a chain of extensions or headers ends at 512 records. */
static void test_limits(void **state)
{
    static const struct record catalog[] = {VALIDATION(0), ENTRY(0x88, 0, 4, 100)};
    static const struct {
        struct record filler;
        unsigned sections; /* headers with one entry each */
        int rc;
        uint32_t count;
    } cases[] = {
        {END, 31, VTC_OK, 32},
        {END, 32, VTC_EFORMAT, 32},
        {EXTENSION(0x20), 0, VTC_EFORMAT, 1},
        {HEADER(0x90, 0, 0), 0, VTC_EFORMAT, 1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        static const struct record header = HEADER(0x90, 0xef, 1), entry = ENTRY(0x88, 0, 4, 50);
        struct fixture_memdisk src;
        struct vtc_reader src_reader;
        struct vtc_eltorito et;
        uint8_t *p;

        src_reader = fixture_memdisk_make(&src, SECTORS * 2048);
        put_catalog(&src, catalog, 2);
        p = src.bytes + CATALOG * 2048 + 64;
        for (unsigned k = 0; k < 1000; k++)
            memcpy(p + 32 * k, cases[i].filler.b, 12);
        for (unsigned k = 0; k < cases[i].sections; k++) {
            memcpy(p + 64 * k, header.b, 12);
            memcpy(p + 64 * k + 32, entry.b, 12);
        }
        assert_int_equal(vtc_eltorito_read(&src_reader, CATALOG, &et), cases[i].rc);
        assert_int_equal(et.count, cases[i].count);
        assert_true(src.reads < 40);
        fixture_memdisk_free(&src);
    }
}

/* Hard-disk emulation: the end of the last partition, never beyond the image. */
static void test_hard_disk(void **state)
{
    static const struct {
        uint8_t slot, type;
        uint32_t first_lba512, count;
        uint16_t signature;
        uint64_t want;
    } cases[] = {
        {0, 0x06, 63, 937, 0xaa55, 1000 * 512},
        {3, 0x06, 63, 937, 0xaa55, 1000 * 512},
        {1, 0x06, 0xffffffff, 0xffffffff, 0xaa55, (SECTORS - 100) * 2048},
        {1, 0x00, 63, 937, 0xaa55, 2 * 512},
        {1, 0x06, 0, 1, 0xaa55, 2 * 512},
        {1, 0x06, 63, 937, 0xaa54, 2 * 512},
    };
    static const struct record catalog[] = {VALIDATION(0), ENTRY(0x88, 4, 2, 100), END};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct fixture_memdisk src;
        struct vtc_reader src_reader = fixture_memdisk_make(&src, SECTORS * 2048);
        struct vtc_eltorito et;
        uint8_t *mbr = src.bytes + 100 * 2048, *e = mbr + 446 + 16 * cases[i].slot;

        put_catalog(&src, catalog, 3);
        e[4] = cases[i].type;
        vtc_put_le32(e + 8, cases[i].first_lba512);
        vtc_put_le32(e + 12, cases[i].count);
        vtc_put_le16(mbr + 510, cases[i].signature);
        assert_int_equal(vtc_eltorito_read(&src_reader, CATALOG, &et), 0);
        assert_int_equal(et.entry[0].image_bytes, cases[i].want);
        fixture_memdisk_free(&src);
    }
}

/* An EFI image whose FAT volume is larger, or smaller, than the sector count says. */
static void test_efi_volume(void **state)
{
    static const struct {
        uint16_t sector_count, volume_sectors;
        uint64_t want;
    } cases[] = {
        {4, 2880, 2880 * 512},
        {4000, 2880, 4000 * 512},
        {4, 0xffff, (SECTORS - 100) * 2048}, /* more than there is */
        {4, 0, 4 * 512},                     /* a broken BPB */
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct record catalog[] = {VALIDATION(0xef), ENTRY(0x88, 0, 0, 100), END};
        struct fixture_memdisk src;
        struct vtc_reader src_reader;
        struct vtc_eltorito et;
        uint8_t *b;

        src_reader = fixture_memdisk_make(&src, SECTORS * 2048);
        vtc_put_le16(catalog[1].b + 6, cases[i].sector_count);
        put_catalog(&src, catalog, 3);
        b = src.bytes + 100 * 2048;
        memcpy(b, "\xeb\x3c\x90", 3);
        vtc_put_le16(b + 11, 512);
        b[13] = 64;
        b[14] = 1;
        b[16] = 2;
        vtc_put_le16(b + 17, 16);
        vtc_put_le16(b + 19, cases[i].volume_sectors);
        b[22] = 9;
        vtc_put_le16(b + 510, 0xaa55);
        assert_int_equal(vtc_eltorito_read(&src_reader, CATALOG, &et), 0);
        assert_int_equal(et.entry[0].image_bytes, cases[i].want);
        fixture_memdisk_free(&src);
    }
}

static void test_find(void **state)
{
    struct vtc_eltorito et = {.count = 3,
                              .entry = {{.platform = 0xef},
                                        {.platform = 0, .bootable = 1},
                                        {.platform = 0xef, .bootable = 1}}};

    (void)state;
    assert_ptr_equal(vtc_eltorito_find(&et, VTC_ELTORITO_X86), &et.entry[1]);
    assert_ptr_equal(vtc_eltorito_find(&et, VTC_ELTORITO_EFI), &et.entry[2]);
    assert_null(vtc_eltorito_find(&et, VTC_ELTORITO_MAC));
    et.entry[0].bootable = 1;
    assert_ptr_equal(vtc_eltorito_find(&et, VTC_ELTORITO_EFI), &et.entry[0]);
    et.entry[0].bootable = 0;
    et.count = 2; /* what lies behind does not count */
    assert_null(vtc_eltorito_find(&et, VTC_ELTORITO_EFI));
    et.count = 0;
    assert_null(vtc_eltorito_find(&et, VTC_ELTORITO_X86));
}

/* Whichever read fails, its error comes out. */
static void test_read_errors(void **state)
{
    static const struct record catalog[] = {VALIDATION(0), ENTRY(0x88, 4, 2, 100),
                                            HEADER(0x91, 0xef, 1), ENTRY(0x88, 0, 4, 200)};
    unsigned fail_at;

    (void)state;
    for (fail_at = 1;; fail_at++) {
        struct fixture_memdisk src;
        struct vtc_reader src_reader;
        struct vtc_eltorito et;
        int rc;

        src_reader = fixture_memdisk_make(&src, SECTORS * 2048);
        put_catalog(&src, catalog, 4);
        src.fail_after = fail_at - 1;
        rc = vtc_eltorito_read(&src_reader, CATALOG, &et);
        fixture_memdisk_free(&src);
        if (src.reads < fail_at) {
            assert_int_equal(rc, 0);
            break;
        }
        assert_int_equal(rc, VTC_EIO);
    }
    assert_int_equal(fail_at, 4); /* catalog, partition table, FAT */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_catalogs),    cmocka_unit_test(test_entry_fields),
        cmocka_unit_test(test_validation),  cmocka_unit_test(test_place),
        cmocka_unit_test(test_limits),      cmocka_unit_test(test_hard_disk),
        cmocka_unit_test(test_efi_volume),  cmocka_unit_test(test_find),
        cmocka_unit_test(test_read_errors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

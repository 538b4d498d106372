/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Directory records that real images seldom have: several sections, more names, other trees; and
 * those that cannot be rewritten. Images made byte by byte. */
#include "grow_image.h"
#include "iso_image.h"

#include <ventoc/bytes.h>
#include <ventoc/iso9660_record.h>

#define ARENA_BYTES 65536u
#define MULTI       0x80
#define MAX_RECORDS 4

struct record {
    const char *name;
    uint8_t flags, xar, unit, gap;
    uint32_t lba2048, bytes;
};

static const struct vtc_grow_tail tail = {8, 4, "the tail", 8, NULL, 0};

static void put_record(struct iso_image *m, const struct record *r)
{
    uint8_t *rec = m->at;

    iso_put_file(m, r->name, r->flags, r->lba2048, r->bytes);
    vtc_iso9660_put_both32(rec + 2, r->lba2048);
    vtc_iso9660_put_both32(rec + 10, r->bytes);
    rec[1] = r->xar;
    rec[26] = r->unit;
    rec[27] = r->gap;
}

/* What the image holds in sectors 28 to 31: a number every four bytes. */
static void begin(struct iso_image *m)
{
    iso_image_init(m, "", 0);
    for (uint32_t i = 0; i < 4 * SECTOR; i += 4)
        vtc_put_le32(m->src.bytes + 28 * SECTOR + i, 0x01000000 + i);
}

static void overlay(struct iso_image *m, struct grow_image *g)
{
    fixture_save("in.iso", m->src.bytes, SECTORS * SECTOR);
    grow_image_open(g, "in.iso", ARENA_BYTES);
}

/* A supplementary descriptor whose root is the directory at SUB. */
static uint8_t *put_supplementary(struct iso_image *m)
{
    uint8_t *d = m->pvd + SECTOR;

    memcpy(d + SECTOR, d, SECTOR);
    memcpy(d, m->pvd, SECTOR);
    d[0] = 2;
    memcpy(d + 88, "%/E", 3);
    iso_put_record(d + 156, "", 1, SUB, SECTOR, 2, "", 0);
    m->at = m->src.bytes + SUB * SECTOR;
    return d;
}

/* ---- what is refused ----------------------------------------------------------------------- */

static const struct {
    const char *what;
    struct record record[MAX_RECORDS];
    int rc;
} cases[] = {
    {"plain", {{"F", 0, 0, 0, 0, 28, 5000}}, 0},
    {"another file", {{"G", 0, 0, 0, 0, 28, 5000}}, VTC_ENOENT},
    {"a directory", {{"F", 2, 0, 0, 0, SUB, SECTOR}}, VTC_ENOENT},
    {"an associated file only", {{"F", 4, 0, 0, 0, 28, 5000}}, VTC_ENOENT},
    {"an associated file in front", {{"F", 4, 0, 0, 0, 31, 10}, {"F", 0, 0, 0, 0, 28, 5000}}, 0},
    {"extended attributes", {{"F", 0, 1, 0, 0, 28, 5000}}, VTC_ENOTSUP},
    {"interleaved", {{"F", 0, 0, 1, 1, 28, 5000}}, VTC_ENOTSUP},
    {"an interleave gap", {{"F", 0, 0, 0, 1, 28, 5000}}, VTC_ENOTSUP},
    {"empty", {{"F", 0, 0, 0, 0, 0, 0}}, 0},
    {"beyond the end", {{"F", 0, 0, 0, 0, 31, 2049}}, VTC_EFORMAT},
    {"far beyond the end", {{"F", 0, 0, 0, 0, UINT32_MAX, 10}}, VTC_EFORMAT},
    {"no room in 32 bits", {{"F", 0, 0, 0, 0, 28, UINT32_MAX - 15}}, VTC_ENOTSUP},
    {"two sections", {{"F", MULTI, 0, 0, 0, 28, 4096}, {"F", 0, 0, 0, 0, 30, 100}}, 0},
    {"scattered sections", {{"F", MULTI, 0, 0, 0, 30, 2048}, {"F", 0, 0, 0, 0, 28, 100}}, 0},
    {"three sections, the last one empty",
     {{"F", MULTI, 0, 0, 0, 28, 2048}, {"F", MULTI, 0, 0, 0, 30, 2048}, {"F", 0, 0, 0, 0, 0, 0}},
     0},
    {"a section that ends inside a sector",
     {{"F", MULTI, 0, 0, 0, 28, 4095}, {"F", 0, 0, 0, 0, 30, 100}},
     VTC_ENOTSUP},
    {"no last section", {{"F", MULTI, 0, 0, 0, 28, 4096}}, VTC_EFORMAT},
    {"a directory that is in itself",
     {{"F", 0, 0, 0, 0, 28, 100}, {"D", 2, 0, 0, 0, ROOT, SECTOR}},
     VTC_EFORMAT},
    {"a directory of 4 GiB",
     {{"F", 0, 0, 0, 0, 28, 100}, {"D", 2, 0, 0, 0, SUB, UINT32_MAX}},
     VTC_EFORMAT},
    {"a directory behind the end",
     {{"F", 0, 0, 0, 0, 28, 100}, {"D", 2, 255, 0, 0, UINT32_MAX, SECTOR}},
     VTC_EFORMAT},
};

static void test_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct iso_image m;
        struct grow_image g;
        struct grow_image_state before, after;
        int rc;

        begin(&m);
        for (unsigned k = 0; k < MAX_RECORDS && cases[i].record[k].name; k++)
            put_record(&m, &cases[i].record[k]);
        overlay(&m, &g);
        before = grow_image_state(&g);
        rc = vtc_grow_iso_file(&g.g, "/F", &tail);
        if (rc != cases[i].rc)
            fail_msg("%s: %d, not %d", cases[i].what, rc, cases[i].rc);
        after = grow_image_state(&g);
        if (rc)
            grow_image_assert_same(&before, &after);
        grow_image_close(&g);
        iso_image_free(&m);
    }
}

static void test_zisofs(void **state)
{
    static const struct record f = {"F", 0, 0, 0, 0, 28, 100};
    struct iso_image m;
    struct grow_image g;

    (void)state;
    begin(&m);
    put_record(&m, &f);
    memcpy(m.src.bytes + 28 * SECTOR, "\x37\xe4\x53\x96\xc9\xdb\xd6\x07", 8);
    overlay(&m, &g);
    assert_int_equal(vtc_grow_iso_file(&g.g, "F", &tail), VTC_ENOTSUP);
    grow_image_close(&g);
    iso_image_free(&m);
}

static void test_alignment(void **state)
{
    static const struct record f = {"F", 0, 0, 0, 0, 28, 100};
    static const uint32_t aligns[] = {0, 3, 12};
    struct iso_image m;
    struct grow_image g;

    (void)state;
    begin(&m);
    put_record(&m, &f);
    overlay(&m, &g);
    for (size_t i = 0; i < COUNT_OF(aligns); i++) {
        struct vtc_grow_tail t = tail;

        t.align_bytes = aligns[i];
        assert_int_equal(vtc_grow_iso_file(&g.g, "F", &t), VTC_EINVAL);
    }
    grow_image_close(&g);
    iso_image_free(&m);
}

/* ---- what is rewritten --------------------------------------------------------------------- */

static void assert_record(struct grow_image *g, uint64_t off, uint32_t lba2048, uint32_t bytes,
                          uint8_t flags)
{
    uint8_t rec[34];

    assert_int_equal(vtc_image_read(&g->img, &g->disk_reader, off, rec, sizeof rec), 0);
    assert_int_equal(vtc_le32(rec + 2), lba2048);
    assert_int_equal(vtc_be32(rec + 6), lba2048);
    assert_int_equal(vtc_le32(rec + 10), bytes);
    assert_int_equal(vtc_be32(rec + 14), bytes);
    assert_int_equal(rec[25], flags);
}

/* A file of three sections: three files in a row made one. It keeps its sections, the last of which
 * takes the tail; the first lies in one sector of the directory and the last in another. */
static void test_sections(void **state)
{
    static const char *const names[] = {"F1", "F2", "F3"};
    struct fixture_file src;
    struct vtc_reader src_reader;
    struct vtc_iso9660 iso;
    struct vtc_iso9660_node node[3];
    struct grow_image g;
    uint32_t at;

    (void)state;
    fixture_run(
        "rm -rf tree got in.iso && mkdir tree got && cd tree && "
        "for i in $(seq 100 147); do echo $i >a$i; done && for i in 1 2 3 4; do "
        "head -c 1000000 /dev/urandom | head -c $((i * 2048 + i / 3)) >f$i; done && cd .. && "
        "xorriso -as mkisofs -quiet --norock -o in.iso tree && cat tree/f[123] >want");
    src_reader = fixture_file_open(&src, "in.iso");
    assert_int_equal(vtc_iso9660_open(&iso, &src_reader), VTC_OK);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(vtc_iso9660_find(&iso, names[i], &node[i]), VTC_OK);
    fixture_file_close(&src);
    assert_int_not_equal(node[0].record_off / SECTOR, node[2].record_off / SECTOR);
    for (unsigned i = 0; i < 3; i++) {
        fixture_overwrite("in.iso", node[i].record_off + 25, i < 2 ? "\x80" : "", 1);
        fixture_overwrite("in.iso", node[i].record_off + 34, "1", 1);
    }
    grow_image_open(&g, "in.iso", ARENA_BYTES);
    at = (uint32_t)(g.img.bytes / SECTOR);
    assert_int_equal(vtc_grow_iso_file(&g.g, "/F1", &tail), VTC_OK);
    assert_record(&g, node[0].record_off, at, 2048, MULTI);
    assert_record(&g, node[1].record_off, at + 1, 4096, MULTI);
    assert_record(&g, node[2].record_off, at + 3, 3 * 2048 + 1 + 8 + 3 + 8, 0);
    grow_append_tail("want", &tail);
    grow_image_dump(&g, "out.iso");
    fixture_run("7zz x -y -tiso -ogot out.iso && cmp got/F1 want && cmp got/F4 tree/f4");
    grow_image_close(&g);
}

/* Every record that shows the sections, in both trees; none that shows others. */
static void test_names(void **state)
{
    static const struct record records[] = {{"F", 0, 0, 0, 0, 28, 5000},
                                            {"G", 0, 0, 0, 0, 28, 4999},
                                            {"H", 0, 0, 0, 0, 28, 5000},
                                            {"I", MULTI, 0, 0, 0, 28, 4096}};
    static const struct record rest = {"I", 0, 0, 0, 0, 28, 5000};
    struct iso_image m;
    struct grow_image g;
    uint64_t off = ROOT * SECTOR + 2 * 34;
    uint8_t d[256];

    (void)state;
    begin(&m);
    for (unsigned i = 0; i < 4; i++)
        put_record(&m, &records[i]);
    put_record(&m, &rest);
    put_supplementary(&m);
    put_record(&m, &records[0]);
    overlay(&m, &g);
    assert_int_equal(vtc_grow_iso_file(&g.g, "/F", &tail), VTC_OK);
    assert_record(&g, off, 32, 5016, 0);
    assert_record(&g, off + 34, 28, 4999, 0);
    assert_record(&g, off + 68, 32, 5016, 0);
    assert_record(&g, off + 102, 28, 4096, MULTI);
    assert_record(&g, off + 136, 28, 5000, 0);
    assert_record(&g, SUB * SECTOR, 32, 5016, 0);
    for (unsigned i = 16; i < 18; i++) {
        assert_int_equal(vtc_image_read(&g.img, &g.disk_reader, i * SECTOR, d, sizeof d), 0);
        assert_int_equal(vtc_le32(d + 80), 35);
        assert_int_equal(vtc_be32(d + 84), 35);
    }
    assert_int_equal(g.img.bytes, 35 * SECTOR);
    grow_image_close(&g);
    iso_image_free(&m);
}

/* A tree that does not go well with the primary one is a reason to refuse. */
static void test_supplementary(void **state)
{
    static const struct record f = {"F", 0, 0, 0, 0, 28, 5000}, empty = {"F", 0, 0, 0, 0, 0, 0};
    static const struct {
        uint32_t at; /* in the descriptor */
        uint8_t byte;
        const struct record *file;
        int rc;
    } supplementary[] = {
        {188, 1, &f, VTC_OK},         {129, 4, &f, VTC_ENOTSUP},     {156, 33, &f, VTC_EFORMAT},
        {160, 0xff, &f, VTC_EFORMAT}, {188, 1, &empty, VTC_ENOTSUP},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(supplementary); i++) {
        struct iso_image m;
        struct grow_image g;
        uint8_t *d;

        begin(&m);
        put_record(&m, supplementary[i].file);
        d = put_supplementary(&m);
        d[supplementary[i].at] = supplementary[i].byte;
        put_record(&m, supplementary[i].file);
        overlay(&m, &g);
        assert_int_equal(vtc_grow_iso_file(&g.g, "/F", &tail), supplementary[i].rc);
        grow_image_close(&g);
        iso_image_free(&m);
    }
}

/* Directories that lead to one another many times over, 60 records each, and at last to records that
 * begin where the file does: as many ways as no walk can go, without a directory in itself. */
static void test_branching(void **state)
{
    struct iso_image m;
    struct grow_image g;

    (void)state;
    begin(&m);
    iso_put_file(&m, "F", 0, 28, 100);
    iso_put_file(&m, "D", 2, 4, SECTOR);
    for (uint32_t lba = 4; lba < 10; lba++) {
        m.at = m.src.bytes + lba * SECTOR;
        for (unsigned i = 0; i < 60; i++)
            iso_put_file(&m, "D", lba < 9 ? 2 : 0, lba < 9 ? lba + 1 : 28, lba < 9 ? SECTOR : 99);
    }
    overlay(&m, &g);
    g.disk.reads = 0;
    assert_int_equal(vtc_grow_iso_file(&g.g, "/F", &tail), VTC_EFORMAT);
    assert_in_range(g.disk.reads, 1000, 1000000);
    grow_image_close(&g);
    iso_image_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),   cmocka_unit_test(test_zisofs),
        cmocka_unit_test(test_alignment), cmocka_unit_test(test_sections),
        cmocka_unit_test(test_names),     cmocka_unit_test(test_supplementary),
        cmocka_unit_test(test_branching),
    };

    return cmocka_run_group_tests(tests, fixture_enter_tmpdir, fixture_leave_tmpdir);
}

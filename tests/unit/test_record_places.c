/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which copy of a stick record counts: the usual stick's two, the converted one's two. */
#include <ventoc/bytes.h>
#include <ventoc/crc32.h>
#include <ventoc/layout.h>
#include <ventoc/record.h>

#include "fixture.h"

static const struct vtc_record example = {
    .uuid = {0x10, 0x32, 0x54, 0x76},
    .format = 1,
    .sector_bytes = 512,
    .disk_bytes = 0x200000000,
    .data_off = 0x4000000,
    .data_bytes = 0x1bc000000,
    .slot_off = {0x100000, 0x2000000},
    .slot_bytes = 0x1f00000,
};

static const struct vtc_record converted = {
    .uuid = {0xc0, 1, 2, 3},
    .format = 1,
    .sector_bytes = 512,
    .flags = VTC_RECORD_CONVERTED,
    .disk_bytes = 0x100000000,
    .data_off = 0x100000,
    .data_bytes = 0xfdf00000,
    .slot_off = {0xfe000000, 0xfef80000},
    .slot_bytes = 0xf80000,
};

/* What a copy's place holds. ALIEN: a good record of the other kind of stick. */
enum copy { NONE, GOOD, DAMAGED, NEWER, ALIEN, UNREADABLE };

/* A 64 MiB disk would do for all copies; only they are backed: the two below 1 MiB come first. */
struct places {
    uint8_t raw[4][VTC_RECORD_BYTES];
    int unreadable[4];
};

static int places_read(void *ctx, uint64_t off, void *buf, uint32_t bytes)
{
    static const uint64_t at[4] = {2040 * 512, 2044 * 512, 63 * VTC_MIB,
                                   63 * VTC_MIB + VTC_MIB / 2};
    struct places *p = ctx;
    int which = 0;

    while (which < 4 && off != at[which])
        which++;
    assert_true(which < 4);
    assert_int_equal(bytes, VTC_RECORD_BYTES);
    if (p->unreadable[which])
        return VTC_EIO;
    memcpy(buf, p->raw[which], bytes);
    return VTC_OK;
}

static void fill_place(struct places *places, int which, enum copy kind)
{
    uint8_t *raw = places->raw[which];
    int low = which < 2;

    assert_int_equal(vtc_record_encode(low == (kind != ALIEN) ? &converted : &example, raw),
                     VTC_OK);
    if (kind == NEWER)
        raw[8] = (uint8_t)(7 + which);
    vtc_put_le32(raw + 508, vtc_crc32(0, raw, 508));
    if (kind == NONE)
        memset(raw, 0, VTC_RECORD_BYTES);
    if (kind == DAMAGED)
        raw[300] = 1;
    places->unreadable[which] = kind == UNREADABLE;
}

static void reading_the_copies(void **state)
{
    static const struct {
        enum copy copy[4];
        int rc;
        uint32_t format;
    } cases[] = {
        /* the usual stick */
        {{NONE, NONE, GOOD, GOOD}, VTC_OK, 1},
        {{NONE, NONE, GOOD, UNREADABLE}, VTC_OK, 1},
        {{NONE, NONE, NONE, GOOD}, VTC_OK, 1},
        {{NONE, NONE, DAMAGED, GOOD}, VTC_OK, 1},
        {{NONE, NONE, NEWER, GOOD}, VTC_OK, 1},
        {{NONE, NONE, UNREADABLE, GOOD}, VTC_OK, 1},
        {{NONE, NONE, ALIEN, GOOD}, VTC_OK, 1},
        {{NONE, NONE, NONE, NONE}, VTC_ENOENT, 0},
        {{NONE, NONE, DAMAGED, NONE}, VTC_EFORMAT, 0},
        {{NONE, NONE, NONE, DAMAGED}, VTC_EFORMAT, 0},
        {{NONE, NONE, NEWER, DAMAGED}, VTC_ENOTSUP, 9},
        {{NONE, NONE, DAMAGED, NEWER}, VTC_ENOTSUP, 10},
        {{NONE, NONE, NEWER, UNREADABLE}, VTC_ENOTSUP, 9},
        {{NONE, NONE, UNREADABLE, NONE}, VTC_ENOENT, 0},
        {{NONE, NONE, NONE, UNREADABLE}, VTC_ENOENT, 0},
        {{NONE, NONE, ALIEN, ALIEN}, VTC_ENOENT, 0},
        {{UNREADABLE, UNREADABLE, GOOD, GOOD}, VTC_OK, 1},
        {{UNREADABLE, UNREADABLE, UNREADABLE, UNREADABLE}, VTC_EIO, 0},
        {{NONE, NONE, UNREADABLE, UNREADABLE}, VTC_ENOENT, 0},
        /* a converted one: what is at 63 MiB does not count, whatever it is */
        {{GOOD, GOOD, NONE, NONE}, VTC_OK, 2},
        {{GOOD, GOOD, GOOD, GOOD}, VTC_OK, 2},
        {{NONE, GOOD, GOOD, GOOD}, VTC_OK, 2},
        {{DAMAGED, GOOD, GOOD, GOOD}, VTC_OK, 2},
        {{UNREADABLE, GOOD, NEWER, NEWER}, VTC_OK, 2},
        {{DAMAGED, NONE, GOOD, GOOD}, VTC_EFORMAT, 0},
        {{NONE, DAMAGED, GOOD, GOOD}, VTC_EFORMAT, 0},
        {{DAMAGED, DAMAGED, GOOD, GOOD}, VTC_EFORMAT, 0},
        {{NEWER, NONE, GOOD, GOOD}, VTC_ENOTSUP, 7},
        {{DAMAGED, NEWER, GOOD, GOOD}, VTC_ENOTSUP, 8},
        {{ALIEN, ALIEN, NONE, NONE}, VTC_ENOENT, 0},
        {{ALIEN, ALIEN, GOOD, NONE}, VTC_OK, 1},
    };
    size_t i;
    int c;

    (void)state;
    for (i = 0; i < COUNT_OF(cases); i++) {
        struct places places;
        struct vtc_reader disk = {places_read, &places, 64 * VTC_MIB};
        struct vtc_record rec;

        memset(&rec, 0xee, sizeof rec);
        for (c = 0; c < 4; c++)
            fill_place(&places, c, cases[i].copy[c]);
        if (vtc_record_read(&disk, &rec) != cases[i].rc)
            fail_msg("case %zu: not %d", i, cases[i].rc);
        if (cases[i].rc) {
            assert_int_equal(rec.format, cases[i].format);
            continue;
        }
        assert_memory_equal(rec.uuid, cases[i].format == 2 ? converted.uuid : example.uuid, 16);
    }
}

static void small_disks_have_no_record(void **state)
{
    struct places places = {{{0}}, {0, 0, 0, 0}};
    struct vtc_reader disk = {places_read, &places, VTC_RECORD_OFF_1 + 511};
    struct vtc_record rec;

    (void)state;
    assert_int_equal(vtc_record_read(&disk, &rec), VTC_ENOENT);
    fill_place(&places, 2, GOOD);
    assert_int_equal(vtc_record_read(&disk, &rec), VTC_ENOENT);
    disk.bytes++;
    assert_int_equal(vtc_record_read(&disk, &rec), VTC_OK);
    disk.bytes = 2040 * 512 + 511;
    fill_place(&places, 0, GOOD);
    assert_int_equal(vtc_record_read(&disk, &rec), VTC_ENOENT);
    disk.bytes++;
    assert_int_equal(vtc_record_read(&disk, &rec), VTC_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reading_the_copies),
        cmocka_unit_test(small_disks_have_no_record),
    };

    return cmocka_run_group_tests_name("record_places", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ventoc/bytes.h>
#include <ventoc/crc32.h>
#include <ventoc/layout.h>
#include <ventoc/record.h>

#include "fixture.h"

/* An 8 GiB stick with 1 GiB reserved, laid out as include/ventoc/layout.h says. */
static const struct vtc_record example = {
    .uuid = {0x10, 0x32, 0x54, 0x76, 0x98, 0xba, 0x4d, 0xfe, 0x81, 1, 2, 3, 4, 5, 6, 7},
    .format = 1,
    .sector_bytes = 512,
    .flags = VTC_RECORD_GPT,
    .disk_bytes = 0x200000000,
    .data_off = 0x4000000,
    .data_bytes = 0x1bc000000,
    .reserve_bytes = 0x40000000,
    .slot_off = {0x100000, 0x2000000},
    .slot_bytes = 0x1f00000,
    .label = "St\xc3\xbc"
             "ck",
};

/* The example's bytes that are not zero, field by field, without the sum. */
static const struct {
    unsigned at;
    const char *bytes;
    unsigned count;
} example_bytes[] = {
    {0, "VENTOC\r\n", 8},
    {8, "\x01\x00\x00\x00\x00\x02\x00\x00", 8},
    {16, "\x10\x32\x54\x76\x98\xba\x4d\xfe\x81\x01\x02\x03\x04\x05\x06\x07", 16},
    {32, "\x00\x02\x00\x00\x01\x00\x00\x00", 8},
    {40, "\x00\x00\x00\x00\x02\x00\x00\x00", 8},
    {48, "\x00\x00\x00\x04\x00\x00\x00\x00", 8},
    {56, "\x00\x00\x00\xbc\x01\x00\x00\x00", 8},
    {64, "\x00\x00\x00\x40\x00\x00\x00\x00", 8},
    {72, "\x00\x00\x10\x00\x00\x00\x00\x00", 8},
    {80, "\x00\x00\x00\x02\x00\x00\x00\x00", 8},
    {88, "\x00\x00\xf0\x01\x00\x00\x00\x00", 8},
    {96,
     "St\xc3\xbc"
     "ck",
     6},
};

static void make_example(uint8_t raw[VTC_RECORD_BYTES])
{
    size_t i;

    memset(raw, 0, VTC_RECORD_BYTES);
    for (i = 0; i < COUNT_OF(example_bytes); i++)
        memcpy(raw + example_bytes[i].at, example_bytes[i].bytes, example_bytes[i].count);
    vtc_put_le32(raw + 508, vtc_crc32(0, raw, 508));
}

static void encode_writes_the_documented_bytes(void **state)
{
    uint8_t expected[VTC_RECORD_BYTES], raw[VTC_RECORD_BYTES];

    (void)state;
    make_example(expected);
    memset(raw, 0xee, sizeof raw);
    assert_int_equal(vtc_record_encode(&example, raw), VTC_OK);
    assert_memory_equal(raw, expected, sizeof raw);
}

static void decode_reads_them_back(void **state)
{
    uint8_t raw[VTC_RECORD_BYTES];
    struct vtc_record rec;

    (void)state;
    make_example(raw);
    memset(&rec, 0xee, sizeof rec);
    assert_int_equal(vtc_record_decode(raw, &rec), VTC_OK);
    assert_memory_equal(rec.uuid, example.uuid, 16);
    assert_int_equal(rec.format, 1);
    assert_int_equal(rec.sector_bytes, 512);
    assert_int_equal(rec.flags, VTC_RECORD_GPT);
    assert_int_equal(rec.disk_bytes, example.disk_bytes);
    assert_int_equal(rec.data_off, example.data_off);
    assert_int_equal(rec.data_bytes, example.data_bytes);
    assert_int_equal(rec.reserve_bytes, example.reserve_bytes);
    assert_int_equal(rec.slot_off[0], example.slot_off[0]);
    assert_int_equal(rec.slot_off[1], example.slot_off[1]);
    assert_int_equal(rec.slot_bytes, example.slot_bytes);
    assert_string_equal(rec.label, example.label);
}

/* Each case changes one field of the example, with a good sum. */
static void decode_refuses_bad_fields(void **state)
{
    static const struct {
        const char *name;
        unsigned at, width;
        uint64_t value;
        int rc;
    } cases[] = {
        {"nothing changed", 32, 4, 512, VTC_OK},
        {"4096-byte sectors", 32, 4, 4096, VTC_OK},
        {"flags of the future", 36, 4, 0x80000001, VTC_OK},
        {"no magic", 0, 4, 0x544e4557, VTC_ENOENT},
        {"magic, last byte", 7, 1, '\r', VTC_ENOENT},
        {"format 0", 8, 4, 0, VTC_EFORMAT},
        {"format 2", 8, 4, 2, VTC_ENOTSUP},
        {"format 2^32 - 1", 8, 4, 0xffffffff, VTC_ENOTSUP},
        {"record bytes", 12, 4, 1024, VTC_EFORMAT},
        {"sector 0", 32, 4, 0, VTC_EFORMAT},
        {"sector 1024", 32, 4, 1024, VTC_EFORMAT},
        {"disk 0", 40, 8, 0, VTC_EFORMAT},
        {"disk ends before data", 40, 8, 0x3000000, VTC_EFORMAT},
        {"disk ends inside data", 40, 8, 0x100000000, VTC_EFORMAT},
        {"disk leaves no room for the reserve", 40, 8, 0x1ffffffff, VTC_EFORMAT},
        {"disk 2^64 - 1", 40, 8, UINT64_MAX, VTC_OK},
        {"data at 0", 48, 8, 0, VTC_EFORMAT},
        {"data at an odd byte", 48, 8, 0x4000001, VTC_EFORMAT},
        {"data over slot B", 48, 8, 0x2200000, VTC_EFORMAT},
        {"data over the record's copy 1", 48, 8, 63 * VTC_MIB, VTC_EFORMAT},
        {"data over the record's copy 2", 48, 8, 63 * VTC_MIB + VTC_MIB / 2, VTC_EFORMAT},
        {"data behind the disk", 48, 8, 0x200000200, VTC_EFORMAT},
        {"data wraps", 48, 8, 0xfffffffffffffe00, VTC_EFORMAT},
        {"data empty", 56, 8, 0, VTC_EFORMAT},
        {"data too long", 56, 8, 0x1fc000200, VTC_EFORMAT},
        {"data bytes wrap", 56, 8, 0xfffffffffffffe00, VTC_EFORMAT},
        {"reserve none", 64, 8, 0, VTC_OK},
        {"reserve too great", 64, 8, 0x40000001, VTC_EFORMAT},
        {"reserve wraps", 64, 8, UINT64_MAX, VTC_EFORMAT},
        {"slot A at 0", 72, 8, 0, VTC_EFORMAT},
        {"slot A is slot B", 72, 8, 0x2000000, VTC_EFORMAT},
        {"slot A ends a sector before slot B", 72, 8, 0xffe00, VTC_OK},
        {"slot A reaches a sector into slot B", 72, 8, 0x100200, VTC_EFORMAT},
        {"slot B in the data", 80, 8, 0x4000000, VTC_EFORMAT},
        {"slot B over the record", 80, 8, 0x2000200, VTC_EFORMAT},
        {"slots empty", 88, 8, 0, VTC_EFORMAT},
        {"slots odd", 88, 8, 0x1000001, VTC_EFORMAT},
        {"slots too long", 88, 8, 0x2000000, VTC_EFORMAT},
        {"rest not zero", 160, 1, 1, VTC_EFORMAT},
        {"rest not zero at its end", 507, 1, 1, VTC_EFORMAT},
    };
    uint8_t raw[VTC_RECORD_BYTES];
    struct vtc_record rec;
    size_t i;
    unsigned b;

    (void)state;
    for (i = 0; i < COUNT_OF(cases); i++) {
        int rc;

        make_example(raw);
        for (b = 0; b < cases[i].width; b++)
            raw[cases[i].at + b] = (uint8_t)(cases[i].value >> 8 * b);
        vtc_put_le32(raw + 508, vtc_crc32(0, raw, 508));
        rc = vtc_record_decode(raw, &rec);
        if (rc != cases[i].rc)
            fail_msg("%s: %d, not %d", cases[i].name, rc, cases[i].rc);
        if (rc == VTC_ENOTSUP)
            assert_int_equal(rec.format, cases[i].value);
    }
}

static void decode_sees_every_damaged_byte(void **state)
{
    uint8_t raw[VTC_RECORD_BYTES];
    struct vtc_record rec;
    unsigned i;

    (void)state;
    for (i = 0; i < VTC_RECORD_BYTES; i++) {
        make_example(raw);
        raw[i] ^= 0x10;
        assert_int_equal(vtc_record_decode(raw, &rec), i < 8 ? VTC_ENOENT : VTC_EFORMAT);
    }
}

#define TEN "0123456789"

static void labels(void **state)
{
    static const struct {
        const char *label;
        int rc;
    } cases[] = {
        {"", VTC_OK},
        {"VENTOC", VTC_OK},
        {TEN TEN TEN TEN TEN TEN "1234", VTC_OK},
        {TEN TEN TEN TEN TEN TEN "12\xc3\xbc", VTC_OK},
        {TEN TEN TEN TEN TEN TEN "123\xc3", VTC_EINVAL},
        {"\xe6\x97\xa5\xe6\x9c\xac", VTC_OK},
        {"\xe0\xa0\x80", VTC_OK},
        {"\xf0\x9f\x92\xbf", VTC_OK},
        {"\xf4\x8f\xbf\xbf", VTC_OK},
        {"\xed\x9f\xbf", VTC_OK},
        {"tab\t", VTC_EINVAL},
        {"escape\x1b[2J", VTC_EINVAL},
        {"del\x7f", VTC_EINVAL},
        {"\x80", VTC_EINVAL},
        {"\xc1\x81", VTC_EINVAL},         /* overlong */
        {"\xe0\x9f\xbf", VTC_EINVAL},     /* overlong */
        {"\xf0\x8f\xbf\xbf", VTC_EINVAL}, /* overlong */
        {"\xed\xa0\x80", VTC_EINVAL},     /* surrogate */
        {"\xf4\x90\x80\x80", VTC_EINVAL}, /* above U+10FFFF */
        {"\xf5\x80\x80\x80", VTC_EINVAL},
        {"\xe6\x97", VTC_EINVAL},
        {"\xe6\x97x", VTC_EINVAL},
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(cases); i++) {
        uint8_t raw[VTC_RECORD_BYTES];
        struct vtc_record rec = example, back;

        memset(rec.label, 'x', sizeof rec.label); /* what follows the NUL does not matter */
        strcpy(rec.label, cases[i].label);
        assert_int_equal(vtc_record_encode(&rec, raw), cases[i].rc);
        if (!cases[i].rc) {
            assert_int_equal(vtc_record_decode(raw, &back), VTC_OK);
            assert_string_equal(back.label, cases[i].label);
            continue;
        }
        make_example(raw);
        memset(raw + 96, 0, 64);
        memcpy(raw + 96, cases[i].label, strlen(cases[i].label));
        vtc_put_le32(raw + 508, vtc_crc32(0, raw, 508));
        assert_int_equal(vtc_record_decode(raw, &back), VTC_EFORMAT);
    }
}

static void label_is_padded_with_nuls_only(void **state)
{
    uint8_t raw[VTC_RECORD_BYTES];
    struct vtc_record rec;

    (void)state;
    make_example(raw);
    raw[96 + 63] = 'x';
    vtc_put_le32(raw + 508, vtc_crc32(0, raw, 508));
    assert_int_equal(vtc_record_decode(raw, &rec), VTC_EFORMAT);
}

static void encode_refuses(void **state)
{
    uint8_t raw[VTC_RECORD_BYTES];
    struct vtc_record rec = example;

    (void)state;
    rec.format = 2;
    assert_int_equal(vtc_record_encode(&rec, raw), VTC_EINVAL);
    rec = example;
    rec.sector_bytes = 513;
    assert_int_equal(vtc_record_encode(&rec, raw), VTC_EINVAL);
    rec = example;
    rec.data_bytes++;
    assert_int_equal(vtc_record_encode(&rec, raw), VTC_EINVAL);
    rec = example;
    memset(rec.label, 'a', sizeof rec.label);
    assert_int_equal(vtc_record_encode(&rec, raw), VTC_EINVAL);
}

enum copy { GOOD, NONE, DAMAGED, NEWER, UNREADABLE };

/* A 64 MiB disk would do for both copies; only they are backed. */
struct two_copies {
    uint8_t raw[2][VTC_RECORD_BYTES];
    int unreadable[2];
};

static int two_copies_read(void *ctx, uint64_t off, void *buf, uint32_t bytes)
{
    struct two_copies *t = ctx;
    int which = off == VTC_RECORD_OFF_1 ? 0 : 1;

    assert_true(off == VTC_RECORD_OFF_1 || off == VTC_RECORD_OFF_2);
    assert_int_equal(bytes, VTC_RECORD_BYTES);
    if (t->unreadable[which])
        return VTC_EIO;
    memcpy(buf, t->raw[which], bytes);
    return VTC_OK;
}

static void reading_two_copies(void **state)
{
    static const struct {
        enum copy copy[2];
        int rc;
        uint32_t format;
    } cases[] = {
        {{GOOD, GOOD}, VTC_OK, 1},
        {{GOOD, UNREADABLE}, VTC_OK, 1},
        {{NONE, GOOD}, VTC_OK, 1},
        {{DAMAGED, GOOD}, VTC_OK, 1},
        {{NEWER, GOOD}, VTC_OK, 1},
        {{UNREADABLE, GOOD}, VTC_OK, 1},
        {{NONE, NONE}, VTC_ENOENT, 0},
        {{DAMAGED, NONE}, VTC_EFORMAT, 0},
        {{NONE, DAMAGED}, VTC_EFORMAT, 0},
        {{NEWER, DAMAGED}, VTC_ENOTSUP, 7},
        {{DAMAGED, NEWER}, VTC_ENOTSUP, 7},
        {{NEWER, UNREADABLE}, VTC_ENOTSUP, 7},
        {{UNREADABLE, NONE}, VTC_ENOENT, 0},
        {{NONE, UNREADABLE}, VTC_ENOENT, 0},
        {{UNREADABLE, UNREADABLE}, VTC_EIO, 0},
    };
    size_t i;
    int c;

    (void)state;
    for (i = 0; i < COUNT_OF(cases); i++) {
        struct two_copies copies;
        struct vtc_reader disk = {two_copies_read, &copies, 64 * VTC_MIB};
        struct vtc_record rec;

        memset(&rec, 0xee, sizeof rec);
        for (c = 0; c < 2; c++) {
            enum copy kind = cases[i].copy[c];

            make_example(copies.raw[c]);
            if (kind == NEWER)
                copies.raw[c][8] = 7;
            vtc_put_le32(copies.raw[c] + 508, vtc_crc32(0, copies.raw[c], 508));
            if (kind == NONE)
                memset(copies.raw[c], 0, VTC_RECORD_BYTES);
            if (kind == DAMAGED)
                copies.raw[c][300] = 1;
            copies.unreadable[c] = kind == UNREADABLE;
        }
        if (vtc_record_read(&disk, &rec) != cases[i].rc)
            fail_msg("case %zu: not %d", i, cases[i].rc);
        assert_int_equal(rec.format, cases[i].format);
    }
}

static void small_disks_have_no_record(void **state)
{
    struct two_copies copies = {{{0}}, {0, 0}};
    struct vtc_reader disk = {two_copies_read, &copies, VTC_RECORD_OFF_1 + 511};
    struct vtc_record rec;

    (void)state;
    assert_int_equal(vtc_record_read(&disk, &rec), VTC_ENOENT);
    make_example(copies.raw[0]);
    assert_int_equal(vtc_record_read(&disk, &rec), VTC_ENOENT);
    disk.bytes++;
    assert_int_equal(vtc_record_read(&disk, &rec), VTC_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encode_writes_the_documented_bytes),
        cmocka_unit_test(decode_reads_them_back),
        cmocka_unit_test(decode_refuses_bad_fields),
        cmocka_unit_test(decode_sees_every_damaged_byte),
        cmocka_unit_test(labels),
        cmocka_unit_test(label_is_padded_with_nuls_only),
        cmocka_unit_test(encode_refuses),
        cmocka_unit_test(reading_two_copies),
        cmocka_unit_test(small_disks_have_no_record),
    };

    return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}

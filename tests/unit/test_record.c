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

/* A 4 GiB stick converted from Ventoy's layout: 4096 MiB - 32 MiB is where its boot partition was. */
static const struct vtc_record converted = {
    .uuid = {0xc0, 1, 2, 3, 4, 5, 0x46, 7, 0x88, 9, 10, 11, 12, 13, 14, 15},
    .format = 1,
    .sector_bytes = 512,
    .flags = VTC_RECORD_CONVERTED,
    .disk_bytes = 0x100000000,
    .data_off = 0x100000,
    .data_bytes = 0xfdf00000,
    .slot_off = {0xfe000000, 0xfef80000},
    .slot_bytes = 0xf80000,
    .label = "Ventoy",
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
        {"converted", 36, 4, 5, VTC_OK},
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

/* The same with the converted one: the record's copies are elsewhere. */
static void converted_sticks(void **state)
{
    static const struct {
        const char *name;
        uint64_t data_off, data_bytes, slot_off[2], slot_bytes;
        uint32_t sector_bytes;
        int rc;
    } cases[] = {
        {"as it is", 0x100000, 0xfdf00000, {0xfe000000, 0xfef80000}, 0xf80000, 512, VTC_OK},
        {"a gap behind the data",
         0x100000,
         0xfdeffe00,
         {0xfe000000, 0xfef80000},
         0xf80000,
         512,
         VTC_OK},
        {"data into slot A",
         0x100000,
         0xfdf00200,
         {0xfe000000, 0xfef80000},
         0xf80000,
         512,
         VTC_EINVAL},
        {"slot A into B",
         0x100000,
         0xfdf00000,
         {0xfe000000, 0xfef80000},
         0xf80200,
         512,
         VTC_EINVAL},
        {"B ends with the disk",
         0x100000,
         0xfdf00000,
         {0xfe000000, 0xff080000},
         0xf80000,
         512,
         VTC_OK},
        {"B leaves the disk",
         0x100000,
         0xfdf00000,
         {0xfe000000, 0xff080200},
         0xf80000,
         512,
         VTC_EINVAL},
        {"data over copy 2",
         0xff800,
         0xfdf00000,
         {0xfe000000, 0xfef80000},
         0xf80000,
         512,
         VTC_EINVAL},
        {"data over both",
         0xff000,
         0xfdf00000,
         {0xfe000000, 0xfef80000},
         0xf80000,
         512,
         VTC_EINVAL},
        {"data behind copy 2",
         0xffa00,
         0xfdf00000,
         {0xfe000000, 0xfef80000},
         0xf80000,
         512,
         VTC_OK},
        {"4096-byte sectors",
         0x100000,
         0xfdf00000,
         {0xfe000000, 0xfef80000},
         0xf80000,
         4096,
         VTC_EINVAL},
    };
    uint8_t raw[VTC_RECORD_BYTES];
    struct vtc_record rec, back;
    uint64_t off[2];
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(cases); i++) {
        rec = converted;
        rec.data_off = cases[i].data_off;
        rec.data_bytes = cases[i].data_bytes;
        rec.slot_off[0] = cases[i].slot_off[0];
        rec.slot_off[1] = cases[i].slot_off[1];
        rec.slot_bytes = cases[i].slot_bytes;
        rec.sector_bytes = cases[i].sector_bytes;
        if (vtc_record_encode(&rec, raw) != cases[i].rc)
            fail_msg("%s: not %d", cases[i].name, cases[i].rc);
        if (!cases[i].rc)
            assert_int_equal(vtc_record_decode(raw, &back), VTC_OK);
    }
    /* The usual stick's record covers these places, and this one the usual ones. */
    rec = converted;
    rec.flags = 0;
    assert_int_equal(vtc_record_encode(&rec, raw), VTC_EINVAL);
    vtc_record_places(&converted, off);
    assert_int_equal(off[0], 2040 * 512);
    assert_int_equal(off[1], 2044 * 512);
    vtc_record_places(&example, off);
    assert_int_equal(off[0], 63 * VTC_MIB);
    assert_int_equal(off[1], 63 * VTC_MIB + VTC_MIB / 2);
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
        cmocka_unit_test(converted_sticks),
    };

    return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}

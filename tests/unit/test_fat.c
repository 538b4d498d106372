/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FAT: boot sectors, most of them broken, and what they say of a volume. */
#include "fat_volume.h"

#include <ventoc/bytes.h>

static const struct {
    const char *what;
    unsigned bits;
    uint16_t at, value; /* 16-bit field overwritten */
    int rc;
} bpb_cases[] = {
    {"as made, FAT12", 12, 3, 0, VTC_OK},
    {"as made, FAT32", 32, 3, 0, VTC_OK},
    {"a near jump", 12, 0, 0x3ce9, VTC_OK},
    {"no 0x55AA", 12, 510, 0, VTC_ENOENT},
    {"no jump", 12, 0, 0x3cfa, VTC_ENOENT},
    {"sector 0", 12, 11, 0, VTC_ENOENT},
    {"sector 256", 12, 11, 256, VTC_ENOENT},
    {"sector 768", 12, 11, 768, VTC_ENOENT},
    {"sector 8192", 12, 11, 8192, VTC_ENOENT},
    {"no reserved sector", 12, 14, 0, VTC_ENOENT},
    {"no FAT", 12, 16, 0, VTC_ENOENT}, /* clears the low byte of the root count too */
    {"0 sectors per cluster", 12, 13, 0x0100, VTC_EFORMAT},
    {"3 sectors per cluster", 12, 13, 0x0103, VTC_EFORMAT},
    {"FAT12 without a root", 12, 17, 0, VTC_EFORMAT},
    {"FAT32 with a FAT16 root", 32, 17, 16, VTC_EFORMAT},
    {"no sectors at all", 12, 19, 0, VTC_EFORMAT},
    {"a cluster larger than the heap", 12, 13, 0x0180, VTC_EFORMAT},
    {"FATs beyond the end", 12, 19, 21, VTC_EFORMAT},
    {"no room for a cluster", 12, 19, 22, VTC_EFORMAT},
    {"root behind the end", 12, 17, 0xfff0, VTC_EFORMAT},
    {"FAT32 FAT of size 0", 32, 36, 0, VTC_EFORMAT},
    {"FAT32 version 1", 32, 42, 1, VTC_ENOTSUP},
    {"FAT32 root cluster 0", 32, 44, 0, VTC_EFORMAT},
    {"FAT32 root cluster 1", 32, 44, 1, VTC_EFORMAT},
    {"FAT32 root cluster 101, the last", 32, 44, 101, VTC_OK},
    {"FAT32 root cluster 102", 32, 44, 102, VTC_EFORMAT},
    {"FAT32 mirrored, the low nibble means nothing", 32, 40, 0x01, VTC_OK},
    {"FAT12 without an extended signature", 12, 38, 0, VTC_OK},
    {"FAT32 active FAT 0 of 1", 32, 40, 0x80, VTC_OK},
    {"FAT32 active FAT 1 of 1", 32, 40, 0x81, VTC_EFORMAT},
};

static void test_boot_sector(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(bpb_cases); i++) {
        struct fat_volume v;
        int rc;

        fat_volume_init(&v, bpb_cases[i].bits);
        vtc_put_le16(v.src.bytes + bpb_cases[i].at, bpb_cases[i].value);
        rc = vtc_fat_open(&v.fat, &v.src_reader);
        if (rc != bpb_cases[i].rc)
            fail_msg("%s: %d, not %d", bpb_cases[i].what, rc, bpb_cases[i].rc);
        fat_volume_free(&v);
    }
}

static void test_geometry(void **state)
{
    static const struct {
        unsigned bits;
        uint32_t clusters;
        uint64_t root_off, data_off, volume_bytes;
        const char *label;
    } want[] = {
        {12, 100, 21 * SECTOR, 22 * SECTOR, 122 * SECTOR, "A_ LABEL~"},
        {16, 4200, 21 * SECTOR, 22 * SECTOR, 4222 * SECTOR, ""},
        {32, 100, 0, 21 * SECTOR, 121 * SECTOR, "B_  LABEL 3"},
    };
    struct fat_volume v;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(want); i++) {
        fat_volume_init(&v, want[i].bits);
        assert_int_equal(vtc_fat_open(&v.fat, &v.src_reader), 0);
        assert_int_equal(v.fat.bits, want[i].bits);
        assert_int_equal(v.fat.cluster_count, want[i].clusters);
        assert_int_equal(v.fat.fat_off, SECTOR);
        assert_int_equal(v.fat.root_off, want[i].root_off);
        assert_int_equal(v.fat.data_off, want[i].data_off);
        assert_int_equal(v.fat.volume_bytes, want[i].volume_bytes);
        assert_string_equal(v.fat.label, want[i].label);
        v.src_reader.bytes = SECTOR - 1;
        assert_int_equal(vtc_fat_open(&v.fat, &v.src_reader), VTC_ENOENT);
        fat_volume_free(&v);
    }
}

/* No extended boot signature: no label. */
static void test_no_label(void **state)
{
    (void)state;
    for (unsigned bits = 12; bits <= 32; bits += 20) {
        struct fat_volume v;

        fat_volume_init(&v, bits);
        v.src.bytes[bits == 32 ? 66 : 38] = 0x28;
        assert_int_equal(vtc_fat_open(&v.fat, &v.src_reader), 0);
        assert_string_equal(v.fat.label, "");
        fat_volume_free(&v);
    }
}

/* The count of clusters makes the type (section 3.5), and a FAT that is too short for its volume
 * bounds it: clusters it cannot name do not exist. */
static void test_cluster_counts(void **state)
{
    static const struct {
        unsigned made_as; /* by fat_volume_init() */
        uint32_t sectors; /* data sectors, one per cluster */
        uint16_t fat_sectors;
        unsigned bits;
        uint32_t cluster_count;
    } cases[] = {
        {16, 4084, 20, 12, 4084}, {16, 4085, 20, 16, 4085}, {12, 4084, 1, 12, 512 * 2 / 3 - 2},
        {16, 5118, 20, 16, 5118}, {16, 5119, 20, 16, 5118}, {16, 1000000, 20, 16, 5118},
        {32, 2558, 20, 32, 2558}, {32, 2559, 20, 32, 2558}, {32, 0xfff00000, 20, 32, 2558},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        uint32_t other = 1u + cases[i].fat_sectors + (cases[i].made_as == 32 ? 0 : 1);
        struct fat_volume v;

        fat_volume_init(&v, cases[i].made_as);
        vtc_put_le16(v.src.bytes + 19, 0);
        vtc_put_le32(v.src.bytes + 32, other + cases[i].sectors);
        if (cases[i].made_as != 32)
            vtc_put_le16(v.src.bytes + 22, cases[i].fat_sectors);
        assert_int_equal(vtc_fat_open(&v.fat, &v.src_reader), 0);
        assert_int_equal(v.fat.bits, cases[i].bits);
        assert_int_equal(v.fat.cluster_count, cases[i].cluster_count);
        fat_volume_free(&v);
    }
}

/* The second FAT, when the first one is switched off. */
static void test_active_fat(void **state)
{
    struct fat_volume v;

    (void)state;
    fat_volume_init(&v, 32);
    v.src.bytes[16] = 2;
    vtc_put_le16(v.src.bytes + 40, 0x81);
    vtc_put_le32(v.src.bytes + 36, FAT_SECTORS / 2);
    assert_int_equal(vtc_fat_open(&v.fat, &v.src_reader), 0);
    assert_int_equal(v.fat.fat_off, SECTOR + FAT_SECTORS / 2 * SECTOR);
    fat_volume_free(&v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_boot_sector), cmocka_unit_test(test_geometry),
        cmocka_unit_test(test_no_label),    cmocka_unit_test(test_cluster_counts),
        cmocka_unit_test(test_active_fat),
    };

    return cmocka_run_group_tests_name("fat", tests, NULL, NULL);
}

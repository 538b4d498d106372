/* SPDX-License-Identifier: GPL-3.0-or-later */
/* exFAT and FAT32: what a boot sector says of a volume, one field broken at a time. */
#include <ventoc/bytes.h>
#include <ventoc/fat_chain.h>

#include "fixture.h"

#define MIB      (1024ull * 1024)
#define PART_OFF MIB

/* exFAT, 64 MiB, 512-byte sectors, 4 KiB clusters: FAT at sector 2048, heap at sector 4096. */
static void make_exfat(uint8_t b[512])
{
    memset(b, 0, 512);
    memcpy(b,
           "\xeb\x76\x90"
           "EXFAT   ",
           11);
    vtc_put_le64(b + 64, 2048);
    vtc_put_le64(b + 72, 131072);
    vtc_put_le32(b + 80, 2048);
    vtc_put_le32(b + 84, 128);
    vtc_put_le32(b + 88, 4096);
    vtc_put_le32(b + 92, 15872);
    vtc_put_le32(b + 96, 5);
    vtc_put_le16(b + 104, 0x100);
    b[108] = 9;
    b[109] = 3;
    b[110] = 1;
    vtc_put_le16(b + 510, 0xaa55);
}

/* FAT32, 64 MiB, 512-byte sectors, 512-byte clusters, two FATs of 1017 sectors behind 32. */
static void make_fat32(uint8_t b[512])
{
    memset(b, 0, 512);
    memcpy(b,
           "\xeb\x58\x90"
           "mkfs.fat",
           11);
    vtc_put_le16(b + 11, 512);
    b[13] = 1;
    vtc_put_le16(b + 14, 32);
    b[16] = 2;
    vtc_put_le32(b + 32, 131072);
    vtc_put_le32(b + 36, 1017);
    vtc_put_le32(b + 44, 2);
    vtc_put_le16(b + 510, 0xaa55);
}

static void geometry_of_good_sectors(void **state)
{
    struct vtc_fat_geometry g;
    uint8_t b[512];

    (void)state;
    make_exfat(b);
    assert_int_equal(vtc_fat_geometry(b, PART_OFF, 64 * MIB, &g), VTC_OK);
    assert_int_equal(g.part_off, PART_OFF);
    assert_int_equal(g.fat_off, 2048 * 512);
    assert_int_equal(g.fat_bytes, 128 * 512);
    assert_int_equal(g.heap_off, 4096 * 512);
    assert_int_equal(g.cluster_bytes, 4096);
    assert_int_equal(g.cluster_count, 15872);
    assert_int_equal(g.exfat, 1);

    b[110] = 2; /* the second FAT is the active one */
    b[106] = 1;
    assert_int_equal(vtc_fat_geometry(b, PART_OFF, 64 * MIB, &g), VTC_OK);
    assert_int_equal(g.fat_off, (2048 + 128) * 512);
    b[106] = 0;
    assert_int_equal(vtc_fat_geometry(b, PART_OFF, 64 * MIB, &g), VTC_OK);
    assert_int_equal(g.fat_off, 2048 * 512);

    make_fat32(b);
    assert_int_equal(vtc_fat_geometry(b, PART_OFF, 64 * MIB, &g), VTC_OK);
    assert_int_equal(g.part_off, PART_OFF);
    assert_int_equal(g.fat_off, 32 * 512);
    assert_int_equal(g.fat_bytes, 1017 * 512);
    assert_int_equal(g.heap_off, (32 + 2 * 1017) * 512);
    assert_int_equal(g.cluster_bytes, 512);
    assert_int_equal(g.cluster_count, 131072 - 32 - 2 * 1017);
    assert_int_equal(g.exfat, 0);

    b[40] = 0x81; /* not mirrored, the second is active */
    assert_int_equal(vtc_fat_geometry(b, PART_OFF, 64 * MIB, &g), VTC_OK);
    assert_int_equal(g.fat_off, (32 + 1017) * 512);
    b[40] = 0x01; /* mirrored: the number means nothing */
    assert_int_equal(vtc_fat_geometry(b, PART_OFF, 64 * MIB, &g), VTC_OK);
    assert_int_equal(g.fat_off, 32 * 512);
    b[36] -= 17; /* a FAT of 1000 sectors covers fewer clusters than there is room for */
    assert_int_equal(vtc_fat_geometry(b, PART_OFF, 64 * MIB, &g), VTC_OK);
    assert_int_equal(g.cluster_count, 1000 * 128 - 2);
}

struct bad_field {
    const char *name;
    unsigned at, width;
    uint64_t value;
    int rc;
};

static void check_fields(void (*make)(uint8_t b[512]), const struct bad_field *cases, size_t count)
{
    size_t i;
    unsigned n;

    for (i = 0; i < count; i++) {
        struct vtc_fat_geometry g;
        uint8_t b[512];
        int rc;

        make(b);
        for (n = 0; n < cases[i].width; n++)
            b[cases[i].at + n] = (uint8_t)(cases[i].value >> 8 * n);
        rc = vtc_fat_geometry(b, PART_OFF, 64 * MIB, &g);
        if (rc != cases[i].rc)
            fail_msg("%s: %d, not %d", cases[i].name, rc, cases[i].rc);
    }
}

static void geometry_refuses_bad_exfat(void **state)
{
    static const struct bad_field cases[] = {
        {"no signature", 510, 2, 0, VTC_ENOENT},
        {"FAT's old fields used", 11, 2, 512, VTC_EFORMAT},
        {"last of them", 63, 1, 1, VTC_EFORMAT},
        {"longer than the partition", 72, 8, 131073, VTC_EFORMAT},
        {"length wraps in bytes", 72, 8, 1ull << 55, VTC_EFORMAT},
        {"length 0", 72, 8, 0, VTC_EFORMAT},
        {"FAT in the boot region", 80, 4, 23, VTC_EFORMAT},
        {"FAT at the first place allowed", 80, 4, 24, VTC_OK},
        {"FAT behind the heap", 80, 4, 4097, VTC_EFORMAT},
        {"FAT reaches into the heap", 80, 4, 4096 - 127, VTC_EFORMAT},
        {"FAT too short", 84, 4, 124, VTC_EFORMAT},
        {"FAT just long enough", 84, 4, 125, VTC_OK},
        {"FAT length wraps", 84, 4, 0xffffffff, VTC_EFORMAT},
        {"heap behind the volume", 88, 4, 131073, VTC_EFORMAT},
        {"heap one sector late", 88, 4, 4097, VTC_EFORMAT},
        {"one cluster too many", 92, 4, 15873, VTC_EFORMAT},
        {"clusters 2^32 - 1", 92, 4, 0xffffffff, VTC_EFORMAT},
        {"sector shift 8", 108, 1, 8, VTC_EFORMAT},
        {"sector shift 13", 108, 1, 13, VTC_EFORMAT},
        {"cluster shift 17", 109, 1, 17, VTC_EFORMAT},
        {"cluster shift 255", 109, 1, 255, VTC_EFORMAT},
        {"no FAT", 110, 1, 0, VTC_EFORMAT},
        {"three FATs", 110, 1, 3, VTC_EFORMAT},
    };

    struct vtc_fat_geometry g;
    uint8_t b[512];

    (void)state;
    check_fields(make_exfat, cases, COUNT_OF(cases));
    make_exfat(b); /* room for more clusters than 32 bits can number, less the marks */
    vtc_put_le64(b + 72, 1ull << 40);
    vtc_put_le32(b + 92, 0xfffffff6);
    assert_int_equal(vtc_fat_geometry(b, PART_OFF, 1ull << 50, &g), VTC_EFORMAT);
}

static void geometry_refuses_bad_fat(void **state)
{
    static const struct bad_field cases[] = {
        {"no signature", 511, 1, 0, VTC_ENOENT},
        {"sector bytes 0", 11, 2, 0, VTC_ENOENT},
        {"sector bytes 256", 11, 2, 256, VTC_ENOENT},
        {"sector bytes 513", 11, 2, 513, VTC_ENOENT},
        {"sector bytes 8192", 11, 2, 8192, VTC_ENOENT},
        {"cluster sectors 0", 13, 1, 0, VTC_ENOENT},
        {"cluster sectors 3", 13, 1, 3, VTC_ENOENT},
        {"no reserved sector", 14, 2, 0, VTC_ENOENT},
        {"no FAT", 16, 1, 0, VTC_ENOENT},
        {"FAT12/16: FAT size", 22, 2, 200, VTC_ENOTSUP},
        {"FAT12/16: root entries", 17, 2, 512, VTC_ENOTSUP},
        {"longer than the partition", 32, 4, 131073, VTC_EFORMAT},
        {"no room for clusters", 32, 4, 32 + 2 * 1017, VTC_EFORMAT},
        {"one cluster", 32, 4, 32 + 2 * 1017 + 1, VTC_OK},
        {"empty FAT", 36, 4, 0, VTC_EFORMAT},
        {"FATs fill the volume", 36, 4, 0xffffffff, VTC_EFORMAT},
        {"active FAT 2 of 2", 40, 1, 0x82, VTC_EFORMAT},
        {"version 1", 42, 2, 1, VTC_EFORMAT},
    };
    struct vtc_fat_geometry g;
    uint8_t b[512];

    (void)state;
    check_fields(make_fat32, cases, COUNT_OF(cases));
    make_fat32(b);
    assert_int_equal(vtc_fat_geometry(b, UINT64_MAX - MIB, 64 * MIB, &g), VTC_EFORMAT);
    /* 2^28 clusters of one sector, and a FAT for them: more than FAT32 can number. */
    vtc_put_le32(b + 32, 0x10800000);
    vtc_put_le32(b + 36, 0x200000);
    assert_int_equal(vtc_fat_geometry(b, PART_OFF, 1ull << 40, &g), VTC_EFORMAT);
}

static void cluster_of_offsets(void **state)
{
    static const struct {
        uint64_t off;
        uint32_t cluster;
    } cases[] = {
        {0, 0},
        {PART_OFF + 4096 * 512 - 1, 0},
        {PART_OFF + 4096 * 512, 2},
        {PART_OFF + 4096 * 512 + 4095, 2},
        {PART_OFF + 4096 * 512 + 4096, 3},
        {PART_OFF + 4096 * 512 + 15872ull * 4096 - 1, 15873},
        {PART_OFF + 4096 * 512 + 15872ull * 4096, 0},
        {UINT64_MAX, 0},
    };
    struct vtc_fat_geometry g;
    uint8_t b[512];
    size_t i;

    (void)state;
    make_exfat(b);
    assert_int_equal(vtc_fat_geometry(b, PART_OFF, 64 * MIB, &g), VTC_OK);
    for (i = 0; i < COUNT_OF(cases); i++)
        assert_int_equal(vtc_fat_cluster_of(&g, cases[i].off), cases[i].cluster);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(geometry_of_good_sectors),
        cmocka_unit_test(geometry_refuses_bad_exfat),
        cmocka_unit_test(geometry_refuses_bad_fat),
        cmocka_unit_test(cluster_of_offsets),
    };

    return cmocka_run_group_tests_name("fat_geometry", tests, NULL, NULL);
}

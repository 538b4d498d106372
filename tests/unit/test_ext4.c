/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Super block, descriptors and inodes: one field changed at a time. */
#include <ventoc/bytes.h>
#include <ventoc/ext4.h>

#include "ext4_volume.h"

#define PART_BYTES ((uint64_t)VOLUME_BLOCKS * VOLUME_BLOCK)

static struct ext4_volume vol;

static int make(void **state)
{
    (void)state;
    ext4_volume_make(&vol);
    return 0;
}

static int release(void **state)
{
    (void)state;
    ext4_volume_free(&vol);
    return 0;
}

static void put(uint8_t *at, uint32_t width, uint64_t value)
{
    while (width--) {
        *at++ = (uint8_t)value;
        value >>= 8;
    }
}

static void sound_volume(void **state)
{
    struct vtc_extent v[1];
    struct vtc_extents list;
    const char *why = NULL;
    uint64_t bytes = 9;
    uint32_t inode;

    (void)state;
    assert_int_equal(vol.fs.block_bytes, 1024);
    assert_int_equal(vol.fs.inode_bytes, 128);
    assert_int_equal(vol.fs.inodes_per_group, 32);
    assert_int_equal(vol.fs.inode_count, 32);
    assert_int_equal(vol.fs.group_count, 1);
    assert_int_equal(vol.fs.desc_bytes, 32);
    assert_int_equal(vol.fs.block_count, VOLUME_BLOCKS);
    assert_int_equal(vtc_ext4_lookup(&vol.fs, "/file", &inode), VTC_OK);
    assert_int_equal(inode, VOLUME_FILE);
    vtc_extents_init(&list, v, 1, NULL);
    assert_int_equal(vtc_ext4_extents(&vol.fs, inode, &bytes, &list, &why), VTC_OK);
    assert_int_equal(bytes, 0);
    assert_int_equal(list.count, 0);
}

static void super_block_fields(void **state)
{
    static const struct {
        const char *name;
        uint32_t at, width;
        uint64_t value;
        int rc;
    } cases[] = {
        {"no magic", 56, 2, 0xef52, VTC_ENOENT},
        {"no inodes", 0, 4, 0, VTC_EFORMAT},
        {"fewer inodes than a group has", 0, 4, 31, VTC_EFORMAT},
        {"more blocks than the partition", 4, 4, VOLUME_BLOCKS + 1, VTC_EFORMAT},
        {"fewer blocks", 4, 4, 100, VTC_OK},
        {"blocks of 64 KiB", 24, 4, 6, VTC_EFORMAT}, /* 8192 of them do not fit */
        {"blocks of 128 KiB", 24, 4, 7, VTC_EFORMAT},
        {"blocks of 2^32 KiB", 24, 4, 32, VTC_EFORMAT},
        {"inodes per group 0", 40, 4, 0, VTC_EFORMAT},
        {"inodes per group beyond the bitmap", 40, 4, 8193, VTC_EFORMAT},
        {"inode size 64", 88, 2, 64, VTC_EFORMAT},
        {"inode size 192", 88, 2, 192, VTC_EFORMAT},
        {"inode size 1024", 88, 2, 1024, VTC_OK},
        {"inode size 2048", 88, 2, 2048, VTC_EFORMAT},
        {"inode size 0", 88, 2, 0, VTC_EFORMAT},
        {"compression", 96, 4, 0x43, VTC_ENOTSUP},
        {"journal to replay", 96, 4, 0x46, VTC_OK},
        {"journal device", 96, 4, 0x4a, VTC_ENOTSUP},
        {"meta_bg", 96, 4, 0x52, VTC_ENOTSUP},
        {"64bit without a descriptor size", 96, 4, 0xc2, VTC_EFORMAT},
        {"flex_bg, mmp", 96, 4, 0x342, VTC_OK},
        {"dirdata", 96, 4, 0x1042, VTC_ENOTSUP},
        {"ea_inode, csum_seed, largedir, inline, encrypt, casefold", 96, 4, 0x3e442, VTC_OK},
        {"unknown", 96, 4, 0x40042, VTC_ENOTSUP},
        {"unknown, highest", 96, 4, 0x80000042, VTC_ENOTSUP},
    };
    uint8_t *super = ext4_volume_block(&vol, 1), saved[1024];
    struct vtc_ext4 fs;
    size_t i;

    (void)state;
    memcpy(saved, super, sizeof saved);
    for (i = 0; i < COUNT_OF(cases); i++) {
        int rc;

        put(super + cases[i].at, cases[i].width, cases[i].value);
        rc = vtc_ext4_open(&fs, &vol.disk, VOLUME_PART_OFF, PART_BYTES);
        memcpy(super, saved, sizeof saved);
        if (rc != cases[i].rc)
            fail_msg("%s: %d, not %d", cases[i].name, rc, cases[i].rc);
    }

    put(super + 76, 4, 0); /* revision 0 knows no inode size */
    put(super + 88, 2, 77);
    assert_int_equal(vtc_ext4_open(&fs, &vol.disk, VOLUME_PART_OFF, PART_BYTES), VTC_OK);
    assert_int_equal(fs.inode_bytes, 128);
}

static void descriptors_of_64_bits(void **state)
{
    static const struct {
        uint32_t desc_bytes;
        uint64_t blocks;
        int rc;
    } cases[] = {
        {64, VOLUME_BLOCKS, VTC_OK},        {128, VOLUME_BLOCKS, VTC_OK},
        {32, VOLUME_BLOCKS, VTC_EFORMAT},   {96, VOLUME_BLOCKS, VTC_EFORMAT},
        {2048, VOLUME_BLOCKS, VTC_EFORMAT}, {64, 1ull << 32, VTC_EFORMAT},
    };
    uint8_t *super = ext4_volume_block(&vol, 1);
    struct vtc_ext4 fs;
    uint32_t inode;
    size_t i;

    (void)state;
    put(super + 96, 4, 0xc2);
    for (i = 0; i < COUNT_OF(cases); i++) {
        put(super + 254, 2, cases[i].desc_bytes);
        put(super + 4, 4, cases[i].blocks);
        put(super + 336, 4, cases[i].blocks >> 32);
        assert_int_equal(vtc_ext4_open(&fs, &vol.disk, VOLUME_PART_OFF, PART_BYTES), cases[i].rc);
        if (!cases[i].rc)
            assert_int_equal(vtc_ext4_lookup(&fs, "/file", &inode), VTC_OK);
    }
    put(super + 254, 2, 64);
    put(super + 4, 8, VOLUME_BLOCKS);
    put(super + 336, 4, 0);
    assert_int_equal(vtc_ext4_open(&fs, &vol.disk, VOLUME_PART_OFF, PART_BYTES), VTC_OK);
    put(ext4_volume_block(&vol, 2) + 40, 4, 1); /* the table's high half */
    assert_int_equal(vtc_ext4_lookup(&fs, "/file", &inode), VTC_EFORMAT);
}

static void partition_limits(void **state)
{
    static const struct {
        uint64_t off, bytes;
        int rc;
    } cases[] = {
        {VOLUME_PART_OFF, 1535, VTC_ENOENT},
        {VOLUME_PART_OFF, 1536, VTC_EFORMAT},
        {VOLUME_PART_OFF, PART_BYTES - 1, VTC_EFORMAT},
        {UINT64_MAX, 2, VTC_EINVAL},
        {1ull << 40, PART_BYTES, VTC_EFORMAT}, /* beyond the disk */
        {0, PART_BYTES, VTC_ENOENT},
    };
    struct vtc_ext4 fs;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(cases); i++)
        assert_int_equal(vtc_ext4_open(&fs, &vol.disk, cases[i].off, cases[i].bytes), cases[i].rc);
}

static void inode_numbers_and_tables(void **state)
{
    static const struct {
        uint32_t table, number;
        int rc;
    } cases[] = {
        {VOLUME_INODE_TABLE, 0, VTC_EFORMAT},
        {VOLUME_INODE_TABLE, 32, VTC_ENOTSUP}, /* there, but no file */
        {VOLUME_INODE_TABLE, 33, VTC_EFORMAT},
        {VOLUME_INODE_TABLE, UINT32_MAX, VTC_EFORMAT},
        {0, VOLUME_FILE, VTC_EFORMAT},
        {VOLUME_BLOCKS, VOLUME_FILE, VTC_EFORMAT},
        {VOLUME_BLOCKS - 1, VOLUME_FILE, VTC_EFORMAT}, /* not on the disk */
        {VOLUME_BLOCKS - 1, 9, VTC_EFORMAT},           /* behind the partition */
        {UINT32_MAX, VOLUME_FILE, VTC_EFORMAT},
    };
    struct vtc_extents list;
    uint64_t bytes;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(cases); i++) {
        const char *why = NULL;

        put(ext4_volume_block(&vol, 2) + 8, 4, cases[i].table);
        vtc_extents_init(&list, NULL, 0, NULL);
        assert_int_equal(vtc_ext4_extents(&vol.fs, cases[i].number, &bytes, &list, &why),
                         cases[i].rc);
    }
}

static void inodes_refused_by_name(void **state)
{
    static const struct {
        uint16_t mode;
        uint32_t flags;
        const char *why;
    } cases[] = {
        {0x81a4, 0x10080000, "inline"},
        {0x81a4, 0x00080800, "encrypted"},
        {0x81a4, 0x00080200, "compressed"},
        {0x81a4, 0x00080004, NULL}, /* chattr +c: asked for, never done on ext4 */
        {0x81a4, 0x00180000, NULL}, /* verity */
        {0x41ed, 0x00080000, "not a regular file"},
        {0xa1ff, 0x00000000, "not a regular file"},
        {0x21a4, 0x00000000, "not a regular file"},
        {0x0000, 0x00000000, "not a regular file"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(cases); i++) {
        struct vtc_extents list;
        struct vtc_extent v[1];
        const char *why = NULL;
        uint64_t bytes;
        uint8_t *map =
            ext4_volume_set_inode(&vol, VOLUME_FILE, cases[i].mode, cases[i].flags, VOLUME_BLOCK);

        ext4_volume_put_header(map, 1, 0);
        ext4_volume_put_extent(map, 0, 0, 1, 100);
        vtc_extents_init(&list, v, 1, NULL);
        assert_int_equal(vtc_ext4_extents(&vol.fs, VOLUME_FILE, &bytes, &list, &why),
                         cases[i].why ? VTC_ENOTSUP : VTC_OK);
        if (cases[i].why)
            assert_string_equal(why, cases[i].why);
        else
            assert_int_equal(v[0].disk_off, VOLUME_PART_OFF + 100 * VOLUME_BLOCK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sound_volume, make, release),
        cmocka_unit_test_setup_teardown(super_block_fields, make, release),
        cmocka_unit_test_setup_teardown(descriptors_of_64_bits, make, release),
        cmocka_unit_test_setup_teardown(partition_limits, make, release),
        cmocka_unit_test_setup_teardown(inode_numbers_and_tables, make, release),
        cmocka_unit_test_setup_teardown(inodes_refused_by_name, make, release),
    };

    return cmocka_run_group_tests_name("ext4", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Path lookup: directory entries one field at a time, symbolic links of every kind. */
#include <ventoc/bytes.h>
#include <ventoc/ext4.h>

#include "ext4_volume.h"

static struct ext4_volume vol;

/* Beside "/file": */
#define DIR        13u /* "/dir", one block */
#define DEEP       14u /* "/dir/deep.iso" */
#define LINK       15u /* "/link", set by each case */
#define LINK2      16u /* "/link2" -> "link" */
#define DIR_BLOCK  40u
#define LINK_BLOCK 41u

static int make(void **state)
{
    uint8_t *root, *dir, *map;
    uint32_t at;

    (void)state;
    ext4_volume_make(&vol);
    root = ext4_volume_block(&vol, VOLUME_ROOT_BLOCK);
    at = ext4_volume_put_entry(root, 24, VOLUME_FILE, "file", 12);
    at = ext4_volume_put_entry(root, at, DIR, "dir", 16); /* room left by a removed neighbour */
    at = ext4_volume_put_entry(root, at, 0, "gone", 12);  /* removed */
    at = ext4_volume_put_entry(root, at, LINK, "link", 12);
    ext4_volume_put_entry(root, at, LINK2, "link2", (uint16_t)(VOLUME_BLOCK - at));

    map = ext4_volume_set_inode(&vol, DIR, 0x41ed, 0x80000, VOLUME_BLOCK);
    ext4_volume_put_header(map, 1, 0);
    ext4_volume_put_extent(map, 0, 0, 1, DIR_BLOCK);
    dir = ext4_volume_block(&vol, DIR_BLOCK);
    at = ext4_volume_put_entry(dir, 0, DIR, ".", 12);
    at = ext4_volume_put_entry(dir, at, 2, "..", 12);
    ext4_volume_put_entry(dir, at, DEEP, "deep.iso", (uint16_t)(VOLUME_BLOCK - at));
    ext4_volume_set_inode(&vol, DEEP, 0x81a4, 0, 0);
    memcpy(ext4_volume_set_inode(&vol, LINK2, 0xa1ff, 0, 4), "link", 4);
    return 0;
}

static int release(void **state)
{
    (void)state;
    ext4_volume_free(&vol);
    return 0;
}

static void paths(void **state)
{
    static const struct {
        const char *path;
        int rc;
        uint32_t inode;
    } cases[] = {
        {"", VTC_OK, 2},
        {"/", VTC_OK, 2},
        {"///", VTC_OK, 2},
        {"/file", VTC_OK, VOLUME_FILE},
        {"file", VTC_OK, VOLUME_FILE},
        {"/dir", VTC_OK, DIR},
        {"/dir/", VTC_OK, DIR},
        {"//dir//deep.iso", VTC_OK, DEEP},
        {"/dir/./../dir/deep.iso", VTC_OK, DEEP},
        {"/..", VTC_OK, 2},
        {"/fil", VTC_ENOENT, 0},
        {"/file2", VTC_ENOENT, 0},
        {"/File", VTC_ENOENT, 0},
        {"/gone", VTC_ENOENT, 0},
        {"/file/x", VTC_ENOENT, 0},
        {"/file/.", VTC_ENOENT, 0},
        {"/nowhere/deep.iso", VTC_ENOENT, 0},
    };
    char name[300];
    uint32_t inode;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(cases); i++) {
        int rc = vtc_ext4_lookup(&vol.fs, cases[i].path, &inode);

        if (rc != cases[i].rc)
            fail_msg("%s: %d, not %d", cases[i].path, rc, cases[i].rc);
        if (!rc)
            assert_int_equal(inode, cases[i].inode);
    }
    memset(name, 'n', sizeof name);
    name[255] = '\0';
    assert_int_equal(vtc_ext4_lookup(&vol.fs, name, &inode), VTC_ENOENT);
    ext4_volume_put_entry(ext4_volume_block(&vol, DIR_BLOCK), 24, DEEP, name, 1000);
    memcpy(name, "dir/", 4); /* 251 letters: another name */
    assert_int_equal(vtc_ext4_lookup(&vol.fs, name, &inode), VTC_ENOENT);
    memset(name, 'n', sizeof name);
    memcpy(name, "dir/", 4);
    name[4 + 255] = '\0';
    assert_int_equal(vtc_ext4_lookup(&vol.fs, name, &inode), VTC_OK);
    assert_int_equal(inode, DEEP);
    name[4 + 255] = 'n';
    name[4 + 256] = '\0';
    assert_int_equal(vtc_ext4_lookup(&vol.fs, name, &inode), VTC_ENOENT);
}

/* "/dir/deep.iso", its entry at byte 24 of the block; the "." before it, at 0. */
static void directory_fields(void **state)
{
    static const struct {
        const char *name;
        uint32_t at, width, value;
        int rc;
    } cases[] = {
        {"unchanged", 24, 4, DEEP, VTC_OK},
        {"entry length 0", 4, 2, 0, VTC_EFORMAT},
        {"entry length 8", 4, 2, 8, VTC_EFORMAT},
        {"entry length 14", 4, 2, 14, VTC_EFORMAT},
        {"entry steps over its neighbour", 4, 2, 24, VTC_OK},
        {"entry covers the block", 4, 2, 1024, VTC_ENOENT},
        {"entry length beyond the block", 4, 2, 1028, VTC_EFORMAT},
        {"entry length 65535", 4, 2, 65535, VTC_EFORMAT},
        {"eight bytes left", 28, 2, 992, VTC_OK}, /* found before */
        {"four bytes left", 4, 2, 1020, VTC_EFORMAT},
        {"name longer than the entry", 6, 1, 5, VTC_EFORMAT},
        {"name as long as the entry", 6, 1, 4, VTC_OK},
        {"unused entry's name is checked too", 18, 1, 255, VTC_EFORMAT},
        {"inode 0", 24, 4, 0, VTC_ENOENT},
        {"inode beyond the last", 24, 4, 33, VTC_EFORMAT},
        {"another name", 32, 1, 'D', VTC_ENOENT},
        {"a shorter name", 30, 1, 7, VTC_ENOENT},
    };
    uint8_t *dir = ext4_volume_block(&vol, DIR_BLOCK), saved[VOLUME_BLOCK];
    size_t i;
    uint32_t n, inode;

    (void)state;
    memcpy(saved, dir, sizeof saved);
    for (i = 0; i < COUNT_OF(cases); i++) {
        int rc;

        for (n = 0; n < cases[i].width; n++)
            dir[cases[i].at + n] = (uint8_t)(cases[i].value >> 8 * n);
        rc = vtc_ext4_lookup(&vol.fs, "/dir/deep.iso", &inode);
        memcpy(dir, saved, sizeof saved);
        if (rc != cases[i].rc)
            fail_msg("%s: %d, not %d", cases[i].name, rc, cases[i].rc);
    }
}

static void directories_of_a_kind(void **state)
{
    static const struct {
        const char *name;
        uint32_t flags, bytes;
        int rc;
    } cases[] = {
        {"encrypted", 0x80800, VOLUME_BLOCK, VTC_ENOTSUP},
        {"inline", 0x10000000, 60, VTC_ENOTSUP},
        {"hashed", 0x81000, VOLUME_BLOCK, VTC_OK},
        {"case folded", 0x40080000, VOLUME_BLOCK, VTC_OK},
        {"empty", 0x80000, 0, VTC_ENOENT},
        {"with a hole", 0x80000, 2 * VOLUME_BLOCK, VTC_OK}, /* found before the hole */
    };
    uint32_t inode;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(cases); i++) {
        uint8_t *map = ext4_volume_set_inode(&vol, DIR, 0x41ed, cases[i].flags, cases[i].bytes);
        int rc;

        ext4_volume_put_header(map, 1, 0);
        ext4_volume_put_extent(map, 0, 0, 1, DIR_BLOCK);
        rc = vtc_ext4_lookup(&vol.fs, "/dir/deep.iso", &inode);
        if (rc != cases[i].rc)
            fail_msg("%s: %d, not %d", cases[i].name, rc, cases[i].rc);
    }
    assert_int_equal(vtc_ext4_lookup(&vol.fs, "/dir/not there", &inode), VTC_EFORMAT);
}

static void several_blocks(void **state)
{
    uint8_t *map = ext4_volume_set_inode(&vol, DIR, 0x41ed, 0x80000, 3 * VOLUME_BLOCK);
    uint32_t inode, block;

    (void)state;
    ext4_volume_put_header(map, 2, 0);
    ext4_volume_put_extent(map, 0, 0, 1, DIR_BLOCK);
    ext4_volume_put_extent(map, 1, 1, 2, 50);
    for (block = 50; block < 52; block++) /* unused, as a hashed directory's inner node looks */
        ext4_volume_put_entry(ext4_volume_block(&vol, block), 0, 0, "", VOLUME_BLOCK);
    assert_int_equal(vtc_ext4_lookup(&vol.fs, "/dir/last", &inode), VTC_ENOENT);
    ext4_volume_put_entry(ext4_volume_block(&vol, 51), 0, DEEP, "last", VOLUME_BLOCK);
    assert_int_equal(vtc_ext4_lookup(&vol.fs, "/dir/last", &inode), VTC_OK);
    assert_int_equal(inode, DEEP);
}

/* In blocks of 64 KiB an entry may be as long as no 16-bit number. */
static void blocks_of_64_kib(void **state)
{
    static const struct {
        uint16_t entry_bytes;
        int rc;
    } cases[] = {{0, VTC_ENOENT}, {65535, VTC_ENOENT}, {65532, VTC_EFORMAT}, {12, VTC_OK}};
    struct ext4_volume big;
    uint8_t *super, *inode, *block;
    uint32_t number;
    size_t i;

    (void)state;
    big.disk = fixture_memdisk_make(&big.mem, 8 * 65536);
    super = big.mem.bytes + 1024;
    vtc_put_le32(super, 16);
    vtc_put_le32(super + 4, 8);
    vtc_put_le32(super + 24, 6);
    vtc_put_le32(super + 40, 16);
    vtc_put_le16(super + 56, 0xef53);
    vtc_put_le32(big.mem.bytes + 65536 + 8, 2); /* inode table */
    inode = big.mem.bytes + 2 * 65536 + 128;
    vtc_put_le16(inode, 0x41ed);
    vtc_put_le32(inode + 4, 65536);
    vtc_put_le32(inode + 40, 3);
    block = big.mem.bytes + 3 * 65536;
    assert_int_equal(vtc_ext4_open(&big.fs, &big.disk, 0, big.disk.bytes), VTC_OK);
    assert_int_equal(big.fs.block_bytes, 65536);
    for (i = 0; i < COUNT_OF(cases); i++) {
        ext4_volume_put_entry(block, 0, 2, ".", cases[i].entry_bytes);
        ext4_volume_put_entry(block, 12, 2, "x", 65524);
        assert_int_equal(vtc_ext4_lookup(&big.fs, "/x", &number), cases[i].rc);
    }
    fixture_memdisk_free(&big.mem);
}

#define DOTS "././././././././././././././././././././././././././././" /* 56 characters */

static void symbolic_links(void **state)
{
    static const struct {
        const char *target, *path;
        int rc;
        uint32_t inode;
    } cases[] = {
        {"file", "/link", VTC_OK, VOLUME_FILE},
        {"/file", "/link", VTC_OK, VOLUME_FILE},
        {"dir", "/link", VTC_OK, DIR},
        {"dir", "/link/deep.iso", VTC_OK, DEEP},
        {"dir/", "/link/deep.iso", VTC_OK, DEEP},
        {"dir/deep.iso", "/link2", VTC_OK, DEEP},
        {"./dir/../dir/deep.iso", "/dir/../link2", VTC_OK, DEEP},
        {"/", "/link/link/dir/deep.iso", VTC_OK, DEEP},
        {"file", "/link/deep.iso", VTC_ENOENT, 0},
        {"nowhere", "/link", VTC_ENOENT, 0},
        {"link", "/link", VTC_ENOTSUP, 0},
        {"link2", "/link", VTC_ENOTSUP, 0},
        {"", "/link", VTC_EFORMAT, 0},
        {DOTS "dir", "/link/deep.iso", VTC_OK, DEEP}, /* 59: in the inode */
        {DOTS "file", "/link", VTC_OK, VOLUME_FILE},  /* 60: in a block */
        {DOTS DOTS DOTS "dir", "/link/deep.iso", VTC_OK, DEEP},
        {"/" DOTS DOTS "dir/deep.iso", "/link", VTC_OK, DEEP},
    };
    uint32_t inode;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(cases); i++) {
        size_t bytes = strlen(cases[i].target);
        uint8_t *map = ext4_volume_set_inode(&vol, LINK, 0xa1ff, bytes < 60 ? 0 : 0x80000, bytes);
        int rc;

        if (bytes < 60) {
            memcpy(map, cases[i].target, bytes);
        } else {
            ext4_volume_put_header(map, 1, 0);
            ext4_volume_put_extent(map, 0, 0, 1, LINK_BLOCK);
            memcpy(ext4_volume_block(&vol, LINK_BLOCK), cases[i].target, bytes);
        }
        rc = vtc_ext4_lookup(&vol.fs, cases[i].path, &inode);
        if (rc != cases[i].rc)
            fail_msg("%s -> %s: %d, not %d", cases[i].path, cases[i].target, rc, cases[i].rc);
        if (!rc)
            assert_int_equal(inode, cases[i].inode);
    }
}

static void damaged_symbolic_links(void **state)
{
    static const struct {
        const char *name;
        uint32_t flags, bytes, block;
        int rc;
    } cases[] = {
        {"a block long", 0x80000, VOLUME_BLOCK, LINK_BLOCK, VTC_ENOENT},
        {"longer than a block", 0x80000, VOLUME_BLOCK + 1, LINK_BLOCK, VTC_EFORMAT},
        {"longer than a path", 0x80000, 4096, LINK_BLOCK, VTC_EFORMAT},
        {"block beyond the end", 0x80000, 100, VOLUME_BLOCKS, VTC_EFORMAT},
        {"block not on the disk", 0x80000, 100, VOLUME_BACKED, VTC_EFORMAT},
        {"no block", 0, 100, 0, VTC_EFORMAT},
        {"inline", 0x10000000, 100, LINK_BLOCK, VTC_ENOTSUP},
        {"short and inline", 0x10000000, 10, LINK_BLOCK, VTC_ENOTSUP},
        {"encrypted", 0x80800, 100, LINK_BLOCK, VTC_ENOTSUP},
        {"short and encrypted", 0x800, 10, LINK_BLOCK, VTC_ENOTSUP},
    };
    uint32_t inode;
    size_t i;

    (void)state;
    memset(ext4_volume_block(&vol, LINK_BLOCK), 'x', VOLUME_BLOCK);
    for (i = 0; i < COUNT_OF(cases); i++) {
        uint8_t *map = ext4_volume_set_inode(&vol, LINK, 0xa1ff, cases[i].flags, cases[i].bytes);
        int rc;

        if (cases[i].flags & 0x80000) {
            ext4_volume_put_header(map, 1, 0);
            ext4_volume_put_extent(map, 0, 0, 1, cases[i].block);
        }
        rc = vtc_ext4_lookup(&vol.fs, "/link", &inode);
        if (rc != cases[i].rc)
            fail_msg("%s: %d, not %d", cases[i].name, rc, cases[i].rc);
    }
}

/* "/l0" -> "l1" -> ... -> "file". */
static void at_most_eight_links(void **state)
{
    uint8_t *root = ext4_volume_block(&vol, VOLUME_ROOT_BLOCK);
    uint32_t at = 24, i, inode;

    (void)state;
    at = ext4_volume_put_entry(root, at, VOLUME_FILE, "file", 12);
    for (i = 0; i < 9; i++) {
        const char name[3] = {'l', (char)('0' + i), '\0'};
        uint8_t *map = ext4_volume_set_inode(&vol, 20 + i, 0xa1ff, 0, i < 8 ? 2 : 4);

        at = ext4_volume_put_entry(root, at, 20 + i, name, i < 8 ? 12 : (uint16_t)(1024 - at));
        memcpy(map, i < 8 ? "l0" : "file", i < 8 ? 2 : 4);
        if (i < 8)
            map[1] = (uint8_t)('1' + i);
    }
    assert_int_equal(vtc_ext4_lookup(&vol.fs, "/l1", &inode), VTC_OK);
    assert_int_equal(inode, VOLUME_FILE);
    assert_int_equal(vtc_ext4_lookup(&vol.fs, "/l0", &inode), VTC_ENOTSUP);
}

static void failing_reads(void **state)
{
    uint8_t *map = ext4_volume_set_inode(&vol, LINK, 0xa1ff, 0x80000, 68);
    uint8_t *dir = ext4_volume_block(&vol, DIR_BLOCK);
    uint32_t good = 0, inode;
    int rc;

    (void)state;
    ext4_volume_put_header(map, 1, 0);
    ext4_volume_put_extent(map, 0, 0, 1, LINK_BLOCK);
    memcpy(ext4_volume_block(&vol, LINK_BLOCK), DOTS "dir/deep.iso", 68);
    /* The name lies across the border of two reads. */
    ext4_volume_put_entry(dir, 24, 0, "", 476);
    ext4_volume_put_entry(dir, 500, DEEP, "deep.iso", VOLUME_BLOCK - 500);
    do {
        vol.mem.reads = 0;
        vol.mem.fail_after = good++;
        rc = vtc_ext4_lookup(&vol.fs, "/link2", &inode);
        assert_true(rc == VTC_OK || rc == VTC_EIO);
    } while (rc);
    assert_int_equal(inode, DEEP);
    assert_in_range(good, 20, 400);
}

/* A directory of 64 MiB that is one block over and over: no lookup goes through all of it. */
static void endless_directory(void **state)
{
    uint8_t *map = ext4_volume_set_inode(&vol, DIR, 0x41ed, 0, (12 + 256 + 65536) * VOLUME_BLOCK);
    struct vtc_ext4 fs = vol.fs;
    uint32_t inode;

    (void)state;
    fs.block_count = 100000;
    for (unsigned i = 0; i < 14; i++)
        vtc_put_le32(map + 4 * i, i < 12 ? DIR_BLOCK : i == 12 ? 50 : 51);
    for (unsigned i = 0; i < 256; i++) {
        vtc_put_le32(ext4_volume_block(&vol, 50) + 4 * i, DIR_BLOCK);
        vtc_put_le32(ext4_volume_block(&vol, 51) + 4 * i, 50);
    }
    assert_int_equal(vtc_ext4_lookup(&fs, "/dir/deep.iso", &inode), VTC_OK);
    assert_int_equal(vtc_ext4_lookup(&fs, "/dir/none", &inode), VTC_EFORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(paths, make, release),
        cmocka_unit_test_setup_teardown(directory_fields, make, release),
        cmocka_unit_test_setup_teardown(directories_of_a_kind, make, release),
        cmocka_unit_test_setup_teardown(several_blocks, make, release),
        cmocka_unit_test_setup_teardown(blocks_of_64_kib, make, release),
        cmocka_unit_test_setup_teardown(symbolic_links, make, release),
        cmocka_unit_test_setup_teardown(damaged_symbolic_links, make, release),
        cmocka_unit_test_setup_teardown(at_most_eight_links, make, release),
        cmocka_unit_test_setup_teardown(endless_directory, make, release),
        cmocka_unit_test_setup_teardown(failing_reads, make, release),
    };

    return cmocka_run_group_tests_name("ext4_path", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Extent trees and block maps: a sound one of each, then one field changed at a time. */
#include <ventoc/bytes.h>
#include <ventoc/ext4_map.h>

#include "ext4_volume.h"

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

#define ROOT  0u /* "block" of the cases: the inode's own 60 bytes */
#define INDEX 20u
#define LEAF1 21u
#define LEAF2 22u

/* 40 blocks less 24 bytes: root (depth 2) -> INDEX -> LEAF1 and LEAF2. */
#define TREE_BYTES (40u * VOLUME_BLOCK - 24)

static void make_tree(void)
{
    uint8_t *map = ext4_volume_set_inode(&vol, VOLUME_FILE, 0x81a4, 0x80000, TREE_BYTES);
    uint8_t *leaf1 = ext4_volume_block(&vol, LEAF1), *leaf2 = ext4_volume_block(&vol, LEAF2);
    uint8_t *index = ext4_volume_block(&vol, INDEX);

    ext4_volume_put_header(map, 1, 2);
    ext4_volume_put_index(map, 0, 0, INDEX);
    ext4_volume_put_header(index, 2, 1);
    ext4_volume_put_index(index, 0, 0, LEAF1);
    ext4_volume_put_index(index, 1, 16, LEAF2);
    ext4_volume_put_header(leaf1, 2, 0);
    ext4_volume_put_extent(leaf1, 0, 0, 6, 1000);
    ext4_volume_put_extent(leaf1, 1, 6, 10, 500);
    ext4_volume_put_header(leaf2, 3, 0);
    ext4_volume_put_extent(leaf2, 0, 16, 4, 510);      /* goes on where LEAF1 ends */
    ext4_volume_put_extent(leaf2, 1, 20, 20, 8172);    /* the last blocks of all */
    ext4_volume_put_extent(leaf2, 2, 40, 32868, 2000); /* preallocated behind the end */
}

static const struct vtc_extent tree_extents[] = {
    {0, VOLUME_PART_OFF + 1000 * VOLUME_BLOCK, 6 * VOLUME_BLOCK},
    {6 * VOLUME_BLOCK, VOLUME_PART_OFF + 500 * VOLUME_BLOCK, 14 * VOLUME_BLOCK},
    {20 * VOLUME_BLOCK, VOLUME_PART_OFF + 8172 * VOLUME_BLOCK, 20 * VOLUME_BLOCK - 24},
};

static int map_file(struct vtc_extents *list, uint64_t *bytes, const char **why)
{
    static struct vtc_extent v[64];

    vtc_extents_init(list, v, COUNT_OF(v), NULL);
    *why = NULL;
    return vtc_ext4_extents(&vol.fs, VOLUME_FILE, bytes, list, why);
}

struct changed_field {
    const char *name;
    uint32_t block, at, width;
    uint64_t value;
    int rc;
    const char *why;
};

static void check_fields(void (*base)(void), const struct changed_field *cases, size_t count)
{
    size_t i;
    uint32_t n;

    for (i = 0; i < count; i++) {
        const struct changed_field *c = &cases[i];
        struct vtc_extents list;
        const char *why;
        uint64_t bytes;
        uint8_t *at;
        int rc;

        base();
        at = c->block == ROOT ? ext4_volume_inode(&vol, VOLUME_FILE) + 40
                              : ext4_volume_block(&vol, c->block);
        for (n = 0; n < c->width; n++)
            at[c->at + n] = (uint8_t)(c->value >> 8 * n);
        rc = map_file(&list, &bytes, &why);
        if (rc != c->rc || (why != NULL) != (c->why != NULL))
            fail_msg("%s: %d, not %d (%s)", c->name, rc, c->rc, why ? why : "-");
        if (why)
            assert_string_equal(why, c->why);
    }
}

static void extent_tree(void **state)
{
    struct vtc_extents list;
    const char *why;
    uint64_t bytes;

    (void)state;
    make_tree();
    assert_int_equal(map_file(&list, &bytes, &why), VTC_OK);
    assert_int_equal(bytes, TREE_BYTES);
    assert_int_equal(list.bytes, TREE_BYTES);
    assert_int_equal(list.count, COUNT_OF(tree_extents));
    assert_memory_equal(list.v, tree_extents, sizeof tree_extents);
}

static void extent_tree_fields(void **state)
{
    static const struct changed_field cases[] = {
        {"root: magic", ROOT, 0, 2, 0xf30b, VTC_EFORMAT, NULL},
        {"root: more entries than max", ROOT, 2, 2, 5, VTC_EFORMAT, NULL},
        {"root: more entries than room", ROOT, 2, 4, 0x00050005, VTC_EFORMAT, NULL},
        {"root: no entry", ROOT, 2, 2, 0, VTC_EHOLE, "sparse"},
        {"root: depth 6", ROOT, 6, 2, 6, VTC_EFORMAT, NULL},
        {"root: depth 3, child says 1", ROOT, 6, 2, 3, VTC_EFORMAT, NULL},
        {"root: depth 1, child says 1", ROOT, 6, 2, 1, VTC_EFORMAT, NULL},
        {"root: child 0", ROOT, 16, 4, 0, VTC_EFORMAT, NULL},
        {"root: child behind the end", ROOT, 16, 4, VOLUME_BLOCKS, VTC_EFORMAT, NULL},
        {"root: child's high half", ROOT, 20, 2, 1, VTC_EFORMAT, NULL},
        {"root: child not on the disk", ROOT, 16, 4, VOLUME_BACKED, VTC_EFORMAT, NULL},
        {"index: magic", INDEX, 0, 2, 0, VTC_EFORMAT, NULL},
        {"index: no entry", INDEX, 2, 2, 0, VTC_EFORMAT, NULL},
        {"index: one entry", INDEX, 2, 2, 1, VTC_EHOLE, "sparse"},
        {"index: more entries than room", INDEX, 2, 4, 0x00550055, VTC_EFORMAT, NULL},
        {"index: entry 84 of 84 is zero", INDEX, 2, 4, 0x00540054, VTC_OK, NULL},
        {"index: leads to itself", INDEX, 16, 4, INDEX, VTC_EFORMAT, NULL},
        {"index: the same leaf twice", INDEX, 28, 4, LEAF1, VTC_EFORMAT, NULL},
        {"leaf 1: no entry", LEAF1, 2, 2, 0, VTC_EFORMAT, NULL},
        {"leaf 1: depth 1", LEAF1, 6, 2, 1, VTC_EFORMAT, NULL},
        {"leaf 1: begins late", LEAF1, 12, 4, 1, VTC_EHOLE, "sparse"},
        {"leaf 1: gap", LEAF1, 24, 4, 7, VTC_EHOLE, "sparse"},
        {"leaf 1: overlap", LEAF1, 24, 4, 5, VTC_EFORMAT, NULL},
        {"leaf 1: length 0", LEAF1, 16, 2, 0, VTC_EFORMAT, NULL},
        {"leaf 1: shorter", LEAF1, 28, 2, 9, VTC_EHOLE, "sparse"},
        {"leaf 1: longer", LEAF1, 28, 2, 11, VTC_EFORMAT, NULL},
        {"leaf 1: unwritten", LEAF1, 28, 2, 32768 + 10, VTC_EHOLE, "not fully written"},
        {"leaf 1: 32768 is written", LEAF1, 28, 2, 32768, VTC_EFORMAT, NULL}, /* but too long */
        {"leaf 1: block 0", LEAF1, 20, 4, 0, VTC_EFORMAT, NULL},
        {"leaf 1: high half", LEAF1, 18, 2, 1, VTC_EFORMAT, NULL},
        {"leaf 1: reaches behind the end", LEAF1, 20, 4, VOLUME_BLOCKS - 5, VTC_EFORMAT, NULL},
        {"leaf 2: one less", LEAF2, 2, 2, 1, VTC_EHOLE, "sparse"},
        {"leaf 2: what follows the file is not read", LEAF2, 2, 2, 2, VTC_OK, NULL},
        {"leaf 2: nor looked at", LEAF2, 36, 4, 0, VTC_OK, NULL},
        {"leaf 2: logical 2^32 - 1", LEAF2, 24, 4, 0xffffffff, VTC_EHOLE, "sparse"},
    };

    (void)state;
    check_fields(make_tree, cases, COUNT_OF(cases));
}

static void cut_to_the_size(void **state)
{
    static const struct {
        uint64_t bytes;
        int rc;
        uint32_t count;
    } cases[] = {
        {0, VTC_OK, 0},
        {1, VTC_OK, 1},
        {6 * VOLUME_BLOCK, VTC_OK, 1},
        {6 * VOLUME_BLOCK + 1, VTC_OK, 2},
        {40 * VOLUME_BLOCK, VTC_OK, 3},
        {40 * VOLUME_BLOCK + 1, VTC_EHOLE, 0},
        {8193ull * VOLUME_BLOCK, VTC_EHOLE, 0}, /* longer than the volume */
        {UINT64_MAX, VTC_EHOLE, 0},
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(cases); i++) {
        uint8_t *inode = ext4_volume_inode(&vol, VOLUME_FILE);
        struct vtc_extents list;
        const char *why;
        uint64_t bytes;

        make_tree();
        vtc_put_le32(inode + 4, (uint32_t)cases[i].bytes);
        vtc_put_le32(inode + 108, (uint32_t)(cases[i].bytes >> 32));
        assert_int_equal(map_file(&list, &bytes, &why), cases[i].rc);
        assert_int_equal(bytes, cases[i].bytes);
        if (cases[i].rc)
            continue;
        assert_int_equal(list.count, cases[i].count);
        assert_int_equal(list.bytes, cases[i].bytes);
    }
}

#define SINGLE    30u
#define DOUBLE    31u
#define DOUBLE0   32u
#define DOUBLE1   33u
#define TRIPLE    34u
#define TRIPLE0   35u
#define TRIPLE1   36u

#define PER_BLOCK 256u

/* 12 direct blocks, 256 by SINGLE, 256 + 4 by DOUBLE. */
#define MAP_BLOCKS (12u + PER_BLOCK + PER_BLOCK + 4)

static void make_block_map(void)
{
    uint8_t *map = ext4_volume_set_inode(&vol, VOLUME_FILE, 0x81a4, 0, MAP_BLOCKS * VOLUME_BLOCK);
    uint32_t i;

    for (i = 0; i < 12; i++)
        vtc_put_le32(map + 4 * i, 600 + i);
    vtc_put_le32(map + 48, SINGLE);
    vtc_put_le32(map + 52, DOUBLE);
    vtc_put_le32(ext4_volume_block(&vol, DOUBLE), DOUBLE0);
    vtc_put_le32(ext4_volume_block(&vol, DOUBLE) + 4, DOUBLE1);
    for (i = 0; i < PER_BLOCK; i++) {
        vtc_put_le32(ext4_volume_block(&vol, SINGLE) + 4 * i, 612 + i); /* goes on */
        vtc_put_le32(ext4_volume_block(&vol, DOUBLE0) + 4 * i, 2000 + i);
        vtc_put_le32(ext4_volume_block(&vol, DOUBLE1) + 4 * i, i < 4 ? 1000 + i : 0);
    }
}

static void block_map(void **state)
{
    static const struct vtc_extent expected[] = {
        {0, VOLUME_PART_OFF + 600 * VOLUME_BLOCK, 268 * VOLUME_BLOCK},
        {268 * VOLUME_BLOCK, VOLUME_PART_OFF + 2000 * VOLUME_BLOCK, 256 * VOLUME_BLOCK},
        {524 * VOLUME_BLOCK, VOLUME_PART_OFF + 1000 * VOLUME_BLOCK, 4 * VOLUME_BLOCK},
    };
    struct vtc_extents list;
    const char *why;
    uint64_t bytes;

    (void)state;
    make_block_map();
    assert_int_equal(map_file(&list, &bytes, &why), VTC_OK);
    assert_int_equal(bytes, MAP_BLOCKS * VOLUME_BLOCK);
    assert_int_equal(list.count, COUNT_OF(expected));
    assert_memory_equal(list.v, expected, sizeof expected);
}

static void block_map_fields(void **state)
{
    static const struct changed_field cases[] = {
        {"direct hole", ROOT, 20, 4, 0, VTC_EHOLE, "sparse"},
        {"direct behind the end", ROOT, 20, 4, VOLUME_BLOCKS, VTC_EFORMAT, NULL},
        {"direct, the last block", ROOT, 20, 4, VOLUME_BLOCKS - 1, VTC_OK, NULL},
        {"single missing", ROOT, 48, 4, 0, VTC_EHOLE, "sparse"},
        {"single behind the end", ROOT, 48, 4, VOLUME_BLOCKS, VTC_EFORMAT, NULL},
        {"single not on the disk", ROOT, 48, 4, VOLUME_BACKED, VTC_EFORMAT, NULL},
        {"single: hole", SINGLE, 1020, 4, 0, VTC_EHOLE, "sparse"},
        {"single: behind the end", SINGLE, 1020, 4, 0xffffffff, VTC_EFORMAT, NULL},
        {"double missing", ROOT, 52, 4, 0, VTC_EHOLE, "sparse"},
        {"double: hole", DOUBLE, 4, 4, 0, VTC_EHOLE, "sparse"},
        {"double: behind the end", DOUBLE, 4, 4, VOLUME_BLOCKS, VTC_EFORMAT, NULL},
        {"double: of itself", DOUBLE, 0, 4, DOUBLE, VTC_EHOLE, "sparse"},
        {"double: hole below", DOUBLE1, 12, 4, 0, VTC_EHOLE, "sparse"},
        {"what follows the file is not read", DOUBLE1, 16, 4, 0xffffffff, VTC_OK, NULL},
        {"no triple needed", ROOT, 56, 4, 0xffffffff, VTC_OK, NULL},
    };

    (void)state;
    check_fields(make_block_map, cases, COUNT_OF(cases));
}

struct counted {
    uint64_t blocks;
};

static int count_run(void *ctx, uint64_t block, uint32_t count)
{
    struct counted *c = ctx;

    assert_in_range(block, 1, 70000);
    c->blocks += count;
    return 0;
}

/* Triple indirection: 300 blocks more than double reaches. The many indirect blocks are the same
 * few on the disk. */
static void triple_indirect(void **state)
{
    const uint64_t blocks = 12 + PER_BLOCK + PER_BLOCK * PER_BLOCK + 300;
    uint8_t *map = ext4_volume_set_inode(&vol, VOLUME_FILE, 0x81a4, 0, blocks * VOLUME_BLOCK);
    struct counted counted = {0};
    struct vtc_ext4_inode inode;
    const char *why = NULL;
    uint32_t i;

    (void)state;
    vol.fs.block_count = 70000; /* so that the file is not longer than the volume */
    for (i = 0; i < 12; i++)
        vtc_put_le32(map + 4 * i, 600 + i);
    vtc_put_le32(map + 48, SINGLE);
    vtc_put_le32(map + 52, DOUBLE);
    vtc_put_le32(map + 56, TRIPLE);
    for (i = 0; i < PER_BLOCK; i++) {
        vtc_put_le32(ext4_volume_block(&vol, SINGLE) + 4 * i, 1000 + i);
        vtc_put_le32(ext4_volume_block(&vol, DOUBLE) + 4 * i, SINGLE);
    }
    vtc_put_le32(ext4_volume_block(&vol, TRIPLE), TRIPLE0);
    vtc_put_le32(ext4_volume_block(&vol, TRIPLE0), SINGLE);
    vtc_put_le32(ext4_volume_block(&vol, TRIPLE0) + 4, SINGLE);
    assert_int_equal(vtc_ext4_inode_read(&vol.fs, VOLUME_FILE, &inode), VTC_OK);
    assert_int_equal(vtc_ext4_map_walk(&vol.fs, &inode, count_run, &counted, &why), VTC_OK);
    assert_int_equal(counted.blocks, blocks);
    vtc_put_le32(ext4_volume_block(&vol, TRIPLE0) + 4, 0);
    assert_int_equal(vtc_ext4_map_walk(&vol.fs, &inode, count_run, &counted, &why), VTC_EHOLE);
    vtc_put_le32(map + 56, 0);
    assert_int_equal(vtc_ext4_map_walk(&vol.fs, &inode, count_run, &counted, &why), VTC_EHOLE);

    /* More than 12 + 256 + 256^2 + 256^3 blocks cannot be mapped at all. */
    vol.fs.block_count = 1ull << 33;
    vtc_put_le32(map + 56, TRIPLE);
    for (i = 0; i < PER_BLOCK; i++) {
        vtc_put_le32(ext4_volume_block(&vol, TRIPLE) + 4 * i, TRIPLE0);
        vtc_put_le32(ext4_volume_block(&vol, TRIPLE0) + 4 * i, SINGLE);
    }
    inode.bytes = (12 + 256 + 65536 + 16777216 + 1ull) * VOLUME_BLOCK;
    assert_int_equal(vtc_ext4_map_walk(&vol.fs, &inode, count_run, &counted, &why), VTC_EFORMAT);
}

/* However many reads succeed before one fails: the failure is reported, nothing else happens. */
static void failing_reads(void **state)
{
    void (*const bases[])(void) = {make_tree, make_block_map};
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(bases); i++) {
        uint32_t good = 0;
        int rc;

        bases[i]();
        do {
            struct vtc_extents list;
            const char *why;
            uint64_t bytes;

            vol.mem.reads = 0;
            vol.mem.fail_after = good++;
            rc = map_file(&list, &bytes, &why);
            assert_true(rc == VTC_OK || rc == VTC_EIO);
        } while (rc);
        assert_in_range(good, 5, 40);
        vol.mem.fail_after = UINT32_MAX;
    }
}

static void full_list(void **state)
{
    struct vtc_extent v[2];
    struct vtc_extents list;
    const char *why = NULL;
    uint64_t bytes;

    (void)state;
    make_tree();
    vtc_extents_init(&list, v, COUNT_OF(v), NULL);
    assert_int_equal(vtc_ext4_extents(&vol.fs, VOLUME_FILE, &bytes, &list, &why), VTC_ENOSPC);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(extent_tree, make, release),
        cmocka_unit_test_setup_teardown(extent_tree_fields, make, release),
        cmocka_unit_test_setup_teardown(cut_to_the_size, make, release),
        cmocka_unit_test_setup_teardown(block_map, make, release),
        cmocka_unit_test_setup_teardown(block_map_fields, make, release),
        cmocka_unit_test_setup_teardown(triple_indirect, make, release),
        cmocka_unit_test_setup_teardown(failing_reads, make, release),
        cmocka_unit_test_setup_teardown(full_list, make, release),
    };

    return cmocka_run_group_tests_name("ext4_map", tests, NULL, NULL);
}

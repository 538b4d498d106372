/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FAT: files and directories along their chains, most of them broken. */
#include "fat_volume.h"

#include <ventoc/bytes.h>

#define SHORT "LONGNA~1TXT"

/* ---- chains -------------------------------------------------------------------------------- */

#define FREE       0
#define BAD        0xffffff7
#define END_LOWEST 0xffffff8
#define LAST       0x10000 /* stands for the last cluster of the volume */

static const struct {
    const char *what;
    uint32_t next[6]; /* of clusters 3 to 8 */
    uint32_t bytes, read_bytes;
    int rc;
} chain_cases[] = {
    {"in a row", {4, 5, END}, 1536, 1536, VTC_OK},
    {"scattered, backwards", {8, END, 4, END, 5, 7}, 2560, 2560, VTC_OK},
    {"longer than the file", {4, 5, 6, END}, 600, 600, VTC_OK},
    {"shorter than the file", {4, END}, 1536, 1536, VTC_EFORMAT},
    {"shorter, but enough is there", {4, END}, 1536, 1024, VTC_OK},
    {"a cluster that points to itself", {3}, 5000, 5000, VTC_EFORMAT},
    {"a loop of two", {4, 3}, 5000, 5000, VTC_EFORMAT},
    {"a loop with a tail", {4, 5, 6, 7, 8, 5}, 20000, 20000, VTC_EFORMAT},
    {"a free cluster", {4, FREE}, 1536, 1536, VTC_EFORMAT},
    {"a bad cluster", {4, BAD}, 1536, 1536, VTC_EFORMAT},
    {"the lowest end mark", {4, 5, END_LOWEST}, 1536, 1536, VTC_OK},
    {"cluster 1", {4, 1}, 1536, 1536, VTC_EFORMAT},
    {"the last cluster, which is free", {4, LAST}, 2000, 1537, VTC_EFORMAT},
    {"the last cluster is enough", {LAST}, 1024, 1024, VTC_OK},
    {"the cluster behind the last one", {LAST + 1}, 600, 600, VTC_EFORMAT},
    {"a cluster far behind the last one", {4, 4210}, 1536, 1536, VTC_EFORMAT},
};

static uint32_t next_of(const struct fat_volume *v, uint32_t next)
{
    uint32_t last = v->bits == 16 ? 4201 : 101;

    return next == LAST || next == LAST + 1 ? last + next - LAST : next;
}

static void test_chains(void **state)
{
    static const unsigned bits[] = {12, 16, 32};
    static uint8_t buf[20000];

    (void)state;
    for (size_t k = 0; k < 3 * COUNT_OF(chain_cases); k++) {
        size_t i = k / 3;
        struct vtc_fat_node node;
        struct fat_volume v;
        int rc;

        fat_volume_init(&v, bits[k % 3]);
        for (uint32_t c = 0; c < (v.bits == 16 ? 4200 : 100) * SECTOR; c++)
            v.heap[c] = (uint8_t)(c / SECTOR + 2 + c % SECTOR);
        fat_volume_set_next(&v, 2, END);
        for (uint32_t c = 0; c < 6; c++)
            fat_volume_set_next(&v, c + 3, next_of(&v, chain_cases[i].next[c]));
        memset(v.root, 0, SECTOR);
        fat_volume_put_short(v.root, "FILE       ", 0x20, 3, chain_cases[i].bytes);
        assert_int_equal(vtc_fat_open(&v.fat, &v.src_reader), 0);
        assert_int_equal(vtc_fat_find(&v.fat, "/file", &node), 0);
        assert_int_equal(node.bytes, chain_cases[i].bytes);
        rc = vtc_fat_read(&v.fat, &node, 0, buf, chain_cases[i].read_bytes);
        if (rc != chain_cases[i].rc)
            fail_msg("%s, FAT%u: %d, not %d", chain_cases[i].what, bits[k % 3], rc,
                     chain_cases[i].rc);
        for (uint32_t at = 0, c = 3; !rc && at < chain_cases[i].read_bytes; at++) {
            if (at && at % SECTOR == 0)
                c = next_of(&v, chain_cases[i].next[c - 3]);
            assert_int_equal(buf[at], (uint8_t)(c + at % SECTOR));
        }
        fat_volume_free(&v);
    }
}

/* A chain that goes on behind the end of the file is not followed to its own end. */
static void test_long_chain(void **state)
{
    static const struct {
        uint32_t bytes, count;
    } cases[] = {{0, 1}, {1, 2}, {SECTOR, 2}, {SECTOR + 1, 3}, {61 * SECTOR, 60}};
    struct vtc_fat_node node = {.first_cluster = 10};
    struct fat_volume v;
    uint32_t last, count;

    (void)state;
    fat_volume_init(&v, 32);
    for (uint32_t n = 10; n < 70; n++)
        fat_volume_set_next(&v, n, n < 69 ? n + 1 : END);
    assert_int_equal(vtc_fat_open(&v.fat, &v.src_reader), 0);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        node.bytes = cases[i].bytes;
        assert_int_equal(vtc_fat_last_cluster(&v.fat, &node, &last, &count), 0);
        assert_int_equal(count, cases[i].count);
        assert_int_equal(last, 9 + count);
    }
    fat_volume_free(&v);
}

static void test_read_arguments(void **state)
{
    struct vtc_fat_node node;
    struct fat_volume v;
    uint8_t buf[8];

    (void)state;
    fat_volume_init(&v, 12);
    fat_volume_set_next(&v, 3, 5);
    fat_volume_set_next(&v, 5, END);
    fat_volume_put_short(v.root, "FILE       ", 0x20, 3, 600);
    v.heap[SECTOR + 511] = 'A';
    v.heap[3 * SECTOR] = 'B';
    assert_int_equal(vtc_fat_open(&v.fat, &v.src_reader), 0);
    assert_int_equal(vtc_fat_find(&v.fat, "/FILE", &node), 0);
    assert_int_equal(vtc_fat_read(&v.fat, &node, 511, buf, 2), 0);
    assert_memory_equal(buf, "AB", 2);
    assert_int_equal(vtc_fat_read(&v.fat, &node, 512, buf, 1), 0);
    assert_memory_equal(buf, "B", 1);
    assert_int_equal(vtc_fat_read(&v.fat, &node, 600, buf, 0), 0);
    assert_int_equal(vtc_fat_read(&v.fat, &node, 600, buf, 1), VTC_EFORMAT);
    assert_int_equal(vtc_fat_read(&v.fat, &node, 601, buf, 0), VTC_EFORMAT);
    assert_int_equal(vtc_fat_read(&v.fat, &node, 1, buf, UINT32_MAX), VTC_EFORMAT);
    node.bytes = 4000; /* the chain ends before this offset */
    assert_int_equal(vtc_fat_read(&v.fat, &node, 2000, buf, 1), VTC_EFORMAT);
    node.first_cluster = 1;
    assert_int_equal(vtc_fat_read(&v.fat, &node, 0, buf, 1), VTC_EFORMAT);
    assert_int_equal(vtc_fat_find(&v.fat, "/", &node), 0);
    assert_true(node.is_dir);
    assert_int_equal(vtc_fat_read(&v.fat, &node, 0, buf, 1), VTC_EINVAL);
    fat_volume_free(&v);
}

/* ---- directories --------------------------------------------------------------------------- */

static void fill(uint8_t *sector)
{
    for (unsigned i = 0; i < SECTOR / 32; i++)
        fat_volume_put_short(sector + 32 * i, "FILLER     ", 0x20, 0, 0);
}

static void test_directories(void **state)
{
    static const struct {
        const char *what;
        uint32_t first;   /* cluster of the directory */
        uint32_t next[3]; /* of clusters 3 to 5, each full of entries */
        int rc;
    } cases[] = {
        {"ends with its chain", 3, {4, END, 0}, VTC_ENOENT},
        {"ends with the lowest end mark", 3, {4, END_LOWEST, 0}, VTC_ENOENT},
        {"a loop", 3, {4, 3, 0}, VTC_EFORMAT},
        {"no cluster", 0, {0}, VTC_EFORMAT},
        {"cluster 1", 1, {0}, VTC_EFORMAT},
        {"a cluster behind the end", 4300, {0}, VTC_EFORMAT},
        {"a free cluster in the chain", 3, {FREE}, VTC_EFORMAT},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct vtc_fat_node node;
        struct fat_volume v;
        int rc;

        fat_volume_init(&v, 32);
        fat_volume_set_next(&v, 2, END);
        for (uint32_t c = 0; c < 3; c++) {
            fat_volume_set_next(&v, c + 3, cases[i].next[c]);
            fill(v.heap + (c + 1) * SECTOR);
        }
        fat_volume_put_short(v.root, "DIR        ", 0x10, cases[i].first, 0);
        assert_int_equal(vtc_fat_open(&v.fat, &v.src_reader), 0);
        rc = vtc_fat_find(&v.fat, "/dir/file", &node);
        if (rc != cases[i].rc)
            fail_msg("%s: %d, not %d", cases[i].what, rc, cases[i].rc);
        fat_volume_free(&v);
    }
}

/* The entry that is asked for, not one beside it; the upper half of a cluster number counts on FAT32
 * only. */
static void test_neighbours(void **state)
{
    static const uint16_t name[] = {'l', 'o', 'n', 'g'};

    (void)state;
    for (unsigned bits = 12; bits <= 32; bits += bits == 12 ? 4 : 16) {
        struct vtc_fat_node node;
        struct fat_volume v;
        uint8_t *e;

        fat_volume_init(&v, bits);
        e = fat_volume_put_long(v.root, 0x41, fat_volume_checksum(SHORT), name, COUNT_OF(name));
        e = fat_volume_put_short(e, SHORT, 0x20, 5, 1);
        fat_volume_put_short(e, "SHORT      ", 0x20, 0x10006, 2);
        assert_int_equal(vtc_fat_open(&v.fat, &v.src_reader), 0);
        assert_int_equal(vtc_fat_find(&v.fat, "/short", &node), 0);
        assert_int_equal(node.first_cluster, bits == 32 ? 0x10006 : 6);
        assert_string_equal(node.name, "SHORT");
        assert_int_equal(vtc_fat_find(&v.fat, "/long", &node), 0);
        assert_int_equal(node.first_cluster, 5);
        fat_volume_free(&v);
    }
}

/* A fixed root without a free entry ends where it ends. */
static void test_full_root(void **state)
{
    struct vtc_fat_node node;
    struct fat_volume v;

    (void)state;
    fat_volume_init(&v, 12);
    fill(v.root);
    assert_int_equal(vtc_fat_open(&v.fat, &v.src_reader), 0);
    assert_int_equal(vtc_fat_find(&v.fat, "/x", &node), VTC_ENOENT);
    fat_volume_free(&v);
}

/* More entries than a directory may have, in a chain that is no loop. */
static void test_endless_directory(void **state)
{
    struct vtc_fat_node node;
    struct fat_volume v;

    (void)state;
    fat_volume_init(&v, 16);
    for (uint32_t c = 0; c < 4199; c++) {
        fat_volume_set_next(&v, c + 2, c + 3);
        fill(v.heap + c * SECTOR);
    }
    fat_volume_put_short(v.root, "DIR        ", 0x10, 2, 0);
    assert_int_equal(vtc_fat_open(&v.fat, &v.src_reader), 0);
    assert_int_equal(vtc_fat_find(&v.fat, "/dir/x", &node), VTC_EFORMAT);
    fat_volume_free(&v);
}

/* Whichever read fails, its error comes out. */
static void test_read_errors(void **state)
{
    unsigned fail_at;

    (void)state;
    for (fail_at = 1;; fail_at++) {
        struct vtc_fat_node node;
        struct fat_volume v;
        uint8_t buf[1024];
        int rc;

        fat_volume_init(&v, 32);
        fat_volume_set_next(&v, 2, 9);
        fat_volume_set_next(&v, 9, END);
        fat_volume_set_next(&v, 4, 6);
        fat_volume_set_next(&v, 6, END);
        fill(v.root);
        fat_volume_put_short(v.heap + 7 * SECTOR, "FILE       ", 0x20, 4, 1024);
        v.src.fail_after = fail_at - 1;
        rc = vtc_fat_open(&v.fat, &v.src_reader);
        if (!rc)
            rc = vtc_fat_find(&v.fat, "/FILE", &node);
        if (!rc)
            rc = vtc_fat_read(&v.fat, &node, 0, buf, 1024);
        fat_volume_free(&v);
        if (v.src.reads < fail_at) {
            assert_int_equal(rc, 0);
            break;
        }
        assert_int_equal(rc, VTC_EIO);
    }
    assert_true(fail_at > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chains),
        cmocka_unit_test(test_long_chain),
        cmocka_unit_test(test_read_arguments),
        cmocka_unit_test(test_directories),
        cmocka_unit_test(test_neighbours),
        cmocka_unit_test(test_full_root),
        cmocka_unit_test(test_endless_directory),
        cmocka_unit_test(test_read_errors),
    };

    return cmocka_run_group_tests_name("fat_files", tests, NULL, NULL);
}

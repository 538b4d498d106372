/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ventoc/bytes.h>
#include <ventoc/ntfs.h>

#include "fixture.h"

#define PART_OFF   (1024ull * 1024)
#define CLUSTER    4096u
#define PART_BYTES (70000ull * CLUSTER + 512)
#define LCN(n)     (PART_OFF + (uint64_t)(n)*CLUSTER)

/* A $DATA attribute with these runs; returns its length. */
static uint32_t make_attr(uint8_t attr[256], const char *runs, uint32_t run_bytes,
                          uint64_t clusters, uint64_t file_bytes)
{
    uint32_t bytes = (0x40 + run_bytes + 7) & ~7u;

    memset(attr, 0, 256);
    vtc_put_le32(attr, 0x80);
    vtc_put_le32(attr + 4, bytes);
    attr[8] = 1;
    vtc_put_le64(attr + 0x18, clusters - 1);
    vtc_put_le16(attr + 0x20, 0x40);
    vtc_put_le64(attr + 0x28, clusters * CLUSTER);
    vtc_put_le64(attr + 0x30, file_bytes);
    vtc_put_le64(attr + 0x38, file_bytes);
    memcpy(attr + 0x40, runs, run_bytes);
    return bytes;
}

#define RUNS(text) text, sizeof(text) /* the string's NUL ends the list */

static void run_lists(void **state)
{
    static const struct {
        const char *name, *runs;
        uint32_t run_bytes;
        uint64_t clusters, file_bytes;
        int rc;
        uint32_t count;
        struct vtc_extent expected[3];
        const char *why;
    } cases[] = {
        {"empty file", RUNS(""), 0, 0, VTC_OK, 0, {{0, 0, 0}}, NULL},
        {"one run", RUNS("\x11\x05\x10"), 5, 20000, VTC_OK, 1, {{0, LCN(16), 20000}}, NULL},
        {"three runs, one backwards",
         RUNS("\x21\x18\x34\x56\x31\x05\x00\xa8\x00\x11\x02\xe0"),
         31,
         31 * CLUSTER,
         VTC_OK,
         3,
         {{0, LCN(0x5634), 24 * CLUSTER},
          {24 * CLUSTER, LCN(0x5634 + 0xa800), 5 * CLUSTER},
          {29 * CLUSTER, LCN(0x5634 + 0xa800 - 32), 2 * CLUSTER}},
         NULL},
        {"neighbours merge",
         RUNS("\x11\x05\x10\x11\x03\x05"),
         8,
         8 * CLUSTER,
         VTC_OK,
         1,
         {{0, LCN(16), 8 * CLUSTER}},
         NULL},
        {"wide fields",
         RUNS("\x88\x05\x00\x00\x00\x00\x00\x00\x00\x10\x00\x00\x00\x00\x00\x00\x00"),
         5,
         20480,
         VTC_OK,
         1,
         {{0, LCN(16), 20480}},
         NULL},
        {"clusters beyond the size",
         RUNS("\x11\x05\x10\x11\x03\x20"),
         8,
         100,
         VTC_OK,
         1,
         {{0, LCN(16), 100}},
         NULL},
        {"the last cluster",
         RUNS("\x31\x01\x6f\x11\x01"),
         1,
         5,
         VTC_OK,
         1,
         {{0, LCN(69999), 5}},
         NULL},
        {"beyond the last cluster",
         RUNS("\x31\x02\x6f\x11\x01"),
         2,
         5,
         VTC_EFORMAT,
         0,
         {{0, 0, 0}},
         NULL},
        {"far beyond", RUNS("\x31\x01\x71\x11\x01"), 1, 5, VTC_EFORMAT, 0, {{0, 0, 0}}, NULL},
        {"below zero", RUNS("\x11\x01\xff"), 1, 5, VTC_EFORMAT, 0, {{0, 0, 0}}, NULL},
        {"below zero later",
         RUNS("\x11\x01\x10\x11\x01\xe0"),
         2,
         5,
         VTC_EFORMAT,
         0,
         {{0, 0, 0}},
         NULL},
        {"least number",
         RUNS("\x81\x01\x00\x00\x00\x00\x00\x00\x00\x80"),
         1,
         5,
         VTC_EFORMAT,
         0,
         {{0, 0, 0}},
         NULL},
        {"sparse",
         RUNS("\x11\x05\x10\x01\x03"),
         8,
         8 * CLUSTER,
         VTC_EHOLE,
         0,
         {{0, 0, 0}},
         "sparse"},
        {"count 0", RUNS("\x11\x00\x10"), 0, 0, VTC_EFORMAT, 0, {{0, 0, 0}}, NULL},
        {"count negative", RUNS("\x11\xff\x10"), 5, 5, VTC_EFORMAT, 0, {{0, 0, 0}}, NULL},
        {"count of no bytes", RUNS("\x10\x10"), 5, 5, VTC_EFORMAT, 0, {{0, 0, 0}}, NULL},
        {"count of nine bytes", RUNS("\x19\x05\x10"), 5, 5, VTC_EFORMAT, 0, {{0, 0, 0}}, NULL},
        {"offset of nine bytes", RUNS("\x91\x05\x10"), 5, 5, VTC_EFORMAT, 0, {{0, 0, 0}}, NULL},
        {"cut short", RUNS("\x88\x05\x10"), 5, 5, VTC_EFORMAT, 0, {{0, 0, 0}}, NULL},
        {"no end", "\x11\x02\x10\x21\x02\x10\x01\x00", 7, 4, 5, VTC_EFORMAT, 0, {{0, 0, 0}}, NULL},
        {"more clusters than the last VCN says",
         RUNS("\x11\x05\x10"),
         4,
         5,
         VTC_EFORMAT,
         0,
         {{0, 0, 0}},
         NULL},
        {"fewer clusters", RUNS("\x11\x05\x10"), 6, 5, VTC_EFORMAT, 0, {{0, 0, 0}}, NULL},
        {"size beyond the clusters",
         RUNS("\x11\x05\x10"),
         5,
         5 * CLUSTER + 1,
         VTC_EFORMAT,
         0,
         {{0, 0, 0}},
         NULL},
        {"overlap is for the check",
         RUNS("\x11\x05\x10\x11\x05\x00"),
         10,
         10 * CLUSTER,
         VTC_OK,
         2,
         {{0, LCN(16), 5 * CLUSTER}, {5 * CLUSTER, LCN(16), 5 * CLUSTER}},
         NULL},
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(cases); i++) {
        struct vtc_extent v[8];
        struct vtc_extents list;
        const char *why = NULL;
        uint8_t attr[256];
        uint32_t bytes;
        int rc;

        bytes = make_attr(attr, cases[i].runs, cases[i].run_bytes, cases[i].clusters,
                          cases[i].file_bytes);
        if (cases[i].run_bytes == 7) /* the one without an end */
            vtc_put_le32(attr + 4, bytes = 0x40 + 7);
        vtc_extents_init(&list, v, COUNT_OF(v), NULL);
        rc = vtc_ntfs_extents(attr, bytes, CLUSTER, PART_OFF, PART_BYTES, &list, &why);
        if (rc != cases[i].rc || (why != NULL) != (cases[i].why != NULL))
            fail_msg("%s: %d, not %d (%s)", cases[i].name, rc, cases[i].rc, why ? why : "-");
        if (why)
            assert_string_equal(why, cases[i].why);
        if (rc)
            continue;
        assert_int_equal(list.count, cases[i].count);
        assert_int_equal(list.bytes, cases[i].file_bytes);
        assert_memory_equal(v, cases[i].expected, list.count * sizeof *v);
    }
}

/* One field changed in an attribute of five clusters. */
static void header_fields(void **state)
{
    static const struct {
        const char *name;
        uint32_t at, width;
        uint64_t value;
        int rc;
        const char *why;
    } cases[] = {
        {"unchanged", 0, 4, 0x80, VTC_OK, NULL},
        {"another type", 0, 4, 0x90, VTC_EFORMAT, NULL},
        {"length beyond the buffer", 4, 4, 0x49, VTC_EFORMAT, NULL},
        {"length of no header", 4, 4, 8, VTC_EFORMAT, NULL},
        {"length of half a header", 4, 4, 0x38, VTC_EFORMAT, NULL},
        {"resident", 8, 1, 0, VTC_ENOTSUP, "resident"},
        {"compressed", 12, 2, 0x0001, VTC_ENOTSUP, "compressed"},
        {"another compression", 12, 2, 0x0080, VTC_ENOTSUP, "compressed"},
        {"encrypted", 12, 2, 0x4000, VTC_ENOTSUP, "encrypted"},
        {"sparse, but without holes", 12, 2, 0x8000, VTC_OK, NULL},
        {"not the first part", 0x10, 8, 1, VTC_EFORMAT, NULL},
        {"runs in the header", 0x20, 2, 0x3f, VTC_EFORMAT, NULL},
        {"runs behind the end", 0x20, 2, 0x48, VTC_EFORMAT, NULL},
        {"no run", 0x20, 2, 0x47, VTC_EFORMAT, NULL},
        {"written in part", 0x38, 8, 19999, VTC_EHOLE, "not fully written"},
        {"written beyond the size", 0x38, 8, 20480, VTC_OK, NULL},
    };
    struct vtc_extents list;
    struct vtc_extent v[1];
    uint8_t attr[256];
    uint32_t bytes, n;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(cases); i++) {
        const char *why = NULL;
        int rc;

        bytes = make_attr(attr, RUNS("\x11\x05\x10"), 5, 20000);
        for (n = 0; n < cases[i].width; n++)
            attr[cases[i].at + n] = (uint8_t)(cases[i].value >> 8 * n);
        vtc_extents_init(&list, v, 1, NULL);
        rc = vtc_ntfs_extents(attr, bytes, CLUSTER, PART_OFF, PART_BYTES, &list, &why);
        if (rc != cases[i].rc || (why != NULL) != (cases[i].why != NULL))
            fail_msg("%s: %d, not %d (%s)", cases[i].name, rc, cases[i].rc, why ? why : "-");
        if (why)
            assert_string_equal(why, cases[i].why);
    }
    bytes = make_attr(attr, RUNS("\x11\x05\x10"), 5, 20000);
    for (n = 0; n < bytes; n++)
        if (n < 0x10 || vtc_le32(attr + 4) > n) {
            const char *why = NULL;

            vtc_extents_init(&list, v, 1, NULL);
            assert_int_equal(vtc_ntfs_extents(attr, n, CLUSTER, PART_OFF, PART_BYTES, &list, &why),
                             VTC_EFORMAT);
        }
}

static void arguments(void **state)
{
    static const struct {
        uint32_t cluster_bytes;
        uint64_t part_off, part_bytes;
        uint32_t capacity;
        int rc;
    } cases[] = {
        {4096, 0, 1 << 20, 2, VTC_OK},     {0, 0, 1 << 20, 2, VTC_EINVAL},
        {4097, 0, 1 << 20, 2, VTC_EINVAL}, {4096, UINT64_MAX, 2, 2, VTC_EINVAL},
        {4096, 0, 1 << 20, 1, VTC_ENOSPC}, {4096, 0, 4095, 2, VTC_EFORMAT},
    };
    struct vtc_extents list;
    struct vtc_extent v[2];
    uint8_t attr[256];
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(cases); i++) {
        const char *why = NULL;
        uint32_t bytes = make_attr(attr, RUNS("\x11\x05\x10\x11\x05\x10"), 10, 40000);

        vtc_extents_init(&list, v, cases[i].capacity, NULL);
        assert_int_equal(vtc_ntfs_extents(attr, bytes, cases[i].cluster_bytes, cases[i].part_off,
                                          cases[i].part_bytes, &list, &why),
                         cases[i].rc);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(run_lists),
        cmocka_unit_test(header_fields),
        cmocka_unit_test(arguments),
    };

    return cmocka_run_group_tests_name("ntfs", tests, NULL, NULL);
}

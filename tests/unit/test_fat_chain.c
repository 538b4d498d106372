/* SPDX-License-Identifier: GPL-3.0-or-later */
/* exFAT and FAT32: chains in a made-up FAT. */
#include <ventoc/bytes.h>
#include <ventoc/fat_chain.h>

#include "fixture.h"

#define MIB      (1024ull * 1024)
#define PART_OFF MIB

static uint8_t buf[65536];

/* A disk that holds nothing but a FAT for `clusters` clusters of 4 KiB, at PART_OFF + 512. */
static struct vtc_fat_geometry make_fat(struct fixture_memdisk *disk, struct vtc_reader *reader,
                                        uint32_t clusters, int exfat)
{
    struct vtc_fat_geometry g = {PART_OFF, 512,  (clusters + 2) * 4ull, 64 * MIB, 4096,
                                 clusters, exfat};

    *reader = fixture_memdisk_make(disk, PART_OFF + 512 + g.fat_bytes);
    return g;
}

static void set_entry(struct fixture_memdisk *disk, uint32_t cluster, uint32_t value)
{
    vtc_put_le32(disk->bytes + PART_OFF + 512 + 4ull * cluster, value);
}

#define FAT_END   0x0fffffff
#define EXFAT_END 0xffffffff
#define HEAP      (PART_OFF + 64 * MIB)

static void small_chains(void **state)
{
    static const struct {
        const char *name;
        int exfat;
        uint32_t entry[12]; /* of clusters 0.. */
        uint32_t first;
        uint64_t file_bytes;
        int rc;
        uint32_t count;
        struct vtc_extent expected[3];
    } cases[] = {
        {"empty file", 0, {0}, 0, 0, VTC_OK, 0, {{0, 0, 0}}},
        {"empty file with a cluster", 0, {[2] = FAT_END}, 2, 0, VTC_EFORMAT, 0, {{0, 0, 0}}},
        {"one byte", 0, {[2] = FAT_END}, 2, 1, VTC_OK, 1, {{0, HEAP, 1}}},
        {"one cluster", 1, {[2] = EXFAT_END}, 2, 4096, VTC_OK, 1, {{0, HEAP, 4096}}},
        {"end mark f8", 0, {[2] = 0x0ffffff8}, 2, 9, VTC_OK, 1, {{0, HEAP, 9}}},
        {"end mark with reserved bits", 0, {[2] = 0xcffffff8}, 2, 9, VTC_OK, 1, {{0, HEAP, 9}}},
        {"exFAT has one end mark", 1, {[2] = 0xfffffff8}, 2, 9, VTC_EFORMAT, 0, {{0, 0, 0}}},
        {"FAT32's end mark on exFAT", 1, {[2] = FAT_END}, 2, 9, VTC_EFORMAT, 0, {{0, 0, 0}}},
        {"three in a row",
         0,
         {[3] = 4, [4] = 5, [5] = FAT_END},
         3,
         10000,
         VTC_OK,
         1,
         {{0, HEAP + 4096, 10000}}},
        {"reserved bits are ignored",
         0,
         {[3] = 0xf0000004, [4] = 0x10000005, [5] = FAT_END},
         3,
         10000,
         VTC_OK,
         1,
         {{0, HEAP + 4096, 10000}}},
        {"exFAT has no reserved bits",
         1,
         {[3] = 0xf0000004, [4] = 5, [5] = EXFAT_END},
         3,
         10000,
         VTC_EFORMAT,
         0,
         {{0, 0, 0}}},
        {"backwards",
         1,
         {[4] = EXFAT_END, [5] = 4, [6] = 5},
         6,
         12288,
         VTC_OK,
         3,
         {{0, HEAP + 4 * 4096, 4096},
          {4096, HEAP + 3 * 4096, 4096},
          {8192, HEAP + 2 * 4096, 4096}}},
        {"the last cluster of all",
         0,
         {[11] = FAT_END},
         11,
         5,
         VTC_OK,
         1,
         {{0, HEAP + 9 * 4096, 5}}},
        {"first cluster 0", 0, {FAT_END}, 0, 5, VTC_EFORMAT, 0, {{0, 0, 0}}},
        {"first cluster 1", 0, {0, FAT_END}, 1, 5, VTC_EFORMAT, 0, {{0, 0, 0}}},
        {"first cluster too great", 0, {0}, 12, 5, VTC_EFORMAT, 0, {{0, 0, 0}}},
        {"next cluster too great", 0, {[2] = 12}, 2, 5000, VTC_EFORMAT, 0, {{0, 0, 0}}},
        {"next cluster free", 0, {[2] = 0}, 2, 5000, VTC_EFORMAT, 0, {{0, 0, 0}}},
        {"next cluster bad", 0, {[2] = 0x0ffffff7}, 2, 5000, VTC_EFORMAT, 0, {{0, 0, 0}}},
        {"next cluster bad, exFAT", 1, {[2] = 0xfffffff7}, 2, 5000, VTC_EFORMAT, 0, {{0, 0, 0}}},
        {"too short", 0, {[2] = 3, [3] = FAT_END}, 2, 8193, VTC_EFORMAT, 0, {{0, 0, 0}}},
        {"too long", 0, {[2] = 3, [3] = FAT_END}, 2, 4096, VTC_EFORMAT, 0, {{0, 0, 0}}},
        {"loop of one", 0, {[2] = 2}, 2, 4096, VTC_EFORMAT, 0, {{0, 0, 0}}},
        {"loop of three", 0, {[2] = 3, [3] = 4, [4] = 2}, 2, 40960, VTC_EFORMAT, 0, {{0, 0, 0}}},
        {"more than the volume", 0, {[2] = 2}, 2, 40961, VTC_EFORMAT, 0, {{0, 0, 0}}},
        {"2^64 - 1 bytes", 0, {[2] = 2}, 2, UINT64_MAX, VTC_EFORMAT, 0, {{0, 0, 0}}},
    };
    size_t i;
    uint32_t c;

    (void)state;
    for (i = 0; i < COUNT_OF(cases); i++) {
        struct fixture_memdisk disk;
        struct vtc_reader reader;
        struct vtc_fat_geometry g = make_fat(&disk, &reader, 10, cases[i].exfat);
        struct vtc_extent v[16];
        struct vtc_extents list;
        int rc;

        for (c = 0; c < 12; c++)
            set_entry(&disk, c, cases[i].entry[c]);
        vtc_extents_init(&list, v, COUNT_OF(v), NULL);
        rc = vtc_fat_chain(&g, &reader, cases[i].first, cases[i].file_bytes, buf, 512, &list);
        if (rc != cases[i].rc)
            fail_msg("%s: %d, not %d", cases[i].name, rc, cases[i].rc);
        if (!rc) {
            assert_int_equal(list.count, cases[i].count);
            assert_memory_equal(v, cases[i].expected, list.count * sizeof *v);
            assert_int_equal(list.bytes, cases[i].file_bytes);
        }
        fixture_memdisk_free(&disk);
    }
}

static void arguments_and_failures(void **state)
{
    struct fixture_memdisk disk;
    struct vtc_reader reader;
    struct vtc_fat_geometry g = make_fat(&disk, &reader, 1000, 0);
    struct vtc_extent v[2];
    struct vtc_extents list;
    uint32_t c;

    (void)state;
    for (c = 2; c < 1001; c++)
        set_entry(&disk, c, c + 1);
    set_entry(&disk, 1001, FAT_END);
    vtc_extents_init(&list, v, COUNT_OF(v), NULL);
    assert_int_equal(vtc_fat_chain(&g, &reader, 2, 1, buf, 0, &list), VTC_EINVAL);
    assert_int_equal(vtc_fat_chain(&g, &reader, 2, 1, buf, 256, &list), VTC_EINVAL);
    assert_int_equal(vtc_fat_chain(&g, &reader, 2, 1, buf, 1536, &list), VTC_EINVAL);
    assert_int_equal(vtc_fat_chain(&g, &reader, 2, 1, buf, 131072, &list), VTC_EINVAL);
    disk.fail_after = 3;
    assert_int_equal(vtc_fat_chain(&g, &reader, 2, 4096000, buf, 512, &list), VTC_EIO);
    disk.fail_after = UINT32_MAX;
    vtc_extents_init(&list, v, COUNT_OF(v), NULL);
    assert_int_equal(vtc_fat_chain(&g, &reader, 2, 4096000, buf, 512, &list), VTC_OK);
    set_entry(&disk, 300, 302); /* two gaps make three extents */
    set_entry(&disk, 400, 402);
    vtc_extents_init(&list, v, COUNT_OF(v), NULL);
    assert_int_equal(vtc_fat_chain(&g, &reader, 2, 4087808, buf, 512, &list), VTC_ENOSPC);
    g.fat_bytes = 4;
    vtc_extents_init(&list, v, COUNT_OF(v), NULL);
    assert_int_equal(vtc_fat_chain(&g, &reader, 2, 4096000, buf, 512, &list), VTC_EFORMAT);
    g.fat_bytes = 600; /* a geometry that contradicts itself reads nothing outside the FAT */
    vtc_extents_init(&list, v, COUNT_OF(v), NULL);
    assert_int_equal(vtc_fat_chain(&g, &reader, 2, 4096000, buf, 512, &list), VTC_EFORMAT);
    fixture_memdisk_free(&disk);
}

/* Link clusters order[0..count) and compare what the walk gives; disk.reads and read_bytes are
 * left for the caller to judge. */
static void walk_order(const uint32_t *order, uint32_t count, uint32_t clusters, uint32_t buf_bytes,
                       struct fixture_memdisk *disk)
{
    struct vtc_reader reader;
    struct vtc_fat_geometry g = make_fat(disk, &reader, clusters, 1);
    struct vtc_extent *v = malloc(count * sizeof *v);
    struct vtc_extents list;
    uint64_t off = 0;
    uint32_t i, e = 0;

    assert_non_null(v);
    for (i = 0; i < count; i++)
        set_entry(disk, order[i], i + 1 < count ? order[i + 1] : EXFAT_END);
    vtc_extents_init(&list, v, count, NULL);
    assert_int_equal(
        vtc_fat_chain(&g, &reader, order[0], count * 4096ull - 7, buf, buf_bytes, &list), VTC_OK);
    assert_int_equal(list.bytes, count * 4096ull - 7);
    for (i = 0; i < count; i++, off += 4096) {
        if (off == v[e].file_off + v[e].bytes)
            e++;
        assert_int_equal(v[e].disk_off + (off - v[e].file_off), HEAP + (order[i] - 2) * 4096ull);
    }
    assert_int_equal(e + 1, list.count);
    free(v);
}

static void random_chains_at_every_buffer_size(void **state)
{
    enum { CLUSTERS = 20000 };
    static uint32_t order[CLUSTERS];
    uint64_t seed = 17;
    uint32_t i, buf_bytes;

    (void)state;
    for (buf_bytes = 512; buf_bytes <= 65536; buf_bytes *= 2) {
        struct fixture_memdisk disk;

        for (i = 0; i < CLUSTERS; i++)
            order[i] = i + 2;
        for (i = CLUSTERS; i-- > 1;) {
            uint32_t j = (uint32_t)((fixture_random(&seed) >> 32) % (i + 1)), swap = order[i];

            order[i] = order[j];
            order[j] = swap;
        }
        walk_order(order, CLUSTERS / 2, CLUSTERS, buf_bytes, &disk);
        fixture_memdisk_free(&disk);
    }
}

#define MILLION 1000000u

/* A million clusters: the FAT (4 MB) is read once, in pieces of the buffer. */
static void million_clusters(void **state)
{
    uint32_t *order = malloc(MILLION * sizeof *order), i;
    const uint64_t fat_bytes = (MILLION + 2) * 4ull;
    struct fixture_memdisk disk;

    (void)state;
    assert_non_null(order);
    for (i = 0; i < MILLION; i++) /* in order */
        order[i] = i + 2;
    walk_order(order, MILLION, MILLION, 65536, &disk);
    assert_in_range(disk.reads, 1, fat_bytes / 65536 + 3);
    assert_in_range(disk.read_bytes, 1, fat_bytes);
    fixture_memdisk_free(&disk);

    for (i = 0; i < MILLION / 2; i++) /* every second one: half a million extents */
        order[i] = 2 * i + 2;
    walk_order(order, MILLION / 2, MILLION, 65536, &disk);
    assert_in_range(disk.read_bytes, 1, fat_bytes);
    fixture_memdisk_free(&disk);

    for (i = 0; i < MILLION; i++) /* to and fro between the halves */
        order[i] = i / 2 + 2 + (i & 1) * (MILLION / 2 + 1024);
    walk_order(order, MILLION, MILLION + 2048, 65536, &disk);
    assert_in_range(disk.read_bytes, 1, 3 * fat_bytes);
    fixture_memdisk_free(&disk);
    free(order);
}

static void contiguous_files(void **state)
{
    static const struct {
        uint32_t first;
        uint64_t file_bytes;
        int rc;
    } cases[] = {
        {0, 0, VTC_OK},      {2, 0, VTC_EFORMAT},     {2, 1, VTC_OK},
        {2, 40960, VTC_OK},  {2, 40961, VTC_EFORMAT}, {3, 40960, VTC_EFORMAT},
        {11, 4096, VTC_OK},  {11, 4097, VTC_EFORMAT}, {12, 1, VTC_EFORMAT},
        {1, 1, VTC_EFORMAT}, {0, 1, VTC_EFORMAT},     {2, UINT64_MAX, VTC_EFORMAT},
    };
    struct fixture_memdisk disk;
    struct vtc_reader reader;
    struct vtc_fat_geometry g = make_fat(&disk, &reader, 10, 1);
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(cases); i++) {
        struct vtc_extent v[1];
        struct vtc_extents list;

        vtc_extents_init(&list, v, 1, NULL);
        assert_int_equal(vtc_fat_contiguous(&g, cases[i].first, cases[i].file_bytes, &list),
                         cases[i].rc);
        assert_int_equal(list.bytes, cases[i].rc ? 0 : cases[i].file_bytes);
        if (list.count)
            assert_int_equal(v[0].disk_off, HEAP + (cases[i].first - 2) * 4096ull);
    }
    fixture_memdisk_free(&disk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_chains),
        cmocka_unit_test(arguments_and_failures),
        cmocka_unit_test(random_chains_at_every_buffer_size),
        cmocka_unit_test(million_clusters),
        cmocka_unit_test(contiguous_files),
    };

    return cmocka_run_group_tests_name("fat_chain", tests, NULL, NULL);
}

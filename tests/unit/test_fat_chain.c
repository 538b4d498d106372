/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ventoc/bytes.h>
#include <ventoc/fat_chain.h>

#include <time.h>

#include "fixture.h"

#define MIB      (1024ull * 1024)
#define PART_OFF MIB

static uint8_t buf[65536];

/* ---- boot sectors ---- */

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

/* ---- chains in a made-up FAT ---- */

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
    clock_t begin = clock();

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
    assert_true((double)(clock() - begin) / CLOCKS_PER_SEC < 20);
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
        cmocka_unit_test(geometry_of_good_sectors),
        cmocka_unit_test(geometry_refuses_bad_exfat),
        cmocka_unit_test(geometry_refuses_bad_fat),
        cmocka_unit_test(cluster_of_offsets),
        cmocka_unit_test(small_chains),
        cmocka_unit_test(arguments_and_failures),
        cmocka_unit_test(random_chains_at_every_buffer_size),
        cmocka_unit_test(million_clusters),
        cmocka_unit_test(contiguous_files),
    };

    return cmocka_run_group_tests_name("fat_chain", tests, NULL, NULL);
}

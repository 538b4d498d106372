/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Growing files of images that have a UDF tree, made by genisoimage; 7-Zip and xorriso are the
 * judges. */
#include "grow_image.h"

#include <ventoc/bytes.h>
#include <ventoc/udf.h>

#define ARENA_BYTES (1u << 20)

static uint8_t head[700], body[2500];

static const struct vtc_grow_tail tail = {8, 4, head, sizeof head, body, sizeof body};
static const struct vtc_grow_tail short_tail = {0, 1, head, 5, NULL, 0};

/* An image of a tree, and the tree's copy that grows as it should. */
static void make_iso(const char *options)
{
    memset(head, 'h', sizeof head);
    memset(body, 'b', sizeof body);
    fixture_run("rm -rf tree want && mkdir -p tree/boot tree/a/b/c &&"
                "for i in $(seq 120); do echo $i >tree/boot/file-$i; done && echo z >tree/zz &&"
                "echo u >'tree/\xc3\x9cn\xc3\xaf \xe6\x97\xa5.txt'");
    fixture_save_random("tree/boot/initrd.img", 5, 100001);
    fixture_save_random("tree/a/b/c/A longer name.bin", 6, 8 * 2048);
    fixture_run("cp -a tree want && genisoimage -quiet -udf -input-charset utf-8 %s -o in.iso tree",
                options);
}

static void judge(struct grow_image *m, int rock_ridge)
{
    grow_image_dump(m, "out.iso");
    fixture_run("rm -rf got && mkdir got && 7zz x -y -tudf -ogot out.iso && diff -r want got");
    if (rock_ridge)
        fixture_run("rm -rf got && mkdir got && xorriso -report_about WARNING -osirrox on "
                    "-indev out.iso -extract / got && chmod -R u+rwX got && diff -r want got");
}

static void grow(struct grow_image *m, const char *path, const struct vtc_grow_tail *t)
{
    char want[256];

    assert_int_equal(vtc_grow_iso_file(&m->g, path, t), VTC_OK);
    snprintf(want, sizeof want, "want%s", path);
    grow_append_tail(want, t);
}

/* What no judge looks at: both partition descriptors, the integrity descriptor, the entry's count of
 * blocks. The partition of genisoimage begins at sector 257. */
static void assert_sizes(struct grow_image *m, const char *path, uint64_t blocks)
{
    static const struct {
        uint32_t sector, at;
    } sizes[] = {{34, 192}, {50, 192}, {64, 84}};
    struct vtc_reader reader = grow_image_reader(m);
    struct vtc_udf udf;
    struct vtc_udf_node node;
    uint8_t d[512];

    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        assert_int_equal(vtc_reader_read(&reader, sizes[i].sector * 2048, d, sizeof d), 0);
        assert_int_equal(vtc_le32(d + sizes[i].at), m->img.bytes / 2048 - 257);
    }
    assert_int_equal(vtc_udf_open(&udf, &reader), VTC_OK);
    assert_int_equal(vtc_udf_find(&udf, path, &node), VTC_OK);
    assert_int_equal(vtc_reader_read(&reader, node.entry_off, d, sizeof d), 0);
    assert_int_equal(vtc_le64(d + (node.is_extended ? 72 : 64)), blocks);
    if (node.is_extended)
        assert_int_equal(vtc_le64(d + 64), node.bytes);
}

static void test_bridge(void **state)
{
    static const char *const options[] = {"-R", "-R -J -joliet-long"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(options); i++) {
        struct grow_image m;

        make_iso(options[i]);
        grow_image_open(&m, "in.iso", ARENA_BYTES);
        judge(&m, 1); /* the judges agree before */
        grow(&m, "/boot/initrd.img", &tail);
        judge(&m, 1);
        grow(&m, "/a/b/c/A longer name.bin", &short_tail);
        assert_sizes(&m, "/a/b/c/A longer name.bin", 9);
        grow(&m, "/boot/initrd.img", &tail);
        judge(&m, 1);
        grow_image_close(&m);
    }
}

/* The file is in one tree only. */
static void test_one_tree(void **state)
{
    struct grow_image m;

    (void)state;
    make_iso("-R -hide tree/boot/initrd.img -hide-joliet tree/zz");
    fixture_run("rm want/zz");
    grow_image_open(&m, "in.iso", ARENA_BYTES);
    grow(&m, "/boot/initrd.img", &tail);
    assert_int_equal(vtc_grow_iso_file(&m.g, "/zz", &short_tail), VTC_OK);
    assert_int_equal(vtc_grow_iso_file(&m.g, "/none", &tail), VTC_ENOENT);
    assert_int_equal(vtc_grow_iso_file(&m.g, "/boot", &tail), VTC_ENOENT);
    judge(&m, 0);
    grow_append_tail("tree/zz", &short_tail);
    fixture_run("rm -rf got && mkdir got && xorriso -report_about WARNING -osirrox on "
                "-indev out.iso -extract / got && chmod -R u+rwX got && rm tree/boot/initrd.img && "
                "diff -r tree got");
    grow_image_close(&m);
}

/* ---- entries of other kinds ---------------------------------------------------------------- */

static uint16_t crc16(const uint8_t *p, unsigned bytes)
{
    uint16_t crc = 0;

    for (unsigned i = 0; i < bytes * 8; i++) {
        unsigned bit = p[i / 8] >> (7 - i % 8) & 1;

        crc = (uint16_t)(crc << 1 ^ ((crc >> 15 ^ bit) ? 0x1021 : 0));
    }
    return crc;
}

static void seal(uint8_t *d, unsigned covered)
{
    vtc_put_le16(d + 8, crc16(d + 16, covered));
    vtc_put_le16(d + 10, (uint16_t)covered);
    d[4] = 0;
    for (unsigned i = 0, sum = 0; i < 16; i++) {
        sum += i == 4 ? 0 : d[i];
        d[4] = (uint8_t)sum;
    }
}

/* The entry of the initrd in in.iso, changed by change(). */
static void edit_entry(void (*change)(uint8_t *d))
{
    struct fixture_memdisk disk;
    struct vtc_reader reader = fixture_memdisk_load(&disk, "in.iso");
    struct vtc_udf udf;
    struct vtc_udf_node node;

    assert_int_equal(vtc_udf_open(&udf, &reader), VTC_OK);
    assert_int_equal(vtc_udf_find(&udf, "/boot/initrd.img", &node), VTC_OK);
    change(disk.bytes + node.entry_off);
    fixture_save("in.iso", disk.bytes, disk.size);
    fixture_memdisk_free(&disk);
}

static void make_extended(uint8_t *d)
{
    uint8_t old[2048];

    memcpy(old, d, sizeof old);
    memset(d + 64, 0, 2048 - 64);
    vtc_put_le16(d, 266);
    d[34] = (uint8_t)((old[34] & ~7) | VTC_UDF_LONG);
    memcpy(d + 64, old + 56, 8); /* object size */
    memcpy(d + 72, old + 64, 8);
    memcpy(d + 80, old + 72, 24);
    memcpy(d + 104, old + 84, 12); /* creation */
    memcpy(d + 116, old + 96, 12);
    d[128] = 1;
    memcpy(d + 168, old + 128, 40);
    vtc_put_le32(d + 212, 16);
    memcpy(d + 216, old + 176 + vtc_le32(old + 168), 8);
    seal(d, 216);
}

/* Two descriptors, and zeros behind them as an end; the CRC covers the sector. */
static void make_two_pieces(uint8_t *d)
{
    uint8_t *ad = d + 176 + vtc_le32(d + 168);
    uint32_t bytes = vtc_le32(ad);

    memset(ad + 8, 0, 40);
    vtc_put_le32(ad, 40960);
    vtc_put_le32(ad + 8, bytes - 40960);
    vtc_put_le32(ad + 12, vtc_le32(ad + 4) + 20);
    vtc_put_le32(d + 172, 24);
    seal(d, 2032);
}

static void make_elsewhere(uint8_t *d)
{
    uint8_t *ad = d + 176 + vtc_le32(d + 168);

    vtc_put_le32(ad + 4, vtc_le32(ad + 4) + 1);
    seal(d, vtc_le16(d + 10));
}

static void make_longer(uint8_t *d)
{
    vtc_put_le64(d + 56, vtc_le64(d + 56) + 1);
    seal(d, vtc_le16(d + 10));
}

static void make_unrecorded(uint8_t *d)
{
    d[176 + vtc_le32(d + 168) + 3] |= 0x40;
    seal(d, vtc_le16(d + 10));
}

static void make_strategy_4096(uint8_t *d)
{
    vtc_put_le16(d + 20, 4096);
    seal(d, vtc_le16(d + 10));
}

static void make_extended_form(uint8_t *d)
{
    d[34] |= 2;
    seal(d, vtc_le16(d + 10));
}

static void make_embedded(uint8_t *d)
{
    d[34] |= VTC_UDF_EMBEDDED;
    vtc_put_le64(d + 56, 8);
    seal(d, vtc_le16(d + 10));
}

static void make_wrong_crc(uint8_t *d)
{
    d[60] ^= 1;
}

static void make_wrong_checksum(uint8_t *d)
{
    d[4] ^= 1;
}

static void make_long_attributes(uint8_t *d)
{
    vtc_put_le32(d + 168, 1870);
    seal(d, vtc_le16(d + 10));
}

static void test_entries(void **state)
{
    static const struct {
        void (*change)(uint8_t *d);
        int rc;
    } entries[] = {
        {make_extended, 0},
        {make_two_pieces, 0},
        {make_elsewhere, VTC_ENOTSUP},
        {make_longer, VTC_ENOTSUP},
        {make_unrecorded, VTC_ENOTSUP},
        {make_strategy_4096, VTC_ENOTSUP},
        {make_extended_form, VTC_ENOTSUP},
        {make_embedded, VTC_ENOTSUP},
        {make_wrong_crc, VTC_ENOTSUP}, /* which also makes its length another */
        {make_wrong_checksum, VTC_EFORMAT},
        {make_long_attributes, VTC_EFORMAT},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(entries); i++) {
        struct grow_image m;
        struct grow_image_state before, after;

        make_iso("-R -J");
        edit_entry(entries[i].change);
        grow_image_open(&m, "in.iso", ARENA_BYTES);
        before = grow_image_state(&m);
        if (entries[i].rc) {
            int rc = vtc_grow_iso_file(&m.g, "/boot/initrd.img", &tail);

            if (rc != entries[i].rc)
                fail_msg("case %zu: %d, not %d", i, rc, entries[i].rc);
            after = grow_image_state(&m);
            grow_image_assert_same(&before, &after);
        } else {
            judge(&m, 1);
            grow(&m, "/boot/initrd.img", &tail);
            judge(&m, 1);
            assert_sizes(&m, "/boot/initrd.img", 52); /* 50 sectors and a body of 2 */
        }
        grow_image_close(&m);
    }
}

/* Volumes that are not read. in.iso of genisoimage: main sequence at sector 32 (partition 34, logical
 * volume 35), integrity at 64, anchor at 256, file set behind it. */
static const struct {
    const char *what;
    uint32_t sector, at;
    uint8_t byte;
    int rc; /* of a file in both trees */
} volumes[] = {
    {"no anchor", 256, 0, 0, VTC_ENOTSUP},
    {"blocks of 512 bytes", 35, 213, 2, VTC_ENOTSUP},
    {"two partition maps", 35, 268, 2, VTC_ENOTSUP},
    {"a map of type 2", 35, 440, 2, VTC_ENOTSUP},
    {"another partition number", 34, 22, 7, VTC_ENOTSUP},
    {"a sequence that goes on elsewhere", 36, 0, 3, VTC_ENOTSUP},
    {"no partition descriptor", 34, 0, 7, VTC_EFORMAT},
    {"two of them", 36, 0, 5, VTC_ENOTSUP},
    {"no file set", 257, 0, 1, VTC_EFORMAT},
    {"a partition that is too short", 34, 192, 1, VTC_EFORMAT},
    {"a partition that begins too late", 34, 190, 0x10, VTC_EFORMAT},
    {"an integrity descriptor for two", 64, 72, 2, VTC_ENOTSUP},
    {"more integrity descriptors elsewhere", 64, 32, 8, VTC_ENOTSUP},
    {"no integrity descriptor", 64, 0, 8, 0},
};

static void test_volumes(void **state)
{
    (void)state;
    make_iso("-R");
    for (size_t i = 0; i < COUNT_OF(volumes); i++) {
        struct fixture_memdisk disk;
        struct grow_image m;
        struct grow_image_state before, after;
        uint8_t *d;
        int rc;

        fixture_memdisk_load(&disk, "in.iso");
        d = disk.bytes + volumes[i].sector * 2048;
        d[volumes[i].at] = volumes[i].byte;
        if (volumes[i].at == 192)
            d[193] = d[194] = 0;
        seal(d, vtc_le16(d + 10));
        fixture_save("edited.iso", disk.bytes, disk.size);
        fixture_memdisk_free(&disk);
        grow_image_open(&m, "edited.iso", ARENA_BYTES);
        before = grow_image_state(&m);
        rc = vtc_grow_iso_file(&m.g, "/boot/initrd.img", &tail);
        if (rc != volumes[i].rc)
            fail_msg("%s: %d, not %d", volumes[i].what, rc, volumes[i].rc);
        after = grow_image_state(&m);
        if (rc)
            grow_image_assert_same(&before, &after);
        grow_image_close(&m);
    }
}

/* No ISO 9660 tree at all. */
static void test_udf_alone(void **state)
{
    struct grow_image m;

    (void)state;
    make_iso("-R");
    for (unsigned sector = 16; sector < 20; sector++) {
        static const char type[] = {'C', 'D', '0', '0', '1'};
        size_t bytes;
        uint8_t *data = fixture_load("in.iso", &bytes);

        if (!memcmp(data + sector * 2048 + 1, type, sizeof type))
            fixture_overwrite("in.iso", sector * 2048, "\0BEA01\1", 7);
        free(data);
    }
    grow_image_open(&m, "in.iso", ARENA_BYTES);
    grow(&m, "/boot/initrd.img", &tail);
    grow(&m, "/\xc3\x9cn\xc3\xaf \xe6\x97\xa5.txt", &short_tail);
    judge(&m, 0);
    grow_image_close(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bridge),    cmocka_unit_test(test_one_tree),
        cmocka_unit_test(test_entries),   cmocka_unit_test(test_volumes),
        cmocka_unit_test(test_udf_alone),
    };

    return cmocka_run_group_tests(tests, fixture_enter_tmpdir, fixture_leave_tmpdir);
}

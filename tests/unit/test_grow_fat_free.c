/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Growing files of FAT volumes in a partition, by overlay. The virtual disk is written out;
 * fsck.fat must find nothing, and mtools must read every file as it should be. */
#include "grow_image.h"

#include <ventoc/bytes.h>
#include <ventoc/grow_disk.h>

#define ARENA_BYTES (4u << 20)
#define INITRD      "/debian/initrd.img-6.1.0-25-amd64"

static uint8_t head[700], body[100001];

static const struct vtc_grow_tail tail = {8, 4, head, sizeof head, body, sizeof body};
static const struct vtc_grow_tail small_tail = {0, 1, head, 5, NULL, 0};
static const struct vtc_grow_tail head_tail = {8, 512, head, sizeof head, NULL, 0};

static uint64_t part_off, part_bytes;

static const struct {
    unsigned bits;
    const char *mkfs; /* options */
    unsigned kib;
    uint64_t part_off;
} volumes[] = {
    {12, "-F 12 -s 4 -r 112", 2000, 1 << 20}, {12, "-F 12 -s 2 -f 1", 1440, 63 * 512},
    {16, "-F 16 -s 1", 6000, 63 * 512},       {16, "-F 16 -s 8 -R 4", 40000, 1 << 20},
    {16, "-F 16 -S 2048 -s 2", 40000, 0},     {32, "-F 32 -s 1", 34000, 1 << 20},
    {32, "-F 32 -s 1 -f 1", 34000, 63 * 512},
};

/* in.img: a volume whose free clusters lie in pieces, and one long run at its end. */
static void make_disk(size_t i)
{
    memset(head, 'h', sizeof head);
    for (size_t k = 0; k < sizeof body; k++)
        body[k] = (uint8_t)(k * 7 + k / 251);
    part_off = volumes[i].part_off;
    part_bytes = volumes[i].kib * 1024ull;
    fixture_run(
        "rm -rf want in.img vol.img && mkdir -p want/debian want/EFI/BOOT && : >want/empty");
    fixture_save_random("want/EFI/BOOT/BOOTX64.EFI", 1, 70000);
    fixture_save_random("want" INITRD, 2, 300001);
    fixture_save_random("want/whole.img", 3, 65536);
    fixture_save_random("last.img", 4, 60001);
    fixture_save_random("gap", 5, 9000);
    fixture_run(
        "mkfs.fat %s -C vol.img %u >log && for k in 1 2 3; do mcopy -i vol.img gap ::/gap$k && "
        "mcopy -i vol.img gap ::/keep$k; cp gap want/keep$k; done && "
        "mcopy -i vol.img -s want/EFI want/debian want/empty want/whole.img ::/ && "
        "mdel -i vol.img ::/gap1 ::/gap2 ::/gap3 && mcopy -i vol.img last.img ::/last.img && "
        "cp last.img want && truncate -s %llu in.img && "
        "dd if=vol.img of=in.img bs=512 seek=%llu conv=notrunc status=none && "
        "truncate -s +1536 in.img",
        volumes[i].mkfs, volumes[i].kib, (unsigned long long)part_off,
        (unsigned long long)part_off / 512);
}

static void judge(struct grow_image *m)
{
    grow_image_dump(m, "out.img");
    fixture_run("dd if=out.img of=cut.img bs=512 skip=%llu count=%llu status=none && "
                "{ fsck.fat -n cut.img >fsck || { cat fsck >&2; false; }; } && rm -rf got && "
                "mkdir got && mcopy -i cut.img -s '::/*' got && diff -r want got",
                (unsigned long long)part_off / 512, (unsigned long long)part_bytes / 512);
}

static void grow(struct grow_image *m, const char *path, const struct vtc_grow_tail *t)
{
    const char *why;
    char want[256];
    int rc = vtc_grow_fat_volume_file(&m->g, part_off, part_bytes, path, t, &why);

    if (rc)
        fail_msg("%s: %d (%s)", path, rc, why ? why : "-");
    snprintf(want, sizeof want, "want%s", path);
    grow_append_tail(want, t);
}

static void every_volume(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(volumes); i++) {
        struct grow_image m;
        uint64_t bytes;

        print_message("# %s\n", volumes[i].mkfs);
        make_disk(i);
        grow_image_open(&m, "in.img", ARENA_BYTES);
        bytes = m.img.bytes;
        grow(&m, INITRD, &tail);
        grow(&m, "/last.img", &tail);
        judge(&m);
        grow(&m, "/whole.img", &head_tail);
        grow(&m, "/whole.img", &small_tail);
        grow(&m, "/empty", &tail);
        grow(&m, INITRD, &small_tail);
        judge(&m);
        assert_true(m.img.bytes == bytes);
        grow_image_close(&m);
    }
}

static void refused(void **state)
{
    struct vtc_grow_tail long_tail = tail;
    struct grow_image_state before, after;
    struct grow_image m;
    uint32_t arena_bytes;
    const char *why;
    int rc = VTC_ENOSPC;

    (void)state;
    make_disk(5);
    grow_image_open(&m, "in.img", ARENA_BYTES);
    before = grow_image_state(&m);
    long_tail.body = m.disk.bytes;
    long_tail.body_bytes = (uint32_t)part_bytes;
#define REFUSED(path, t, rc, text)                                                                 \
    do {                                                                                           \
        assert_int_equal(vtc_grow_fat_volume_file(&m.g, part_off, part_bytes, path, t, &why), rc); \
        assert_string_equal(why ? why : "-", text);                                                \
    } while (0)
    REFUSED(INITRD, &long_tail, VTC_ENOTSUP, "not enough free clusters in one piece");
    REFUSED("/none", &tail, VTC_ENOENT, "-");
    REFUSED("/EFI", &tail, VTC_ENOTSUP, "not a regular file");
    assert_int_equal(vtc_grow_fat_volume_file(&m.g, 512, part_bytes, "/x", &tail, &why),
                     VTC_ENOENT);
    assert_int_equal(vtc_grow_fat_volume_file(&m.g, 513, part_bytes, "/x", &tail, &why),
                     VTC_EINVAL);
    after = grow_image_state(&m);
    grow_image_assert_same(&before, &after);
    grow_image_close(&m);

    fixture_overwrite("in.img", part_off + 40, "\x81", 1);
    grow_image_open(&m, "in.img", ARENA_BYTES);
    REFUSED(INITRD, &tail, VTC_ENOTSUP, "a single live FAT");
    grow_image_close(&m);

    fixture_overwrite("in.img", part_off + 40, "", 1);
    for (arena_bytes = 1024; rc; arena_bytes += 512) {
        grow_image_open(&m, "in.img", ARENA_BYTES);
        m.arena.capacity_bytes = arena_bytes;
        before = grow_image_state(&m);
        rc = vtc_grow_fat_volume_file(&m.g, part_off, part_bytes, INITRD, &tail, &why);
        after = grow_image_state(&m);
        if (rc) {
            assert_int_equal(rc, VTC_ENOSPC);
            grow_image_assert_same(&before, &after);
        }
        grow_image_close(&m);
    }
    assert_in_range(arena_bytes, 8192, 65536);
}

/* A FAT16 volume of 70000 clusters, whose free ones begin at 65526: no entry can name them without
 * saying that they are bad, or the end. One with a free cluster below them is taken. */
static void no_number(void **state)
{
    const uint32_t table = 512, root = table + 280 * 512, data = root + 512, count = 70000;
    const uint64_t bytes = data + count * 512ull;
    static const struct {
        uint32_t first_free;
        int rc;
    } cases[] = {{65525, VTC_OK}, {65526, VTC_ENOTSUP}, {65527, VTC_ENOTSUP}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        uint8_t *b = calloc(1, bytes);
        struct grow_image m;
        const char *why;
        int rc;

        assert_non_null(b);
        memcpy(b, "\xeb\x3c\x90mkfs.fat\0\2\1\1\0\1\x10\0\0\0\xf8", 22);
        vtc_put_le16(b + 22, 280);
        vtc_put_le32(b + 32, (uint32_t)(bytes / 512));
        vtc_put_le16(b + 510, 0xaa55);
        for (uint32_t n = 0; n < cases[i].first_free; n++)
            vtc_put_le16(b + table + 2 * n, 0xffff);
        memcpy(b + root, "F          ", 11);
        vtc_put_le16(b + root + 26, 2);
        vtc_put_le32(b + root + 28, 512);
        fixture_save("in.img", b, bytes);
        free(b);
        grow_image_open(&m, "in.img", ARENA_BYTES);
        rc = vtc_grow_fat_volume_file(&m.g, 0, bytes, "/F", &small_tail, &why);
        if (rc != cases[i].rc)
            fail_msg("%u: %d (%s)", cases[i].first_free, rc, why ? why : "-");
        grow_image_close(&m);
    }
}

/* More than 32 bits of sectors of 2048 bytes: said so, whatever the file system. */
static void too_long(void **state)
{
    struct vtc_extent extent[1];
    struct vtc_extents list;
    struct vtc_region region[1];
    struct vtc_image img;
    struct vtc_grow g = {.img = &img};

    (void)state;
    vtc_extents_init(&list, extent, 1, NULL);
    assert_int_equal(vtc_extents_add(&list, 0, 8ull << 40), VTC_OK);
    assert_int_equal(vtc_image_init(&img, region, 1, NULL, &list), VTC_OK);
    for (unsigned i = 0; i < 2; i++) {
        const char *why = NULL;

        assert_int_equal((i ? vtc_grow_ext4_file : vtc_grow_fat_volume_file)(&g, 0, img.bytes, "/f",
                                                                             &tail, &why),
                         VTC_ENOTSUP);
        assert_non_null(why);
        assert_string_equal(why, "an image of more than 8 TiB");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_volume),
        cmocka_unit_test(refused),
        cmocka_unit_test(no_number),
        cmocka_unit_test(too_long),
    };

    return cmocka_run_group_tests_name("grow_fat_free", tests, fixture_enter_tmpdir,
                                       fixture_leave_tmpdir);
}

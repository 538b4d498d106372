/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Growing files of a FAT volume that an image's boot catalog names. The volume is cut out where the
 * catalog says it is; fsck.fat and mtools are the judges. */
#include "grow_image.h"

#include <ventoc/bytes.h>
#include <ventoc/fat.h>
#include <ventoc/iso9660.h>

#define ARENA_BYTES (4u << 20)
#define INITRAMFS   "/arch/boot/x86_64/initramfs-linux.img"

static uint8_t head[700], body[100000];

static const struct vtc_grow_tail tail = {8, 4, head, sizeof head, body, sizeof body};
static const struct vtc_grow_tail small_tail = {0, 1, head, 5, NULL, 0};
static const struct vtc_grow_tail head_tail = {8, 512, head, sizeof head, NULL, 0};

static const struct {
    unsigned bits;
    const char *mkfs; /* options and size in KiB */
    unsigned kib, load_sectors;
    int is_partition; /* appended to the image, not a file in it */
} volumes[] = {
    {12, "-F 12 -s 4 -r 112", 2000, 4, 0}, {12, "-F 12 -s 4 -r 112", 2000, 4, 1},
    {12, "-F 12 -s 1 -f 1", 1440, 0, 0},   {16, "-F 16 -s 1", 5000, 10000, 0},
    {16, "-F 16 -s 8 -R 4", 20000, 1, 0},  {16, "-F 16 -S 2048 -s 2", 20000, 0, 0},
    {32, "-F 32 -s 1", 34000, 0xffff, 0},
};

static void make_iso(size_t i)
{
    memset(head, 'h', sizeof head);
    for (size_t k = 0; k < sizeof body; k++)
        body[k] = (uint8_t)(k * 7 + k / 251);
    fixture_run("rm -rf tree want && mkdir -p tree want/EFI/BOOT want/arch/boot/x86_64 "
                "want/loader && echo menu >want/loader/loader.conf && : >want/empty");
    fixture_save_random("want/EFI/BOOT/BOOTX64.EFI", 1, 70000);
    fixture_save_random("want" INITRAMFS, 2, 500001);
    fixture_save_random("want/loader/whole.img", 3, 65536);
    fixture_run("rm -f tree/efi.img && mkfs.fat %s -C tree/efi.img %u && "
                "mcopy -i tree/efi.img -s want/* ::/",
                volumes[i].mkfs, volumes[i].kib);
    fixture_run("rm -f in.iso && xorriso -as mkisofs -quiet -R %s -eltorito-alt-boot -e %s "
                "-no-emul-boot -boot-load-size %u -o in.iso tree",
                volumes[i].is_partition ? "-append_partition 2 0xef tree/efi.img" : "",
                volumes[i].is_partition ? "--interval:appended_partition_2:all::" : "efi.img",
                volumes[i].load_sectors);
}

/* The image's EFI entry. */
static struct vtc_eltorito_entry efi_entry(struct grow_image *m)
{
    struct vtc_reader reader = grow_image_reader(m);
    struct vtc_iso9660 iso;
    struct vtc_eltorito torito;

    assert_int_equal(vtc_iso9660_open(&iso, &reader), VTC_OK);
    if (m->arena.used_bytes) /* grown: firmware takes it for the medium's end */
        assert_true(iso.volume_bytes == m->img.bytes);
    assert_int_equal(vtc_eltorito_read(&reader, iso.boot_catalog_lba2048, &torito), VTC_OK);
    assert_non_null(vtc_eltorito_find(&torito, VTC_ELTORITO_EFI));
    return *vtc_eltorito_find(&torito, VTC_ELTORITO_EFI);
}

static void judge(struct grow_image *m, size_t i, unsigned old_sectors)
{
    struct vtc_eltorito_entry e = efi_entry(m);
    struct vtc_fat fat;
    struct fixture_file cut;
    struct vtc_reader cut_reader;

    grow_image_dump(m, "out.iso");
    fixture_run("dd if=out.iso of=cut.img bs=2048 skip=%u count=%llu status=none",
                (unsigned)e.load_lba2048, (unsigned long long)(e.image_bytes + 2047) / 2048);
    cut_reader = fixture_file_open(&cut, "cut.img");
    assert_int_equal(vtc_fat_open(&fat, &cut_reader), VTC_OK);
    assert_int_equal(fat.bits, volumes[i].bits);
    assert_true(fat.volume_bytes <= e.image_bytes);
    /* What the catalog says: the count as it was when it says nothing, else the volume or 0. */
    if (old_sectors <= 1)
        assert_int_equal(e.sector_count, old_sectors);
    else
        assert_true(!e.sector_count || e.sector_count * 512u >= fat.volume_bytes);
    fixture_file_close(&cut);
    if (volumes[i].bits == 32) /* the copy of the boot sector */
        fixture_run("cmp -n 512 -i 0:3072 cut.img cut.img");
    fixture_run("fsck.fat -n cut.img && rm -rf got && mkdir got && mcopy -i cut.img -s '::/*' got "
                "&& diff -r want got");
    fixture_run("rm -rf got && mkdir got && xorriso -report_about WARNING -osirrox on "
                "-indev out.iso -extract /efi.img got/efi.img && cmp tree/efi.img got/efi.img");
}

static void grow(struct grow_image *m, const char *path, const struct vtc_grow_tail *t)
{
    char want[256];

    assert_int_equal(vtc_grow_fat_file(&m->g, 0, path, t), VTC_OK);
    snprintf(want, sizeof want, "want%s", path);
    grow_append_tail(want, t);
}

static void test_volumes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(volumes); i++) {
        struct grow_image m;
        uint64_t before;
        unsigned sectors;

        make_iso(i);
        grow_image_open(&m, "in.iso", ARENA_BYTES);
        sectors = efi_entry(&m).sector_count;
        grow(&m, INITRAMFS, &tail);
        judge(&m, i, sectors);
        grow(&m, "/loader/whole.img", &head_tail);
        grow(&m, "/empty", &small_tail);
        grow(&m, INITRAMFS, &tail);
        judge(&m, i, sectors);
        before = m.img.bytes;
        grow(&m, "/loader/loader.conf", &small_tail); /* stays in its cluster */
        assert_int_equal(m.img.bytes, before);
        judge(&m, i, sectors);
        grow_image_close(&m);
    }
}

/* ---- what is refused ----------------------------------------------------------------------- */

/* A FAT12 volume of 4084 clusters of 512 bytes, full by its type; one of 65524 by FAT16's. */
static const struct {
    const char *mkfs;
    unsigned kib;
    uint32_t cluster_count;
} full[] = {
    {"-F 12 -s 1 -f 1 -r 16 -R 1", 2049, 4084},
    {"-F 16 -s 1 -f 1 -r 16 -R 1", 32891, 65524},
};

static void assert_refused(struct grow_image *m, uint32_t entry, const char *path,
                           const struct vtc_grow_tail *t, int want)
{
    struct grow_image_state before = grow_image_state(m), after;
    int rc = vtc_grow_fat_file(&m->g, entry, path, t);

    if (rc != want)
        fail_msg("%s: %d, not %d", path, rc, want);
    after = grow_image_state(m);
    grow_image_assert_same(&before, &after);
}

/* Trim the volume to a number of clusters. */
static void set_cluster_count(uint32_t count)
{
    size_t bytes;
    uint8_t *b = fixture_load("tree/efi.img", &bytes);
    uint32_t before = vtc_le16(b + 14) + vtc_le16(b + 22) + vtc_le16(b + 17) * 32u / 512;

    assert_true((before + count) * 512 <= bytes);
    vtc_put_le16(b + 19, 0);
    vtc_put_le32(b + 32, before + count);
    fixture_save("tree/efi.img", b, bytes);
    free(b);
}

static void test_type_limits(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(full); i++) {
        for (uint32_t less = 0; less < 2; less++) {
            struct grow_image m;

            fixture_run("rm -rf tree in.iso && mkdir tree && mkfs.fat %s -C tree/efi.img %u && "
                        "printf %%512s x >file && mcopy -i tree/efi.img file ::/file",
                        full[i].mkfs, full[i].kib);
            set_cluster_count(full[i].cluster_count - less);
            fixture_run("xorriso -as mkisofs -quiet -eltorito-alt-boot -e efi.img -no-emul-boot "
                        "-o in.iso tree");
            grow_image_open(&m, "in.iso", ARENA_BYTES);
            if (less) /* one is free */
                assert_int_equal(vtc_grow_fat_file(&m.g, 0, "/file", &small_tail), VTC_OK);
            else
                assert_refused(&m, 0, "/file", &small_tail, VTC_ENOTSUP);
            grow_image_close(&m);
        }
    }
}

static void test_refused(void **state)
{
    static const struct vtc_grow_tail odd = {0, 3, head, 5, NULL, 0};
    struct grow_image m;
    uint64_t off;

    (void)state;
    make_iso(0);
    grow_image_open(&m, "in.iso", ARENA_BYTES);
    assert_refused(&m, 1, "/empty", &tail, VTC_ENOENT);
    assert_refused(&m, 0, "/none", &tail, VTC_ENOENT);
    assert_refused(&m, 0, "/loader", &tail, VTC_ENOENT);
    assert_refused(&m, 0, "/", &tail, VTC_ENOENT);
    assert_refused(&m, 0, "/empty", &odd, VTC_EINVAL);
    grow_image_close(&m);

    /* The tables have no entries for the last clusters: what lies there must not come to light. */
    make_iso(2);
    grow_image_open(&m, "in.iso", ARENA_BYTES);
    off = efi_entry(&m).load_lba2048 * 2048ull;
    grow_image_close(&m);
    fixture_overwrite("in.iso", off + 19, "\x7c\x0c", 2); /* 3196 sectors, 3072 entries */
    grow_image_open(&m, "in.iso", ARENA_BYTES);
    assert_refused(&m, 0, "/empty", &tail, VTC_ENOTSUP);
    grow_image_close(&m);

    /* A BIOS entry. */
    fixture_run("cd tree && xorriso -as mkisofs -quiet -b efi.img -no-emul-boot -o ../bios.iso .");
    grow_image_open(&m, "bios.iso", ARENA_BYTES);
    assert_refused(&m, 0, "/empty", &tail, VTC_ENOTSUP);
    grow_image_close(&m);

    /* No catalog, no FAT. */
    fixture_run("rm -f *.iso && xorriso -as mkisofs -quiet -o plain.iso tree && "
                "head -c 20000 /dev/zero >tree/efi.img && xorriso -as mkisofs -quiet "
                "-eltorito-alt-boot -e efi.img -no-emul-boot -o other.iso tree");
    grow_image_open(&m, "plain.iso", ARENA_BYTES);
    assert_refused(&m, 0, "/empty", &tail, VTC_ENOENT);
    grow_image_close(&m);
    grow_image_open(&m, "other.iso", ARENA_BYTES);
    assert_refused(&m, 0, "/empty", &tail, VTC_ENOENT);
    grow_image_close(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_volumes),
        cmocka_unit_test(test_type_limits),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, fixture_enter_tmpdir, fixture_leave_tmpdir);
}

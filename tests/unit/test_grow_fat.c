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
} volumes[] = {
    {12, "-F 12 -s 4 -r 112", 2000, 4},   {12, "-F 12 -s 1 -f 1", 1440, 0},
    {16, "-F 16 -s 1", 5000, 10000},      {16, "-F 16 -s 8 -R 4", 40000, 1},
    {16, "-F 16 -S 2048 -s 2", 40000, 0}, {32, "-F 32 -s 1", 34000, 0xffff},
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
    fixture_run("rm -f in.iso && xorriso -as mkisofs -quiet -R -eltorito-alt-boot -e efi.img "
                "-no-emul-boot -boot-load-size %u -o in.iso tree",
                volumes[i].load_sectors);
}

/* The image's EFI entry. */
static struct vtc_eltorito_entry efi_entry(struct grow_image *m)
{
    struct vtc_reader reader = grow_image_reader(m);
    struct vtc_iso9660 iso;
    struct vtc_eltorito torito;

    assert_int_equal(vtc_iso9660_open(&iso, &reader), VTC_OK);
    assert_true(iso.volume_bytes == m->img.bytes); /* firmware takes it for the medium's end */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_volumes),
    };

    return cmocka_run_group_tests(tests, fixture_enter_tmpdir, fixture_leave_tmpdir);
}

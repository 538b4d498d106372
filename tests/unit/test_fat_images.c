/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FAT: images made with mkfs.fat and filled with mtools, read back byte for byte. */
#include "fixture.h"

#include <ventoc/fat.h>

static const struct {
    unsigned bits, sector_bytes, per_cluster, kib;
} kinds[] = {
    {12, 512, 1, 1440},  {12, 512, 4, 4096},  {16, 512, 1, 8192},   {16, 512, 8, 40960},
    {32, 512, 1, 40000}, {12, 4096, 1, 4096}, {16, 4096, 1, 32768}, {32, 4096, 1, 300000},
};

/* Source files in the temporary directory, and where they are put. */
static const struct {
    const char *source, *path;
} members[] = {
    {"loader", "/EFI/BOOT/BOOTX64.EFI"},
    {"one", "/a long name with spaces.txt"},
    {"loader", "/EFI/BOOT/another rather long name, longer than thirteen characters.efi"},
    {"one", "/\xc3\x9cn\xc3\xaf\xe6\x97\xa5\xe6\x9c\xac.txt"},
    {"one", "/lower.txt"},
    {"empty", "/EMPTY.BIN"},
    {"large", "/fragmented.bin"},
    {"one", "/many/file-1.txt"},
    {"one", "/many/file-200.txt"},
};

#define MTOOLS "export LC_ALL=C.UTF-8 MTOOLS_SKIP_CHECK=1; "

static void make_sources(void)
{
    fixture_run(
        "seq 1 12000 | head -c 50000 >loader; echo one >one; : >empty;"
        "mkdir -p many && for i in $(seq 200); do cp one many/file-$i.txt; done;"
        "seq 100000 140000 | head -c 200000 >large; seq 500000 530000 | head -c 60000 >gap");
}

/* Files are written and removed again, so that the large one has to fill the gaps; all but the last
 * three members come after it. */
static void make_image(size_t k)
{
    fixture_run("rm -f image; truncate -s %uK image &&"
                "mkfs.fat -F %u -S %u -s %u -n TESTLABEL image",
                kinds[k].kib, kinds[k].bits, kinds[k].sector_bytes, kinds[k].per_cluster);
    fixture_run(MTOOLS
                "for n in 1 2 3; do mcopy -i image gap ::g$n && mcopy -i image one ::k$n; done");
    fixture_run(MTOOLS "mdel -i image ::g1 ::g3 && mcopy -i image large ::fragmented.bin");
    fixture_run(MTOOLS "mmd -i image ::EFI ::EFI/BOOT ::many && mcopy -i image many/* ::many/");
    for (size_t i = 0; i < COUNT_OF(members) - 3; i++)
        fixture_run(MTOOLS "mcopy -i image %s '::%s'", members[i].source, members[i].path);
    fixture_run("fsck.fat -n image");
}

static void compare(const struct vtc_fat *fat, size_t m)
{
    struct fixture_memdisk want;
    struct vtc_reader want_reader;
    struct vtc_fat_node node;
    uint8_t *got;
    int rc;

    want_reader = fixture_memdisk_load(&want, members[m].source);
    rc = vtc_fat_find(fat, members[m].path, &node);
    if (rc)
        fail_msg("FAT%u, %u: %s: %d", fat->bits, fat->sector_bytes, members[m].path, rc);
    assert_string_equal(node.name, strrchr(members[m].path, '/') + 1);
    assert_false(node.is_dir);
    assert_int_equal(node.bytes, want_reader.bytes);
    got = malloc(node.bytes + 1);
    assert_int_equal(vtc_fat_read(fat, &node, 0, got, node.bytes), 0);
    assert_memory_equal(got, want.bytes, node.bytes);
    for (uint32_t off = 1; off < node.bytes; off += 3001) {
        uint32_t n = node.bytes - off < 7000 ? node.bytes - off : 7000;

        assert_int_equal(vtc_fat_read(fat, &node, off, got, n), 0);
        assert_memory_equal(got, want.bytes + off, n);
    }
    free(got);
    fixture_memdisk_free(&want);
}

static void test_images(void **state)
{
    (void)state;
    make_sources();
    for (size_t k = 0; k < COUNT_OF(kinds); k++) {
        struct fixture_file image;
        struct vtc_reader image_reader;
        struct vtc_fat_node node;
        struct vtc_fat fat;

        make_image(k);
        image_reader = fixture_file_open(&image, "image");
        assert_int_equal(vtc_fat_open(&fat, &image_reader), 0);
        assert_int_equal(fat.bits, kinds[k].bits);
        assert_int_equal(fat.sector_bytes, kinds[k].sector_bytes);
        assert_int_equal(fat.cluster_bytes, kinds[k].sector_bytes * kinds[k].per_cluster);
        assert_true(fat.volume_bytes <= image_reader.bytes);
        assert_true(image_reader.bytes - fat.volume_bytes < 256 * 1024);
        assert_string_equal(fat.label, "TESTLABEL");
        for (size_t m = 0; m < COUNT_OF(members); m++)
            compare(&fat, m);
        assert_int_equal(vtc_fat_find(&fat, "/efi/boot/bootx64.efi", &node), 0);
        assert_int_equal(vtc_fat_find(&fat, "/EFI/BOOT", &node), 0);
        assert_true(node.is_dir);
        assert_int_equal(vtc_fat_find(&fat, "/g1", &node), VTC_ENOENT);
        assert_int_equal(vtc_fat_find(&fat, "/many/file-201.txt", &node), VTC_ENOENT);
        assert_int_equal(vtc_fat_find(&fat, "/TESTLABEL", &node), VTC_ENOENT);
        fixture_file_close(&image);
    }
}

/* The cluster chain is judged by mtools' own view of it. */
static void test_fragments(void **state)
{
    char *shown;

    (void)state;
    make_sources();
    make_image(0);
    shown = fixture_output(MTOOLS "mshowfat -i image ::fragmented.bin");
    assert_non_null(strchr(strchr(shown, '<') + 1, '<')); /* more than one run: the test is real */
    free(shown);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_images),
        cmocka_unit_test(test_fragments),
    };

    return cmocka_run_group_tests(tests, fixture_enter_tmpdir, fixture_leave_tmpdir);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ISO 9660 and El Torito on whole images, with xorriso as the judge. */
#include "fixture.h"

#include <unistd.h>

#include <ventoc/eltorito.h>
#include <ventoc/iso9660.h>

/* Every file xorriso finds is found, at the same place and with the same size. Returns how many. */
static unsigned compare_files(const struct vtc_iso9660 *iso, char *report)
{
    unsigned count = 0;

    for (char *line = strtok(report, "\n"); line; line = strtok(NULL, "\n")) {
        struct vtc_iso9660_node node;
        unsigned lba2048, blocks, extent;
        unsigned long long bytes;
        char path[1024];
        int rc;

        if (sscanf(line, "File data lba: %u , %u , %u , %llu , '%1023[^\n]", &extent, &lba2048,
                   &blocks, &bytes, path) != 5)
            continue;
        path[strlen(path) - 1] = '\0'; /* the closing quote */
        rc = vtc_iso9660_find(iso, path, &node);
        if (rc || node.lba2048 != lba2048 || node.bytes != bytes || node.is_dir)
            fail_msg("%s: %d, lba %u, not %u", path, rc, node.lba2048, lba2048);
        count++;
    }
    return count;
}

struct torito_line {
    char platform[8], bootable, emulation[8];
    unsigned load_segment, load_count, lba2048;
};

static int same_entry(const struct vtc_eltorito_entry *e, const struct torito_line *want)
{
    const char *platform = e->platform == VTC_ELTORITO_X86   ? "BIOS"
                           : e->platform == VTC_ELTORITO_EFI ? "UEFI"
                                                             : "?";
    const char *emulation = e->media == VTC_ELTORITO_NO_EMULATION   ? "none"
                            : e->media == VTC_ELTORITO_FLOPPY_1440K ? "fd1.4"
                            : e->media == VTC_ELTORITO_FLOPPY_2880K ? "fd2.8"
                            : e->media == VTC_ELTORITO_HARD_DISK    ? "hd"
                                                                    : "?";

    return !strcmp(platform, want->platform) && !strcmp(emulation, want->emulation) &&
           e->bootable == (want->bootable == 'y') && e->load_segment == want->load_segment &&
           e->sector_count == want->load_count && e->load_lba2048 == want->lba2048;
}

/* The boot images xorriso reports are ours, in order. Returns how many. */
static unsigned compare_boot_images(const struct vtc_eltorito *et, char *report)
{
    unsigned count = 0;

    for (char *line = strtok(report, "\n"); line; line = strtok(NULL, "\n")) {
        struct torito_line want;
        unsigned index, heads;

        if (sscanf(line, "El Torito boot img : %u %7s %c %7s %x %x %u %u", &index, want.platform,
                   &want.bootable, want.emulation, &want.load_segment, &heads, &want.load_count,
                   &want.lba2048) != 8)
            continue;
        assert_true(index == count + 1 && count < et->count);
        if (!same_entry(&et->entry[count], &want))
            fail_msg("boot image %u", index);
        count++;
    }
    assert_int_equal(count, et->count);
    return count;
}

/* file_count: 0 for at least one. */
static void judge(const char *path, unsigned file_count, unsigned boot_count)
{
    struct fixture_file src;
    struct vtc_reader src_reader;
    struct vtc_iso9660 iso;
    struct vtc_eltorito et = {0};
    unsigned seen;
    char *report;

    src_reader = fixture_file_open(&src, path);
    assert_int_equal(vtc_iso9660_open(&iso, &src_reader), 0);
    report = fixture_output("xorriso -indev '%s' -find / -type f -exec report_lba --", path);
    seen = compare_files(&iso, report);
    assert_true(file_count ? seen == file_count : seen > 0);
    free(report);
    if (iso.boot_catalog_lba2048)
        assert_int_equal(vtc_eltorito_read(&src_reader, iso.boot_catalog_lba2048, &et), 0);
    report = fixture_output("xorriso -indev '%s' -report_el_torito plain", path);
    assert_int_equal(compare_boot_images(&et, report), boot_count);
    free(report);
    fixture_file_close(&src);
}

static void judge_packaged(const char *path)
{
    if (access(path, R_OK))
        fixture_skip("not installed (scripts/deps test):", path);
    judge(path, 0, 2);
}

static void test_memtest_x64(void **state)
{
    (void)state;
    judge_packaged("/usr/lib/memtest86+/memtest86+x64.iso");
}

static void test_memtest_ia32(void **state)
{
    (void)state;
    judge_packaged("/usr/lib/memtest86+/memtest86+ia32.iso");
}

static void test_ipxe(void **state)
{
    (void)state;
    judge_packaged("/usr/lib/ipxe/ipxe.iso");
}

/* A tree with 300 small files, a name of 244 bytes, Unicode, depth, and two boot images. */
static void make_tree(void)
{
    fixture_run("rm -rf tree && mkdir -p tree/boot/grub tree/a/b/c/d/e/f/g/h/i/j &&"
                "echo deep >tree/a/b/c/d/e/f/g/h/i/j/deep &&"
                "for i in $(seq 300); do echo $i >tree/boot/file-$i; done &&"
                "echo long >tree/boot/grub/$(printf 'n%%.0s' $(seq 240)).cfg &&"
                "echo u >'tree/\xc3\x9cn\xc3\xaf \xe6\x97\xa5\xe6\x9c\xac.txt' && : >tree/empty &&"
                "truncate -s 6144 tree/bios.img && truncate -s 2880K tree/efi.img");
}

#define BOOT_OPTIONS                                                                               \
    "-b bios.img -c boot/boot.cat -no-emul-boot -boot-load-size 4 "                                \
    "-eltorito-alt-boot -e efi.img -no-emul-boot"

static void test_made(void **state)
{
    static const struct {
        const char *options;
        unsigned file_count, boot_count;
        int joliet;
    } cases[] = {
        {"-R " BOOT_OPTIONS, 306, 2, 0},
        {"-R -J " BOOT_OPTIONS, 306, 2, 1},
        {"-R -J -joliet-long -iso-level 3", 306, 0, 1},
        {"--norock -iso-level 3", 306, 0, 0},
    };

    (void)state;
    make_tree();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct fixture_file src;
        struct vtc_reader src_reader;
        struct vtc_iso9660 iso;

        fixture_run(
            "rm -f made.iso && xorriso -as mkisofs -quiet -V 'Test Volume' %s -o made.iso tree",
            cases[i].options);
        judge("made.iso", cases[i].file_count, cases[i].boot_count);
        src_reader = fixture_file_open(&src, "made.iso");
        assert_int_equal(vtc_iso9660_open(&iso, &src_reader), 0);
        assert_string_equal(iso.volume_id, "Test Volume");
        assert_int_equal(iso.has_rock_ridge, cases[i].options[1] == 'R');
        assert_int_equal(iso.has_joliet, cases[i].joliet);
        assert_int_equal(iso.volume_bytes, src_reader.bytes);
        fixture_file_close(&src);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memtest_x64),
        cmocka_unit_test(test_memtest_ia32),
        cmocka_unit_test(test_ipxe),
        cmocka_unit_test(test_made),
    };

    return cmocka_run_group_tests(tests, fixture_enter_tmpdir, fixture_leave_tmpdir);
}

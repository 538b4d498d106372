/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Families by the files of an image. */
#include "fixture.h"

#include <ventoc/family.h>

static void test_marks(void **state)
{
    static const struct {
        const char *name, *paths, *family, *label;
    } cases[] = {
        {"none", "boot/grub/grub.cfg EFI/BOOT/BOOTX64.EFI", NULL, NULL},
        {"Debian live", "live/filesystem.squashfs isolinux/isolinux.cfg .disk/info", "live-boot",
         "persistence"},
        {"Debian live with its installer", "live/filesystem.squashfs install/vmlinuz .disk/cd_type",
         "live-boot", "persistence"},
        {"Ubuntu", "casper/vmlinuz casper/initrd .disk/cd_type", "casper", "writable"},
        {"Ubuntu before 18.04", "casper/vmlinuz.efi casper/initrd.lz", "casper-rw", "casper-rw"},
        {"Arch", "arch/x86_64/airootfs.sfs loader/entries/01.conf", "archiso", "ventoc-cow"},
        {"Alpine", ".alpine-release apks/x boot/modloop-lts", "alpine", NULL},
        {"openSUSE's installer", "media.1/media boot/x86_64/root .treeinfo", "opensuse", NULL},
        {"Fedora's installer", "images/install.img images/pxeboot/vmlinuz", "anaconda", NULL},
        {"an older one", ".treeinfo LiveOS/squashfs.img", "anaconda", NULL},
        {"Fedora live", "LiveOS/squashfs.img images/pxeboot/vmlinuz", "dracut-live", "live-rw"},
        {"Debian netinst", "install.amd/initrd.gz .disk/cd_type pool/x", "debian-installer", NULL},
        {"Debian mini", ".disk/mini-info linux initrd.gz", "debian-installer", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct vtc_family *family = (const struct vtc_family *)&cases;
        struct fixture_file src;
        struct vtc_reader image;
        struct vtc_iso9660 iso;

        fixture_run("rm -rf t x.iso && for p in %s; do mkdir -p t/$(dirname $p) && : >t/$p; done &&"
                    "xorriso -as mkisofs -quiet -R -o x.iso t 2>/dev/null",
                    cases[i].paths);
        image = fixture_file_open(&src, "x.iso");
        assert_int_equal(vtc_iso9660_open(&iso, &image), 0);
        assert_int_equal(vtc_family_of(&iso, &family), 0);
        fixture_file_close(&src);
        if (!cases[i].family) {
            assert_null(family);
            continue;
        }
        if (!family || strcmp(family->name, cases[i].family) != 0)
            fail_msg("%s: %s", cases[i].name, family ? family->name : "none");
        assert_string_equal(family->persistence_label ? family->persistence_label : "-",
                            cases[i].label ? cases[i].label : "-");
        assert_ptr_equal(vtc_family_by_name(cases[i].family), family);
    }
    assert_null(vtc_family_by_name("casper-"));
    assert_null(vtc_family_by_name(""));
}

/* A root of 8 MiB without anything in it: it is not read once for each mark. */
static void test_long_root(void **state)
{
    const struct vtc_family *family;
    struct fixture_memdisk src;
    struct vtc_reader image = fixture_memdisk_make(&src, 10u << 20);
    struct vtc_iso9660 iso = {
        .reader = &image, .volume_bytes = image.bytes, .root_lba2048 = 32, .root_bytes = 8u << 20};

    (void)state;
    assert_int_equal(vtc_family_of(&iso, &family), VTC_EFORMAT);
    assert_null(family);
    assert_true(src.read_bytes <= 16u << 20);
    iso.root_bytes = 2048;
    assert_int_equal(vtc_family_of(&iso, &family), 0);
    fixture_memdisk_free(&src);
}

/* Each row can be asked for by its name; labels fit into ext4's 16 bytes. */
static void test_rows(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < vtc_family_row_count; i++) {
        const struct vtc_family *f = &vtc_family_rows[i];

        assert_ptr_equal(vtc_family_by_name(f->name), f);
        assert_non_null(f->mark[0]);
        assert_true(!f->persistence_label || strlen(f->persistence_label) <= 16);
        assert_true(!f->persistence_file == !f->persistence_text);
        assert_true(!f->persistence_file || f->persistence_label);
    }
    assert_string_equal(vtc_family_by_name("live-boot")->persistence_text, "/ union\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_marks),
        cmocka_unit_test(test_long_root),
        cmocka_unit_test(test_rows),
    };

    return cmocka_run_group_tests(tests, fixture_enter_tmpdir, fixture_leave_tmpdir);
}

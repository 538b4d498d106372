/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Boot configurations and initrds of whole images, made by xorriso and mtools. */
#include "fixture.h"

#include <unistd.h>

#include <ventoc/bootcfg.h>
#include <ventoc/bytes.h>
#include <ventoc/family.h>

enum content { TEXT, KERNEL64, KERNEL32, KERNEL_OLD, GZIP, CPIO, MICROCODE, NOISE, FLOPPY_GZ };

struct file {
    const char *path; /* "fat/..." lies in the FAT volume */
    enum content content;
    const char *text;
};

#define FILES_MAX 16

struct image_case {
    const char *name;
    struct file file[FILES_MAX];
    const char *want; /* see describe() */
};

/* ---- making images ------------------------------------------------------------------------- */

static void save_kernel(const char *path, enum content content)
{
    uint8_t head[4096] = {0};

    memcpy(head + 0x202, "HdrS", 4);
    vtc_put_le16(head + 0x206, content == KERNEL_OLD ? 0x20b : 0x20c);
    head[0x236] = content != KERNEL32;
    fixture_save(path, head, sizeof(head));
}

static void save(const char *path, const struct file *f)
{
    fixture_run("mkdir -p \"$(dirname '%s')\"", path);
    switch (f->content) {
    case TEXT:
        fixture_save(path, f->text, strlen(f->text));
        break;
    case KERNEL64:
    case KERNEL32:
    case KERNEL_OLD:
        save_kernel(path, f->content);
        break;
    case GZIP:
        fixture_run("gzip -n <archive.cpio >'%s'", path);
        break;
    case CPIO:
        fixture_run("cp archive.cpio '%s'", path);
        break;
    case MICROCODE:
        fixture_run("cp microcode.cpio '%s'", path);
        break;
    case FLOPPY_GZ:
        fixture_run("head -c 1474560 /dev/zero | gzip -n >'%s'", path);
        break;
    case NOISE:
        fixture_save(path, "not an archive at all, whatever it is called", 44);
        break;
    }
}

static void make_archives(void)
{
    fixture_run("mkdir -p a/bin m/kernel/x86/microcode && echo x >a/bin/sh && echo x >a/init &&"
                "echo x >m/kernel/x86/microcode/GenuineIntel.bin &&"
                "(cd a && find . | cpio -o -H newc >../archive.cpio 2>/dev/null) &&"
                "(cd m && find kernel | cpio -o -H newc >../microcode.cpio 2>/dev/null)");
}

/* tree/ and, when there are files for it, fat.img as an El Torito EFI entry. options: of xorriso. */
static void make_image(const struct file *files, const char *options)
{
    int has_fat = 0;
    char path[512];

    fixture_run("rm -rf tree made.iso && mkdir tree && echo boot >tree/boot.bin");
    for (size_t i = 0; i < FILES_MAX && files[i].path; i++) {
        int in_fat = strncmp(files[i].path, "fat/", 4) == 0;

        if (in_fat && !has_fat)
            fixture_run("rm -rf fat && mkdir fat");
        has_fat |= in_fat;
        snprintf(path, sizeof(path), "%s%s", in_fat ? "" : "tree/", files[i].path);
        save(path, &files[i]);
    }
    if (has_fat)
        fixture_run("mkfs.fat -C tree/efi.bin 4096 >/dev/null && "
                    "mcopy -s -i tree/efi.bin fat/* ::");
    fixture_run("xorriso -as mkisofs -quiet %s -b boot.bin -no-emul-boot %s -o made.iso tree",
                options, has_fat ? "-eltorito-alt-boot -e efi.bin -no-emul-boot" : "");
}

/* ---- describing what was found ------------------------------------------------------------- */

static struct vtc_bootcfg found;
static uint64_t work[VTC_BOOTCFG_WORK_BYTES / 8];

struct text {
    char buf[32768];
    size_t used;
};

static void put(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(struct text *t, const char *format, ...)
{
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(t->buf + t->used, sizeof(t->buf) - t->used, format, args);
    va_end(args);
    assert_true(n >= 0 && (size_t)n < sizeof(t->buf) - t->used);
    t->used += (size_t)n;
}

static int see_entry(void *ctx, const struct vtc_bootcfg_entry *e)
{
    put(ctx, "%s: %s%s%u %s\n", e->title, e->kernel, e->kernel_found ? " " : " missing ",
        e->kernel_bits, e->initrds);
    return 0;
}

/* Entries as they come, then "[fat:]PATH KIND BITS [last] CONFIG" for each initrd. */
static void describe(const struct vtc_reader *image, struct text *t)
{
    static const char *const kinds[] = {"none", "newc", "gzip"};

    t->used = 0;
    t->buf[0] = '\0';
    assert_int_equal(vtc_bootcfg_scan(image, work, &found, see_entry, t), 0);
    for (uint32_t i = 0; i < found.initrd_count; i++) {
        const struct vtc_bootcfg_initrd *in = &found.initrd[i];

        put(t, "%s%s %s%s %u%s %s\n", in->where == VTC_IN_FAT ? "fat:" : "", in->path,
            kinds[in->facts.kind], in->facts.only_microcode ? " microcode" : "", in->kernel_bits,
            in->is_last ? " last" : "", in->config < 0 ? "by name" : found.config[in->config].path);
    }
    if (found.is_cut)
        put(t, "cut\n");
}

static const struct image_case cases[] = {
    {"nothing", {{"a.txt", TEXT, "x"}}, ""},
    {"isolinux, relative names",
     {{"isolinux/isolinux.cfg", TEXT,
       "label a\nkernel vmlinuz\nappend initrd=initrd.img,../x.gz\n"},
      {"isolinux/vmlinuz", KERNEL64, 0},
      {"isolinux/initrd.img", GZIP, 0},
      {"x.gz", GZIP, 0}},
     "a: vmlinuz 64 initrd.img ../x.gz\n"
     "/isolinux/initrd.img gzip 64 /isolinux/isolinux.cfg\n"
     "/x.gz gzip 64 last /isolinux/isolinux.cfg\n"},
    {"includes go on from isolinux's folder; a loop of them ends",
     {{"boot/isolinux/isolinux.cfg", TEXT, "include sub/a.cfg\ninclude ISOLINUX.cfg\n"},
      {"boot/isolinux/sub/a.cfg", TEXT, "include sub//../sub/b.cfg\n"},
      {"boot/isolinux/sub/b.cfg", TEXT, "include sub/a.cfg\nlabel l\nlinux k\ninitrd i\n"},
      {"boot/isolinux/k", KERNEL32, 0},
      {"boot/isolinux/i", CPIO, 0}},
     "l: k 32 i\n/boot/isolinux/i newc 32 last /boot/isolinux/sub/b.cfg\n"},
    {"another configuration in its own folder",
     {{"isolinux/isolinux.cfg", TEXT,
       "label c\nconfig /arch/boot/syslinux/s.cfg\n"
       "append /arch/boot/syslinux/\n"},
      {"arch/boot/syslinux/s.cfg", TEXT, "include t.cfg\n"},
      {"arch/boot/syslinux/t.cfg", TEXT, "label t\nlinux ../x86_64/k\ninitrd /u.img,../x86_64/i\n"},
      {"arch/boot/x86_64/k", KERNEL64, 0},
      {"arch/boot/x86_64/i", GZIP, 0},
      {"u.img", MICROCODE, 0}},
     "t: ../x86_64/k 64 /u.img ../x86_64/i\n"
     "/u.img newc microcode 64 /arch/boot/syslinux/t.cfg\n"
     "/arch/boot/x86_64/i gzip 64 last /arch/boot/syslinux/t.cfg\n"},
    {"GRUB, names in other case and with more slashes, one file once",
     {{"boot/grub/grub.cfg", TEXT,
       "menuentry a {\nlinux /LIVE//vmlinuz\ninitrd /live/./INITRD.img\n}\n"
       "menuentry b {\nlinux /live/vmlinuz\ninitrd /Live/initrd.IMG\n}\n"},
      {"live/vmlinuz", KERNEL64, 0},
      {"live/initrd.img", GZIP, 0}},
     "a: /LIVE//vmlinuz 64 /live/./INITRD.img\nb: /live/vmlinuz 64 /Live/initrd.IMG\n"
     "/live/INITRD.img gzip 64 last /boot/grub/grub.cfg\n"},
    {"GRUB's prefix, variables of the sourcing file",
     {{"boot/grub/grub.cfg", TEXT, "set d=/live\nsource $prefix/a.cfg\nsource ($root)/b.cfg\n"},
      {"boot/grub/a.cfg", TEXT, "menuentry a {\nlinux $d/k\ninitrd $d/i\n}\n"},
      {"b.cfg", TEXT, "source $prefix/c.cfg\n"},
      {"boot/grub/c.cfg", TEXT, "menuentry c {\nlinux (cd0)/live/k\ninitrd ($root)/live/j\n}\n"},
      {"live/k", KERNEL64, 0},
      {"live/i", GZIP, 0},
      {"live/j", GZIP, 0}},
     "a: /live/k 64 /live/i\nc: (cd0)/live/k 64 ()/live/j\n"
     "/live/i gzip 64 last /boot/grub/a.cfg\n/live/j gzip 64 last /boot/grub/c.cfg\n"},
    {"a configuration for the platform that leads back",
     {{"boot/grub/x86_64-efi/grub.cfg", TEXT, "source $prefix/x.cfg\n"},
      {"boot/grub/x.cfg", TEXT, "linux /k\ninitrd /i\n"},
      {"k", KERNEL_OLD, 0},
      {"i", GZIP, 0}},
     ": /k 0 /i\n/i gzip 0 last /boot/grub/x.cfg\n"},
    {"an initrd that is last in one entry and not in another; kernels of both kinds",
     {{"boot/grub2/grub.cfg", TEXT, "linux /k64\ninitrd /i /j\nlinux /k32\ninitrd /j /i\n"},
      {"k64", KERNEL64, 0},
      {"k32", KERNEL32, 0},
      {"i", GZIP, 0},
      {"j", GZIP, 0}},
     ": /k64 64 /i /j\n: /k32 32 /j /i\n"
     "/i gzip 0 last /boot/grub2/grub.cfg\n/j gzip 0 last /boot/grub2/grub.cfg\n"},
    {"the last one is missing or no archive: the one before it is last",
     {{"EFI/BOOT/grub.cfg", TEXT, "linux /k\ninitrd /i /noise /missing /EFI\n"},
      {"i", GZIP, 0},
      {"noise", NOISE, 0}},
     ": /k missing 0 /i /noise /missing /EFI\n/i gzip 0 last /EFI/BOOT/grub.cfg\n"},
    {"loader entries",
     {{"loader/entries/a.conf", TEXT, "title A\nlinux /a/k\ninitrd /a/u.img\ninitrd /a/i\n"},
      {"loader/loader.conf", TEXT, "title no\nlinux /a/k\n"},
      {"a/k", KERNEL64, 0},
      {"a/u.img", MICROCODE, 0},
      {"a/i", GZIP, 0}},
     "A: /a/k 64 /a/u.img /a/i\n/a/u.img newc microcode 64 /loader/entries/a.conf\n"
     "/a/i gzip 64 last /loader/entries/a.conf\n"},
    {"the FAT volume: its entries, and a GRUB there that goes on in the ISO",
     {{"fat/loader/entries/arch-linux.conf", TEXT,
       "title F\nlinux /f/k\ninitrd /f/initramfs.img\n"},
      {"fat/f/k", KERNEL64, 0},
      {"fat/f/initramfs.img", GZIP, 0},
      {"fat/EFI/debian/grub.cfg", TEXT,
       "search --file --set=root /.disk/info\nset prefix=($root)/g\nconfigfile $prefix/grub.inc\n"},
      {"g/grub.inc", TEXT, "linux /k\ninitrd /i\n"},
      {"k", KERNEL32, 0},
      {"i", GZIP, 0}},
     "F: /f/k 64 /f/initramfs.img\n: /k 32 /i\n"
     "fat:/f/initramfs.img gzip 64 last /loader/entries/arch-linux.conf\n"
     "/i gzip 32 last /g/grub.inc\n"},
    {"by name: all of the usual ones, deep ones and those of a hidden configuration",
     {{"live/initrd.img-6.1.0", GZIP, 0},
      {"a/b/c/d/initramfs-linux.img", CPIO, 0},
      {"a/b/c/d/e/initrd", GZIP, 0},
      {"isolinux/all.rdz", GZIP, 0},
      {"initrd.txt", GZIP, 0},
      {"noise/initrd.img", NOISE, 0},
      {"boot/amd-ucode.img", MICROCODE, 0},
      {"pool/initrd.gz", GZIP, 0},
      {"fat/EFI/initrd", GZIP, 0}},
     "/boot/amd-ucode.img newc microcode 0 by name\n"
     "/isolinux/all.rdz gzip 0 last by name\n/live/initrd.img-6.1.0 gzip 0 last by name\n"
     "/a/b/c/d/initramfs-linux.img newc 0 last by name\nfat:/EFI/initrd gzip 0 last by name\n"},
    {"what memdisk unpacks is left alone, under its usual name too",
     {{"isolinux/isolinux.cfg", TEXT, "label f\nkernel memdisk\ninitrd dos.img\n"},
      {"isolinux/memdisk", KERNEL64, 0},
      {"isolinux/dos.img", FLOPPY_GZ, 0}},
     "f: memdisk 64 dos.img\n"},
    {"Xen's modules",
     {{"boot/grub/grub.cfg", TEXT, "multiboot2 /x\nmodule2 /k ro\nmodule2 /i\n"},
      {"x", NOISE, 0},
      {"k", KERNEL64, 0},
      {"i", GZIP, 0}},
     ": /x 0 /k /i\n/i gzip 0 last /boot/grub/grub.cfg\n"},
};

static void test_images(void **state)
{
    static const char *const options[] = {"-R -J", "-R -iso-level 3", "--norock -iso-level 3"};
    static struct text t;

    (void)state;
    make_archives();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct fixture_file src;
        struct vtc_reader image;

        make_image(cases[i].file, options[i % 2]);
        image = fixture_file_open(&src, "made.iso");
        describe(&image, &t);
        fixture_file_close(&src);
        if (strcmp(t.buf, cases[i].want) != 0)
            fail_msg("%s:\n%swanted:\n%s", cases[i].name, t.buf, cases[i].want);
    }
    (void)options[2];
}

/* Without Rock Ridge: upper case names with versions. */
static void test_plain_names(void **state)
{
    static const struct file files[FILES_MAX] = {
        {"isolinux/isolinux.cfg", TEXT, "label a\nkernel linux\ninitrd initrd.gz\n"},
        {"isolinux/linux", KERNEL64, 0},
        {"isolinux/initrd.gz", GZIP, 0}};
    static struct text t;
    struct fixture_file src;
    struct vtc_reader image;

    (void)state;
    make_archives();
    make_image(files, "--norock");
    image = fixture_file_open(&src, "made.iso");
    describe(&image, &t);
    fixture_file_close(&src);
    assert_string_equal(t.buf, "a: linux 64 initrd.gz\n"
                               "/ISOLINUX/initrd.gz gzip 64 last /ISOLINUX/ISOLINUX.CFG\n");
}

/* ---- limits -------------------------------------------------------------------------------- */

static void test_tables_full(void **state)
{
    static struct text t;
    struct fixture_file src;
    struct vtc_reader image;

    (void)state;
    make_archives();
    fixture_run(
        "rm -rf tree && mkdir -p tree/loader/entries tree/i && gzip -n <archive.cpio >tree/i/i0 &&"
        "for i in $(seq 70); do cp tree/i/i0 tree/i/i$i;"
        "printf 'linux /k\\ninitrd /i/i%%s\\n' $i >tree/loader/entries/$i.conf; done &&"
        "xorriso -as mkisofs -quiet -R -o made.iso tree");
    image = fixture_file_open(&src, "made.iso");
    describe(&image, &t);
    fixture_file_close(&src);
    assert_int_equal(found.config_count, VTC_BOOTCFG_CONFIGS_MAX);
    assert_int_equal(found.initrd_count, VTC_BOOTCFG_INITRDS_MAX);
    assert_int_equal(found.is_cut, 1);
}

/* Reading ends when it is too much: a configuration of many missing names in a large root. */
static void test_limit(void **state)
{
    static struct text t;
    struct fixture_file src;
    struct vtc_reader image;

    (void)state;
    fixture_run(
        "rm -rf tree && mkdir -p tree/boot/grub tree/zz && cd tree/zz &&"
        "seq -f file-with-quite-a-long-name-so-that-the-folder-grows-%%g 3000 | xargs touch &&"
        "cd ../.. && for i in $(seq 4000); do echo linux /zz/$i; done >tree/boot/grub/grub.cfg &&"
        "xorriso -as mkisofs -quiet -R -o made.iso tree");
    image = fixture_file_open(&src, "made.iso");
    assert_int_equal(vtc_bootcfg_scan(&image, work, &found, NULL, NULL), 0);
    assert_int_equal(found.is_cut, 1);
    assert_true(src.reads <= VTC_BOOTCFG_READS_MAX && src.read_bytes <= VTC_BOOTCFG_READ_BYTES_MAX);
    fixture_file_close(&src);
    (void)t;
}

/* ---- errors -------------------------------------------------------------------------------- */

static int stop_at_second(void *ctx, const struct vtc_bootcfg_entry *e)
{
    (void)e;
    return ++*(int *)ctx == 2 ? 5 : 0;
}

/* Every read that fails is passed on; the visitor's answer too. */
static void test_errors(void **state)
{
    struct fixture_memdisk disk;
    struct vtc_reader image;
    uint32_t reads;
    int calls = 0;

    (void)state;
    make_archives();
    make_image(cases[10].file, "-R"); /* with a FAT volume */
    image = fixture_memdisk_load(&disk, "made.iso");
    assert_int_equal(vtc_bootcfg_scan(&image, work, &found, stop_at_second, &calls), 5);
    assert_int_equal(calls, 2);
    disk.reads = 0;
    assert_int_equal(vtc_bootcfg_scan(&image, work, &found, NULL, NULL), 0);
    reads = disk.reads;
    assert_true(reads > 20);
    for (disk.fail_after = 0; disk.fail_after < reads; disk.fail_after++) {
        disk.reads = 0;
        assert_int_equal(vtc_bootcfg_scan(&image, work, &found, NULL, NULL), VTC_EIO);
    }
    disk.fail_after = UINT32_MAX;
    for (uint64_t cut = image.bytes; cut > 65536; cut -= 32768) {
        image.bytes = cut; /* damage is passed over, never an error of the medium */
        assert_true(vtc_bootcfg_scan(&image, work, &found, NULL, NULL) != VTC_EIO);
    }
    fixture_memdisk_free(&disk);
    image = fixture_memdisk_make(&disk, 1 << 20);
    assert_int_equal(vtc_bootcfg_scan(&image, work, &found, NULL, NULL), VTC_ENOENT);
    fixture_memdisk_free(&disk);
}

/* ---- real images, and what reading them costs ---------------------------------------------- */

#define UNIT_BYTES 32768u /* GRUB's disk cache reads that much at once */

struct counted {
    struct vtc_reader *base;
    uint8_t seen[4096]; /* units */
    uint32_t unit_count;
};

static int counted_read(void *ctx, uint64_t off, void *buf, uint32_t bytes)
{
    struct counted *c = ctx;

    for (uint64_t unit = off / UNIT_BYTES; unit <= (off + bytes - 1) / UNIT_BYTES; unit++) {
        assert_true(unit < sizeof(c->seen));
        c->unit_count += !c->seen[unit];
        c->seen[unit] = 1;
    }
    return vtc_reader_read(c->base, off, buf, bytes);
}

static char source_dir[4096];

static void test_real(void **state)
{
    static const struct {
        const char *name;
        uint32_t unit_count; /* at most */
        uint32_t entry_count, initrd_count;
        const char *family;
    } real[] = {
        {"debian-mini.iso", 12, 30, 1, "debian-installer"},
        {"isolinux.iso", 6, 1, 1, NULL},
        {"invaders.iso", 10, 1, 0, NULL},
    };
    static struct text t;

    (void)state;
    if (access("/usr/lib/debian-installer/images/12/amd64/text/debian-installer/amd64/linux", R_OK))
        fixture_skip("not installed (scripts/deps test):", "debian-installer-12-netboot-amd64");
    for (size_t i = 0; i < COUNT_OF(real); i++) {
        const struct vtc_family *family;
        struct vtc_iso9660 iso;
        struct fixture_file src;
        struct vtc_reader base, image;
        struct counted counted = {.base = &base};
        uint32_t lines = 0;

        fixture_run("'%s/scripts/test-images' . %s", source_dir, real[i].name);
        base = fixture_file_open(&src, real[i].name);
        image = (struct vtc_reader){counted_read, &counted, base.bytes};
        describe(&image, &t);
        print_message("%s: %u reads, %u units of 32 KiB, %u bytes asked for\n", real[i].name,
                      src.reads, counted.unit_count, (unsigned)src.read_bytes);
        assert_true(counted.unit_count <= real[i].unit_count);
        for (const char *p = t.buf; (p = strchr(p, '\n')); p++)
            lines++;
        assert_true(lines - found.initrd_count >= real[i].entry_count);
        assert_int_equal(found.initrd_count, real[i].initrd_count);
        if (found.initrd_count) {
            assert_string_equal(found.initrd[0].path, "/initrd.gz");
            assert_int_equal(found.initrd[0].kernel_bits, 64);
            assert_true(found.initrd[0].is_last);
        }
        assert_int_equal(vtc_iso9660_open(&iso, &base), 0);
        assert_int_equal(vtc_family_of(&iso, &family), 0);
        assert_string_equal(family ? family->name : "-", real[i].family ? real[i].family : "-");
        fixture_run("rm %s", real[i].name);
        fixture_file_close(&src);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_images),      cmocka_unit_test(test_plain_names),
        cmocka_unit_test(test_tables_full), cmocka_unit_test(test_limit),
        cmocka_unit_test(test_errors),      cmocka_unit_test(test_real),
    };

    if (!getcwd(source_dir, sizeof(source_dir)))
        return 1;
    return cmocka_run_group_tests(tests, fixture_enter_tmpdir, fixture_leave_tmpdir);
}

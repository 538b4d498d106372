/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Boot configurations and initrds of whole images, made by xorriso and mtools. */
#include "boot_image.h"

#include <unistd.h>

#include <ventoc/bootcfg.h>
#include <ventoc/bytes.h>
#include <ventoc/eltorito.h>
#include <ventoc/family.h>

struct image_case {
    const char *name;
    struct boot_file file[BOOT_FILES_MAX];
    const char *want; /* see describe() */
};

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
    {"as kiwi writes it: commands that are variables, a hidden entry",
     {{"boot/grub2/grub.cfg", TEXT,
       "search --no-floppy --file --set=root /boot/kernel\nset linux=linux\nset initrd=initrd\n"
       "source (${root})/boot/grub2/more.cfg\n"
       "if [ \"${grub_cpu}\" = \"x86_64\" -o \"${grub_cpu}\" = \"i386\" ];then\n"
       "    if [ \"${grub_platform}\" = \"efi\" ]; then\n        set linux=linuxefi\n"
       "        set initrd=initrdefi\n    fi\nfi\nset font=($root)/boot/unicode.pf2\n"
       "if [ -f ${font} ];then\n    loadfont ${font}\nfi\n"
       "menuentry \"Live\" --class os --unrestricted {\n    echo Loading kernel...\n"
       "    $linux ($root)/boot/kernel root=live:CDLABEL=X rd.live.dir=/\n"
       "    echo Loading initrd...\n    $initrd ($root)/boot/rootfs.xz\n}\n"
       "if [ \"${grub_platform}\" = \"efi\" ]; then\n    hiddenentry \"Text mode\" --hotkey \"t\" "
       "{\n"
       "        set textmode=true\n        terminal_output console\n    }\nfi\n"},
      {"boot/grub2/more.cfg", TEXT, "# nothing\n"},
      {"boot/kernel", KERNEL64, 0},
      {"boot/rootfs.xz", GZIP, 0}},
     "Live: ()/boot/kernel 64 ()/boot/rootfs.xz\n"
     "/boot/rootfs.xz gzip 64 last /boot/grub2/grub.cfg\n"},
    {"as archiso writes it: a menu for each way of starting",
     {{"boot/syslinux/syslinux.cfg", TEXT,
       "DEFAULT select\n\nLABEL select\nCOM32 whichsys.c32\nAPPEND -pxe- pxe -sys- sys -iso- "
       "sys\n\n"
       "LABEL pxe\nCONFIG archiso_pxe.cfg\n\nLABEL sys\nCONFIG archiso_sys.cfg\n"},
      {"boot/syslinux/archiso_sys.cfg", TEXT,
       "INCLUDE archiso_head.cfg\n\nDEFAULT arch64\nTIMEOUT 150\n\nINCLUDE "
       "archiso_sys-linux.cfg\n"},
      {"boot/syslinux/archiso_head.cfg", TEXT, "SERIAL 0 115200\nUI vesamenu.c32\n"},
      {"boot/syslinux/archiso_sys-linux.cfg", TEXT,
       "LABEL arch64\nTEXT HELP\nBoot the medium.\nENDTEXT\nMENU LABEL Arch (^x86_64)\n"
       "LINUX /arch/boot/x86_64/vmlinuz-linux\n"
       "INITRD /boot/intel-ucode.img,/boot/none.img,/arch/boot/x86_64/initramfs-linux.img\n"
       "APPEND archisobasedir=arch\n"},
      {"arch/boot/x86_64/vmlinuz-linux", KERNEL64, 0},
      {"arch/boot/x86_64/initramfs-linux.img", GZIP, 0},
      {"boot/intel-ucode.img", MICROCODE, 0}},
     "select: whichsys.c32 missing 0 \n"
     "Arch (x86_64): /arch/boot/x86_64/vmlinuz-linux 64 "
     "/boot/intel-ucode.img /boot/none.img /arch/boot/x86_64/initramfs-linux.img\n"
     "/boot/intel-ucode.img newc microcode 64 /boot/syslinux/archiso_sys-linux.cfg\n"
     "/arch/boot/x86_64/initramfs-linux.img gzip 64 last /boot/syslinux/archiso_sys-linux.cfg\n"},
    {"Xen's modules",
     {{"boot/grub/grub.cfg", TEXT, "multiboot2 /x\nmodule2 /k ro\nmodule2 /i\n"},
      {"x", NOISE, 0},
      {"k", KERNEL64, 0},
      {"i", GZIP, 0}},
     ": /x 0 /k /i\n/i gzip 0 last /boot/grub/grub.cfg\n"},
    {"a loader built with another prefix than its folder: /boot/grub is looked into",
     {{"EFI/BOOT/grub.cfg", TEXT,
       "source $prefix/a.cfg\nsource (cd0)$prefix/b.cfg\nsource $prefix/none.cfg\n"
       "source /EFI/BOOTX/c.cfg\nsource $prefix\n"},
      {"boot/grub/a.cfg", TEXT, "linux /k\ninitrd /i\n"},
      {"boot/grub/b.cfg", TEXT, "linux /k\ninitrd /j\n"},
      {"boot/grub/X/c.cfg", TEXT, "linux /k\ninitrd /never\n"},
      {"k", KERNEL64, 0},
      {"i", GZIP, 0},
      {"j", GZIP, 0}},
     ": /k 64 /i\n: /k 64 /j\n"
     "/i gzip 64 last /boot/grub/a.cfg\n/j gzip 64 last /boot/grub/b.cfg\n"},
    {"GRUB goes over to a configuration of isolinux: names are relative to its folder",
     {{"boot/grub/grub.cfg", TEXT, "syslinux_configfile -i /isolinux/x.cfg\n"},
      {"isolinux/x.cfg", TEXT, "label l\nlinux k\ninitrd i\n"},
      {"isolinux/k", KERNEL64, 0},
      {"isolinux/i", GZIP, 0}},
     "l: k 64 i\n/isolinux/i gzip 64 last /isolinux/x.cfg\n"},
};

static void test_images(void **state)
{
    static const char *const options[] = {"-R -J", "-R -iso-level 3"};
    static struct text t;

    (void)state;
    boot_image_archives();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct fixture_file src;
        struct vtc_reader image;

        boot_image_make(cases[i].file, options[i % 2]);
        image = fixture_file_open(&src, "made.iso");
        describe(&image, &t);
        fixture_file_close(&src);
        if (strcmp(t.buf, cases[i].want) != 0)
            fail_msg("%s:\n%swanted:\n%s", cases[i].name, t.buf, cases[i].want);
    }
}

/* Without Rock Ridge: upper case names with versions. */
static void test_plain_names(void **state)
{
    static const struct boot_file files[BOOT_FILES_MAX] = {
        {"isolinux/isolinux.cfg", TEXT, "label a\nkernel linux\ninitrd initrd.gz\n"},
        {"isolinux/linux", KERNEL64, 0},
        {"isolinux/initrd.gz", GZIP, 0}};
    static struct text t;
    struct fixture_file src;
    struct vtc_reader image;

    (void)state;
    boot_image_archives();
    boot_image_make(files, "--norock");
    image = fixture_file_open(&src, "made.iso");
    describe(&image, &t);
    fixture_file_close(&src);
    assert_string_equal(t.buf, "a: linux 64 initrd.gz\n"
                               "/ISOLINUX/initrd.gz gzip 64 last /ISOLINUX/ISOLINUX.CFG\n");
}

/* Firmware boots such discs: a section header behind the entries that count promises too much. */
static void test_careless_catalog(void **state)
{
    struct fixture_memdisk disk;
    struct vtc_reader image;
    struct vtc_eltorito et;
    uint8_t *header;

    (void)state;
    boot_image_archives();
    boot_image_make(cases[10].file, "-R"); /* with a FAT volume */
    image = fixture_memdisk_load(&disk, "made.iso");
    header = disk.bytes + vtc_le32(disk.bytes + 17 * 2048 + 0x47) * 2048;
    assert_int_equal(vtc_eltorito_read(&image, (uint32_t)((header - disk.bytes) / 2048), &et), 0);
    for (header += 64; *header == 0x90 || *header == 0x91; header += 64)
        *header = 0x90;
    memcpy(header, "\x91\0\xff\xff", 4);
    assert_int_equal(vtc_bootcfg_scan(&image, work, &found, NULL, NULL), 0);
    assert_true(found.config_count && found.config[0].where == VTC_IN_FAT);
    fixture_memdisk_free(&disk);
}

/* ---- limits -------------------------------------------------------------------------------- */

static void test_tables_full(void **state)
{
    static struct text t;
    struct fixture_file src;
    struct vtc_reader image;

    (void)state;
    boot_image_archives();
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
    boot_image_archives();
    boot_image_make(cases[10].file, "-R"); /* with a FAT volume */
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
        cmocka_unit_test(test_images),           cmocka_unit_test(test_plain_names),
        cmocka_unit_test(test_tables_full),      cmocka_unit_test(test_limit),
        cmocka_unit_test(test_errors),           cmocka_unit_test(test_real),
        cmocka_unit_test(test_careless_catalog),
    };

    if (!getcwd(source_dir, sizeof(source_dir)))
        return 1;
    return cmocka_run_group_tests(tests, fixture_enter_tmpdir, fixture_leave_tmpdir);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding the initrds of disk images made by sfdisk, mke2fs and mtools. */
#include "grow_image.h"

#include <ventoc/bytes.h>
#include <ventoc/diskcfg.h>
#include <ventoc/grow_disk.h>

#define ID "0123456789abcdef0123456789ABCDEF"

/* Kernels as far as they are looked at; an initramfs and microcode as cpio makes them. */
static int make_parts(void **state)
{
    if (fixture_enter_tmpdir(state))
        return -1;
    for (int bits = 32; bits <= 64; bits += 32) {
        uint8_t kernel[4096] = {0};

        memcpy(kernel + 0x202, "HdrS\x0f\x02", 6);
        kernel[0x236] = bits == 64;
        fixture_save(bits == 64 ? "k64" : "k32", kernel, sizeof kernel);
    }
    fixture_run("mkdir -p in/etc micro/kernel/x86/microcode && echo x >in/etc/hostname && "
                "echo m >micro/kernel/x86/microcode/GenuineIntel.bin && "
                "(cd in && find . | cpio -o -H newc --quiet | gzip) >initrd && "
                "(cd micro && find kernel | cpio -o -H newc --quiet) >ucode && "
                "cat ucode initrd >both");
    return 0;
}

/* One disk: what the shell commands put into tree (ext4, partition 2) and esp (FAT, partition 1). */
static void make_disk(const char *commands, const char *label)
{
    fixture_run("rm -rf tree esp disk.img p1 p2; mkdir tree esp; %s", commands);
    fixture_run("mkfs.fat -F 12 -s 4 -C p1 4096 >log && cd esp && "
                "if [ -n \"$(ls)\" ]; then mcopy -i ../p1 -s ./* ::/; fi");
    fixture_run("mke2fs -q -F -t ext4 -d tree p2 8M >log 2>&1 && truncate -s 14M disk.img && "
                "printf 'label: %s\\nstart=2048,size=8192\\nstart=10240,size=16384\\n' | "
                "sfdisk -q disk.img && dd if=p1 of=disk.img bs=1M seek=1 conv=notrunc status=none "
                "&& dd if=p2 of=disk.img bs=1M seek=5 conv=notrunc status=none",
                label);
}

static uint32_t scan_reads; /* what the last scan cost */

static struct vtc_diskcfg *scan_file(const char *path)
{
    struct vtc_diskcfg *cfg = malloc(sizeof *cfg);
    void *work = malloc(VTC_DISKCFG_WORK_BYTES);
    struct fixture_file file;
    struct vtc_reader reader = fixture_file_open(&file, path);

    assert_true(cfg && work);
    assert_int_equal(vtc_diskcfg_scan(&reader, work, cfg), VTC_OK);
    scan_reads = file.reads;
    fixture_file_close(&file);
    free(work);
    return cfg;
}

static int by_place(const void *a, const void *b)
{
    const struct vtc_diskcfg_initrd *x = a, *y = b;

    return x->part_number != y->part_number ? (int)x->part_number - (int)y->part_number
                                            : strcmp(x->path, y->path);
}

/* The order in a folder is the file system's own. */
static void assert_finds(const char *name, const char *path, const char *want)
{
    struct vtc_diskcfg *cfg = scan_file(path);
    char got[4096] = "";

    qsort(cfg->initrd, cfg->count, sizeof *cfg->initrd, by_place);
    for (uint32_t i = 0; i < cfg->count; i++) {
        const struct vtc_diskcfg_initrd *r = &cfg->initrd[i];
        size_t n = strlen(got);

        snprintf(got + n, sizeof got - n, "%u %s %s %s%s %u\n", (unsigned)r->part_number,
                 r->fs == VTC_DISKCFG_EXT4 ? "ext4" : "fat", r->path,
                 r->facts.has_early ? "early+" : "", vtc_initrd_kind_name(r->facts.kind),
                 r->kernel_bits);
    }
    if (strcmp(got, want) != 0)
        fail_msg("%s:\n%s", name, got);
    assert_false(cfg->is_cut);
    assert_false(cfg->is_damaged);
    free(cfg);
}

static void every_distribution(void **state)
{
    static const struct {
        const char *name, *commands, *want;
    } cases[] = {
        {"Debian",
         "mkdir tree/boot; cp both tree/boot/initrd.img-6.1.0-25-amd64; "
         "cp k64 tree/boot/vmlinuz-6.1.0-25-amd64; cp initrd tree/boot/initrd.img-5.10.0-1-686; "
         "cp k32 tree/boot/vmlinuz-5.10.0-1-686; echo x >tree/boot/initrd.img-0.txt; "
         "ln -s boot/initrd.img-6.1.0-25-amd64 tree/initrd.img; "
         "ln -s boot/vmlinuz-6.1.0-25-amd64 tree/vmlinuz; ln -s nowhere tree/initrd.img.old",
         "2 ext4 /boot/initrd.img-5.10.0-1-686 gzip 32\n"
         "2 ext4 /boot/initrd.img-6.1.0-25-amd64 early+gzip 64\n"},
        {"Fedora, /boot on its own",
         "mkdir -p tree/loader/entries; cp both tree/initramfs-6.11.4-301.fc41.x86_64.img; "
         "cp k64 tree/vmlinuz-6.11.4-301.fc41.x86_64; cp initrd tree/odd.bin; "
         "printf 'title F\\n  initrd\\t/odd.bin \\\\initramfs-6.11.4-301.fc41.x86_64.img\\r\\n' "
         ">tree/loader/entries/f.conf; mkdir -p esp/EFI/fedora; echo >esp/EFI/fedora/grub.cfg",
         "2 ext4 /initramfs-6.11.4-301.fc41.x86_64.img early+gzip 64\n"
         "2 ext4 /odd.bin gzip 0\n"},
        {"Arch, kernels on the ESP",
         "cp initrd esp/initramfs-linux.img; cp initrd esp/initramfs-linux-fallback.img; "
         "cp k64 esp/vmlinuz-linux; cp ucode esp/intel-ucode.img; mkdir tree/boot",
         "1 fat /initramfs-linux-fallback.img gzip 64\n1 fat /initramfs-linux.img gzip 64\n"},
        {"kernel-install",
         "mkdir -p esp/" ID "/6.1; cp initrd esp/" ID "/6.1/initrd; cp k64 esp/" ID "/6.1/linux",
         "1 fat /" ID "/6.1/initrd gzip 64\n"},
        {"Pop!_OS",
         "mkdir -p esp/EFI/Pop_OS-1; cp initrd esp/EFI/Pop_OS-1/initrd.img; "
         "cp k64 esp/EFI/Pop_OS-1/vmlinuz.efi",
         "1 fat /EFI/Pop_OS-1/initrd.img gzip 0\n"},
        {"openSUSE",
         "mkdir tree/boot; cp initrd tree/boot/initrd-6.4.0-default; "
         "cp k64 tree/boot/vmlinuz-6.4.0-default; ln -s initrd-6.4.0-default tree/boot/initrd",
         "2 ext4 /boot/initrd-6.4.0-default gzip 64\n"},
        {"nothing", "echo no >tree/initrd.img; mkdir -p tree/boot/grub; : >tree/boot/a.img", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        make_disk(cases[i].commands, i & 1 ? "dos" : "gpt");
        assert_finds(cases[i].name, "disk.img", cases[i].want);
    }
}

static void without_partitions(void **state)
{
    (void)state;
    make_disk("mkdir tree/boot; cp initrd tree/boot/initrd.img; cp k64 tree/boot/vmlinuz", "dos");
    assert_finds("a volume alone", "p2", "0 ext4 /boot/initrd.img gzip 64\n");
    fixture_run("truncate -s 1M none");
    assert_finds("no file system", "none", "");
}

static void too_many(void **state)
{
    struct vtc_diskcfg *cfg;

    (void)state;
    make_disk("mkdir tree/boot; for i in $(seq 60); do cp initrd tree/boot/initrd-$i; done", "gpt");
    cfg = scan_file("disk.img");
    assert_int_equal(cfg->count, VTC_DISKCFG_INITRDS_MAX);
    assert_true(cfg->is_cut);
    free(cfg);
}

/* Sixty drives that all are one and the same volume, full of files that are looked into. */
static void hostile(void **state)
{
    const uint32_t volume = 10240, extended = 100;
    uint8_t table[512];
    struct vtc_diskcfg *cfg;

    (void)state;
    make_disk("mkdir tree/boot; for i in $(seq 140); do cp ucode tree/boot/initrd-$i; done", "dos");
    memset(table, 0, sizeof table);
    table[446 + 4] = 5;
    vtc_put_le32(table + 446 + 8, extended);
    vtc_put_le32(table + 446 + 12, 60000);
    vtc_put_le16(table + 510, 0xaa55);
    fixture_overwrite("disk.img", 0, table, sizeof table);
    for (uint32_t i = 0; i < 60; i++) {
        table[446 + 4] = 0x83;
        vtc_put_le32(table + 446 + 8, volume - (extended + i));
        vtc_put_le32(table + 446 + 12, 16384);
        table[462 + 4] = 5;
        vtc_put_le32(table + 462 + 8, i + 1);
        vtc_put_le32(table + 462 + 12, 1);
        fixture_overwrite("disk.img", (extended + i) * 512ull, table, sizeof table);
    }
    cfg = scan_file("disk.img");
    printf("# %u reads\n", (unsigned)scan_reads);
    assert_true(cfg->is_cut);
    assert_true(scan_reads <= VTC_DISKCFG_READS_MAX);
    free(cfg);
}

/* What is found can be grown: the two fit together. */
static void found_and_grown(void **state)
{
    static uint8_t body[3000];
    const struct vtc_grow_tail tail = {8, 4, "head", 4, body, sizeof body};
    struct vtc_diskcfg *cfg;
    struct grow_image m;

    (void)state;
    make_disk(
        "mkdir tree/boot; cp both tree/boot/initrd.img-6.1; cp initrd esp/initramfs-linux.img",
        "gpt");
    cfg = scan_file("disk.img");
    assert_int_equal(cfg->count, 2);
    grow_image_open(&m, "disk.img", 1 << 20);
    for (uint32_t i = 0; i < cfg->count; i++) {
        const struct vtc_diskcfg_initrd *r = &cfg->initrd[i];
        const char *why;

        assert_int_equal(
            (r->fs == VTC_DISKCFG_EXT4 ? vtc_grow_ext4_file : vtc_grow_fat_volume_file)(
                &m.g, r->part_off, r->part_bytes, r->path, &tail, &why),
            VTC_OK);
    }
    grow_image_dump(&m, "out.img");
    grow_append_tail("both", &tail);
    grow_append_tail("initrd", &tail);
    fixture_run("mcopy -i out.img@@1M ::/initramfs-linux.img got1 && cmp got1 initrd && "
                "debugfs -R 'dump /boot/initrd.img-6.1 got2' 'out.img?offset=5242880' 2>log && "
                "cmp got2 both && e2fsck -fn 'out.img?offset=5242880' >log 2>&1");
    grow_image_close(&m);
    free(cfg);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_distribution), cmocka_unit_test(without_partitions),
        cmocka_unit_test(too_many),           cmocka_unit_test(hostile),
        cmocka_unit_test(found_and_grown),
    };

    return cmocka_run_group_tests_name("diskcfg", tests, make_parts, fixture_leave_tmpdir);
}

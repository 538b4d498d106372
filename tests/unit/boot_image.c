/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "boot_image.h"

#include <ventoc/bytes.h>

static void save_kernel(const char *path, enum boot_content content)
{
    uint8_t head[4096] = {0};

    memcpy(head + 0x202, "HdrS", 4);
    vtc_put_le16(head + 0x206, content == KERNEL_OLD ? 0x20b : 0x20c);
    head[0x236] = content != KERNEL32;
    fixture_save(path, head, sizeof(head));
}

static void save(const char *path, const struct boot_file *f)
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

void boot_image_archives(void)
{
    fixture_run("mkdir -p a/bin m/kernel/x86/microcode && echo x >a/bin/sh && echo x >a/init &&"
                "echo x >m/kernel/x86/microcode/GenuineIntel.bin &&"
                "(cd a && find . | cpio -o -H newc >../archive.cpio 2>/dev/null) &&"
                "(cd m && find kernel | cpio -o -H newc >../microcode.cpio 2>/dev/null)");
}

void boot_image_make(const struct boot_file *files, const char *options)
{
    int has_fat = 0;
    char path[512];

    fixture_run("rm -rf tree made.iso && mkdir tree && echo boot >tree/boot.bin");
    for (size_t i = 0; i < BOOT_FILES_MAX && files[i].path; i++) {
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

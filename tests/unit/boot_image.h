/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ISO images of boot files, made by xorriso and mtools, for the tests. */
#ifndef TESTS_UNIT_BOOT_IMAGE_H
#define TESTS_UNIT_BOOT_IMAGE_H

#include "fixture.h"

enum boot_content { TEXT, KERNEL64, KERNEL32, KERNEL_OLD, GZIP, CPIO, MICROCODE, NOISE, FLOPPY_GZ };

struct boot_file {
    const char *path; /* "fat/..." lies in the FAT volume */
    enum boot_content content;
    const char *text;
};

#define BOOT_FILES_MAX 16

/* archive.cpio and microcode.cpio in the working folder, which files of images are made of. */
void boot_image_archives(void);

/* made.iso: the files, those of fat/ in a FAT volume that is an El Torito EFI entry.
 * options: of xorriso -as mkisofs. */
void boot_image_make(const struct boot_file *files, const char *options);

#endif

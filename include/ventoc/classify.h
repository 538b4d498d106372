/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a file on the data partition is: by name for the menu, by content for booting. */
#ifndef VENTOC_CLASSIFY_H
#define VENTOC_CLASSIFY_H

#include <ventoc/types.h>

enum vtc_image_type {
    VTC_TYPE_NONE, /* not ours */
    VTC_TYPE_ISO,
    VTC_TYPE_IMG,
    VTC_TYPE_EFI,
};

/* By the ending of the name (.iso .img .vtoy .efi, any ASCII case). Names beginning with "._" (left
 * behind by macOS) are not images. */
enum vtc_image_type vtc_classify_name(const char *name);

/* What can be known of an image's boot abilities without starting it. */
struct vtc_boot_facts {
    int is_iso;          /* ISO 9660 volume present */
    int is_udf;          /* UDF recognised */
    int is_disk;         /* 0x55AA and a partition table or boot sector at LBA 0 */
    int is_gpt;          /* "EFI PART" at LBA 1 (512 or 4096 bytes) with a valid header */
    int is_pe;           /* MZ + PE\0\0 */
    uint16_t pe_machine; /* 0x8664 x64, 0x14c ia32, 0xaa64 arm64 */
    int has_bios;   /* El Torito x86 entry; without ISO: boot code + any MBR partition, or a FAT
                          boot sector with code */
    int has_efi;    /* El Torito EFI entry; without ISO: a FAT volume of type EF / ESP, or any
                          FAT volume with /EFI/BOOT */
    char label[33]; /* ISO volume identifier, or a FAT image's label */
    uint64_t declared_bytes; /* what the volume says; more than the file = truncated */
    uint32_t efi_lba2048;    /* El Torito EFI image */
    uint64_t efi_bytes;
};

/* Look at the content. image: the file (or virtual disk). Returns 0, VTC_EFORMAT when a structure
 * it announces is broken, VTC_ETRUNC when the volume says it is longer than the file (facts are
 * filled in), VTC_ENOENT when it is nothing known. */
int vtc_classify(const struct vtc_reader *image, struct vtc_boot_facts *facts);

#endif

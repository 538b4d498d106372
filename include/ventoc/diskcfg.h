/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The initrds of a raw disk image that holds an installed Linux: files under the usual names, and
 * those that loader/entries name, on every ext2/3/4 and FAT file system of the disk. Other file
 * systems, logical volumes and encrypted partitions are not looked into.
 */
#ifndef VENTOC_DISKCFG_H
#define VENTOC_DISKCFG_H

#include <ventoc/initrd.h>
#include <ventoc/types.h>

#define VTC_DISKCFG_PATH_BYTES  256u
#define VTC_DISKCFG_INITRDS_MAX 48u
#define VTC_DISKCFG_WORK_BYTES  49152u

/* What one scan may read: a hostile image ends here. A real one needs some thousand small reads. */
#define VTC_DISKCFG_READS_MAX      65536u
#define VTC_DISKCFG_READ_BYTES_MAX (64u << 20)

enum vtc_diskcfg_fs { VTC_DISKCFG_EXT4, VTC_DISKCFG_FAT };

struct vtc_diskcfg_initrd {
    uint32_t part_number;          /* see struct vtc_disk_part; 0: the disk has no partitions */
    uint64_t part_off, part_bytes; /* in the image, cut at its end */
    enum vtc_diskcfg_fs fs;
    char
        path[VTC_DISKCFG_PATH_BYTES]; /* absolute in the file system; symbolic links not resolved */
    uint32_t id; /* inode or first cluster: each file is listed once in its partition */
    uint64_t bytes;
    struct vtc_initrd_facts facts;
    unsigned
        kernel_bits; /* of a kernel of the same name beside it, by its header (x86 boot protocol
                             0x236, XLF_KERNEL_64): 64, 32; 0: not known */
};

/* All of it; some 16 KiB: not for a stack. */
struct vtc_diskcfg {
    uint32_t count;
    int is_cut;     /* a table was full or reading took too long: something was left out */
    int is_damaged; /* a file system could not be read to the end */
    struct vtc_diskcfg_initrd initrd[VTC_DISKCFG_INITRDS_MAX];
};

/*
 * Scan a disk image. Looks into /, /boot, the folders of /EFI, those of kernel-install
 * (/MACHINE-ID/VERSION), and what /loader/entries/... .conf and /boot/loader/entries/... .conf name
 * (Boot Loader Specification, type 1). Every file in out was opened and begins with an initramfs
 * magic; those with nothing but microcode are left out. work: VTC_DISKCFG_WORK_BYTES, aligned to 8.
 * Bounded, however the image is made. Returns 0 (also when nothing was found); VTC_EFORMAT: a broken
 * partition table; the reader's error.
 */
int vtc_diskcfg_scan(const struct vtc_reader *image, void *work, struct vtc_diskcfg *out);

#endif

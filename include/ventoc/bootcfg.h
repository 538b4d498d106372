/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The boot configurations of an image, and which of its files are initrds: isolinux/syslinux
 * (INCLUDE, CONFIG, MENU INCLUDE, APPEND initrd=a,b, INITRD), GRUB (grub.cfg, loopback.cfg, files
 * sourced by name), loader/entries, in the ISO's tree and in the FAT volume of its El Torito EFI
 * entry; and files under the usual names, for an ISO whose configuration is hidden.
 */
#ifndef VENTOC_BOOTCFG_H
#define VENTOC_BOOTCFG_H

#include <ventoc/initrd.h>
#include <ventoc/types.h>

#define VTC_BOOTCFG_PATH_BYTES   256u
#define VTC_BOOTCFG_INITRDS_MAX  48u
#define VTC_BOOTCFG_CONFIGS_MAX  64u
#define VTC_BOOTCFG_CONFIG_BYTES 65536u  /* of one configuration; the rest is not looked at */
#define VTC_BOOTCFG_WORK_BYTES   262144u /* what vtc_bootcfg_scan() works in */

/* What one scan may read: a hostile image ends here. A real one needs some hundred small reads. */
#define VTC_BOOTCFG_READS_MAX      32768u
#define VTC_BOOTCFG_READ_BYTES_MAX (32u << 20)

enum vtc_bootcfg_where { VTC_IN_ISO, VTC_IN_FAT };

enum vtc_bootcfg_syntax { VTC_CFG_SYSLINUX, VTC_CFG_GRUB, VTC_CFG_LOADER_ENTRY };

struct vtc_bootcfg_config {
    char path[VTC_BOOTCFG_PATH_BYTES];
    enum vtc_bootcfg_where where;
    enum vtc_bootcfg_syntax syntax;
};

struct vtc_bootcfg_initrd {
    char path[VTC_BOOTCFG_PATH_BYTES]; /* absolute in its tree */
    enum vtc_bootcfg_where where;
    uint64_t bytes;
    struct vtc_initrd_facts facts;
    int config;  /* index of the configuration that names it, -1: found under a usual name */
    int is_last; /* the last initrd of some entry, or found by name alone and more than microcode:
                    ours goes behind it */
    unsigned kernel_bits; /* of the kernels it is started with, by their headers (x86 boot protocol
                             0x236, XLF_KERNEL_64): 64, 32; 0: not known, or both */
};

/* One entry of a configuration, shown to a visitor while its text is parsed. Strings are valid
 * during the call only. */
struct vtc_bootcfg_entry {
    const char *title;   /* may be "" */
    const char *kernel;  /* path as written, variables replaced; a program of the boot loader too */
    const char *cmdline; /* parameters as written, without initrd= */
    const char *initrds; /* paths as written, separated by blanks */
    int config;          /* index */
    int kernel_found;    /* the kernel is a file of the image */
    unsigned kernel_bits; /* of a Linux kernel: 64, 32; 0: not known, or no kernel */
};

/* All of it; large (some 40 KiB): not for a stack. */
struct vtc_bootcfg {
    uint32_t config_count, initrd_count;
    uint32_t efi_entry; /* the FAT volume's index in vtc_eltorito.entry, for VTC_IN_FAT */
    int is_cut;         /* a table was full or reading took too long: something was left out */
    struct vtc_bootcfg_config config[VTC_BOOTCFG_CONFIGS_MAX];
    struct vtc_bootcfg_initrd initrd[VTC_BOOTCFG_INITRDS_MAX];
};

/*
 * Scan an image. image: the ISO. work: VTC_BOOTCFG_WORK_BYTES, aligned to 8. visit: NULL, or called
 * for every entry; nonzero stops and is passed on. Every initrd in out was opened and begins with an
 * initramfs magic; each file is in it once, whatever names lead to it. Configurations are found by
 * their names in a walk of the folders, which leaves out what cannot hold any. Bounded: hostile
 * INCLUDE loops end. What is damaged or cut off is passed over.
 * Returns 0 (also when nothing was found), VTC_ENOENT: no ISO 9660, VTC_EFORMAT (its descriptors),
 * the reader's error.
 */
int vtc_bootcfg_scan(const struct vtc_reader *image, void *work, struct vtc_bootcfg *out,
                     int (*visit)(void *ctx, const struct vtc_bootcfg_entry *entry), void *ctx);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an initramfs file is made of (Linux: Documentation/driver-api/early-userspace/
 * buffer-format.rst): archives of newc cpio one behind the other, each plain or compressed. */
#ifndef VENTOC_INITRD_H
#define VENTOC_INITRD_H

#include <ventoc/types.h>

enum vtc_initrd_kind {
    VTC_INITRD_NONE, /* not an initramfs */
    VTC_INITRD_NEWC, /* plain cpio ("070701", "070702") */
    VTC_INITRD_GZIP,
    VTC_INITRD_BZIP2,
    VTC_INITRD_LZMA,
    VTC_INITRD_XZ,
    VTC_INITRD_LZO,
    VTC_INITRD_LZ4, /* legacy frame, 02 21 4c 18 */
    VTC_INITRD_ZSTD,
};

struct vtc_initrd_facts {
    enum vtc_initrd_kind
        kind;           /* of the last archive that can be told: what decides how to append */
    int has_early;      /* begins with a plain archive, another one follows */
    int only_microcode; /* plain, and everything in it lies below "kernel/" */
};

/* By the first bytes of an archive: the kernel's list (lib/decompress.c), but as much of each magic
 * as its decompressor asks for. */
enum vtc_initrd_kind vtc_initrd_kind(const uint8_t *head, uint32_t bytes);

/* "newc", "gzip" ...; "none" for anything else. */
const char *vtc_initrd_kind_name(enum vtc_initrd_kind kind);

/*
 * Look at a whole file: step over plain archives that are there for the kernel itself (microcode,
 * ACPI tables: everything below "kernel/") by their headers only, and name the kind of what follows.
 * Few reads of 512 bytes: a plain archive with anything else in it is taken for the last one at the
 * first such entry, as is one with more than 64 entries or with more than 64 KiB of zeros behind it.
 * file: the file alone. Returns 0; VTC_ENOENT: not an initramfs; VTC_EFORMAT: a plain archive that
 * is cut or damaged, or is followed by something the kernel would refuse; the reader's error.
 */
int vtc_initrd_probe(const struct vtc_reader *file, struct vtc_initrd_facts *facts);

#endif

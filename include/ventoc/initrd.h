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

/* By the first bytes of an archive. */
enum vtc_initrd_kind vtc_initrd_kind(const uint8_t *head, uint32_t bytes);
const char *vtc_initrd_kind_name(enum vtc_initrd_kind kind);

/* Look at a whole file: skip plain archives in front by their headers only (bounded), name the kind
 * of what follows. file: the file alone. Returns 0, VTC_ENOENT: not an initramfs, VTC_EFORMAT (a
 * plain archive that is cut or damaged), the reader's error. */
int vtc_initrd_probe(const struct vtc_reader *file, struct vtc_initrd_facts *facts);

#endif

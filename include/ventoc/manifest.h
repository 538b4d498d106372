/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The payload manifest: a text file of versions and SHA-256 sums. */
#ifndef VENTOC_MANIFEST_H
#define VENTOC_MANIFEST_H

#include <ventoc/types.h>

/*
 * Lines, LF-terminated, fields separated by one space:
 *   ventoc-manifest 1
 *   version VERSION
 *   grub VERSION
 *   image NAME BYTES SHA256HEX     (outside the slot's file system: boot.img core.img slot512.img
 *                                   slot4096.img)
 *   file PATH BYTES SHA256HEX      (inside it)
 */
#define VTC_MANIFEST_MAX_BYTES 65536u

enum vtc_manifest_kind { VTC_MANIFEST_IMAGE, VTC_MANIFEST_FILE };

struct vtc_manifest_entry {
    enum vtc_manifest_kind kind;
    char name[128]; /* NUL-terminated */
    uint64_t bytes;
    uint8_t sha256[32];
};

struct vtc_manifest {
    char version[64];
    char grub[64];
    uint32_t count; /* entries */
    const char *text;
    size_t text_bytes;
};

/* Check the whole text and fill in m, which keeps pointing into text (owned by the caller).
 * Returns 0, VTC_EFORMAT, or VTC_ENOTSUP for another format number. */
int vtc_manifest_parse(const char *text, size_t bytes, struct vtc_manifest *m);

/* The index-th entry, 0-based. Returns 0 or VTC_ENOENT. */
int vtc_manifest_entry(const struct vtc_manifest *m, uint32_t index, struct vtc_manifest_entry *e);

/* An entry by kind and name. Returns 0 or VTC_ENOENT. */
int vtc_manifest_find(const struct vtc_manifest *m, enum vtc_manifest_kind kind, const char *name,
                      struct vtc_manifest_entry *e);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ISO 9660 (ECMA-119) with Rock Ridge names: volume descriptors and finding a file. */
#ifndef VENTOC_ISO9660_H
#define VENTOC_ISO9660_H

#include <ventoc/types.h>

#define VTC_ISO9660_SECTOR_BYTES 2048u

struct vtc_iso9660 {
    const struct vtc_reader *reader;
    char volume_id[33];    /* PVD, trailing spaces cut (ECMA-119 8.4.7) */
    uint64_t volume_bytes; /* volume space size x logical block size (8.4.8, 8.4.12) */
    uint32_t root_lba2048;
    uint32_t root_bytes;
    uint32_t boot_catalog_lba2048; /* from an El Torito boot record, 0 when there is none */
    int has_joliet;
    int has_udf;             /* a NSR02/NSR03 descriptor follows (ECMA-167 2/9) */
    uint8_t rock_ridge_skip; /* bytes, from the root's SP entry (SUSP 5.3) */
    int has_rock_ridge;
};

/* vtc_iso9660_node.multi_extent: a file of several sections (ECMA-119 9.1.6) */
#define VTC_ISO9660_GAPLESS   1 /* they follow one another: [lba2048, +bytes) is the file */
#define VTC_ISO9660_SCATTERED 2 /* they do not: only the first lies at lba2048 */

struct vtc_iso9660_node {
    uint32_t lba2048; /* first extent, behind its extended attribute record */
    uint64_t bytes;   /* of all extents */
    int is_dir;
    int multi_extent;    /* 0: one section; else VTC_ISO9660_GAPLESS or _SCATTERED */
    uint64_t record_off; /* byte offset of the (first) directory record in the image */
    char name[256];      /* Rock Ridge NM, else the ISO name without ";1" and a trailing "." */
};

/* Read the volume descriptors (sector 16 on). Keeps a pointer to reader.
 * Returns 0; VTC_ENOENT: no "CD001" (has_udf is set all the same); VTC_ENOTSUP: logical blocks
 * other than 2048 bytes; VTC_EFORMAT; the reader's error. */
int vtc_iso9660_open(struct vtc_iso9660 *iso, const struct vtc_reader *reader);

/* Visit the records of a directory ("." and ".." left out, associated files too). visit() returning
 * nonzero stops and is passed on; it may overwrite *dir. Bounded: hostile loops end in VTC_EFORMAT.
 * Returns 0, what visit() returned, VTC_EINVAL (not a directory), VTC_EFORMAT, ... */
int vtc_iso9660_list(const struct vtc_iso9660 *iso, const struct vtc_iso9660_node *dir,
                     int (*visit)(void *ctx, const struct vtc_iso9660_node *node), void *ctx);

/* The root directory as a node. */
void vtc_iso9660_root(const struct vtc_iso9660 *iso, struct vtc_iso9660_node *node);

/* Find "/a/b/c"; names compare ignoring ASCII case, a version (";1") and
 * a trailing ".". Returns 0, VTC_ENOENT, VTC_EFORMAT, ... */
int vtc_iso9660_find(const struct vtc_iso9660 *iso, const char *path,
                     struct vtc_iso9660_node *node);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ISO 9660 (ECMA-119) with Rock Ridge names: volume descriptors and finding a file. */
#ifndef VENTOC_ISO9660_H
#define VENTOC_ISO9660_H

#include <ventoc/types.h>

#define VTC_ISO9660_SECTOR_BYTES 2048u

struct vtc_iso9660 {
    const struct vtc_reader *reader;
    char volume_id[33];      /* PVD, trailing spaces cut (ECMA-119 8.4.7) */
    uint64_t volume_bytes;   /* volume space size x logical block size (8.4.8, 8.4.12) */
    uint32_t root_lba2048;
    uint32_t root_bytes;
    uint32_t boot_catalog_lba2048; /* from an El Torito boot record, 0 when there is none */
    int has_joliet;
    int has_udf; /* a NSR02/NSR03 descriptor follows (ECMA-167 2/9) */
    uint8_t rock_ridge_skip; /* bytes, from the root's SP entry (SUSP 5.3) */
    int has_rock_ridge;
};

struct vtc_iso9660_node {
    uint32_t lba2048;    /* first extent */
    uint64_t bytes;      /* of all extents */
    int is_dir;
    int multi_extent;    /* more than one section follows one another (ECMA-119 9.1.6) */
    uint64_t record_off; /* byte offset of the (first) directory record in the image */
    char name[256];      /* Rock Ridge NM, else the ISO name without ";1" and a trailing "." */
};

/* Read the volume descriptors (sector 16 on). Keeps a pointer to reader.
 * Returns 0; VTC_ENOENT: no "CD001"; VTC_EFORMAT; the reader's error. */
int vtc_iso9660_open(struct vtc_iso9660 *iso, const struct vtc_reader *reader);

/* Visit the records of a directory ("." and ".." left out). visit() returning nonzero stops and
 * is passed on. Bounded: hostile loops end in VTC_EFORMAT. */
int vtc_iso9660_list(const struct vtc_iso9660 *iso, const struct vtc_iso9660_node *dir,
                     int (*visit)(void *ctx, const struct vtc_iso9660_node *node), void *ctx);

/* The root directory as a node. */
void vtc_iso9660_root(const struct vtc_iso9660 *iso, struct vtc_iso9660_node *node);

/* Find "/a/b/c"; names compare ignoring ASCII case. Returns 0, VTC_ENOENT, VTC_EFORMAT, ... */
int vtc_iso9660_find(const struct vtc_iso9660 *iso, const char *path,
                     struct vtc_iso9660_node *node);

#endif

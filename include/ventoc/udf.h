/* SPDX-License-Identifier: GPL-3.0-or-later */
/* UDF as mastered on optical discs (ECMA-167 3rd edition; section numbers from it): one volume, one
 * partition of blocks of 2048 bytes, mapped one to one. Finding a file. */
#ifndef VENTOC_UDF_H
#define VENTOC_UDF_H

#include <ventoc/types.h>

#define VTC_UDF_SECTOR_BYTES   2048u
#define VTC_UDF_ANCHOR_LBA2048 256u

enum vtc_udf_tag { /* 3/7.2.1, 4/7.2.1 */
                   VTC_UDF_TAG_ANCHOR = 2,
                   VTC_UDF_TAG_POINTER = 3,
                   VTC_UDF_TAG_PARTITION = 5,
                   VTC_UDF_TAG_LOGICAL_VOLUME = 6,
                   VTC_UDF_TAG_TERMINATING = 8,
                   VTC_UDF_TAG_INTEGRITY = 9,
                   VTC_UDF_TAG_FILE_SET = 256,
                   VTC_UDF_TAG_FILE_IDENTIFIER = 257,
                   VTC_UDF_TAG_FILE_ENTRY = 261,
                   VTC_UDF_TAG_EXTENDED_FILE_ENTRY = 266,
};

struct vtc_udf_extent { /* extent_ad, 3/7.1 */
    uint32_t bytes, lba2048;
};

struct vtc_udf {
    const struct vtc_reader *reader;
    struct vtc_udf_extent sequence[2]; /* volume descriptors, main and reserve; 2nd may be empty */
    struct vtc_udf_extent integrity;   /* logical volume integrity sequence, may be empty */
    uint16_t partition_number;
    uint32_t partition_lba2048, partition_blocks;
    uint32_t root_icb; /* block in the partition */
};

enum vtc_udf_form { VTC_UDF_SHORT = 0, VTC_UDF_LONG = 1, VTC_UDF_EMBEDDED = 3 }; /* 4/14.6.8 */

struct vtc_udf_node {
    uint64_t entry_off; /* of the (extended) file entry, bytes */
    uint64_t bytes;
    uint32_t ad_off, ad_bytes; /* allocation descriptors, or embedded data, in the entry's block */
    enum vtc_udf_form form;
    int is_dir, is_extended; /* is_extended: 4/14.17, else 4/14.9 */
};

/* One allocation descriptor (4/14.14.1, 4/14.14.2). */
struct vtc_udf_piece {
    uint32_t bytes;
    uint64_t off; /* in the image */
};

/* A descriptor tag's identifier (3/7.2), 0 when its checksum is wrong. tag: 16 bytes. */
unsigned vtc_udf_tag_id(const uint8_t *tag);

/* Anchor at sector 256, volume descriptors, file set. Keeps a pointer to reader.
 * Returns 0; VTC_ENOENT: no anchor; VTC_ENOTSUP: another kind of UDF; VTC_EFORMAT; ... */
int vtc_udf_open(struct vtc_udf *udf, const struct vtc_reader *reader);

/* Find "/a/b/c"; names compare as UTF-8, ignoring ASCII case. Returns 0, VTC_ENOENT, VTC_ENOTSUP
 * (an entry of a kind that is not read), VTC_EFORMAT, ... */
int vtc_udf_find(const struct vtc_udf *udf, const char *path, struct vtc_udf_node *node);

/* Piece number i of a file whose form is not VTC_UDF_EMBEDDED. Returns 0; VTC_ENOENT behind the
 * last; VTC_ENOTSUP: not recorded, or more descriptors elsewhere; VTC_EFORMAT: outside the
 * partition. */
int vtc_udf_piece(const struct vtc_udf *udf, const struct vtc_udf_node *node, uint32_t i,
                  struct vtc_udf_piece *piece);

#endif

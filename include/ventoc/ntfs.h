/* SPDX-License-Identifier: GPL-3.0-or-later */
/* NTFS: decode a non-resident attribute's mapping pairs into extents. */
#ifndef VENTOC_NTFS_H
#define VENTOC_NTFS_H

#include <ventoc/types.h>

#include <ventoc/extents.h>

/*
 * attr: a $DATA attribute record (type 0x80) from an MFT record, attr_bytes long and complete in
 * this record (no attribute list). cluster_bytes: power of two. part_off, part_bytes: bytes.
 * Returns 0; VTC_ENOTSUP and *why set for resident, compressed (0x0001), encrypted (0x4000);
 * VTC_EHOLE for a sparse run or data beyond the initialized size; VTC_EFORMAT.
 * why: set to one of the constant strings "resident", "compressed", "encrypted", "sparse",
 * "not fully written", or left alone.
 */
int vtc_ntfs_extents(const uint8_t *attr, uint32_t attr_bytes, uint32_t cluster_bytes,
                     uint64_t part_off, uint64_t part_bytes, struct vtc_extents *list,
                     const char **why);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The few words some families of live systems need to be told, as files in their initramfs: the
 * kernel's command line is never touched, so nothing of it reaches an installed system. */
#ifndef VTC_LINUX_FAMILIES_H
#define VTC_LINUX_FAMILIES_H

#include <ventoc/types.h>

#define VTC_FAMILIES_PERSISTENCE 1u /* the row is for when there is a writable layer */
#define VTC_FAMILIES_APPEND      2u /* the file is the family's own */
#define VTC_FAMILIES_PROGRAM     4u /* the file is to be executable */
#define VTC_FAMILIES_LAYER                                                                         \
    8u /* only once the layer is a device and can be mounted: the family
                                       would stop and wait for a user where it is not there */

/* One file for one family. */
struct vtc_families_row {
    const char *mark[2]; /* any of these paths in the initramfs tells the family; NULL: none */
    const char *path;
    const char *text;
    uint32_t flags;
    const char *layer[2]; /* folders that must be in the writable layer; NULL: none more */
};

extern const struct vtc_families_row vtc_families_rows[];
extern const uint32_t vtc_families_row_count;

/* Write what the rows say, before the original init. root: "" (tests: a folder). flags: of struct
 * vtc_handoff. Returns how many files could not be written. */
unsigned vtc_families_write(const char *root, uint32_t flags);

/* The folders that must be in the layer of the family of this initramfs before it is told of the
 * layer: two entries, NULL for none more. NULL: the family looks for itself. root: as above. */
const char *const *vtc_families_layer(const char *root);

/* Tell it of the layer. Returns how many files could not be written. root: as above. */
unsigned vtc_families_write_layer(const char *root);

#endif

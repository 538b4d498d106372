/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The few words some families of live systems need to be told, as files in their initramfs: the
 * kernel's command line is never touched, so nothing of it reaches an installed system. */
#ifndef VTC_LINUX_FAMILIES_H
#define VTC_LINUX_FAMILIES_H

#include <ventoc/types.h>

#define VTC_FAMILIES_PERSISTENCE 1u /* the row is for when there is a writable layer */
#define VTC_FAMILIES_APPEND      2u /* the file is the family's own */

/* One file for one family. */
struct vtc_families_row {
    const char *mark[2]; /* any of these paths in the initramfs tells the family; NULL: none */
    const char *path;
    const char *text;
    uint32_t flags;
    const char *layer[2]; /* folders that must be in the writable layer; NULL: none */
};

extern const struct vtc_families_row vtc_families_rows[];
extern const uint32_t vtc_families_row_count;

/* Write what the rows say. root: "" (tests: a folder). flags: of struct vtc_handoff. Returns how many
 * files could not be written. */
unsigned vtc_families_write(const char *root, uint32_t flags);

/* The folders that must be in the layer of the family of this initramfs, NULL when there are none;
 * two entries. root: as above. */
const char *const *vtc_families_layer(const char *root);

#endif

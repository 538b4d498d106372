/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Families of Linux live systems and installers, as rows of data: how an ISO of the family is told
 * by a file in its tree, and what its persistent layer must look like. */
#ifndef VENTOC_FAMILY_H
#define VENTOC_FAMILY_H

#include <ventoc/iso9660.h>

#define VTC_FAMILY_MARKS_MAX 4u

struct vtc_family {
    const char *name; /* "live-boot", "casper", "dracut-live", "archiso" ... */
    const char *mark[VTC_FAMILY_MARKS_MAX]; /* paths in the ISO, any one is enough; NULL ends */
    const char *persistence_label;          /* file-system label of the layer, NULL: has none */
    const char *persistence_file;           /* to be put in its root, NULL: none needed */
    const char *persistence_text;           /* that file's content */
};

extern const struct vtc_family vtc_family_rows[];
extern const uint32_t vtc_family_row_count;

/* The family an ISO belongs to. *family: the row, or NULL when none of the marks is there.
 * Returns 0, VTC_EFORMAT, the reader's error. */
int vtc_family_of(const struct vtc_iso9660 *iso, const struct vtc_family **family);

/* A row by its name, NULL when there is none. */
const struct vtc_family *vtc_family_by_name(const char *name);

#endif

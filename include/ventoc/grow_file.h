/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file that grows, between the trees of an image that show it. */
#ifndef VENTOC_GROW_FILE_H
#define VENTOC_GROW_FILE_H

#include <ventoc/grow_plan.h>

#define VTC_GROW_SECTIONS_MAX 16u

/* Its sections in file order, each but the last whole sectors long. Once grown, all of it lies in
 * one piece at new_lba2048: the same sections, the last one longer. */
struct vtc_grow_file {
    uint32_t count;
    struct vtc_grow_section {
        uint32_t lba2048, bytes;
    } section[VTC_GROW_SECTIONS_MAX];
    uint64_t bytes;
    uint64_t record_off; /* of its (first) directory record in the primary tree, 0: not there */
    uint32_t new_lba2048;
    uint64_t new_bytes;
};

/* Append the file, whole sectors as they lie, with its tail; fills in new_lba2048 and new_bytes.
 * Returns 0; VTC_ENOTSUP: the last section would not fit 32 bits; VTC_EFORMAT, VTC_ENOSPC, ... */
int vtc_grow_file_append(struct vtc_grow_plan *p, struct vtc_grow_file *f,
                         const struct vtc_grow_tail *tail);

/* Find path in the image's ISO 9660 tree. *has_udf: is there a UDF tree as well, or only one.
 * Returns 0, VTC_ENOENT, VTC_ENOTSUP (see vtc_grow_iso_file()), VTC_EFORMAT, ... */
int vtc_grow_iso9660_find(struct vtc_grow_plan *p, const char *path, struct vtc_grow_file *f,
                          int *has_udf);

/* Every directory record of every tree (primary, Joliet, enhanced) that shows f's old sections
 * shows the new ones. */
int vtc_grow_iso9660_records(struct vtc_grow_plan *p, const struct vtc_grow_file *f);

/* The volume space size of every volume descriptor (ECMA-119 8.4.8) covers p->reader. */
int vtc_grow_iso9660_volume(struct vtc_grow_plan *p);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file that grows, between the trees of an image that show it. */
#ifndef VENTOC_GROW_FILE_H
#define VENTOC_GROW_FILE_H

#include <ventoc/grow_plan.h>
#include <ventoc/udf.h>

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

/* The file's entry in the UDF tree of the same image. */
struct vtc_grow_udf {
    struct vtc_udf udf;
    struct vtc_udf_node node;
};

/* Find path in the UDF tree. f: the file as the ISO 9660 tree shows it, which must be at the same
 * place here; with count 0 it is filled in from this tree.
 * Returns 0; VTC_ENOENT; VTC_ENOTSUP: another kind of UDF, data embedded in the entry or scattered,
 * an empty file; VTC_EFORMAT, ... */
int vtc_grow_udf_find(struct vtc_grow_plan *p, const char *path, struct vtc_grow_file *f,
                      struct vtc_grow_udf *u);

/* The entry (4/14.9, 4/14.17) shows the file at its new place. */
int vtc_grow_udf_entry(struct vtc_grow_plan *p, const struct vtc_grow_udf *u,
                       const struct vtc_grow_file *f);

/* The partition covers p->reader: partition descriptors of both sequences, integrity descriptor.
 * Appends an anchor at the end. */
int vtc_grow_udf_volume(struct vtc_grow_plan *p, const struct vtc_grow_udf *u);

/* The volume space size of every volume descriptor (ECMA-119 8.4.8) covers p->reader. */
int vtc_grow_iso9660_volume(struct vtc_grow_plan *p);

#endif

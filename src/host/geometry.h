/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libparted's view of a target: what it is called, and an independent reading of its table. */
#ifndef VTC_HOST_GEOMETRY_H
#define VTC_HOST_GEOMETRY_H

#include <stdint.h>

#include "host/error.h"
#include "host/table.h"

struct vtc_geometry {
    char model[128];
    uint64_t bytes;
    uint32_t sector_bytes, physical_sector_bytes;
    char table[16]; /* "msdos", "gpt", ..., empty when there is none */
};

/* Ask libparted about a disk or file. file_sector_bytes: what a regular file stands for.
 * Returns 0 or -errno. */
int vtc_geometry_read(const char *path, uint32_t file_sector_bytes, struct vtc_geometry *out,
                      struct vtc_error *err);

/* Read the table with libparted and compare it with what it should be: type, start and length of
 * entries 1 and 2. Returns 0; -EILSEQ when they differ, -errno. */
int vtc_geometry_check_table(const char *path, const struct vtc_table_spec *want,
                             struct vtc_error *err);

/* Make the FAT file system that fills the device at path new_bytes long. Not safe against a power
 * cut. Returns 0 or -EIO. */
int vtc_geometry_shrink_fat(const char *path, uint64_t new_bytes, struct vtc_error *err);

#endif

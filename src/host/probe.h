/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libblkid: which signatures of file systems, RAID members and tables are on a target. */
#ifndef VTC_HOST_PROBE_H
#define VTC_HOST_PROBE_H

#include <stddef.h>
#include <stdint.h>

#include "host/error.h"

struct vtc_probe_signature {
    uint64_t off, bytes;      /* of the magic string, on the whole disk */
    uint64_t area_off;        /* of the area it was found in: 0 or a partition's start */
    char type[32], label[64]; /* "ext4", "crypto_LUKS", "gpt" ... */
};

struct vtc_probe_list {
    struct vtc_probe_signature *v;
    size_t count;
};

/* An area of a disk to look at. */
struct vtc_probe_area {
    uint64_t off, bytes;
};

/* Every signature in one area, also those hidden behind another one (each found is blanked out in
 * memory and the search begun again). Appends to list. fd is only read. sector_bytes: logical
 * sector size. Returns 0 or -errno. */
int vtc_probe_area(int fd, struct vtc_probe_area area, uint32_t sector_bytes,
                   struct vtc_probe_list *list, struct vtc_error *err);

/* Partitions in the table on the disk. Returns their number, at most max, or -errno. */
int vtc_probe_partitions(int fd, uint64_t disk_bytes, uint32_t sector_bytes,
                         struct vtc_probe_area *areas, size_t max);

/* The file system or table that the area shows first. Returns 1 when there is one, 0 when there is
 * none, -errno. */
int vtc_probe_first(int fd, struct vtc_probe_area area, uint32_t sector_bytes,
                    struct vtc_probe_signature *out);

void vtc_probe_free(struct vtc_probe_list *list);

#endif

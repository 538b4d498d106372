/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An exFAT volume that a file is going to be put on: geometry, allocation bitmap, up-case table. */
#ifndef VTC_HOST_EXFAT_VOLUME_H
#define VTC_HOST_EXFAT_VOLUME_H

#include <ventoc/exfat.h>

#include "host/error.h"
#include "host/fdio.h"

#define VTC_EXFAT_UPCASE_UNITS  65536u
#define VTC_EXFAT_DIR_BYTES_MAX (256u * 1024 * 1024) /* section 7.4 */

/* Nothing is written through this: changes are made to the copies in memory and planned. The
 * volume points into itself, so it stays where it is. */
struct vtc_exfat_volume {
    const char *name; /* of the target, for messages; the caller's */
    struct vtc_fdio_region region;
    struct vtc_reader disk; /* the whole disk */
    struct vtc_exfat core;
    uint8_t boot[512];       /* the main boot sector */
    uint8_t *bitmap;         /* bit n: cluster n + 2 is in use; core.geometry.cluster_count bits */
    uint8_t *bitmap_changed; /* one byte for each 512 of the bitmap */
    uint32_t bitmap_bytes;
    struct vtc_extents bitmap_at; /* on the disk; not longer than bitmap_bytes */
    uint32_t free_count;          /* clusters */
    uint16_t *upcase;             /* VTC_EXFAT_UPCASE_UNITS, section 7.2.5 */
};

/*
 * Read the volume [part_off, part_off+part_bytes) of the disk in fd, which stays open and the
 * caller's. Microsoft exFAT specification 1.00. Refused (kind VTC_ERROR_REFUSED): a volume that
 * was not unmounted cleanly (VolumeDirty, 3.1.13.2) or has two FATs (TexFAT), and one that is not
 * exFAT (-ENOTSUP). Everything is checked against everything else: -EBADMSG when the volume
 * contradicts itself. Free with vtc_exfat_volume_close() in any case. Returns 0 or -errno.
 */
int vtc_exfat_volume_open(struct vtc_exfat_volume *volume, const char *name, int fd,
                          uint64_t disk_bytes, uint64_t part_off, uint64_t part_bytes,
                          struct vtc_error *err);
void vtc_exfat_volume_close(struct vtc_exfat_volume *volume);

/* Say that the volume is damaged: what is wrong. Returns -EBADMSG. */
int vtc_exfat_volume_damaged(const struct vtc_exfat_volume *volume, const char *what,
                             struct vtc_error *err);

/* A core error (vtc_err) as an errno with a message. */
int vtc_exfat_volume_fail(const struct vtc_exfat_volume *volume, int core_rc, const char *what,
                          struct vtc_error *err);

/* Byte offset of a cluster on the disk. */
uint64_t vtc_exfat_volume_off(const struct vtc_exfat_volume *volume, uint32_t cluster);

/* Is it a cluster of the heap? And one that is in use? */
int vtc_exfat_volume_has(const struct vtc_exfat_volume *volume, uint32_t cluster);
int vtc_exfat_volume_used(const struct vtc_exfat_volume *volume, uint32_t cluster);

/* Is every cluster of these extents in use? */
int vtc_exfat_volume_all_used(const struct vtc_exfat_volume *volume,
                              const struct vtc_extents *list);

/* grow() for a struct vtc_extents whose storage is from malloc(). */
int vtc_exfat_volume_grow(struct vtc_extents *list);

/*
 * The clusters of a directory in order, from malloc() (section 6.3.4.2; a chain where no_fat_chain
 * is 0, section 4.1). bytes: its DataLength, 0 for the root, which is as long as its chain.
 * Returns 0 or -errno.
 */
int vtc_exfat_volume_clusters(const struct vtc_exfat_volume *volume, uint32_t first, uint64_t bytes,
                              int no_fat_chain, uint32_t **clusters, uint32_t *count,
                              struct vtc_error *err);

#endif

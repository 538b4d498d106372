/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The format of backup files: what was on a disk where ventoc was about to write. Numbers are
 * little-endian. A file is a header of VTC_BACKUP_HEADER_BYTES, range_count ranges of
 * VTC_BACKUP_RANGE_BYTES, sorted by their place on the disk and not overlapping, and the packed
 * content of the ranges in the same order, without gaps, to the end of the file.
 *
 * header  0 magic, 8 format, 12 sector size, 16 disk bytes, 24 time (seconds since 1970),
 *         32 flags, 36 range count, 40 sum of the ranges' bytes, 48 sum of the packed bytes,
 *         56 operation[16], 72 ventoc version[32], 104 vendor[64], 168 model[64], 232 serial[128],
 *         360 device path[88], 448 SHA-256 of all ranges, 480 SHA-256 of the header up to here
 * range   0 offset, 8 bytes, 16 packed bytes, 20 kind, 24 stage, 28 zero, 32 SHA-256 of the content
 *         (unpacked), 64 SHA-256 of what ventoc wrote there
 *
 * So every byte that is given back is under a sum that the header is under.
 */
#ifndef VTC_HOST_BACKUP_FORMAT_H
#define VTC_HOST_BACKUP_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#include <ventoc/sha256.h>

#define VTC_BACKUP_FORMAT          1u
#define VTC_BACKUP_HEADER_BYTES    512u
#define VTC_BACKUP_RANGE_BYTES     96u
#define VTC_BACKUP_RANGE_MAX_BYTES (1024u * 1024) /* of one range */
#define VTC_BACKUP_RANGE_MAX_COUNT 65536u

/* Flags. */
#define VTC_BACKUP_UNDO                                                                            \
    1u /* undone stage by stage in reverse order, every state on the way boots */

struct vtc_backup_header {
    uint32_t sector_bytes; /* logical, of the disk; ranges are whole sectors */
    uint64_t disk_bytes;
    uint64_t time; /* seconds since 1970 */
    uint32_t flags;
    uint32_t range_count;
    uint64_t old_bytes, packed_bytes;                  /* sums over the ranges */
    char operation[16];                                /* "install" ... All texts end with a NUL. */
    char version[32];                                  /* of ventoc */
    char vendor[64], model[64], serial[128], path[88]; /* of the disk at that time */
    uint8_t ranges_sha256[VTC_SHA256_BYTES];
};

enum vtc_backup_kind {
    VTC_BACKUP_ZERO, /* zeros, nothing is stored */
    VTC_BACKUP_ZLIB, /* one zlib stream (RFC 1950) */
};

struct vtc_backup_range {
    uint64_t off, bytes; /* on the disk */
    uint64_t file_off;   /* of the packed content; not stored */
    uint32_t packed_bytes;
    uint32_t kind;
    uint32_t stage; /* of the plan, in which it was written last */
    uint8_t old_sha256[VTC_SHA256_BYTES], new_sha256[VTC_SHA256_BYTES];
};

/* The longest that zlib makes of that many bytes (compressBound() and some more). */
uint32_t vtc_backup_packed_max(uint64_t bytes);

void vtc_backup_encode_header(const struct vtc_backup_header *header,
                              uint8_t out[VTC_BACKUP_HEADER_BYTES]);
void vtc_backup_encode_range(const struct vtc_backup_range *range,
                             uint8_t out[VTC_BACKUP_RANGE_BYTES]);

/*
 * Decode and check the header of a file of that length. Returns 0; -ENOENT when it is no backup
 * file; -ENOTSUP when its format is newer; -EBADMSG when it is damaged, cut off or longer than it
 * says.
 */
int vtc_backup_decode_header(const uint8_t in[VTC_BACKUP_HEADER_BYTES], uint64_t file_bytes,
                             struct vtc_backup_header *header);

/* Decode and check all ranges: in holds header->range_count of them, as ranges does. Returns 0 or
 * -EBADMSG. */
int vtc_backup_decode_ranges(const struct vtc_backup_header *header, const uint8_t *in,
                             struct vtc_backup_range *ranges);

#endif

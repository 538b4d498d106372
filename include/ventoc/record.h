/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The stick record: what makes a disk a ventoc stick. Written twice (vtc_record_places()). */
#ifndef VENTOC_RECORD_H
#define VENTOC_RECORD_H

#include <ventoc/types.h>

#define VTC_RECORD_BYTES   512u
#define VTC_RECORD_FORMAT  1u
#define VTC_RECORD_GPT     1u /* flag: the disk has a GPT */
#define VTC_RECORD_NO_BIOS 2u /* flag: no BIOS core images (4096-byte sectors) */
#define VTC_RECORD_CONVERTED                                                                       \
    4u /* flag: converted from Ventoy's layout, the record's copies are below 1 MiB */

/*
 * On disk (little-endian, 512 bytes): 0 magic "VENTOC\r\n", 8 u32 format, 12 u32 record bytes,
 * 16 UUID (16 bytes), 32 u32 logical sector bytes, 36 u32 flags, 40 u64 disk bytes,
 * 48 u64 data offset, 56 u64 data bytes, 64 u64 reserved bytes at the end, 72 u64 slot A offset,
 * 80 u64 slot B offset, 88 u64 slot bytes, 96 label (UTF-8, 64 bytes, NUL-padded),
 * 508 u32 CRC-32 of bytes 0..507; the rest is zero.
 */
struct vtc_record {
    uint8_t uuid[16];
    uint32_t format;
    uint32_t sector_bytes; /* 512 or 4096 */
    uint32_t flags;        /* VTC_RECORD_... */
    uint64_t disk_bytes;   /* when installed */
    uint64_t data_off, data_bytes;
    uint64_t reserve_bytes;
    uint64_t slot_off[2], slot_bytes;
    char label[65]; /* data partition's label at install, NUL-terminated UTF-8 */
};

/* Serialise. Returns 0, or VTC_EINVAL when a field cannot be represented. */
int vtc_record_encode(const struct vtc_record *rec, uint8_t out[VTC_RECORD_BYTES]);

/*
 * Parse one copy; trusts nothing. Returns 0; VTC_ENOENT: no magic; VTC_EFORMAT: bad CRC, size or
 * offsets that overlap or leave the disk; VTC_ENOTSUP: a newer format (out->format is set).
 */
int vtc_record_decode(const uint8_t in[VTC_RECORD_BYTES], struct vtc_record *out);

/* Where the two copies of a record lie: bytes from the start of the disk, by its flags. */
void vtc_record_places(const struct vtc_record *rec, uint64_t off[2]);

/*
 * Read the record of a disk: the first copy, else the second. The places below 1 MiB are looked at
 * first: where there is a record of a converted stick, good or damaged, the data partition covers the
 * other places and what is there is not heeded. A good record in a place that its flags do not name
 * is none. disk: the whole disk. Returns as vtc_record_decode(), VTC_EIO when no copy can be read.
 */
int vtc_record_read(const struct vtc_reader *disk, struct vtc_record *out);

#endif

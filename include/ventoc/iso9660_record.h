/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Directory records (ECMA-119 9.1), for those who read them and those who change them. */
#ifndef VENTOC_ISO9660_RECORD_H
#define VENTOC_ISO9660_RECORD_H

#include <ventoc/bytes.h>

#define VTC_ISO9660_RECORD_MIN_BYTES 34u /* 33 bytes and an identifier of at least one */

/* File flags, 9.1.6 */
#define VTC_ISO9660_FLAG_DIRECTORY    0x02
#define VTC_ISO9660_FLAG_ASSOCIATED   0x04
#define VTC_ISO9660_FLAG_MULTI_EXTENT 0x80

/* Does a whole record lie in the next room bytes? */
static inline int vtc_iso9660_record_ok(const uint8_t *rec, uint32_t room)
{
    return rec[0] >= VTC_ISO9660_RECORD_MIN_BYTES && rec[0] <= room && rec[32] >= 1 &&
           rec[32] <= rec[0] - 33;
}

/* "." or ".." (6.8.2.2) */
static inline int vtc_iso9660_record_is_dot(const uint8_t *rec)
{
    return rec[32] == 1 && rec[33] <= 1;
}

/* Where the file's bytes begin: behind the extended attribute record (9.1.2), if any. */
static inline uint64_t vtc_iso9660_record_lba2048(const uint8_t *rec)
{
    return (uint64_t)vtc_le32(rec + 2) + rec[1];
}

/* A 32-bit number in both byte orders (7.3.3). */
static inline void vtc_iso9660_put_both32(uint8_t *p, uint32_t v)
{
    vtc_put_le32(p, v);
    p[4] = (uint8_t)(v >> 24);
    p[5] = (uint8_t)(v >> 16);
    p[6] = (uint8_t)(v >> 8);
    p[7] = (uint8_t)v;
}

#endif

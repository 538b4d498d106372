/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Little- and big-endian integers in byte buffers; on-disk structures are read with these only. */
#ifndef VENTOC_BYTES_H
#define VENTOC_BYTES_H

#include <ventoc/types.h>

static inline uint16_t vtc_le16(const void *p)
{
    const uint8_t *b = p;
    return (uint16_t)(b[0] | b[1] << 8);
}

static inline uint32_t vtc_le32(const void *p)
{
    const uint8_t *b = p;
    return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static inline uint64_t vtc_le64(const void *p)
{
    const uint8_t *b = p;
    return vtc_le32(b) | (uint64_t)vtc_le32(b + 4) << 32;
}

static inline uint32_t vtc_be32(const void *p)
{
    const uint8_t *b = p;
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static inline void vtc_put_le16(void *p, uint16_t v)
{
    uint8_t *b = p;
    b[0] = (uint8_t)v;
    b[1] = (uint8_t)(v >> 8);
}

static inline void vtc_put_le32(void *p, uint32_t v)
{
    vtc_put_le16(p, (uint16_t)v);
    vtc_put_le16((uint8_t *)p + 2, (uint16_t)(v >> 16));
}

static inline void vtc_put_le64(void *p, uint64_t v)
{
    vtc_put_le32(p, (uint32_t)v);
    vtc_put_le32((uint8_t *)p + 4, (uint32_t)(v >> 32));
}

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CRC-32 as in ISO 3309 / IEEE 802.3 (reflected, polynomial 0xEDB88320); zlib's crc32(). */
#ifndef VENTOC_CRC32_H
#define VENTOC_CRC32_H

#include <ventoc/types.h>

/* CRC of bytes[0..count). crc: 0 to begin, or the value of what came before. */
uint32_t vtc_crc32(uint32_t crc, const void *bytes, size_t count);

#endif

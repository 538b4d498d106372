/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CRC-32C (Castagnoli, reflected polynomial 0x82F63B78), as ext4 uses it for its metadata. */
#ifndef VENTOC_CRC32C_H
#define VENTOC_CRC32C_H

#include <ventoc/types.h>

/* The plain remainder of bytes[0..count) behind crc: begin with VTC_CRC32C_SEED, nothing is
 * inverted at the end. */
#define VTC_CRC32C_SEED 0xffffffffu
uint32_t vtc_crc32c(uint32_t crc, const void *bytes, size_t count);

#endif

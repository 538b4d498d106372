/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SHA-256, FIPS 180-4. */
#ifndef VENTOC_SHA256_H
#define VENTOC_SHA256_H

#include <ventoc/types.h>

struct vtc_sha256 {
    uint32_t state[8];
    uint64_t bytes;
    uint8_t block[64];
};

#define VTC_SHA256_BYTES 32

void vtc_sha256_init(struct vtc_sha256 *s);
void vtc_sha256_update(struct vtc_sha256 *s, const void *bytes, size_t count);
void vtc_sha256_final(struct vtc_sha256 *s, uint8_t digest[VTC_SHA256_BYTES]);
/* hex: 65 bytes, lower case, NUL-terminated. */
void vtc_sha256_hex(const uint8_t digest[VTC_SHA256_BYTES], char hex[65]);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CRC-32C, four bits at a time, as in crc32.c. */
#include <ventoc/crc32c.h>

/* The CRC of each nibble: i shifted through the reflected polynomial 0x82F63B78 four times. */
static const uint32_t nibble_crc[16] = {
    0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
    0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9, 0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
};

uint32_t vtc_crc32c(uint32_t crc, const void *bytes, size_t count)
{
    const uint8_t *p = bytes;

    while (count--) {
        crc ^= *p++;
        crc = crc >> 4 ^ nibble_crc[crc & 15];
        crc = crc >> 4 ^ nibble_crc[crc & 15];
    }
    return crc;
}

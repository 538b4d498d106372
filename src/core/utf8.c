/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ventoc/utf8.h>

unsigned vtc_utf8_encode(uint32_t code, uint8_t out[4])
{
    static const uint8_t first[] = {0, 0, 0xc0, 0xe0, 0xf0};
    unsigned n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4, i;

    for (i = n; i-- > 1; code >>= 6)
        out[i] = (uint8_t)(0x80 | (code & 0x3f));
    out[0] = (uint8_t)(first[n] | code);
    return n;
}

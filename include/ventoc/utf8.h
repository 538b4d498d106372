/* SPDX-License-Identifier: GPL-3.0-or-later */
/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef VENTOC_UTF8_H
#define VENTOC_UTF8_H

#include <ventoc/types.h>

/* Bytes of the character at p, which is before end; 0 when it is none. */
static inline unsigned vtc_utf8_bytes(const uint8_t *p, const uint8_t *end)
{
    unsigned n = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4, i;

    if ((p[0] > 0x7f && p[0] < 0xc2) || p[0] > 0xf4 || n > (size_t)(end - p))
        return 0;
    for (i = 1; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
        (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
        return 0;
    return n;
}

/* Write the character of a code point, at most 0x10ffff; no NUL behind it. Returns its bytes. */
unsigned vtc_utf8_encode(uint32_t code, uint8_t out[4]);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/utf8.h"

unsigned vtc_utf8_decode(const unsigned char *p, uint32_t *code)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned length = p[0] < 0x80 ? 1 : p[0] >> 5 == 6 ? 2 : p[0] >> 4 == 14 ? 3 : 4;

    if (length == 4 && p[0] >> 3 != 30)
        return 0;
    *code = length == 1 ? p[0] : p[0] & (0x7fu >> length);
    for (unsigned i = 1; i < length; i++) {
        if (p[i] >> 6 != 2)
            return 0;
        *code = *code << 6 | (p[i] & 0x3f);
    }
    if (*code < least[length] || *code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000))
        return 0;
    return length;
}

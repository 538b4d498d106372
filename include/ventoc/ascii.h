/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Strings of the core, which has no libc; case is that of ASCII alone. */
#ifndef VENTOC_ASCII_H
#define VENTOC_ASCII_H

#include <ventoc/types.h>

/* Bytes before the NUL. */
static inline uint32_t vtc_ascii_length(const char *s)
{
    uint32_t n = 0;

    while (s[n])
        n++;
    return n;
}

static inline char vtc_ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

#endif

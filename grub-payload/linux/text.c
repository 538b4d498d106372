/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "text.h"

#include <stdarg.h>

void vtc_text_start(struct vtc_text *t)
{
    t->n = 0;
    t->s[0] = 0;
}

void vtc_text_add(struct vtc_text *t, const char *s)
{
    while (*s && t->n < VTC_TEXT_BYTES - 1)
        t->s[t->n++] = *s++;
    t->s[t->n] = 0;
}

void vtc_text_dec(struct vtc_text *t, uint64_t v)
{
    char digits[21];
    unsigned at = sizeof digits - 1;

    digits[at] = 0;
    do {
        digits[--at] = (char)('0' + v % 10);
        v /= 10;
    } while (v);
    vtc_text_add(t, digits + at);
}

void vtc_text_hex(struct vtc_text *t, const uint8_t *bytes, uint32_t count)
{
    static const char digit[] = "0123456789abcdef";
    uint32_t i;

    for (i = 0; i < count; i++) {
        const char two[3] = {digit[bytes[i] >> 4], digit[bytes[i] & 15], 0};

        vtc_text_add(t, two);
    }
}

void vtc_text_make(struct vtc_text *t, ...)
{
    const char *s;
    va_list list;

    vtc_text_start(t);
    va_start(list, t);
    while ((s = va_arg(list, const char *)) != NULL)
        vtc_text_add(t, s);
    va_end(list);
}

uint64_t vtc_text_number(const char **p)
{
    uint64_t v = 0;

    while (**p >= '0' && **p <= '9') {
        unsigned digit = (unsigned)(*(*p)++ - '0');

        v = v > (UINT64_MAX - digit) / 10 ? UINT64_MAX : v * 10 + digit;
    }
    return v;
}

int vtc_text_starts(const char *s, const char *prefix)
{
    while (*prefix)
        if (*s++ != *prefix++)
            return 0;
    return 1;
}

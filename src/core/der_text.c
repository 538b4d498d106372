/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The character strings of ASN.1 as UTF-8 that can be put on a screen. */
#include <ventoc/der.h>

#include <ventoc/mem.h>
#include <ventoc/utf8.h>

#define NO_CHARACTER 0xffffffffu

/* Take one character of UTF-8. */
static uint32_t take_utf8(const uint8_t **p, const uint8_t *end)
{
    unsigned n = vtc_utf8_bytes(*p, end), i;
    uint32_t c = **p;

    if (n == 0) {
        ++*p;
        return NO_CHARACTER;
    }
    if (n > 1)
        c &= 0x7fu >> n;
    for (i = 1; i < n; i++)
        c = c << 6 | ((*p)[i] & 0x3f);
    *p += n;
    return c;
}

/* Take one unit of `width` bytes, big-endian. Surrogates are none: BMPString has no pairs. */
static uint32_t take_fixed(const uint8_t **p, const uint8_t *end, unsigned width)
{
    uint32_t c = 0;
    unsigned i;

    if ((size_t)(end - *p) < width) {
        *p = end;
        return NO_CHARACTER;
    }
    for (i = 0; i < width; i++)
        c = c << 8 | *(*p)++;
    return c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff) ? NO_CHARACTER : c;
}

/* Bytes of a character in a string of that type; 0: UTF-8, -1: no string. */
static int character_bytes(unsigned tag)
{
    switch (tag) {
    case VTC_DER_UTF8_STRING:
        return 0;
    case VTC_DER_NUMERIC_STRING:
    case VTC_DER_PRINTABLE_STRING:
    case VTC_DER_T61_STRING:
    case VTC_DER_IA5_STRING:
    case VTC_DER_VISIBLE_STRING:
        return 1;
    case VTC_DER_BMP_STRING:
        return 2;
    case VTC_DER_UNIVERSAL_STRING:
        return 4;
    default:
        return -1;
    }
}

/* Could it deceive a reader: controls, marks that are not seen or turn the writing around? */
static int is_hidden(uint32_t c)
{
    static const struct {
        uint32_t first, last;
    } hidden[] = {
        {0x00, 0x1f},     {0x7f, 0x9f},     {0xad, 0xad},     {0x61c, 0x61c},
        {0x180e, 0x180e}, {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f},
        {0xfe00, 0xfe0f}, {0xfeff, 0xfeff}, {0xfff0, 0xfffb}, {0xe0000, 0xe0fff},
    };
    size_t i;

    for (i = 0; i < sizeof hidden / sizeof *hidden; i++)
        if (c >= hidden[i].first && c <= hidden[i].last)
            return 1;
    return c > 0x10ffff || (c & 0xfffe) == 0xfffe;
}

int vtc_der_text(const struct vtc_der_item *item, char *out, size_t capacity)
{
    int width = character_bytes(item->tag);
    const uint8_t *p = item->data, *end = p + item->bytes;
    size_t at = 0, cut = 0; /* cut: where "..." would still fit */
    uint8_t character[4];

    if (width < 0)
        return VTC_EFORMAT;
    while (p < end) {
        uint32_t c = width ? take_fixed(&p, end, (unsigned)width) : take_utf8(&p, end);
        unsigned n = vtc_utf8_encode(is_hidden(c) ? '?' : c, character);

        if (n >= capacity - at) {
            memcpy(out + cut, "...", 4);
            return VTC_OK;
        }
        memcpy(out + at, character, n);
        at += n;
        if (capacity - at >= 4)
            cut = at;
    }
    out[at] = '\0';
    return VTC_OK;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ventoc/fat_name.h>

#include <ventoc/ascii.h>
#include <ventoc/bytes.h>
#include <ventoc/utf8.h>

static uint8_t short_name_checksum(const uint8_t *name)
{
    uint8_t sum = 0;
    unsigned i;

    for (i = 0; i < 11; i++)
        sum = (uint8_t)((sum >> 1) + (sum << 7) + name[i]);
    return sum;
}

void vtc_fat_name_add(struct vtc_fat_name *l, const uint8_t *e)
{
    static const uint8_t place[VTC_FAT_NAME_UNITS] = {1,  3,  5,  7,  9,  14, 16,
                                                      18, 20, 22, 24, 28, 30};
    uint32_t ordinal = e[0] & 0x3f, i;

    if (e[0] & 0x40) { /* the last part comes first */
        l->unit_count = ordinal * VTC_FAT_NAME_UNITS;
        l->checksum = e[13];
        l->expect = (uint8_t)ordinal;
    }
    if (!l->unit_count || !ordinal || ordinal > VTC_FAT_NAME_ENTRIES || ordinal != l->expect ||
        e[13] != l->checksum) {
        l->unit_count = 0;
        return;
    }
    l->expect--;
    for (i = 0; i < VTC_FAT_NAME_UNITS; i++)
        l->unit[l->expect * VTC_FAT_NAME_UNITS + i] = vtc_le16(e + place[i]);
}

/* May these units be a name? Not one that a path would take for something else. */
static int is_name(const uint16_t *unit, uint32_t n)
{
    uint32_t i;

    if (n == 0 || n > 255 || (unit[0] == '.' && (n == 1 || (n == 2 && unit[1] == '.'))))
        return 0;
    for (i = 0; i < n; i++)
        if (unit[i] == '/')
            return 0;
    return 1;
}

int vtc_fat_name_long(const struct vtc_fat_name *l, const uint8_t *e, char name[256 * 3])
{
    uint32_t i, n = 0, c;
    char *p = name;

    if (!l->unit_count || l->expect || l->checksum != short_name_checksum(e))
        return 0;
    while (n < l->unit_count && l->unit[n])
        n++;
    if (!is_name(l->unit, n))
        return 0;
    for (i = 0; i < n; i++) {
        c = l->unit[i];
        if (c >= 0xd800 && c < 0xdc00 && i + 1 < n && l->unit[i + 1] >> 10 == 0xdc00 >> 10)
            c = 0x10000 + ((c & 0x3ff) << 10) + (l->unit[++i] & 0x3ff);
        else if (c >= 0xd800 && c < 0xe000)
            c = 0xfffd;
        p += vtc_utf8_encode(c, (uint8_t *)p);
    }
    *p = '\0';
    return 1;
}

/* Copy a part of the short name; the code page of bytes above 0x7f is unknown. */
static char *short_part(char *p, const uint8_t *in, uint32_t n, int lower_case)
{
    uint32_t i;

    while (n > 0 && in[n - 1] == ' ')
        n--;
    for (i = 0; i < n; i++) {
        char c = in[i] >= 0x20 && in[i] < 0x7f && in[i] != '/' ? (char)in[i] : '_';

        *p++ = lower_case && c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
    }
    return p;
}

void vtc_fat_name_short(const uint8_t *e, char name[13])
{
    char *p = short_part(name, e, 8, e[12] & 0x08);

    if (e[8] != ' ') {
        *p++ = '.';
        p = short_part(p, e + 8, 3, e[12] & 0x10);
    }
    *p = '\0';
}

int vtc_fat_name_same(const char *name, const char *want, uint32_t n)
{
    uint32_t i;

    for (i = 0; i < n; i++)
        if (!name[i] || vtc_ascii_lower(name[i]) != vtc_ascii_lower(want[i]))
            return 0;
    return name[n] == '\0';
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/exfat_names.h"

#include <errno.h>
#include <string.h>

#include <ventoc/bytes.h>

#include "host/utf8.h"

#define UNITS_PER_ENTRY     15u
#define SECONDARY_MAX       18u /* one stream extension and 17 names, section 7.4.1 */

#define BAD_NAME(hint, ...) vtc_error_set(err, VTC_ERROR_USAGE, -EINVAL, hint, __VA_ARGS__)

int vtc_exfat_name_make(const char *text, size_t bytes, struct vtc_exfat_name *name,
                        struct vtc_error *err)
{
    static const char forbidden[] = "\"*/:<>?\\|";
    char copy[3 * VTC_EXFAT_NAME_UNITS + 1];
    const unsigned char *p = (const unsigned char *)copy;
    unsigned count = 0;

    if (bytes == 0 || bytes >= sizeof(copy))
        return BAD_NAME("exFAT allows 1 to 255.", "a file name is empty or too long");
    memcpy(copy, text, bytes);
    copy[bytes] = '\0';
    while (*p) {
        uint32_t code;
        unsigned length = vtc_utf8_decode(p, &code);

        if (!length)
            return BAD_NAME("Give it in UTF-8.", "the file name is not valid UTF-8");
        if (code < 0x20 || (code < 0x80 && strchr(forbidden, (int)code)))
            return BAD_NAME("exFAT does not allow \" * : < > ? \\ | and control characters.",
                            "'%s' is not possible as a file name", copy);
        if (count + (code > 0xffff) >= VTC_EXFAT_NAME_UNITS)
            return BAD_NAME("exFAT allows 255 characters (emoji and the like count twice).",
                            "the file name is too long");
        if (code > 0xffff) {
            name->unit[count++] = (uint16_t)(0xd800 + ((code - 0x10000) >> 10));
            code = 0xdc00 + ((code - 0x10000) & 0x3ff);
        }
        name->unit[count++] = (uint16_t)code;
        p += length;
    }
    if (copy[bytes - 1] == '.' || copy[bytes - 1] == ' ')
        return BAD_NAME("Windows could not open it.", "'%s' ends with a dot or a blank", copy);
    name->count = (uint8_t)count;
    return 0;
}

/* The nth unit of the name in a set. */
static uint16_t set_unit(const uint8_t *set, unsigned n)
{
    return vtc_le16(set + (2 + n / UNITS_PER_ENTRY) * VTC_EXFAT_ENTRY_BYTES + 2 +
                    2 * (n % UNITS_PER_ENTRY));
}

int vtc_exfat_name_is(const struct vtc_exfat_name *name, const uint8_t *set, const uint16_t *upcase)
{
    if (set[VTC_EXFAT_SET_NAME_UNITS] != name->count)
        return 0;
    for (unsigned i = 0; i < name->count; i++)
        if (upcase[set_unit(set, i)] != upcase[name->unit[i]])
            return 0;
    return 1;
}

static uint16_t checksum(const uint8_t *set, uint32_t bytes)
{
    uint16_t sum = 0;

    for (uint32_t i = 0; i < bytes; i++)
        if (i != VTC_EXFAT_SET_CHECKSUM && i != VTC_EXFAT_SET_CHECKSUM + 1)
            sum = (uint16_t)(((uint32_t)sum << 15 | sum >> 1) + set[i]);
    return sum;
}

uint32_t vtc_exfat_set_check(const uint8_t *set, size_t bytes)
{
    uint32_t count = set[1], names, length = (count + 1) * VTC_EXFAT_ENTRY_BYTES;

    if (count < 2 || count > SECONDARY_MAX || length > bytes ||
        set[VTC_EXFAT_ENTRY_BYTES] != VTC_EXFAT_ENTRY_STREAM)
        return 0;
    names = (set[VTC_EXFAT_SET_NAME_UNITS] + UNITS_PER_ENTRY - 1) / UNITS_PER_ENTRY;
    if (!names || names > count - 1)
        return 0;
    for (uint32_t i = 2; i < 2 + names; i++)
        if (set[i * VTC_EXFAT_ENTRY_BYTES] != VTC_EXFAT_ENTRY_NAME)
            return 0;
    for (uint32_t i = 2 + names; i <= count; i++) /* benign secondary entries may follow, 8.2 */
        if (set[i * VTC_EXFAT_ENTRY_BYTES] < VTC_EXFAT_ENTRY_STREAM)
            return 0;
    return checksum(set, length) == vtc_le16(set + VTC_EXFAT_SET_CHECKSUM) ? length : 0;
}

/* NameHash, section 7.6.4: over the up-cased name. */
static uint16_t name_hash(const struct vtc_exfat_name *name, const uint16_t *upcase)
{
    uint16_t hash = 0;

    for (unsigned i = 0; i < name->count; i++) {
        uint16_t unit = upcase[name->unit[i]];

        hash = (uint16_t)(((uint32_t)hash << 15 | hash >> 1) + (unit & 0xff));
        hash = (uint16_t)(((uint32_t)hash << 15 | hash >> 1) + (unit >> 8));
    }
    return hash;
}

/* A timestamp, section 7.4.8: from 1980 on, two seconds a step. */
static uint32_t timestamp(time_t time)
{
    struct tm tm;

    if (!gmtime_r(&time, &tm) || tm.tm_year < 80 || tm.tm_year > 80 + 127)
        return 1u << 21 | 1u << 16; /* 1980-01-01 */
    return (uint32_t)(tm.tm_year - 80) << 25 | (uint32_t)(tm.tm_mon + 1) << 21 |
           (uint32_t)tm.tm_mday << 16 | (uint32_t)tm.tm_hour << 11 | (uint32_t)tm.tm_min << 5 |
           (uint32_t)(tm.tm_sec > 59 ? 59 : tm.tm_sec) / 2;
}

uint32_t vtc_exfat_set_bytes(const struct vtc_exfat_name *name)
{
    return (2 + (name->count + UNITS_PER_ENTRY - 1) / UNITS_PER_ENTRY) * VTC_EXFAT_ENTRY_BYTES;
}

void vtc_exfat_set_seal(uint8_t *set, uint32_t bytes)
{
    vtc_put_le16(set + VTC_EXFAT_SET_CHECKSUM, checksum(set, bytes));
}

uint32_t vtc_exfat_set_make(const struct vtc_exfat_name *name, const struct vtc_exfat_set *fields,
                            const uint16_t *upcase, uint8_t *out)
{
    uint32_t bytes = vtc_exfat_set_bytes(name), stamp = timestamp(fields->time);

    memset(out, 0, bytes);
    out[0] = VTC_EXFAT_ENTRY_FILE;
    out[1] = (uint8_t)(bytes / VTC_EXFAT_ENTRY_BYTES - 1);
    vtc_put_le16(out + VTC_EXFAT_SET_ATTRIBUTES, fields->attributes);
    for (unsigned at = 8; at <= 16; at += 4) /* created, changed, accessed: 7.4.5 to 7.4.7 */
        vtc_put_le32(out + at, stamp);
    out[20] = out[21] = (uint8_t)(fields->time % 2 ? 100 : 0); /* hundredths, section 7.4.9 */
    out[22] = out[23] = out[24] = 0x80;                        /* UTC, section 7.4.10 */
    out[VTC_EXFAT_ENTRY_BYTES] = VTC_EXFAT_ENTRY_STREAM;
    out[VTC_EXFAT_SET_FLAGS] = fields->flags;
    out[VTC_EXFAT_SET_NAME_UNITS] = name->count;
    vtc_put_le16(out + VTC_EXFAT_SET_NAME_HASH, name_hash(name, upcase));
    vtc_put_le64(out + VTC_EXFAT_SET_VALID, fields->bytes);
    vtc_put_le32(out + VTC_EXFAT_SET_CLUSTER, fields->first_cluster);
    vtc_put_le64(out + VTC_EXFAT_SET_LENGTH, fields->bytes);
    for (unsigned i = 0; i < name->count; i++) {
        uint8_t *entry = out + (2 + i / UNITS_PER_ENTRY) * VTC_EXFAT_ENTRY_BYTES;

        entry[0] = VTC_EXFAT_ENTRY_NAME;
        vtc_put_le16(entry + 2 + 2 * (i % UNITS_PER_ENTRY), name->unit[i]);
    }
    vtc_exfat_set_seal(out, bytes);
    return bytes;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SBAT: comma-separated lines of components and their generations. */
#include <ventoc/sbat.h>

#include <ventoc/bytes.h>
#include <ventoc/mem.h>

/* Bytes up to the first NUL, or all. */
static size_t text_bytes(const uint8_t *text, size_t limit)
{
    size_t n = 0;

    while (n < limit && text[n])
        n++;
    return n;
}

int vtc_sbat_section(const struct vtc_pe *pe, const char **text, size_t *bytes)
{
    const uint8_t *data;
    int rc = vtc_pe_section(pe, ".sbat", &data, bytes);

    if (rc)
        return rc;
    *text = (const char *)data;
    *bytes = text_bytes(data, *bytes);
    return *bytes > VTC_SBAT_MAX_BYTES ? VTC_EFORMAT : VTC_OK;
}

int vtc_sbat_level(const struct vtc_pe *pe, int latest, const char **text, size_t *bytes)
{
    const uint8_t *data;
    size_t section_bytes;
    uint32_t off;
    int rc = vtc_pe_section(pe, ".sbatlevel", &data, &section_bytes);

    if (rc)
        return rc;
    if (section_bytes < 12)
        return VTC_EFORMAT;
    if (vtc_le32(data))
        return VTC_ENOTSUP;
    off = vtc_le32(data + (latest ? 8 : 4));
    data += 4;
    section_bytes -= 4;
    if (off < 8 || off >= section_bytes)
        return VTC_EFORMAT;
    *text = (const char *)data + off;
    *bytes = text_bytes(data + off, section_bytes - off);
    return *bytes == section_bytes - off || *bytes > VTC_SBAT_MAX_BYTES ? VTC_EFORMAT : VTC_OK;
}

/* Take the field up to the next comma or the line's end. Returns 0 when there is none. */
static int take_field(const char **p, const char *end, const char **field, size_t *bytes)
{
    if (*p > end)
        return 0;
    *field = *p;
    while (*p < end && **p != ',')
        ++*p;
    *bytes = (size_t)(*p - *field);
    ++*p; /* over the comma; behind end when that was the last */
    return 1;
}

/* Digits only, at least one, below 2^32. */
static int parse_generation(const char *field, size_t bytes, uint32_t *out)
{
    uint64_t v = 0;
    size_t i;

    for (i = 0; i < bytes && v <= UINT32_MAX; i++) {
        if (field[i] < '0' || field[i] > '9')
            return VTC_EFORMAT;
        v = v * 10 + (unsigned)(field[i] - '0');
    }
    *out = (uint32_t)v;
    return bytes && v <= UINT32_MAX ? VTC_OK : VTC_EFORMAT;
}

static int parse_row(const char *p, const char *end, struct vtc_sbat_row *row)
{
    const char *number;
    size_t number_bytes;

    memset(row, 0, sizeof *row);
    if (!take_field(&p, end, &row->component, &row->component_bytes) || !row->component_bytes ||
        !take_field(&p, end, &number, &number_bytes))
        return VTC_EFORMAT;
    if (!take_field(&p, end, &row->detail, &row->detail_bytes))
        row->detail = end;
    return parse_generation(number, number_bytes, &row->generation);
}

int vtc_sbat_next(const char *text, size_t bytes, size_t *at, struct vtc_sbat_row *row)
{
    while (*at < bytes) {
        size_t begin = *at, end = begin;

        while (end < bytes && text[end] != '\n' && text[end] != '\r')
            end++;
        *at = end < bytes ? end + 1 : end;
        if (end > begin)
            return parse_row(text + begin, text + end, row);
    }
    return VTC_ENOENT;
}

int vtc_sbat_date(const char *level, size_t bytes, char date[11])
{
    struct vtc_sbat_row row;
    size_t at = 0, i;

    if (vtc_sbat_next(level, bytes, &at, &row) || row.component_bytes != 4 ||
        memcmp(row.component, "sbat", 4) || row.detail_bytes != 10)
        return VTC_EFORMAT;
    for (i = 0; i < 10; i++)
        if (row.detail[i] < '0' || row.detail[i] > '9')
            return VTC_EFORMAT;
    memcpy(date, row.detail, 10);
    date[10] = '\0';
    return VTC_OK;
}

/* The first row of the image that is of this component and older. */
static int find_older(const char *text, size_t bytes, const struct vtc_sbat_row *needed,
                      struct vtc_sbat_row *row)
{
    size_t at = 0;
    int rc;

    while (!(rc = vtc_sbat_next(text, bytes, &at, row)))
        if (row->generation < needed->generation &&
            row->component_bytes == needed->component_bytes &&
            !memcmp(row->component, needed->component, row->component_bytes))
            return VTC_OK;
    return rc;
}

int vtc_sbat_refused(const char *level, size_t level_bytes, const char *text, size_t bytes,
                     struct vtc_sbat_row *row, uint32_t *needed)
{
    struct vtc_sbat_row wanted;
    size_t at = 0;
    int rc;

    if (level_bytes > VTC_SBAT_MAX_BYTES || bytes > VTC_SBAT_MAX_BYTES)
        return VTC_EFORMAT;
    while (!(rc = vtc_sbat_next(level, level_bytes, &at, &wanted))) {
        *needed = wanted.generation;
        rc = find_older(text, bytes, &wanted, row);
        if (rc != VTC_ENOENT)
            return rc;
    }
    return rc;
}

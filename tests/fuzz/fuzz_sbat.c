/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SBAT: the input is a level, a NUL, and the text of an image. */
#include "fuzz_reader.h"

#include <stdlib.h>

#include <ventoc/sbat.h>

static void check_part(const char *text, size_t bytes, const char *part, size_t part_bytes)
{
    if (part < text || part > text + bytes || part_bytes > (size_t)(text + bytes - part))
        abort();
}

/* Returns the rows, or a vtc_err. */
static long check_rows(const char *text, size_t bytes)
{
    struct vtc_sbat_row row;
    size_t at = 0, before = 0;
    long rows = 0;
    int rc;

    for (; !(rc = vtc_sbat_next(text, bytes, &at, &row)); rows++) {
        if (at <= before || at > bytes || !row.component_bytes)
            abort();
        before = at;
        check_part(text, bytes, row.component, row.component_bytes);
        check_part(text, bytes, row.detail, row.detail_bytes);
    }
    return rc == VTC_ENOENT ? rows : rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    const char *level = (const char *)data, *text;
    size_t level_bytes = strnlen(level, bytes), text_bytes;
    struct vtc_sbat_row row;
    uint32_t needed = 0;
    char date[11];
    int rc;

    text = level + level_bytes + (level_bytes < bytes);
    text_bytes = (size_t)((const char *)data + bytes - text);
    if (!vtc_sbat_date(level, level_bytes, date) && strlen(date) != 10)
        abort();
    if (check_rows(level, level_bytes) < 0 || check_rows(text, text_bytes) < 0)
        return 0;
    rc = vtc_sbat_refused(level, level_bytes, text, text_bytes, &row, &needed);
    if (rc == VTC_OK && row.generation >= needed)
        abort();
    if (rc == VTC_EFORMAT && bytes <= VTC_SBAT_MAX_BYTES)
        abort();
    /* No level refuses itself. */
    if (!vtc_sbat_refused(level, level_bytes, level, level_bytes, &row, &needed) &&
        check_rows(level, level_bytes) < 2)
        abort();
    return 0;
}

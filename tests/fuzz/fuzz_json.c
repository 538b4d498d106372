/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The JSON reader alone: tokens end, depth and place agree with the text, strings fit and are UTF-8;
 * skipping a value ends where reading it token by token does. */
#include "fuzz_reader.h"

#include <stdlib.h>

#include <ventoc/json.h>
#include <ventoc/utf8.h>

static int opens(enum vtc_json_kind kind)
{
    return kind == VTC_JSON_OBJECT || kind == VTC_JSON_ARRAY;
}

static int closes(enum vtc_json_kind kind)
{
    return kind == VTC_JSON_OBJECT_END || kind == VTC_JSON_ARRAY_END;
}

static void check_utf8(const char *text, size_t capacity)
{
    const uint8_t *p = (const uint8_t *)text, *end = memchr(text, '\0', capacity);
    unsigned n;

    if (!end)
        abort();
    for (; p < end; p += n) {
        n = vtc_utf8_bytes(p, end);
        if (!n)
            abort();
    }
}

static void check_string(const struct vtc_json *json, uint32_t bytes)
{
    char small[5], *large = malloc((size_t)bytes + 1);
    int is_text = json->kind == VTC_JSON_KEY || json->kind == VTC_JSON_STRING, rc;

    if (!large)
        return;
    rc = vtc_json_string(json, large, bytes + 1);
    if (is_text == (rc == VTC_EINVAL) || rc == VTC_ENOSPC)
        abort(); /* no string is longer than the text it is in */
    if (!rc) {
        check_utf8(large, (size_t)bytes + 1);
        rc = vtc_json_string(json, small, sizeof small);
        if ((rc == VTC_ENOSPC) != (strlen(large) >= sizeof small))
            abort();
        check_utf8(small, sizeof small);
        if (memcmp(small, large, strlen(small)) != 0)
            abort();
    }
    free(large);
}

/* From a value's first token to its last. */
static void check_skip(const struct vtc_json *at)
{
    struct vtc_json skipped = *at, read = *at;
    uint32_t depth = opens(at->kind);

    vtc_json_skip(&skipped);
    while (depth && vtc_json_next(&read) != VTC_JSON_ERROR)
        depth += (uint32_t)opens(read.kind) - (uint32_t)closes(read.kind);
    if (skipped.kind != read.kind || (read.kind != VTC_JSON_ERROR && skipped.p != read.p))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    uint32_t depth = 0, tokens = 0, skips = 0, line, column, last_line = 1;
    struct vtc_json json;

    vtc_json_init(&json, data, (uint32_t)bytes);
    while (vtc_json_next(&json) != VTC_JSON_END && json.kind != VTC_JSON_ERROR) {
        depth += (uint32_t)opens(json.kind) - (uint32_t)closes(json.kind);
        if (depth > VTC_JSON_DEPTH_MAX || depth != json.depth || ++tokens > bytes)
            abort();
        if (tokens > 64) /* the rest would take time that is a square of the length */
            continue;
        vtc_json_where(&json, &line, &column);
        if (line < last_line || !column || line > bytes + 1 || column > bytes + 1)
            abort();
        last_line = line;
        check_string(&json, (uint32_t)bytes);
        if (json.kind != VTC_JSON_KEY && !closes(json.kind) && ++skips <= 8)
            check_skip(&json);
    }
    if ((json.kind == VTC_JSON_ERROR) != (json.reason != NULL) ||
        (json.kind == VTC_JSON_END && depth))
        abort();
    if (json.kind == VTC_JSON_ERROR && vtc_json_next(&json) != VTC_JSON_ERROR)
        abort();
    return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON texts (RFC 8259), one token at a time: no tree, no allocation, no recursion. */
#ifndef VENTOC_JSON_H
#define VENTOC_JSON_H

#include <ventoc/types.h>

#define VTC_JSON_DEPTH_MAX 32u /* of arrays and objects inside one another */

enum vtc_json_kind {
    VTC_JSON_ERROR, /* json->reason says why; every later call returns it too */
    VTC_JSON_END,   /* the whole text was one sound value */
    VTC_JSON_OBJECT,
    VTC_JSON_OBJECT_END,
    VTC_JSON_ARRAY,
    VTC_JSON_ARRAY_END,
    VTC_JSON_KEY, /* of a member of an object; its value comes next */
    VTC_JSON_STRING,
    VTC_JSON_NUMBER,
    VTC_JSON_TRUE,
    VTC_JSON_FALSE,
    VTC_JSON_NULL,
};

struct vtc_json {
    const uint8_t *text, *p, *end;
    uint32_t in_object; /* bit n: what is open at depth n + 1 is an object, not an array */
    uint8_t depth, expect;
    enum vtc_json_kind kind; /* of the token just taken */
    const uint8_t *token;    /* where it begins; of a string or key: its opening quote */
    const char *reason;      /* static text, when kind is VTC_JSON_ERROR */
};

/* Begin with text[0..bytes), which must stay as long as json is used. A byte order mark in front is
 * passed over (RFC 8259 section 8.1). */
void vtc_json_init(struct vtc_json *json, const void *text, uint32_t bytes);

/* The next token. Strings are checked to be UTF-8 (RFC 3629) without raw controls, and surrogates in
 * \u escapes to be pairs. */
enum vtc_json_kind vtc_json_next(struct vtc_json *json);

/* Having taken a token that begins a value, go on to that value's last token. Returns its kind,
 * VTC_JSON_ERROR when the text ends or breaks off before. */
enum vtc_json_kind vtc_json_skip(struct vtc_json *json);

/* The text of the string or key just taken, escapes replaced, NUL-terminated UTF-8. Returns 0,
 * VTC_ENOSPC (longer than capacity_bytes - 1; out is cut at a character), VTC_EFORMAT (\u0000, which
 * no C string can hold), VTC_EINVAL (the token is neither). */
int vtc_json_string(const struct vtc_json *json, char *out, uint32_t capacity_bytes);

/* Where the token just taken, or the error, is: line and column from 1; lines end with LF, columns
 * count characters. */
void vtc_json_where(const struct vtc_json *json, uint32_t *line, uint32_t *column);

#endif

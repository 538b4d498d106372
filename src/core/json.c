/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON, RFC 8259. What is open is a bit per level, so the depth costs no stack. */
#include <ventoc/json.h>
#include <ventoc/mem.h>
#include <ventoc/utf8.h>

/* What may come next. */
enum {
    EXPECT_VALUE,
    EXPECT_FIRST_ELEMENT, /* or the end of the array */
    EXPECT_FIRST_MEMBER,  /* or the end of the object */
    EXPECT_MEMBER,
    EXPECT_MORE, /* a comma, or the end of what is open; at depth 0 the end of the text */
};

void vtc_json_init(struct vtc_json *json, const void *text, uint32_t bytes)
{
    json->text = json->p = json->token = text;
    json->end = json->text + bytes;
    json->in_object = 0;
    json->depth = 0;
    json->expect = EXPECT_VALUE;
    json->kind = VTC_JSON_NULL;
    json->reason = NULL;
    if (bytes >= 3 && memcmp(json->p, "\xef\xbb\xbf", 3) == 0)
        json->text = json->p = json->token = json->p + 3;
}

/* at: what is wrong. */
static enum vtc_json_kind fail(struct vtc_json *json, const uint8_t *at, const char *reason)
{
    json->token = at;
    json->reason = reason;
    return json->kind = VTC_JSON_ERROR;
}

static void skip_space(struct vtc_json *json)
{
    while (json->p < json->end &&
           (*json->p == ' ' || *json->p == '\t' || *json->p == '\n' || *json->p == '\r'))
        json->p++;
}

/* The character at p, 0 at the end of the text. */
static uint8_t at(const struct vtc_json *json, const uint8_t *p)
{
    return p < json->end ? *p : 0;
}

/* Four hexadecimal digits at p; -1 when they are not there. */
static int32_t hex4(const uint8_t *p, const uint8_t *end)
{
    int32_t v = 0;
    unsigned i;

    if (end - p < 4)
        return -1;
    for (i = 0; i < 4; i++) {
        uint8_t c = p[i], letter = c | 0x20;

        if (c >= '0' && c <= '9')
            v = v << 4 | (c - '0');
        else if (letter >= 'a' && letter <= 'f')
            v = v << 4 | (letter - 'a' + 10);
        else
            return -1;
    }
    return v;
}

/* The escape whose backslash is at p. Returns its length, 0 when it is none. */
static unsigned take_escape(const uint8_t *p, const uint8_t *end, uint32_t *c)
{
    static const char plain[] = "\"\"\\\\//b\bf\fn\nr\rt\t";
    int32_t high, low;
    unsigned i;

    if (end - p < 2)
        return 0;
    for (i = 0; i < sizeof plain - 1; i += 2)
        if (p[1] == (uint8_t)plain[i]) {
            *c = (uint8_t)plain[i + 1];
            return 2;
        }
    high = p[1] == 'u' ? hex4(p + 2, end) : -1;
    if (high < 0 || (high >= 0xdc00 && high <= 0xdfff))
        return 0;
    *c = (uint32_t)high;
    if (high < 0xd800 || high > 0xdbff)
        return 6;
    if (end - p < 12 || p[6] != '\\' || p[7] != 'u')
        return 0;
    low = hex4(p + 8, end);
    if (low < 0xdc00 || low > 0xdfff)
        return 0;
    *c = 0x10000 + ((uint32_t)(high - 0xd800) << 10) + (uint32_t)(low - 0xdc00);
    return 12;
}

/* The string whose opening quote is at json->p. */
static enum vtc_json_kind take_string(struct vtc_json *json, enum vtc_json_kind kind)
{
    const uint8_t *p = json->p + 1;

    for (;;) {
        uint32_t c;
        unsigned n;

        if (p == json->end)
            return fail(json, json->p, "a string without its end");
        if (*p == '"')
            break;
        if (*p < 0x20)
            return fail(json, p, "a control character in a string");
        n = *p == '\\' ? take_escape(p, json->end, &c) : vtc_utf8_bytes(p, json->end);
        if (!n)
            return fail(json, p, *p == '\\' ? "not an escape" : "not UTF-8");
        p += n;
    }
    json->p = p + 1;
    return json->kind = kind;
}

static const uint8_t *skip_digits(const struct vtc_json *json, const uint8_t *p)
{
    while (at(json, p) >= '0' && at(json, p) <= '9')
        p++;
    return p;
}

/* RFC 8259 section 6; the value is not looked at. */
static enum vtc_json_kind take_number(struct vtc_json *json)
{
    const uint8_t *p = json->p + (*json->p == '-'), *digits = p;

    p = skip_digits(json, p);
    if (p == digits || (*digits == '0' && p - digits > 1))
        return fail(json, json->p, "not a number");
    if (at(json, p) == '.') {
        digits = p + 1;
        p = skip_digits(json, digits);
        if (p == digits)
            return fail(json, json->p, "not a number");
    }
    if ((at(json, p) | 0x20) == 'e') {
        digits = p + 1;
        if (at(json, digits) == '+' || at(json, digits) == '-')
            digits++;
        p = skip_digits(json, digits);
        if (p == digits)
            return fail(json, json->p, "not a number");
    }
    json->p = p;
    return json->kind = VTC_JSON_NUMBER;
}

static enum vtc_json_kind take_word(struct vtc_json *json, const char *word, unsigned bytes,
                                    enum vtc_json_kind kind)
{
    if ((size_t)(json->end - json->p) < bytes || memcmp(json->p, word, bytes) != 0)
        return fail(json, json->p, "expected a value");
    json->p += bytes;
    return json->kind = kind;
}

static enum vtc_json_kind open(struct vtc_json *json, int is_object)
{
    if (json->depth == VTC_JSON_DEPTH_MAX)
        return fail(json, json->p, "too deep");
    json->in_object &= ~(1u << json->depth);
    json->in_object |= (uint32_t)is_object << json->depth;
    json->depth++;
    json->expect = is_object ? EXPECT_FIRST_MEMBER : EXPECT_FIRST_ELEMENT;
    json->p++;
    return json->kind = is_object ? VTC_JSON_OBJECT : VTC_JSON_ARRAY;
}

static int in_object(const struct vtc_json *json)
{
    return json->in_object >> (json->depth - 1) & 1;
}

static enum vtc_json_kind close(struct vtc_json *json)
{
    int is_object = in_object(json);

    json->depth--;
    json->expect = EXPECT_MORE;
    json->p++;
    return json->kind = is_object ? VTC_JSON_OBJECT_END : VTC_JSON_ARRAY_END;
}

static enum vtc_json_kind take_value(struct vtc_json *json)
{
    uint8_t c = at(json, json->p);

    if (c == '{' || c == '[')
        return open(json, c == '{');
    json->expect = EXPECT_MORE;
    switch (c) {
    case '"':
        return take_string(json, VTC_JSON_STRING);
    case 't':
        return take_word(json, "true", 4, VTC_JSON_TRUE);
    case 'f':
        return take_word(json, "false", 5, VTC_JSON_FALSE);
    case 'n':
        return take_word(json, "null", 4, VTC_JSON_NULL);
    default:
        if (c == '-' || (c >= '0' && c <= '9'))
            return take_number(json);
        return fail(json, json->p, "expected a value");
    }
}

/* A key and its colon. */
static enum vtc_json_kind take_key(struct vtc_json *json)
{
    if (at(json, json->p) != '"')
        return fail(json, json->p, "expected a key in quotes");
    if (take_string(json, VTC_JSON_KEY) == VTC_JSON_ERROR)
        return VTC_JSON_ERROR;
    skip_space(json);
    if (at(json, json->p) != ':')
        return fail(json, json->p, "expected a colon");
    json->p++;
    json->expect = EXPECT_VALUE;
    return VTC_JSON_KEY;
}

enum vtc_json_kind vtc_json_next(struct vtc_json *json)
{
    uint8_t c;

    if (json->kind == VTC_JSON_ERROR || json->kind == VTC_JSON_END)
        return json->kind;
    skip_space(json);
    json->token = json->p;
    c = at(json, json->p);
    if (json->expect == EXPECT_MORE) {
        if (!json->depth)
            return json->p == json->end ? (json->kind = VTC_JSON_END)
                                        : fail(json, json->p, "text behind the value");
        if (c == (in_object(json) ? '}' : ']'))
            return close(json);
        if (c != ',')
            return fail(json, json->p,
                        in_object(json) ? "expected a comma or }" : "expected a comma or ]");
        json->p++;
        skip_space(json);
        json->token = json->p;
        json->expect = in_object(json) ? EXPECT_MEMBER : EXPECT_VALUE;
    } else if ((json->expect == EXPECT_FIRST_MEMBER && c == '}') ||
               (json->expect == EXPECT_FIRST_ELEMENT && c == ']')) {
        return close(json);
    }
    if (json->expect == EXPECT_MEMBER || json->expect == EXPECT_FIRST_MEMBER)
        return take_key(json);
    return take_value(json);
}

enum vtc_json_kind vtc_json_skip(struct vtc_json *json)
{
    uint8_t depth = json->depth;

    if (json->kind == VTC_JSON_OBJECT || json->kind == VTC_JSON_ARRAY)
        while (json->depth >= depth && json->kind != VTC_JSON_ERROR)
            vtc_json_next(json);
    return json->kind;
}

int vtc_json_string(const struct vtc_json *json, char *out, uint32_t capacity_bytes)
{
    const uint8_t *p = json->token + 1;
    uint32_t n = 0;

    if (!capacity_bytes || (json->kind != VTC_JSON_STRING && json->kind != VTC_JSON_KEY))
        return VTC_EINVAL;
    out[0] = '\0';
    while (*p != '"') {
        uint8_t character[4];
        uint32_t c = 0;
        unsigned bytes;

        if (*p == '\\') {
            p += take_escape(p, json->end, &c);
            bytes = vtc_utf8_encode(c, character);
        } else {
            bytes = vtc_utf8_bytes(p, json->end);
            memcpy(character, p, bytes);
            p += bytes;
        }
        if (!character[0])
            return VTC_EFORMAT;
        if (bytes > capacity_bytes - 1 - n)
            return VTC_ENOSPC;
        memcpy(out + n, character, bytes);
        n += bytes;
        out[n] = '\0';
    }
    return VTC_OK;
}

void vtc_json_where(const struct vtc_json *json, uint32_t *line, uint32_t *column)
{
    const uint8_t *p;

    *line = *column = 1;
    for (p = json->text; p < json->token; p++) {
        if (*p == '\n') {
            ++*line;
            *column = 1;
        } else if ((*p & 0xc0) != 0x80) {
            ++*column;
        }
    }
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/json.h"

#include <inttypes.h>
#include <string.h>

void vtc_json_begin(struct vtc_json *json, FILE *out)
{
    json->out = out;
    json->depth = 0;
    json->first = 1;
}

void vtc_json_end(struct vtc_json *json)
{
    fputc('\n', json->out);
}

static void indent(const struct vtc_json *json)
{
    if (json->depth)
        fprintf(json->out, "\n%*s", (int)(2 * json->depth), "");
}

/* Length of the valid UTF-8 sequence at p, 0 when there is none (RFC 3629 section 4). */
static unsigned utf8_length(const unsigned char *p)
{
    if (p[0] < 0x80)
        return 1;
    if (p[0] >= 0xc2 && p[0] <= 0xdf)
        return (p[1] & 0xc0) == 0x80 ? 2 : 0;
    if (p[0] >= 0xe0 && p[0] <= 0xef) {
        unsigned char low = p[0] == 0xe0 ? 0xa0 : 0x80, high = p[0] == 0xed ? 0x9f : 0xbf;

        return p[1] >= low && p[1] <= high && (p[2] & 0xc0) == 0x80 ? 3 : 0;
    }
    if (p[0] >= 0xf0 && p[0] <= 0xf4) {
        unsigned char low = p[0] == 0xf0 ? 0x90 : 0x80, high = p[0] == 0xf4 ? 0x8f : 0xbf;

        return p[1] >= low && p[1] <= high && (p[2] & 0xc0) == 0x80 && (p[3] & 0xc0) == 0x80 ? 4
                                                                                             : 0;
    }
    return 0;
}

static void quoted(FILE *out, const char *text)
{
    const unsigned char *p = (const unsigned char *)text;

    fputc('"', out);
    while (*p) {
        unsigned n = utf8_length(p);

        if (n == 0) {
            fputs("\\ufffd", out);
            n = 1;
        } else if (*p == '"' || *p == '\\') {
            fprintf(out, "\\%c", *p);
        } else if (*p < 0x20 || *p == 0x7f) {
            fprintf(out, "\\u%04x", *p);
        } else {
            fwrite(p, 1, n, out);
        }
        p += n;
    }
    fputc('"', out);
}

static void member(struct vtc_json *json, const char *name)
{
    if (!json->first)
        fputc(',', json->out);
    json->first = 0;
    indent(json);
    if (name) {
        quoted(json->out, name);
        fputs(": ", json->out);
    }
}

void vtc_json_open(struct vtc_json *json, const char *name, char kind)
{
    member(json, name);
    fputc(kind, json->out);
    json->depth++;
    json->first = 1;
}

void vtc_json_close(struct vtc_json *json, char kind)
{
    json->depth--;
    if (!json->first)
        fprintf(json->out, "\n%*s", (int)(2 * json->depth), "");
    fputc(kind, json->out);
    json->first = 0;
}

void vtc_json_string(struct vtc_json *json, const char *name, const char *text)
{
    member(json, name);
    if (text)
        quoted(json->out, text);
    else
        fputs("null", json->out);
}

void vtc_json_number(struct vtc_json *json, const char *name, uint64_t value)
{
    member(json, name);
    fprintf(json->out, "%" PRIu64, value);
}

void vtc_json_bool(struct vtc_json *json, const char *name, int value)
{
    member(json, name);
    fputs(value ? "true" : "false", json->out);
}

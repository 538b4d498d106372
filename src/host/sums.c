/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checksum files: one line at a time, nothing kept. */
#include "host/sums.h"

#include <errno.h>
#include <string.h>

static const struct {
    const char *name, *word; /* word: without the hyphen, as files and BSD lines have it */
    uint32_t digest_bytes;
} kinds[VTC_SUMS_KIND_COUNT] = {
    {"MD5", "MD5", 16},        {"SHA-1", "SHA1", 20},     {"SHA-224", "SHA224", 28},
    {"SHA-256", "SHA256", 32}, {"SHA-384", "SHA384", 48}, {"SHA-512", "SHA512", 64},
};

const char *vtc_sums_kind_name(enum vtc_sums_kind kind)
{
    return kinds[kind].name;
}

uint32_t vtc_sums_digest_bytes(enum vtc_sums_kind kind)
{
    return kinds[kind].digest_bytes;
}

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* Does the text begin with the word (given in capitals), in any case? */
static int begins(const char *text, size_t bytes, const char *word)
{
    size_t n = strlen(word);

    if (n > bytes)
        return 0;
    for (size_t i = 0; i < n; i++)
        if (upper(text[i]) != word[i])
            return 0;
    return 1;
}

static int ends(const char *text, size_t bytes, const char *word)
{
    size_t n = strlen(word);

    return n <= bytes && begins(text + bytes - n, n, word);
}

/* ---- lines --------------------------------------------------------------------------------- */

static int hex_digit(char c)
{
    char u = upper(c);

    return u >= '0' && u <= '9' ? u - '0' : u >= 'A' && u <= 'F' ? u - 'A' + 10 : -1;
}

static int is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* The hexadecimal digits that the text begins with, as a digest. Returns how many characters they
 * are, 0 when that is the length of no digest. */
static size_t take_digest(const char *text, size_t bytes, struct vtc_sums_line *line)
{
    size_t n = 0;

    while (n < bytes && hex_digit(text[n]) >= 0)
        n++;
    for (unsigned k = 0; k < VTC_SUMS_KIND_COUNT; k++)
        if (n == 2 * (size_t)kinds[k].digest_bytes) {
            line->kind = (enum vtc_sums_kind)k;
            for (size_t i = 0; i < kinds[k].digest_bytes; i++)
                line->digest[i] =
                    (uint8_t)(hex_digit(text[2 * i]) << 4 | hex_digit(text[2 * i + 1]));
            return n;
        }
    return 0;
}

static int parse_gnu(const char *text, size_t bytes, struct vtc_sums_line *line)
{
    size_t n, at;

    line->is_escaped = bytes && text[0] == '\\';
    at = line->is_escaped ? 1 : 0;
    n = take_digest(text + at, bytes - at, line);
    at += n;
    if (!n || (at < bytes && !is_blank(text[at])))
        return 0;
    if (at < bytes)
        at++;
    if (at < bytes && (is_blank(text[at]) || text[at] == '*'))
        at++;
    line->name = text + at;
    line->name_bytes = bytes - at;
    return 1;
}

/* "SHA256", and "SHA2-256" as OpenSSL writes it. Returns its characters and *kind. */
static size_t take_word(const char *text, size_t bytes, enum vtc_sums_kind *kind)
{
    for (unsigned k = 0; k < VTC_SUMS_KIND_COUNT; k++) {
        *kind = (enum vtc_sums_kind)k;
        if (begins(text, bytes, kinds[k].word))
            return strlen(kinds[k].word);
        if (k >= VTC_SUMS_SHA224 && begins(text, bytes, "SHA2-") &&
            begins(text + 5, bytes - 5, kinds[k].word + 3))
            return 5 + strlen(kinds[k].word + 3);
    }
    return 0;
}

static int parse_bsd(const char *text, size_t bytes, struct vtc_sums_line *line)
{
    enum vtc_sums_kind kind;
    size_t at = take_word(text, bytes, &kind), end = bytes, n;

    if (!at)
        return 0;
    while (at < bytes && is_blank(text[at]))
        at++;
    if (at == bytes || text[at] != '(')
        return 0;
    at++;
    /* The name may have brackets in it, the digest has none: the last one ends the name. */
    while (end > at && text[end - 1] != ')')
        end--;
    if (end <= at + 1)
        return 0;
    line->name = text + at;
    line->name_bytes = end - 1 - at;
    line->is_escaped = 0;
    for (at = end; at < bytes && is_blank(text[at]);)
        at++;
    if (at == bytes || text[at] != '=')
        return 0;
    for (at++; at < bytes && is_blank(text[at]);)
        at++;
    n = take_digest(text + at, bytes - at, line);
    return n && at + n == bytes && line->kind == kind;
}

int vtc_sums_next(const char *text, size_t bytes, size_t *at, struct vtc_sums_line *line)
{
    while (*at < bytes) {
        const char *start = text + *at;
        size_t n = 0, left = bytes - *at;

        while (n < left && start[n] != '\n')
            n++;
        *at += n < left ? n + 1 : n;
        /* What Windows' editors put in front of a text and behind a line. */
        if (start == text && n >= 3 && memcmp(start, "\xef\xbb\xbf", 3) == 0) {
            start += 3;
            n -= 3;
        }
        while (n && (start[n - 1] == '\r' || is_blank(start[n - 1])))
            n--;
        memset(line, 0, sizeof(*line));
        if (parse_gnu(start, n, line) || parse_bsd(start, n, line))
            return 0;
    }
    return -ENOENT;
}

int vtc_sums_is_about(const struct vtc_sums_line *line, const char *name)
{
    const char *p = line->name, *end = line->name + line->name_bytes;

    if (end - p > 2 && p[0] == '.' && p[1] == '/')
        p += 2;
    if (p == end)
        return 0;
    for (; p < end; p++, name++) {
        char c = *p;

        if (line->is_escaped && c == '\\' && end - p > 1) {
            p++;
            c = *p == 'n' ? '\n' : *p == 'r' ? '\r' : *p;
        }
        if (!c || *name != c)
            return 0;
    }
    return !*name;
}

/* ---- names of files ------------------------------------------------------------------------ */

enum vtc_sums_file vtc_sums_file_of(const char *name, size_t *stem_bytes)
{
    size_t bytes = strlen(name), end = bytes;

    *stem_bytes = 0;
    if (name[0] == '.')
        return VTC_SUMS_FILE_NONE;
    if (end > 4 && ends(name, end, ".TXT"))
        end -= 4;
    for (unsigned k = 0; k < VTC_SUMS_KIND_COUNT; k++) {
        size_t word = strlen(kinds[k].word), cut = end;

        if (ends(name, cut, "S") && ends(name, cut - 1, "SUM"))
            cut -= 4;
        else if (ends(name, cut, "SUM"))
            cut -= 3;
        if (!ends(name, cut, kinds[k].word))
            continue;
        if (cut == word)
            return VTC_SUMS_FILE_FOLDER;
        if (cut > word + 1 && name[cut - word - 1] == '.') {
            *stem_bytes = cut - word - 1;
            return VTC_SUMS_FILE_SIDECAR;
        }
        if (cut < end) /* "Name-1.0-SHA256SUMS" */
            return VTC_SUMS_FILE_FOLDER;
    }
    for (size_t i = 0; i < bytes; i++)
        if (begins(name + i, bytes - i, "CHECKSUM"))
            return VTC_SUMS_FILE_FOLDER;
    return VTC_SUMS_FILE_NONE;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Words and lines of boot configurations. */
#include <ventoc/bootcfg_parse.h>

#include <ventoc/mem.h>

void vtc_bootcfg_text_begin(struct vtc_bootcfg_text *t, char *buf, uint32_t capacity)
{
    t->buf = buf;
    t->used = 0;
    t->capacity = capacity;
    buf[0] = '\0';
}

void vtc_bootcfg_text_put(struct vtc_bootcfg_text *t, const char *p, uint32_t n)
{
    if (n > t->capacity - 1 - t->used)
        n = t->capacity - 1 - t->used;
    memcpy(t->buf + t->used, p, n);
    t->used += n;
    t->buf[t->used] = '\0';
}

void vtc_bootcfg_text_word(struct vtc_bootcfg_text *t, const char *p, uint32_t n)
{
    if (n >= t->capacity - 1 - t->used)
        return; /* half a path is none */
    if (t->used)
        vtc_bootcfg_text_put(t, " ", 1);
    vtc_bootcfg_text_put(t, p, n);
}

int vtc_bootcfg_span_begins(struct vtc_bootcfg_span s, const char *word)
{
    uint32_t i;

    for (i = 0; word[i]; i++)
        if (i == s.n || vtc_ascii_lower(s.p[i]) != vtc_ascii_lower(word[i]))
            return 0;
    return 1;
}

int vtc_bootcfg_span_is(struct vtc_bootcfg_span s, const char *word)
{
    return s.n == vtc_ascii_length(word) && vtc_bootcfg_span_begins(s, word);
}

int vtc_bootcfg_span_ends(struct vtc_bootcfg_span s, const char *word)
{
    uint32_t n = vtc_ascii_length(word);

    if (n > s.n)
        return 0;
    s.p += s.n - n;
    s.n = n;
    return vtc_bootcfg_span_begins(s, word);
}

static int is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\0' || c == '\v' || c == '\f';
}

static int is_line_end(char c)
{
    return c == '\n' || c == '\r';
}

int vtc_bootcfg_line(struct vtc_bootcfg_span *text, struct vtc_bootcfg_span *line)
{
    uint32_t n = 0;

    if (!text->n)
        return 0;
    while (n < text->n && !is_line_end(text->p[n]))
        n++;
    line->p = text->p;
    line->n = n;
    n += n < text->n; /* of CR LF the LF is one more empty line */
    text->p += n;
    text->n -= n;
    while (line->n && is_blank(line->p[0])) {
        line->p++;
        line->n--;
    }
    while (line->n && is_blank(line->p[line->n - 1]))
        line->n--;
    return 1;
}

struct vtc_bootcfg_span vtc_bootcfg_word(struct vtc_bootcfg_span *line)
{
    struct vtc_bootcfg_span word;
    uint32_t skip = 0, n = 0;

    while (skip < line->n && is_blank(line->p[skip]))
        skip++;
    word.p = line->p + skip;
    while (n < line->n - skip && !is_blank(word.p[n]))
        n++;
    word.n = n;
    line->p += skip + n;
    line->n -= skip + n;
    return word;
}

void vtc_bootcfg_commas(struct vtc_bootcfg_span list, struct vtc_bootcfg_text *initrds)
{
    uint32_t n;

    while (list.n) {
        for (n = 0; n < list.n && list.p[n] != ',';)
            n++;
        if (n)
            vtc_bootcfg_text_word(initrds, list.p, n);
        n += n < list.n;
        list.p += n;
        list.n -= n;
    }
}

void vtc_bootcfg_parameters(struct vtc_bootcfg_span line, struct vtc_bootcfg_text *cmdline,
                            struct vtc_bootcfg_text *initrds)
{
    struct vtc_bootcfg_span word;

    while ((word = vtc_bootcfg_word(&line)).n) {
        if (vtc_bootcfg_span_begins(word, "initrd=")) {
            word.p += 7;
            word.n -= 7;
            vtc_bootcfg_commas(word, initrds);
        } else {
            vtc_bootcfg_text_word(cmdline, word.p, word.n);
        }
    }
}

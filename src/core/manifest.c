/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The payload manifest: strict lines, so that a damaged file never passes as a shorter one. */
#include <ventoc/manifest.h>
#include <ventoc/mem.h>

/* Where in the text we are, and the field just taken. */
struct cursor {
    const char *p, *end;
    const char *field;
    size_t bytes;
};

/* Take the field up to `stop` (space or LF) and step over it. Fields are never empty and hold
 * printable ASCII or UTF-8, no space. */
static int take(struct cursor *c, char stop)
{
    c->field = c->p;
    while (c->p < c->end && (uint8_t)*c->p > ' ' && *c->p != 0x7f)
        c->p++;
    c->bytes = (size_t)(c->p - c->field);
    if (!c->bytes || c->p == c->end || *c->p != stop)
        return VTC_EFORMAT;
    c->p++;
    return VTC_OK;
}

static int is_word(const struct cursor *c, const char *word, size_t bytes)
{
    return c->bytes == bytes && memcmp(c->field, word, bytes) == 0;
}

/* Copy the field as a string into out[capacity]. */
static int copy_field(const struct cursor *c, char *out, size_t capacity)
{
    if (c->bytes >= capacity)
        return VTC_EFORMAT;
    memcpy(out, c->field, c->bytes);
    out[c->bytes] = '\0';
    return VTC_OK;
}

/* Decimal, no sign, no leading zero. */
static int parse_number(const struct cursor *c, uint64_t *out)
{
    uint64_t v = 0;
    size_t i;

    if (c->bytes > 1 && c->field[0] == '0')
        return VTC_EFORMAT;
    for (i = 0; i < c->bytes; i++) {
        unsigned d = (unsigned)(c->field[i] - '0');

        /* 18446744073709551615 is the greatest. */
        if (d > 9 || v > 1844674407370955161ull || (v == 1844674407370955161ull && d > 5))
            return VTC_EFORMAT;
        v = v * 10 + d;
    }
    *out = v;
    return VTC_OK;
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int parse_sha256(const struct cursor *c, uint8_t out[32])
{
    unsigned i;

    if (c->bytes != 64)
        return VTC_EFORMAT;
    for (i = 0; i < 32; i++) {
        int high = hex_digit(c->field[2 * i]), low = hex_digit(c->field[2 * i + 1]);

        if (high < 0 || low < 0)
            return VTC_EFORMAT;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return VTC_OK;
}

/* Nothing a name could escape its directory with: no empty, "." or ".." component. One slash in
 * front is allowed (a path in the slot's file system). */
static int name_ok(const char *name)
{
    const char *p = *name == '/' ? name + 1 : name;

    for (;;) {
        const char *start = p;

        while (*p && *p != '/' && *p != '\\')
            p++;
        if (p == start || *p == '\\' || (*start == '.' && p - start == 1) ||
            (*start == '.' && start[1] == '.' && p - start == 2))
            return 0;
        if (!*p)
            return 1;
        p++;
    }
}

/* One "image" or "file" line. */
static int parse_entry(struct cursor *c, struct vtc_manifest_entry *e)
{
    if (take(c, ' '))
        return VTC_EFORMAT;
    if (is_word(c, "image", 5))
        e->kind = VTC_MANIFEST_IMAGE;
    else if (is_word(c, "file", 4))
        e->kind = VTC_MANIFEST_FILE;
    else
        return VTC_EFORMAT;
    if (take(c, ' ') || copy_field(c, e->name, sizeof e->name) || !name_ok(e->name))
        return VTC_EFORMAT;
    if (take(c, ' ') || parse_number(c, &e->bytes))
        return VTC_EFORMAT;
    if (take(c, '\n') || parse_sha256(c, e->sha256))
        return VTC_EFORMAT;
    return VTC_OK;
}

/* "KEY VALUE" with the value copied to out. */
static int parse_header(struct cursor *c, const char *key, size_t key_bytes, char *out,
                        size_t capacity)
{
    if (take(c, ' ') || !is_word(c, key, key_bytes) || take(c, '\n'))
        return VTC_EFORMAT;
    return copy_field(c, out, capacity);
}

/* The three header lines; m->text is moved behind them. */
static int parse_headers(struct cursor *c, struct vtc_manifest *m)
{
    uint64_t format;

    if (take(c, ' ') || !is_word(c, "ventoc-manifest", 15) || take(c, '\n') ||
        parse_number(c, &format))
        return VTC_EFORMAT;
    if (format != 1)
        return VTC_ENOTSUP;
    if (parse_header(c, "version", 7, m->version, sizeof m->version) ||
        parse_header(c, "grub", 4, m->grub, sizeof m->grub))
        return VTC_EFORMAT;
    m->text = c->p;
    m->text_bytes = (size_t)(c->end - c->p);
    return VTC_OK;
}

static size_t name_bytes(const char *name)
{
    size_t n = 0;

    while (name[n])
        n++;
    return n;
}

/* The entry line with this kind and name among the lines from c on. */
static int find(struct cursor c, enum vtc_manifest_kind kind, const char *name,
                struct vtc_manifest_entry *e)
{
    size_t bytes = name_bytes(name);

    while (c.p < c.end) {
        struct cursor line = c;
        int same = !take(&c, ' ') && is_word(&c, "file", 4) == (kind == VTC_MANIFEST_FILE) &&
                   !take(&c, ' ') && is_word(&c, name, bytes);

        if (same)
            return parse_entry(&line, e);
        while (c.p < c.end && *c.p++ != '\n')
            ;
    }
    return VTC_ENOENT;
}

int vtc_manifest_parse(const char *text, size_t bytes, struct vtc_manifest *m)
{
    struct cursor c = {text, text + bytes, text, 0};
    struct vtc_manifest_entry e;
    int rc;

    if (bytes > VTC_MANIFEST_MAX_BYTES)
        return VTC_EFORMAT;
    memset(m, 0, sizeof *m);
    rc = parse_headers(&c, m);
    if (rc)
        return rc;
    while (c.p < c.end) {
        struct cursor before = {m->text, c.p, c.p, 0};
        struct vtc_manifest_entry earlier;

        if (parse_entry(&c, &e) || find(before, e.kind, e.name, &earlier) != VTC_ENOENT)
            return VTC_EFORMAT;
        m->count++;
    }
    return VTC_OK;
}

int vtc_manifest_entry(const struct vtc_manifest *m, uint32_t index, struct vtc_manifest_entry *e)
{
    struct cursor c = {m->text, m->text + m->text_bytes, m->text, 0};

    if (index >= m->count)
        return VTC_ENOENT;
    while (index--)
        while (*c.p++ != '\n')
            ;
    return parse_entry(&c, e);
}

int vtc_manifest_find(const struct vtc_manifest *m, enum vtc_manifest_kind kind, const char *name,
                      struct vtc_manifest_entry *e)
{
    struct cursor c = {m->text, m->text + m->text_bytes, m->text, 0};

    return find(c, kind, name, e);
}

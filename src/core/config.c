/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The settings file: which keys there are, and what they may hold. */
#include <ventoc/ascii.h>
#include <ventoc/config.h>
#include <ventoc/json.h>
#include <ventoc/mem.h>

#define KEY_BYTES 16u /* more than the longest known key */

struct parser {
    struct vtc_json json;
    struct vtc_config *config;
    const char *reason; /* what is wrong, at the token just taken */
};

void vtc_config_init(struct vtc_config *config)
{
    config->data_writable = 0;
    config->persistence_count = 0;
    memset(config->persistence, 0, sizeof config->persistence);
    config->writable_count = 0;
    memset(config->writable, 0, sizeof config->writable);
    memset(config->menu_password, 0, sizeof config->menu_password);
}

/* At the token just taken; a broken text is always the first reason. */
static int fail(struct parser *p, int rc, const char *reason)
{
    p->reason = p->json.kind == VTC_JSON_ERROR ? p->json.reason : reason;
    return p->json.kind == VTC_JSON_ERROR ? VTC_EFORMAT : rc;
}

static int is(const char *key, const char *known)
{
    while (*key && *key == *known) {
        key++;
        known++;
    }
    return *key == *known;
}

/* The next key of the object being read. Returns 1 and the key ("" for one that is too long to be
 * known), 0 at the object's end, or an error. */
static int next_key(struct parser *p, char key[KEY_BYTES])
{
    enum vtc_json_kind kind = vtc_json_next(&p->json);

    if (kind == VTC_JSON_OBJECT_END)
        return 0;
    if (kind != VTC_JSON_KEY)
        return fail(p, VTC_EFORMAT, "expected a key");
    if (vtc_json_string(&p->json, key, KEY_BYTES))
        key[0] = '\0';
    return 1;
}

/* A value of no interest. */
static int pass_over(struct parser *p)
{
    vtc_json_next(&p->json);
    return vtc_json_skip(&p->json) == VTC_JSON_ERROR ? fail(p, VTC_EFORMAT, NULL) : VTC_OK;
}

static int take_bool(struct parser *p, int *out)
{
    enum vtc_json_kind kind = vtc_json_next(&p->json);

    if (kind != VTC_JSON_TRUE && kind != VTC_JSON_FALSE)
        return fail(p, VTC_EFORMAT, "expected true or false");
    *out = kind == VTC_JSON_TRUE;
    return VTC_OK;
}

/* The token just taken is to be a path. */
static int take_path(struct parser *p, enum vtc_json_kind kind, char out[VTC_CONFIG_PATH_BYTES])
{
    const char *c;
    int rc;

    if (kind != VTC_JSON_STRING)
        return fail(p, VTC_EFORMAT, "expected a string");
    rc = vtc_json_string(&p->json, out, VTC_CONFIG_PATH_BYTES);
    if (rc == VTC_ENOSPC)
        return fail(p, rc, "too long a path");
    for (c = out; *c; c++)
        if ((uint8_t)*c < 0x20 || *c == 0x7f)
            rc = VTC_EFORMAT;
    if (rc)
        return fail(p, rc, "a control character in a path");
    if (out[0] != '/' || !out[1])
        return fail(p, VTC_EFORMAT, "expected a path that begins with /");
    return VTC_OK;
}

/* The members of the object just begun. */
static int take_pair(struct parser *p, struct vtc_config_pair *pair)
{
    char key[KEY_BYTES];
    int more;

    pair->image[0] = pair->file[0] = '\0';
    while ((more = next_key(p, key)) > 0) {
        int rc = is(key, "image")  ? take_path(p, vtc_json_next(&p->json), pair->image)
                 : is(key, "file") ? take_path(p, vtc_json_next(&p->json), pair->file)
                                   : pass_over(p);

        if (rc)
            return rc;
    }
    if (more == 0 && !pair->image[0])
        return fail(p, VTC_EFORMAT, "a pair without \"image\"");
    if (more == 0 && !pair->file[0])
        return fail(p, VTC_EFORMAT, "a pair without \"file\"");
    return more;
}

static int take_persistence(struct parser *p)
{
    uint32_t *count = &p->config->persistence_count;
    enum vtc_json_kind kind = vtc_json_next(&p->json);
    int rc;

    *count = 0;
    if (kind != VTC_JSON_ARRAY)
        return fail(p, VTC_EFORMAT, "expected an array");
    while ((kind = vtc_json_next(&p->json)) != VTC_JSON_ARRAY_END) {
        if (kind != VTC_JSON_OBJECT)
            return fail(p, VTC_EFORMAT, "expected an object");
        if (*count == VTC_CONFIG_PAIRS_MAX)
            return fail(p, VTC_ENOSPC, "more than 32 pairs");
        rc = take_pair(p, &p->config->persistence[*count]);
        if (rc)
            return rc;
        ++*count;
    }
    return VTC_OK;
}

static int take_writable(struct parser *p)
{
    uint32_t *count = &p->config->writable_count;
    enum vtc_json_kind kind = vtc_json_next(&p->json);
    int rc;

    *count = 0;
    if (kind != VTC_JSON_ARRAY)
        return fail(p, VTC_EFORMAT, "expected an array");
    while ((kind = vtc_json_next(&p->json)) != VTC_JSON_ARRAY_END) {
        if (*count == VTC_CONFIG_WRITABLE_MAX)
            return fail(p, VTC_ENOSPC, "more than 32 images");
        rc = take_path(p, kind, p->config->writable[*count]);
        if (rc)
            return rc;
        ++*count;
    }
    return VTC_OK;
}

/* Bytes of hexadecimal digits at c, of decimal ones only if is_decimal. */
static uint32_t digits(const char *c, int is_decimal)
{
    uint32_t n = 0;

    while ((c[n] >= '0' && c[n] <= '9') ||
           (!is_decimal && vtc_ascii_lower(c[n]) >= 'a' && vtc_ascii_lower(c[n]) <= 'f'))
        n++;
    return n;
}

/* What GRUB's password_pbkdf2 takes, and nothing its script could read as anything else. */
static int is_password(const char *text)
{
    static const char prefix[] = VTC_CONFIG_PASSWORD_PREFIX;
    uint32_t at, n;

    for (at = 0; at < sizeof prefix - 1; at++)
        if (text[at] != prefix[at])
            return 0;
    n = digits(text + at, 1);
    if (n == 0 || n > 9 || text[at] == '0' || text[at + n] != '.')
        return 0;
    at += n + 1;
    n = digits(text + at, 0);
    if (n == 0 || n % 2 || text[at + n] != '.')
        return 0;
    at += n + 1;
    n = digits(text + at, 0);
    return n > 0 && n % 2 == 0 && !text[at + n];
}

static int take_password(struct parser *p)
{
    char *out = p->config->menu_password;
    int rc;

    if (vtc_json_next(&p->json) != VTC_JSON_STRING)
        return fail(p, VTC_EFORMAT, "expected a string");
    rc = vtc_json_string(&p->json, out, VTC_CONFIG_PASSWORD_BYTES);
    if (rc == VTC_ENOSPC)
        return fail(p, rc, "too long a password");
    if (rc || !is_password(out))
        return fail(p, VTC_EFORMAT, "expected what grub-mkpasswd-pbkdf2 prints: grub.pbkdf2...");
    return VTC_OK;
}

static int take_settings(struct parser *p)
{
    char key[KEY_BYTES];
    int more;

    if (vtc_json_next(&p->json) != VTC_JSON_OBJECT)
        return fail(p, VTC_EFORMAT, "expected an object");
    while ((more = next_key(p, key)) > 0) {
        int rc = is(key, "data_writable")   ? take_bool(p, &p->config->data_writable)
                 : is(key, "persistence")   ? take_persistence(p)
                 : is(key, "writable")      ? take_writable(p)
                 : is(key, "menu_password") ? take_password(p)
                                            : pass_over(p);

        if (rc)
            return rc;
    }
    if (more == 0 && vtc_json_next(&p->json) != VTC_JSON_END)
        return fail(p, VTC_EFORMAT, NULL);
    return more;
}

int vtc_config_parse(const void *text, uint32_t bytes, struct vtc_config *config,
                     struct vtc_config_error *where)
{
    struct parser p;
    int rc;

    vtc_config_init(config);
    where->line = where->column = 1;
    where->reason = NULL;
    if (bytes > VTC_CONFIG_BYTES_MAX) {
        where->reason = "longer than 64 KiB";
        return VTC_ENOSPC;
    }
    p.config = config;
    p.reason = NULL;
    vtc_json_init(&p.json, text, bytes);
    rc = take_settings(&p);
    if (!rc)
        return VTC_OK;
    vtc_json_where(&p.json, &where->line, &where->column);
    where->reason = p.reason;
    vtc_config_init(config);
    return rc;
}

static int same_path(const char *a, const char *b)
{
    while (*a && vtc_ascii_lower(*a) == vtc_ascii_lower(*b)) {
        a++;
        b++;
    }
    return *a == *b;
}

const char *vtc_config_persistence(const struct vtc_config *config, const char *path)
{
    uint32_t i;

    for (i = config->persistence_count; i--;)
        if (same_path(config->persistence[i].image, path))
            return config->persistence[i].file;
    return NULL;
}

/* Bytes of a path up to the dot of its ending; a name that begins with its only dot has none. */
static uint32_t stem_bytes(const char *path)
{
    uint32_t n, name = 0, stem = 0;

    for (n = 0; path[n]; n++) {
        if (path[n] == '/')
            name = stem = n + 1;
        else if (path[n] == '.' && n > name)
            stem = n;
    }
    return stem > name ? stem : n;
}

int vtc_config_layer(const struct vtc_config *config, const char *path, char *out,
                     uint32_t capacity_bytes, int *given)
{
    const char *file = vtc_config_persistence(config, path);
    const char *first = file ? file : path, *second = file ? "" : VTC_CONFIG_LAYER_ENDING;
    uint32_t first_bytes = file ? vtc_ascii_length(file) : stem_bytes(path),
             second_bytes = vtc_ascii_length(second);

    *given = file != NULL;
    if (first_bytes >= capacity_bytes || second_bytes >= capacity_bytes - first_bytes)
        return VTC_ENOSPC;
    memcpy(out, first, first_bytes);
    memcpy(out + first_bytes, second, second_bytes + 1);
    return VTC_OK;
}

int vtc_config_is_writable(const struct vtc_config *config, const char *path)
{
    for (uint32_t i = 0; i < config->writable_count; i++)
        if (same_path(config->writable[i], path))
            return 1;
    return 0;
}

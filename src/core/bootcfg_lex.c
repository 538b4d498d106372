/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GRUB's quoting and variables. */
#include <ventoc/bootcfg_lex.h>

#include <ventoc/mem.h>

/* ---- variables ----------------------------------------------------------------------------- */

static int same(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

const char *vtc_bootcfg_variable(const struct vtc_bootcfg_variables *variables, const char *name)
{
    uint32_t i;

    for (i = 0; i < variables->count; i++)
        if (same(variables->variable[i].name, name))
            return variables->variable[i].value;
    return NULL;
}

void vtc_bootcfg_variable_set(struct vtc_bootcfg_variables *variables, const char *name,
                              const char *value)
{
    struct vtc_bootcfg_text t;
    uint32_t i;

    for (i = 0; i < variables->count && !same(variables->variable[i].name, name); i++)
        ;
    if (i == VTC_BOOTCFG_VARIABLES_MAX)
        return;
    if (i == variables->count) {
        vtc_bootcfg_text_begin(&t, variables->variable[i].name,
                               sizeof(variables->variable[i].name));
        vtc_bootcfg_text_put(&t, name, vtc_ascii_length(name));
        variables->count++;
    }
    vtc_bootcfg_text_begin(&t, variables->variable[i].value, sizeof(variables->variable[i].value));
    vtc_bootcfg_text_put(&t, value, vtc_ascii_length(value));
}

int vtc_bootcfg_is_name(char c, uint32_t n)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           (n && c >= '0' && c <= '9');
}

/* ---- words --------------------------------------------------------------------------------- */

void vtc_bootcfg_lexer_begin(struct vtc_bootcfg_lexer *x, struct vtc_bootcfg_parser *parser)
{
    memset(x, 0, sizeof(*x));
    x->parser = parser;
}

/* The character at an offset from here, NUL at the end. */
static char peek(const struct vtc_bootcfg_lexer *x, uint32_t ahead)
{
    return ahead < x->parser->bytes - x->at ? x->parser->text[x->at + ahead] : '\0';
}

static void word_begin(struct vtc_bootcfg_lexer *x)
{
    if (x->in_word)
        return;
    x->in_word = 1;
    if (x->count == VTC_BOOTCFG_WORDS_MAX)
        x->is_full = 1;
    else
        x->parser->word[x->count] = (uint16_t)x->used;
}

static void word_put(struct vtc_bootcfg_lexer *x, char c)
{
    word_begin(x);
    if (x->used == sizeof(x->parser->words) - 1)
        x->is_full = 1;
    if (!x->is_full)
        x->parser->words[x->used++] = c;
}

static void word_end(struct vtc_bootcfg_lexer *x)
{
    if (x->in_word && !x->is_full) {
        x->parser->words[x->used++] = '\0';
        x->count++;
        x->is_full = x->used == sizeof(x->parser->words);
    }
    x->in_word = 0;
}

/* $name, ${name}: a value outside of quotes may be several words. x->at is at the '$'. */
static void take_variable(struct vtc_bootcfg_lexer *x, int in_quotes)
{
    char name[32];
    int in_braces = peek(x, 1) == '{';
    const char *value;
    uint32_t n = 0;

    x->at += 1u + (unsigned)in_braces;
    if (!vtc_bootcfg_is_name(peek(x, 0), 0)) {
        if (peek(x, 0) == '?' || peek(x, 0) == '#' || peek(x, 0) == '@' || peek(x, 0) == '*')
            x->at++; /* $? and the like: nothing */
    }
    for (; vtc_bootcfg_is_name(peek(x, 0), 1); x->at++)
        if (n < sizeof(name) - 1)
            name[n++] = peek(x, 0);
    name[n] = '\0';
    if (in_braces && peek(x, 0) == '}')
        x->at++;
    value = vtc_bootcfg_variable(x->parser->variables, name);
    for (; value && *value; value++) {
        if (!in_quotes && (*value == ' ' || *value == '\t'))
            word_end(x);
        else
            word_put(x, *value);
    }
}

/* What follows a backslash. x->at is at the backslash. */
static void take_escape(struct vtc_bootcfg_lexer *x, int in_quotes)
{
    char c = peek(x, 1);

    x->at++;
    if (c == '\r' && peek(x, 1) == '\n') {
        x->at++;
        c = '\n';
    }
    if (x->at == x->parser->bytes)
        return;
    x->at++;
    if (c == '\n')
        return; /* the line goes on */
    if (in_quotes && c != '"' && c != '\\' && c != '$')
        word_put(x, '\\');
    word_put(x, c);
}

/* "..." and '...'. x->at is at the quote. */
static void take_quotes(struct vtc_bootcfg_lexer *x)
{
    char quote = peek(x, 0), c;

    word_begin(x);
    x->at++;
    while (x->at < x->parser->bytes && (c = peek(x, 0)) != quote) {
        if (quote == '"' && c == '$') {
            take_variable(x, 1);
        } else if (quote == '"' && c == '\\') {
            take_escape(x, 1);
        } else {
            word_put(x, c);
            x->at++;
        }
    }
    if (x->at < x->parser->bytes)
        x->at++;
}

int vtc_bootcfg_lexer_command(struct vtc_bootcfg_lexer *x)
{
    char c;

    x->count = x->used = 0;
    x->in_word = x->is_full = 0;
    x->end = '\0';
    if (x->at == x->parser->bytes)
        return 0;
    while (x->at < x->parser->bytes && !x->end) {
        c = peek(x, 0);
        if (c == '#' && !x->in_word) {
            while (x->at < x->parser->bytes && peek(x, 0) != '\n')
                x->at++;
        } else if (c == '"' || c == '\'') {
            take_quotes(x);
        } else if (c == '\\') {
            take_escape(x, 0);
        } else if (c == '$' && (peek(x, 1) == '"' || peek(x, 1) == '\'')) {
            x->at++; /* $"text": to be translated */
        } else if (c == '$') {
            take_variable(x, 0);
        } else {
            x->at++;
            if (c == '\n' || c == ';' || c == '|' || c == '&' || c == '{' || c == '}')
                x->end = c;
            else if (c == ' ' || c == '\t' || c == '\r' || c == '\0')
                word_end(x);
            else
                word_put(x, c);
        }
    }
    word_end(x);
    return 1;
}

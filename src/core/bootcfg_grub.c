/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Configurations of GRUB: the commands that name files, in the order in which they are written.
 * Conditions, loops and functions are not evaluated: what stands inside is looked at as well. */
#include <ventoc/bootcfg_parse.h>

#include <ventoc/bootcfg_lex.h>

/* The entry being put together: a kernel, until the next one or a closing brace. */
struct entry {
    struct vtc_bootcfg_text title, kernel, cmdline, initrds;
    int has_initrd;      /* the command was seen */
    uint32_t param_used; /* of initrds: those of the kernel's parameters, before it */
};

static void entry_begin(struct entry *e, struct vtc_bootcfg_parser *p)
{
    vtc_bootcfg_text_begin(&e->kernel, p->kernel, sizeof(p->kernel));
    vtc_bootcfg_text_begin(&e->cmdline, p->cmdline, sizeof(p->cmdline));
    vtc_bootcfg_text_begin(&e->initrds, p->initrds, sizeof(p->initrds));
    e->has_initrd = 0;
    e->param_used = 0;
}

static void title_begin(struct entry *e, struct vtc_bootcfg_parser *p)
{
    vtc_bootcfg_text_begin(&e->title, p->title, sizeof(p->title));
}

static int entry_tell(const struct entry *e, struct vtc_bootcfg_parser *p)
{
    struct vtc_bootcfg_entry entry = {0};

    if (!e->kernel.used)
        return VTC_OK;
    entry.title = p->title;
    entry.kernel = p->kernel;
    entry.cmdline = p->cmdline;
    entry.initrds = p->initrds;
    return p->entry(p->ctx, &entry);
}

static int entry_end(struct entry *e, struct vtc_bootcfg_parser *p)
{
    int rc = entry_tell(e, p);

    entry_begin(e, p);
    return rc;
}

/* Is the word one of these, separated by blanks? */
static int is_one_of(const char *word, const char *list)
{
    struct vtc_bootcfg_span all = {list, vtc_ascii_length(list)}, one;

    while ((one = vtc_bootcfg_word(&all)).n)
        if (one.n == vtc_ascii_length(word) && vtc_bootcfg_span_is(one, word))
            return 1;
    return 0;
}

static const char *word_at(const struct vtc_bootcfg_lexer *x, uint32_t i)
{
    return x->parser->words + x->parser->word[i];
}

/* "menuentry TITLE --class X ... {" */
static void take_title(struct entry *e, const struct vtc_bootcfg_lexer *x, uint32_t i)
{
    title_begin(e, x->parser);
    for (; i < x->count; i++) {
        const char *word = word_at(x, i);

        if (is_one_of(word, "--class --users --hotkey --id --source"))
            i++;
        else if (word[0] != '-' || word[1] != '-') {
            vtc_bootcfg_text_put(&e->title, word, vtc_ascii_length(word));
            return;
        }
    }
}

/* "linux FILE PARAMETER..." */
static void take_kernel(struct entry *e, const struct vtc_bootcfg_lexer *x, uint32_t i)
{
    for (; i < x->count; i++) {
        struct vtc_bootcfg_span word = {word_at(x, i), vtc_ascii_length(word_at(x, i))};

        if (e->kernel.used)
            vtc_bootcfg_parameters(word, &e->cmdline, &e->initrds);
        else if (word.n && word.p[0] != '-')
            vtc_bootcfg_text_put(&e->kernel, word.p, word.n);
    }
}

/* "initrd FILE...": "newc:NAME:FILE" is packed by GRUB itself, it is no archive. */
static void take_initrds(struct entry *e, const struct vtc_bootcfg_lexer *x, uint32_t i,
                         uint32_t count_max)
{
    for (; i < x->count && count_max; i++) {
        struct vtc_bootcfg_span word = {word_at(x, i), vtc_ascii_length(word_at(x, i))};

        if (!word.n || word.p[0] == '-' || vtc_bootcfg_span_begins(word, "newc:"))
            continue;
        vtc_bootcfg_text_word(&e->initrds, word.p, word.n);
        count_max--;
    }
}

/* A second "initrd" takes the place of the first: the two stand in branches, mostly, and make two
 * entries of one. */
static int take_initrd_command(struct entry *e, const struct vtc_bootcfg_lexer *x, uint32_t i)
{
    int rc = VTC_OK;

    if (e->has_initrd) {
        rc = entry_tell(e, x->parser);
        e->initrds.used = e->param_used;
        e->initrds.buf[e->param_used] = '\0';
    }
    e->param_used = e->initrds.used;
    e->has_initrd = 1;
    take_initrds(e, x, i, VTC_BOOTCFG_WORDS_MAX);
    return rc;
}

static int include(const struct vtc_bootcfg_lexer *x, uint32_t i, enum vtc_bootcfg_syntax syntax)
{
    for (; i < x->count; i++)
        if (word_at(x, i)[0] && word_at(x, i)[0] != '-')
            return x->parser->include(x->parser->ctx, word_at(x, i), syntax, NULL);
    return VTC_OK;
}

/* "NAME=VALUE", with or without "set". Returns 0 when it is none. */
static int take_assignment(const struct vtc_bootcfg_lexer *x, uint32_t i)
{
    char name[32];
    const char *word;
    uint32_t n;

    if (i >= x->count)
        return 0;
    word = word_at(x, i);
    for (n = 0; vtc_bootcfg_is_name(word[n], n) && n < sizeof(name) - 1; n++)
        name[n] = word[n];
    if (!n || word[n] != '=')
        return 0;
    name[n] = '\0';
    vtc_bootcfg_variable_set(x->parser->variables, name, word + n + 1);
    return 1;
}

static int take_command(struct entry *e, const struct vtc_bootcfg_lexer *x)
{
    const char *name;
    uint32_t i = 0;
    int rc;

    while (i < x->count && is_one_of(word_at(x, i), "if then elif else while until do ! time"))
        i++;
    if (i == x->count || take_assignment(x, i))
        return VTC_OK;
    name = word_at(x, i++);
    if (is_one_of(name, "menuentry submenu hiddenentry")) {
        rc = entry_end(e, x->parser);
        take_title(e, x, i);
        return rc;
    }
    if (is_one_of(name, "linux linuxefi linux16 multiboot multiboot2 xen_hypervisor chainloader")) {
        rc = entry_end(e, x->parser);
        take_kernel(e, x, i);
        return rc;
    }
    if (is_one_of(name, "initrd initrdefi initrd16"))
        return take_initrd_command(e, x, i);
    if (is_one_of(name, "module module2 xen_module"))
        take_initrds(e, x, i, 1);
    else if (is_one_of(name, "set"))
        take_assignment(x, i);
    else if (is_one_of(name, "source . configfile normal extract_entries_source "
                             "extract_entries_configfile"))
        return include(x, i, VTC_CFG_GRUB);
    else if (is_one_of(name, "syslinux_source syslinux_configfile extract_syslinux_entries_source "
                             "extract_syslinux_entries_configfile"))
        return include(x, i, VTC_CFG_SYSLINUX);
    return VTC_OK;
}

int vtc_bootcfg_grub(struct vtc_bootcfg_parser *parser)
{
    struct vtc_bootcfg_lexer x;
    struct entry e;
    int rc = VTC_OK;

    vtc_bootcfg_lexer_begin(&x, parser);
    title_begin(&e, parser);
    entry_begin(&e, parser);
    while (!rc && vtc_bootcfg_lexer_command(&x)) {
        rc = take_command(&e, &x);
        if (!rc && x.end == '}') {
            rc = entry_end(&e, parser);
            title_begin(&e, parser);
        }
    }
    return rc ? rc : entry_end(&e, parser);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Configurations of isolinux and syslinux: one keyword on a line, labels hold the entries. */
#include <ventoc/bootcfg_parse.h>

#include <ventoc/mem.h>

/* The label being read, and what stands before all labels. */
struct label {
    struct vtc_bootcfg_parser *parser;
    struct vtc_bootcfg_text title, kernel, initrds, config;
    struct vtc_bootcfg_span kernel_rest; /* parameters behind the kernel's name */
    struct vtc_bootcfg_span append, global_append;
    int is_open;    /* a LABEL was seen */
    int has_append; /* its own, which may be none */
};

static void label_begin(struct label *l, struct vtc_bootcfg_span name)
{
    struct vtc_bootcfg_parser *p = l->parser;

    vtc_bootcfg_text_begin(&l->title, p->title, sizeof(p->title));
    vtc_bootcfg_text_begin(&l->kernel, p->kernel, sizeof(p->kernel));
    vtc_bootcfg_text_begin(&l->initrds, p->initrds, sizeof(p->initrds));
    vtc_bootcfg_text_begin(&l->config, p->config, sizeof(p->config));
    vtc_bootcfg_text_put(&l->title, name.p, name.n);
    l->kernel_rest.n = 0;
    l->has_append = 0;
}

static struct vtc_bootcfg_span without_blanks(struct vtc_bootcfg_span text)
{
    while (text.n && (*text.p == ' ' || *text.p == '\t')) {
        text.p++;
        text.n--;
    }
    return text;
}

/* "MENU LABEL ^Install": the caret marks the key. */
static void take_title(struct label *l, struct vtc_bootcfg_span text)
{
    uint32_t i;

    vtc_bootcfg_text_begin(&l->title, l->parser->title, sizeof(l->parser->title));
    text = without_blanks(text);
    for (i = 0; i < text.n; i++)
        if (text.p[i] != '^')
            vtc_bootcfg_text_put(&l->title, text.p + i, 1);
}

static int include(struct label *l, struct vtc_bootcfg_span path, const char *folder)
{
    char name[VTC_BOOTCFG_PATH_BYTES];

    if (!path.n || path.n >= sizeof(name))
        return VTC_OK;
    memcpy(name, path.p, path.n);
    name[path.n] = '\0';
    return l->parser->include(l->parser->ctx, name, VTC_CFG_SYSLINUX, folder);
}

static int is_menu(struct vtc_bootcfg_span kernel)
{
    return vtc_bootcfg_span_ends(kernel, "menu.c32");
}

/* The files a menu program is given: "APPEND ~" leaves the present one out. */
static int include_all(struct label *l, struct vtc_bootcfg_span words)
{
    struct vtc_bootcfg_span word;
    int rc = VTC_OK;

    while (!rc && (word = vtc_bootcfg_word(&words)).n)
        if (*word.p != '~' && *word.p != '-')
            rc = include(l, word, NULL);
    return rc;
}

/* "APPEND xen.gz --- vmlinuz ro --- initrd.img" of mboot.c32, "APPEND vmlinuz initrd=" of
 * linux.c32: the files among the parameters. What is no initramfs drops out when it is opened. */
static void take_modules(struct label *l, struct vtc_bootcfg_span words)
{
    struct vtc_bootcfg_span word;
    int is_file = 1, is_first = 1;

    while ((word = vtc_bootcfg_word(&words)).n) {
        if (is_file && is_first) {
            vtc_bootcfg_text_begin(&l->kernel, l->parser->kernel, sizeof(l->parser->kernel));
            vtc_bootcfg_text_put(&l->kernel, word.p, word.n);
            is_first = 0;
        } else if (is_file) {
            vtc_bootcfg_text_word(&l->initrds, word.p, word.n);
        }
        is_file = vtc_bootcfg_span_is(word, "---");
    }
}

static int label_end_config(struct label *l, struct vtc_bootcfg_span append)
{
    struct vtc_bootcfg_span config = {l->config.buf, l->config.used};
    struct vtc_bootcfg_span folder = vtc_bootcfg_word(&append);
    struct vtc_bootcfg_text text;

    if (!folder.n || !l->has_append)
        return include(l, config, NULL);
    vtc_bootcfg_text_begin(&text, l->parser->cmdline, VTC_BOOTCFG_PATH_BYTES);
    vtc_bootcfg_text_put(&text, folder.p, folder.n);
    return include(l, config, text.buf);
}

static int label_end(struct label *l)
{
    struct vtc_bootcfg_span append = l->has_append ? l->append : l->global_append;
    struct vtc_bootcfg_span kernel = {l->kernel.buf, l->kernel.used};
    struct vtc_bootcfg_text cmdline;
    struct vtc_bootcfg_entry entry = {0};

    if (!l->is_open)
        return VTC_OK;
    if (vtc_bootcfg_span_is(append, "-"))
        append.n = 0;
    if (l->config.used)
        return label_end_config(l, append);
    if (is_menu(kernel))
        return include_all(l, append);
    if (!l->kernel.used)
        return VTC_OK;
    vtc_bootcfg_text_begin(&cmdline, l->parser->cmdline, sizeof(l->parser->cmdline));
    vtc_bootcfg_parameters(l->kernel_rest, &cmdline, &l->initrds);
    vtc_bootcfg_parameters(append, &cmdline, &l->initrds);
    if (vtc_bootcfg_span_ends(kernel, "mboot.c32") || vtc_bootcfg_span_ends(kernel, "linux.c32"))
        take_modules(l, append);
    entry.title = l->title.buf;
    entry.kernel = l->kernel.buf;
    entry.cmdline = cmdline.buf;
    entry.initrds = l->initrds.buf;
    return l->parser->entry(l->parser->ctx, &entry);
}

static int take_menu(struct label *l, struct vtc_bootcfg_span rest)
{
    struct vtc_bootcfg_span key = vtc_bootcfg_word(&rest);

    if (vtc_bootcfg_span_is(key, "label"))
        take_title(l, rest);
    else if (vtc_bootcfg_span_is(key, "include"))
        return include(l, vtc_bootcfg_word(&rest), NULL);
    return VTC_OK;
}

static void take_kernel(struct label *l, struct vtc_bootcfg_span rest)
{
    struct vtc_bootcfg_span path = vtc_bootcfg_word(&rest);

    vtc_bootcfg_text_begin(&l->kernel, l->parser->kernel, sizeof(l->parser->kernel));
    vtc_bootcfg_text_put(&l->kernel, path.p, path.n);
    l->kernel_rest = rest;
}

static int is_kernel_key(struct vtc_bootcfg_span key)
{
    static const char *const keys[] = {"kernel", "linux",   "com32",  "boot",
                                       "bss",    "fdimage", "comboot"};
    uint32_t i;

    for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (vtc_bootcfg_span_is(key, keys[i]))
            return 1;
    return 0;
}

static int take_line(struct label *l, struct vtc_bootcfg_span key, struct vtc_bootcfg_span rest)
{
    struct vtc_bootcfg_span word;
    int rc;

    if (vtc_bootcfg_span_is(key, "label")) {
        rc = label_end(l);
        l->is_open = 1;
        label_begin(l, vtc_bootcfg_word(&rest));
        return rc;
    }
    if (vtc_bootcfg_span_is(key, "menu"))
        return take_menu(l, rest);
    if (vtc_bootcfg_span_is(key, "include"))
        return include(l, vtc_bootcfg_word(&rest), NULL);
    if (vtc_bootcfg_span_is(key, "ui") || vtc_bootcfg_span_is(key, "default")) {
        word = vtc_bootcfg_word(&rest);
        return is_menu(word) ? include_all(l, rest) : VTC_OK;
    }
    if (is_kernel_key(key))
        take_kernel(l, rest);
    else if (vtc_bootcfg_span_is(key, "initrd"))
        vtc_bootcfg_commas(vtc_bootcfg_word(&rest), &l->initrds);
    else if (vtc_bootcfg_span_is(key, "append") && l->is_open) {
        l->append = without_blanks(rest);
        l->has_append = 1;
    } else if (vtc_bootcfg_span_is(key, "append"))
        l->global_append = without_blanks(rest);
    else if (vtc_bootcfg_span_is(key, "config")) {
        word = vtc_bootcfg_word(&rest);
        vtc_bootcfg_text_begin(&l->config, l->parser->config, sizeof(l->parser->config));
        vtc_bootcfg_text_put(&l->config, word.p, word.n);
    }
    return VTC_OK;
}

int vtc_bootcfg_syslinux(struct vtc_bootcfg_parser *parser)
{
    struct vtc_bootcfg_span text = {parser->text, parser->bytes}, line, key,
                            none = {parser->text, 0};
    struct label l = {.parser = parser, .append = none, .global_append = none, .kernel_rest = none};
    int rc = VTC_OK, in_help = 0;

    label_begin(&l, none);
    while (!rc && vtc_bootcfg_line(&text, &line)) {
        key = vtc_bootcfg_word(&line);
        if (in_help) {
            in_help = !vtc_bootcfg_span_is(key, "endtext");
            continue;
        }
        if (vtc_bootcfg_span_is(key, "text"))
            in_help = vtc_bootcfg_span_is(vtc_bootcfg_word(&line), "help");
        else if (key.n && *key.p != '#')
            rc = take_line(&l, key, line);
    }
    return rc ? rc : label_end(&l);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Boot Loader Specification, type 1: "key value" lines, one entry in a file. */
#include <ventoc/bootcfg_parse.h>

/* Paths of the firmware are written with backslashes, and without the leading one too. */
static void put_path(struct vtc_bootcfg_text *t, struct vtc_bootcfg_span path)
{
    uint32_t begin = t->used;

    vtc_bootcfg_text_word(t, path.p, path.n);
    for (; begin < t->used; begin++)
        if (t->buf[begin] == '\\')
            t->buf[begin] = '/';
}

int vtc_bootcfg_loader_entry(struct vtc_bootcfg_parser *parser)
{
    struct vtc_bootcfg_span text = {parser->text, parser->bytes}, line, key;
    struct vtc_bootcfg_text title, kernel, cmdline, initrds;
    struct vtc_bootcfg_entry entry = {0};
    uint32_t i;

    vtc_bootcfg_text_begin(&title, parser->title, sizeof(parser->title));
    vtc_bootcfg_text_begin(&kernel, parser->kernel, sizeof(parser->kernel));
    vtc_bootcfg_text_begin(&cmdline, parser->cmdline, sizeof(parser->cmdline));
    vtc_bootcfg_text_begin(&initrds, parser->initrds, sizeof(parser->initrds));
    while (vtc_bootcfg_line(&text, &line)) {
        key = vtc_bootcfg_word(&line);
        if (vtc_bootcfg_span_is(key, "title")) {
            while ((key = vtc_bootcfg_word(&line)).n)
                vtc_bootcfg_text_word(&title, key.p, key.n);
        } else if (vtc_bootcfg_span_is(key, "linux") || vtc_bootcfg_span_is(key, "efi") ||
                   vtc_bootcfg_span_is(key, "uki")) {
            if (!kernel.used)
                put_path(&kernel, vtc_bootcfg_word(&line));
        } else if (vtc_bootcfg_span_is(key, "initrd")) {
            while ((key = vtc_bootcfg_word(&line)).n)
                put_path(&initrds, key);
        } else if (vtc_bootcfg_span_is(key, "options")) {
            i = initrds.used;
            vtc_bootcfg_parameters(line, &cmdline, &initrds);
            for (; i < initrds.used; i++)
                if (initrds.buf[i] == '\\')
                    initrds.buf[i] = '/';
        }
    }
    if (!kernel.used)
        return VTC_OK;
    entry.title = parser->title;
    entry.kernel = parser->kernel;
    entry.cmdline = parser->cmdline;
    entry.initrds = parser->initrds;
    return parser->entry(parser->ctx, &entry);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding the boot configurations of an image and its initrds: the configurations found by a walk
 * are parsed in turn, those they name are put behind them, each one once. */
#include <ventoc/bootcfg.h>

#include <ventoc/bootcfg_scan.h>
#include <ventoc/mem.h>

_Static_assert(sizeof(struct vtc_bootcfg_scan) <= VTC_BOOTCFG_WORK_BYTES, "work space");

void vtc_bootcfg_add_config(struct vtc_bootcfg_scan *s, const char *path,
                            const struct vtc_bootcfg_node *node, enum vtc_bootcfg_syntax syntax,
                            const char *base)
{
    struct vtc_bootcfg *out = s->out;
    uint32_t i;

    for (i = 0; i < out->config_count; i++)
        if (s->config[i].node.record_off == node->record_off && out->config[i].where == node->where)
            return;
    if (i == VTC_BOOTCFG_CONFIGS_MAX) {
        out->is_cut = 1;
        return;
    }
    memcpy(out->config[i].path, path, vtc_ascii_length(path) + 1);
    out->config[i].where = node->where;
    out->config[i].syntax = syntax;
    s->config[i].node = *node;
    memcpy(s->config[i].base, base, vtc_ascii_length(base) + 1);
    out->config_count++;
}

/* A path that GRUB's own $prefix leads to: the ISO's GRUB may have been built with another one than
 * the folder its configuration lies in. Returns 0 when path does not begin with base. */
static int with_usual_prefix(char out[VTC_BOOTCFG_PATH_BYTES], const char *base, const char *path)
{
    uint32_t n = vtc_ascii_length(base);
    struct vtc_bootcfg_text t;

    while (*path && *path != '/')
        path++; /* the device */
    if (n < 2 || vtc_ascii_length(path) <= n || memcmp(path, base, n) != 0)
        return 0;
    vtc_bootcfg_text_begin(&t, out, VTC_BOOTCFG_PATH_BYTES);
    vtc_bootcfg_text_put(&t, "/boot/grub", 10);
    vtc_bootcfg_text_put(&t, path + n, vtc_ascii_length(path + n));
    return 1;
}

static int take_include(void *ctx, const char *name, enum vtc_bootcfg_syntax syntax,
                        const char *folder)
{
    struct vtc_bootcfg_scan *s = ctx;
    char path[VTC_BOOTCFG_PATH_BYTES], base[VTC_BOOTCFG_PATH_BYTES];
    struct vtc_bootcfg_lookup *l = vtc_bootcfg_resolve(s, name, path);
    const char *prefix;

    memcpy(base, s->config[s->current].base, sizeof(base));
    if (!l && !s->meter.error && syntax == VTC_CFG_GRUB && with_usual_prefix(path, base, name)) {
        memcpy(s->head, path, sizeof(path));
        l = vtc_bootcfg_resolve(s, (const char *)s->head, path);
    }
    if (!l || l->node.is_dir)
        return s->meter.error;
    if (folder && !vtc_bootcfg_tree_path(base, s->config[s->current].base, folder)) {
        base[0] = '/';
        base[1] = '\0';
    }
    prefix = vtc_bootcfg_variable(&s->variables, "prefix");
    if (syntax == VTC_CFG_GRUB && prefix && prefix[0])
        memcpy(base, prefix, vtc_ascii_length(prefix) + 1);
    if (syntax == VTC_CFG_SYSLINUX && s->out->config[s->current].syntax == VTC_CFG_GRUB)
        vtc_bootcfg_tree_parent(base, path);
    vtc_bootcfg_add_config(s, path, &l->node, syntax, base);
    return VTC_OK;
}

/* Read a configuration and parse it. Damage is passed over. */
static int take_config(struct vtc_bootcfg_scan *s, uint32_t index)
{
    struct vtc_bootcfg_parser *p = &s->parser;
    struct vtc_reader file;

    if (vtc_bootcfg_tree_file(s, &s->config[index].node, &file))
        return VTC_OK;
    p->bytes = file.bytes < sizeof(s->text) ? (uint32_t)file.bytes : sizeof(s->text);
    if (vtc_reader_read(&file, 0, s->text, p->bytes))
        return s->meter.error;
    p->text = s->text;
    p->variables = &s->variables;
    p->entry = vtc_bootcfg_take_entry;
    p->include = take_include;
    p->ctx = s;
    s->current = index;
    switch (s->out->config[index].syntax) {
    case VTC_CFG_SYSLINUX:
        return vtc_bootcfg_syslinux(p);
    case VTC_CFG_LOADER_ENTRY:
        return vtc_bootcfg_loader_entry(p);
    default:
        vtc_bootcfg_variable_set(&s->variables, "prefix", s->config[index].base);
        vtc_bootcfg_variable_set(&s->variables, "cmdpath", s->config[index].base);
        vtc_bootcfg_variable_set(&s->variables, "root", "");
        return vtc_bootcfg_grub(p);
    }
}

int vtc_bootcfg_scan(const struct vtc_reader *image, void *work, struct vtc_bootcfg *out,
                     int (*visit)(void *ctx, const struct vtc_bootcfg_entry *entry), void *ctx)
{
    struct vtc_bootcfg_scan *s = work;
    uint32_t i;
    int rc;

    memset(out, 0, sizeof(*out));
    memset(s, 0, sizeof(*s));
    s->out = out;
    s->visit = visit;
    s->visit_ctx = ctx;
    rc = vtc_bootcfg_tree_open(s, image);
    if (!rc) {
        vtc_bootcfg_walk(s, VTC_IN_ISO);
        if (s->has_fat)
            vtc_bootcfg_walk(s, VTC_IN_FAT);
        for (i = 0; !rc && i < out->config_count; i++)
            rc = take_config(s, i);
        if (!rc) {
            vtc_bootcfg_take_named(s);
            rc = s->meter.error;
        }
    }
    if (s->meter.error != VTC_ENOSPC)
        return rc;
    out->is_cut = 1;
    return VTC_OK;
}

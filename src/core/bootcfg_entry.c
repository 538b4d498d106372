/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the names in an entry to the files of the image. */
#include <ventoc/bootcfg_scan.h>

#include <ventoc/kernel.h>
#include <ventoc/mem.h>

/* ---- names --------------------------------------------------------------------------------- */

/* Relative names of syslinux are looked for in its working folder, beside the configuration, and in
 * the root; those of others can only mean the root. */
static struct vtc_bootcfg_lookup *resolve_in(struct vtc_bootcfg_scan *s,
                                             enum vtc_bootcfg_where where, const char *name,
                                             char path[VTC_BOOTCFG_PATH_BYTES])
{
    const struct vtc_bootcfg_config *config = &s->out->config[s->current];
    char parent[VTC_BOOTCFG_PATH_BYTES];
    const char *folder[3];
    struct vtc_bootcfg_lookup *l;
    uint32_t i = 0;

    vtc_bootcfg_tree_parent(parent, config->path);
    folder[0] = s->config[s->current].base;
    folder[1] = parent;
    folder[2] = "/";
    if (config->syntax != VTC_CFG_SYSLINUX || name[0] == '/')
        i = 2;
    for (; i < 3; i++) {
        if (!vtc_bootcfg_tree_path(path, folder[i], name))
            continue;
        l = vtc_bootcfg_tree_find(s, where, path);
        if (!l || l->is_found)
            return l;
    }
    return NULL;
}

struct vtc_bootcfg_lookup *vtc_bootcfg_resolve(struct vtc_bootcfg_scan *s, const char *name,
                                               char path[VTC_BOOTCFG_PATH_BYTES])
{
    enum vtc_bootcfg_where where = s->out->config[s->current].where;
    struct vtc_bootcfg_lookup *l = resolve_in(s, where, name, path);

    if (!l && !s->meter.error && s->has_fat)
        l = resolve_in(s, where == VTC_IN_ISO ? VTC_IN_FAT : VTC_IN_ISO, name, path);
    return l;
}

/* ---- kernels ------------------------------------------------------------------------------- */

static int kernel_bits(struct vtc_bootcfg_scan *s, const struct vtc_bootcfg_node *node)
{
    struct vtc_reader file;

    return vtc_bootcfg_tree_file(s, node, &file) ? 0 : (int)vtc_kernel_bits(&file);
}

/* Programs of the boot loader are not worth a look. */
static int is_program(const char *kernel)
{
    struct vtc_bootcfg_span k = {kernel, vtc_ascii_length(kernel)};

    return vtc_bootcfg_span_ends(k, ".c32");
}

static void take_kernel(struct vtc_bootcfg_scan *s, struct vtc_bootcfg_entry *entry)
{
    char path[VTC_BOOTCFG_PATH_BYTES];
    struct vtc_bootcfg_lookup *l;

    entry->kernel_found = 0;
    entry->kernel_bits = 0;
    if (is_program(entry->kernel))
        return;
    l = vtc_bootcfg_resolve(s, entry->kernel, path);
    if (!l || l->node.is_dir)
        return;
    if (l->bits < 0)
        l->bits = kernel_bits(s, &l->node);
    entry->kernel_found = 1;
    entry->kernel_bits = (unsigned)l->bits;
}

/* ---- initrds ------------------------------------------------------------------------------- */

/* The file's place in out->initrd, VTC_BOOTCFG_NO_INITRD when it is none. */
static int take_file(struct vtc_bootcfg_scan *s, const struct vtc_bootcfg_node *node,
                     const char *path, int config)
{
    struct vtc_bootcfg *out = s->out;
    struct vtc_bootcfg_initrd *initrd;
    struct vtc_initrd_facts facts;
    struct vtc_reader file;
    uint32_t i;

    for (i = 0; i < out->initrd_count; i++)
        if (s->initrd_record[i] == node->record_off && out->initrd[i].where == node->where)
            return (int)i;
    if (!node->bytes || vtc_bootcfg_tree_file(s, node, &file) || vtc_initrd_probe(&file, &facts))
        return VTC_BOOTCFG_NO_INITRD;
    if (i == VTC_BOOTCFG_INITRDS_MAX) {
        out->is_cut = 1;
        return VTC_BOOTCFG_NO_INITRD;
    }
    initrd = &out->initrd[out->initrd_count++];
    memset(initrd, 0, sizeof(*initrd));
    memcpy(initrd->path, path, vtc_ascii_length(path) + 1);
    initrd->where = node->where;
    initrd->bytes = node->bytes;
    initrd->facts = facts;
    initrd->config = config;
    s->initrd_record[i] = node->record_off;
    return (int)i;
}

/* Something else than Linux unpacks the file, and may not like what is put behind it. */
static void refuse(struct vtc_bootcfg_scan *s, const struct vtc_bootcfg_node *node)
{
    if (s->refused_count < VTC_BOOTCFG_REFUSED_MAX)
        s->refused[s->refused_count++] = node->record_off;
}

static void note_bits(struct vtc_bootcfg_scan *s, int initrd, unsigned bits)
{
    unsigned *have = &s->out->initrd[initrd].kernel_bits;

    if (!bits || s->initrd_mixed[initrd])
        return;
    s->initrd_mixed[initrd] = *have && *have != bits;
    *have = s->initrd_mixed[initrd] ? 0 : bits;
}

static void take_initrds(struct vtc_bootcfg_scan *s, const struct vtc_bootcfg_entry *entry,
                         int is_memdisk)
{
    struct vtc_bootcfg_span words = {entry->initrds, vtc_ascii_length(entry->initrds)}, word;
    char name[VTC_BOOTCFG_PATH_BYTES], path[VTC_BOOTCFG_PATH_BYTES];
    struct vtc_bootcfg_lookup *l;
    int last = VTC_BOOTCFG_NO_INITRD;

    while ((word = vtc_bootcfg_word(&words)).n && !s->meter.error) {
        if (word.n >= sizeof(name))
            continue;
        memcpy(name, word.p, word.n);
        name[word.n] = '\0';
        l = vtc_bootcfg_resolve(s, name, path);
        if (!l || l->node.is_dir)
            continue;
        if (is_memdisk) {
            refuse(s, &l->node);
            continue;
        }
        if (l->initrd == VTC_BOOTCFG_NOT_PROBED)
            l->initrd = take_file(s, &l->node, path, (int)s->current);
        if (l->initrd < 0)
            continue;
        last = l->initrd;
        note_bits(s, last, entry->kernel_bits);
    }
    if (last >= 0)
        s->out->initrd[last].is_last = 1;
}

int vtc_bootcfg_take_entry(void *ctx, struct vtc_bootcfg_entry *entry)
{
    struct vtc_bootcfg_scan *s = ctx;
    struct vtc_bootcfg_span kernel = {entry->kernel, vtc_ascii_length(entry->kernel)};

    entry->config = (int)s->current;
    take_kernel(s, entry);
    take_initrds(s, entry, vtc_bootcfg_span_ends(kernel, "memdisk"));
    if (s->meter.error)
        return s->meter.error;
    return s->visit ? s->visit(s->visit_ctx, entry) : VTC_OK;
}

void vtc_bootcfg_take_named(struct vtc_bootcfg_scan *s)
{
    struct vtc_bootcfg_initrd *initrd;
    uint32_t i, r, before;
    int index;

    for (i = 0; i < s->named_count && !s->meter.error; i++) {
        for (r = 0; r < s->refused_count; r++)
            if (s->refused[r] == s->named[i].node.record_off)
                break;
        if (r < s->refused_count)
            continue;
        before = s->out->initrd_count;
        index = take_file(s, &s->named[i].node, s->named[i].path, -1);
        if (index < 0 || s->out->initrd_count == before)
            continue;
        initrd = &s->out->initrd[index];
        initrd->is_last = !initrd->facts.only_microcode;
    }
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which files of an image may be configurations or initrds, told by their names. Each folder is read
 * once, breadth first, so that those near the root come first when there are too many. */
#include <ventoc/bootcfg_scan.h>

#include <ventoc/mem.h>

#define DEPTH_MAX        4u           /* the folder of /a/b/c/d/file */
#define FOLDER_BYTES_MAX (192u << 10) /* GRUB's modules make some 40 KiB */
#define SUBFOLDERS_MAX   24u          /* of a folder that leads to boot files, the root aside */

static struct vtc_bootcfg_span span_of(const char *s)
{
    struct vtc_bootcfg_span span = {s, vtc_ascii_length(s)};

    return span;
}

/* Folders of packages, of texts and of decoration: large, and nothing is started from them. */
static int is_barren(const char *name)
{
    static const char *const names[] = {"pool",     "dists",   "doc",   "docs",
                                        "packages", "locale",  "fonts", "themes",
                                        "repodata", "i386-pc", "pics",  "css"};
    uint32_t i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (vtc_bootcfg_span_is(span_of(name), names[i]))
            return 1;
    return 0;
}

/* Returns 0 when the name is none of a configuration. */
static int syntax_of(const char *name, const char *folder, enum vtc_bootcfg_syntax *syntax)
{
    struct vtc_bootcfg_span n = span_of(name);

    if (vtc_bootcfg_span_is(n, "isolinux.cfg") || vtc_bootcfg_span_is(n, "syslinux.cfg") ||
        vtc_bootcfg_span_is(n, "extlinux.conf"))
        *syntax = VTC_CFG_SYSLINUX;
    else if (vtc_bootcfg_span_is(n, "grub.cfg") || vtc_bootcfg_span_is(n, "loopback.cfg"))
        *syntax = VTC_CFG_GRUB;
    else if (vtc_bootcfg_span_ends(n, ".conf") &&
             vtc_bootcfg_span_ends(span_of(folder), "/loader/entries"))
        *syntax = VTC_CFG_LOADER_ENTRY;
    else
        return 0;
    return 1;
}

/* initrd.gz, initrd-6.1.img, initramfs-linux.img, minirt.gz, initrfs.img, sysresccd.img, all.rdz */
static int is_like_initrd(const char *name)
{
    static const char *const begins[] = {"initrd", "initramfs", "initrfs", "minirt"};
    static const char *const ends[] = {".img", ".igz", ".rdz", "initrd", "initrd.gz", "initrd.xz"};
    static const char *const others[] = {".txt",    ".sig",  ".md5",  ".sha256",
                                         ".sha512", ".list", ".size", ".manifest"};
    struct vtc_bootcfg_span n = span_of(name);
    uint32_t i;

    for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (vtc_bootcfg_span_ends(n, others[i]))
            return 0;
    for (i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
        if (vtc_bootcfg_span_begins(n, begins[i]))
            return 1;
    for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        if (vtc_bootcfg_span_ends(n, ends[i]))
            return 1;
    return 0;
}

static void take_folder(struct vtc_bootcfg_scan *s, const char *name, const char *path,
                        const struct vtc_bootcfg_node *node)
{
    const struct vtc_bootcfg_folder *parent = &s->folder[s->folder_index];
    struct vtc_bootcfg_folder *f;

    /* an image with so many folders is mostly one of data: its deep ones are left out */
    if (parent->depth == DEPTH_MAX || node->bytes > FOLDER_BYTES_MAX || is_barren(name) ||
        s->folder_count == VTC_BOOTCFG_FOLDERS_MAX)
        return;
    f = &s->folder[s->folder_count++];
    f->node = *node;
    f->depth = parent->depth + 1;
    memcpy(f->path, path, sizeof(f->path));
}

/* GRUB's $prefix for a configuration: its folder, not the one for a platform below it. */
static void base_of(char base[VTC_BOOTCFG_PATH_BYTES], const char *folder)
{
    if (vtc_bootcfg_span_ends(span_of(folder), "-efi") ||
        vtc_bootcfg_span_ends(span_of(folder), "/i386-pc"))
        vtc_bootcfg_tree_parent(base, folder);
    else
        memcpy(base, folder, VTC_BOOTCFG_PATH_BYTES);
}

static void take_node(struct vtc_bootcfg_scan *s, const char *name,
                      const struct vtc_bootcfg_node *node)
{
    const struct vtc_bootcfg_folder *folder = &s->folder[s->folder_index];
    char path[VTC_BOOTCFG_PATH_BYTES], base[VTC_BOOTCFG_PATH_BYTES];
    enum vtc_bootcfg_syntax syntax;

    if (!vtc_bootcfg_tree_path(path, folder->path, name))
        return;
    if (node->is_dir) {
        take_folder(s, name, path, node);
    } else if (node->bytes && syntax_of(name, folder->path, &syntax)) {
        base_of(base, folder->path);
        vtc_bootcfg_add_config(s, path, node, syntax, base);
    } else if (node->bytes && is_like_initrd(name)) {
        if (s->named_count == VTC_BOOTCFG_NAMED_MAX) {
            s->out->is_cut = 1;
            return;
        }
        s->named[s->named_count].node = *node;
        memcpy(s->named[s->named_count++].path, path, sizeof(path));
    }
}

void vtc_bootcfg_walk(struct vtc_bootcfg_scan *s, enum vtc_bootcfg_where where)
{
    struct vtc_bootcfg_folder *root = &s->folder[0];
    uint32_t before;

    memset(root, 0, sizeof(*root));
    root->path[0] = '/';
    root->node.where = where;
    root->node.is_dir = 1;
    root->node.at = where == VTC_IN_FAT ? s->fat.root_cluster : s->iso.root_lba2048;
    root->node.bytes = where == VTC_IN_FAT ? 0 : s->iso.root_bytes;
    s->folder_count = 1;
    for (s->folder_index = 0; s->folder_index < s->folder_count && !s->meter.error;
         s->folder_index++) {
        before = s->folder_count;
        vtc_bootcfg_tree_list(s, &s->folder[s->folder_index].node, take_node);
        if (s->folder_index && s->folder_count - before > SUBFOLDERS_MAX)
            s->folder_count = before; /* an archive of packages or the like */
    }
}

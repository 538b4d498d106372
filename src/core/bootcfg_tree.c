/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The two trees of an image, ISO 9660 and the FAT volume for UEFI, behind one set of calls. */
#include <ventoc/bootcfg_scan.h>

#include <ventoc/mem.h>

/* ---- opening ------------------------------------------------------------------------------- */

/* The first EFI entry that is a FAT volume. Of a catalog that is careless at its end, the entries
 * before that count: firmware boots such discs. */
static void open_fat(struct vtc_bootcfg_scan *s)
{
    const struct vtc_eltorito_entry *e;
    uint32_t i;

    if (!s->iso.boot_catalog_lba2048)
        return;
    vtc_eltorito_read(&s->meter.reader, s->iso.boot_catalog_lba2048, &s->eltorito);
    for (i = 0; i < s->eltorito.count; i++) {
        e = &s->eltorito.entry[i];
        if (e->platform != VTC_ELTORITO_EFI ||
            vtc_slice_init(&s->fat_slice, &s->meter.reader,
                           (uint64_t)e->load_lba2048 * VTC_ISO9660_SECTOR_BYTES, e->image_bytes) ||
            vtc_fat_open(&s->fat, &s->fat_slice.reader))
            continue;
        s->has_fat = 1;
        s->out->efi_entry = i;
        return;
    }
}

int vtc_bootcfg_tree_open(struct vtc_bootcfg_scan *s, const struct vtc_reader *image)
{
    int rc;

    vtc_meter_init(&s->meter, image, VTC_BOOTCFG_READS_MAX, VTC_BOOTCFG_READ_BYTES_MAX);
    rc = vtc_iso9660_open(&s->iso, &s->meter.reader);
    if (!rc) {
        open_fat(s);
        rc = s->meter.error;
    }
    return rc;
}

/* ---- paths --------------------------------------------------------------------------------- */

/* Behind "(device)"; a device may hold parentheses of its own when it was a variable. */
static const char *without_device(const char *path)
{
    uint32_t i, end = 0;

    if (path[0] != '(')
        return path;
    for (i = 0; path[i] && path[i] != '/'; i++)
        if (path[i] == ')')
            end = i + 1;
    return path + end;
}

/* Add the components of path to out[0..used). Returns the new length, 0 when it does not fit. */
static uint32_t add_components(char out[VTC_BOOTCFG_PATH_BYTES], uint32_t used, const char *path)
{
    uint32_t n;

    for (;; path += n) {
        while (*path == '/')
            path++;
        for (n = 0; path[n] && path[n] != '/';)
            n++;
        if (!n)
            return used;
        if (n == 1 && path[0] == '.')
            continue;
        if (n == 2 && path[0] == '.' && path[1] == '.') {
            while (used > 1 && out[--used] != '/')
                ;
            continue;
        }
        if (n + 2 > VTC_BOOTCFG_PATH_BYTES - used)
            return 0;
        if (used > 1)
            out[used++] = '/';
        memcpy(out + used, path, n);
        used += n;
    }
}

int vtc_bootcfg_tree_path(char out[VTC_BOOTCFG_PATH_BYTES], const char *folder, const char *path)
{
    uint32_t used = 1;

    out[0] = '/';
    path = without_device(path);
    if (*path != '/')
        used = add_components(out, used, folder);
    if (used)
        used = add_components(out, used, path);
    out[used] = '\0';
    return used > 1;
}

void vtc_bootcfg_tree_parent(char out[VTC_BOOTCFG_PATH_BYTES], const char *path)
{
    uint32_t n = vtc_ascii_length(path);

    while (n > 1 && path[n - 1] != '/')
        n--;
    if (n > 1)
        n--;
    memcpy(out, path, n);
    out[n] = '\0';
}

/* FNV-1a; never 0. Names compare ignoring ASCII case in both trees. */
static uint64_t key_of(enum vtc_bootcfg_where where, const char *path)
{
    uint64_t h = 0xcbf29ce484222325u ^ (unsigned)where;
    uint8_t c;

    for (; *path; path++) {
        c = (uint8_t)*path;
        if (c >= 'A' && c <= 'Z')
            c = (uint8_t)(c + 32);
        h = (h ^ c) * 0x100000001b3u;
    }
    return h ? h : 1;
}

/* ---- files and folders --------------------------------------------------------------------- */

static void from_iso(const struct vtc_iso9660_node *in, struct vtc_bootcfg_node *out)
{
    out->where = VTC_IN_ISO;
    out->is_dir = in->is_dir;
    out->is_scattered = in->multi_extent == VTC_ISO9660_SCATTERED;
    out->at = in->lba2048;
    out->bytes = in->bytes;
    out->record_off = in->record_off;
}

static void from_fat(const struct vtc_fat_node *in, struct vtc_bootcfg_node *out)
{
    out->where = VTC_IN_FAT;
    out->is_dir = in->is_dir;
    out->is_scattered = 0;
    out->at = in->first_cluster;
    out->bytes = in->bytes;
    out->record_off = in->entry_off;
}

static void to_fat(const struct vtc_bootcfg_node *in, struct vtc_fat_node *out)
{
    out->first_cluster = in->at;
    out->bytes = (uint32_t)in->bytes;
    out->is_dir = in->is_dir;
    out->entry_off = in->record_off;
}

struct vtc_bootcfg_lookup *vtc_bootcfg_tree_find(struct vtc_bootcfg_scan *s,
                                                 enum vtc_bootcfg_where where, const char *path)
{
    struct vtc_bootcfg_lookup *l;
    uint64_t key = key_of(where, path);
    uint32_t i;
    int rc;

    for (i = 0; i < VTC_BOOTCFG_LOOKUPS; i++)
        if (s->lookup[i].key == key)
            return &s->lookup[i];
    l = &s->lookup[s->lookup_next];
    s->lookup_next = (s->lookup_next + 1) % VTC_BOOTCFG_LOOKUPS;
    memset(l, 0, sizeof(*l));
    if (where == VTC_IN_ISO) {
        rc = vtc_iso9660_find(&s->iso, path, &s->iso_node);
        if (!rc)
            from_iso(&s->iso_node, &l->node);
    } else {
        rc = s->has_fat ? vtc_fat_find(&s->fat, path, &s->fat_node) : VTC_ENOENT;
        if (!rc)
            from_fat(&s->fat_node, &l->node);
    }
    if (s->meter.error)
        return NULL;
    l->key = key;
    l->is_found = !rc;
    l->initrd = VTC_BOOTCFG_NOT_PROBED;
    l->bits = -1;
    return l;
}

struct listing {
    struct vtc_bootcfg_scan *s;
    void (*visit)(struct vtc_bootcfg_scan *s, const char *name,
                  const struct vtc_bootcfg_node *node);
};

static int visit_iso(void *ctx, const struct vtc_iso9660_node *node)
{
    struct listing *l = ctx;
    struct vtc_bootcfg_node n;

    from_iso(node, &n);
    l->visit(l->s, node->name, &n);
    return 0;
}

static int visit_fat(void *ctx, const struct vtc_fat_node *node)
{
    struct listing *l = ctx;
    struct vtc_bootcfg_node n;

    from_fat(node, &n);
    l->visit(l->s, node->name, &n);
    return 0;
}

void vtc_bootcfg_tree_list(struct vtc_bootcfg_scan *s, const struct vtc_bootcfg_node *dir,
                           void (*visit)(struct vtc_bootcfg_scan *s, const char *name,
                                         const struct vtc_bootcfg_node *node))
{
    struct listing l = {s, visit};

    if (dir->where == VTC_IN_FAT) {
        to_fat(dir, &s->fat_node);
        vtc_fat_list(&s->fat, &s->fat_node, visit_fat, &l);
        return;
    }
    s->iso_node.lba2048 = dir->at;
    s->iso_node.bytes = dir->bytes;
    s->iso_node.is_dir = dir->is_dir;
    vtc_iso9660_list(&s->iso, &s->iso_node, visit_iso, &l);
}

static int read_fat_file(void *ctx, uint64_t off, void *buf, uint32_t bytes)
{
    struct vtc_bootcfg_scan *s = ctx;

    return vtc_fat_read(&s->fat, &s->fat_node, (uint32_t)off, buf, bytes);
}

int vtc_bootcfg_tree_file(struct vtc_bootcfg_scan *s, const struct vtc_bootcfg_node *node,
                          struct vtc_reader *reader)
{
    int rc;

    if (node->is_dir || node->is_scattered)
        return VTC_ENOTSUP;
    if (node->where == VTC_IN_FAT) {
        to_fat(node, &s->fat_node);
        reader->read = read_fat_file;
        reader->ctx = s;
        reader->bytes = node->bytes;
        return VTC_OK;
    }
    rc = vtc_slice_init(&s->file_slice, &s->meter.reader,
                        (uint64_t)node->at * VTC_ISO9660_SECTOR_BYTES, node->bytes);
    *reader = s->file_slice.reader;
    return rc;
}

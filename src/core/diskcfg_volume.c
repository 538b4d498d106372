/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files of a disk image, on ext2/3/4 or FAT. */
#include <ventoc/diskcfg_scan.h>

#include <ventoc/mem.h>

int vtc_diskcfg_volume_open(struct vtc_diskcfg_volume *v, const struct vtc_reader *image,
                            uint32_t part_number, uint64_t part_off, uint64_t part_bytes)
{
    int rc;

    memset(v, 0, sizeof(*v));
    if (part_off >= image->bytes)
        return VTC_ENOENT;
    if (part_bytes > image->bytes - part_off)
        part_bytes = image->bytes - part_off;
    v->part_number = part_number;
    v->part_off = part_off;
    v->part_bytes = part_bytes;
    v->kind = VTC_DISKCFG_EXT4;
    rc = vtc_ext4_open(&v->ext4, image, part_off, part_bytes);
    if (rc != VTC_ENOENT)
        return rc;
    v->kind = VTC_DISKCFG_FAT;
    rc = vtc_slice_init(&v->slice, image, part_off, part_bytes);
    return rc ? rc : vtc_fat_open(&v->fat, &v->slice.reader);
}

/* ---- folders ------------------------------------------------------------------------------- */

struct listing {
    vtc_diskcfg_visit visit;
    void *ctx;
};

static int visit_ext4(void *ctx, const struct vtc_ext4_entry *e)
{
    const struct listing *l = ctx;
    int any = e->type == VTC_EXT4_ENTRY_ANY || e->type == VTC_EXT4_ENTRY_SYMLINK;

    return l->visit(l->ctx, e->name, any || e->type == VTC_EXT4_ENTRY_DIR,
                    any || e->type == VTC_EXT4_ENTRY_FILE);
}

static int visit_fat(void *ctx, const struct vtc_fat_node *node)
{
    const struct listing *l = ctx;

    return l->visit(l->ctx, node->name, node->is_dir, !node->is_dir);
}

int vtc_diskcfg_volume_list(const struct vtc_diskcfg_volume *v, const char *path,
                            struct vtc_diskcfg_file *file, vtc_diskcfg_visit visit, void *ctx)
{
    struct listing l = {visit, ctx};
    uint32_t inode;
    int rc;

    if (v->kind == VTC_DISKCFG_EXT4) {
        rc = vtc_ext4_lookup(&v->ext4, path, &inode);
        return rc ? rc : vtc_ext4_list(&v->ext4, inode, visit_ext4, &l);
    }
    rc = vtc_fat_find(&v->fat, path, &file->node);
    if (!rc && !file->node.is_dir)
        rc = VTC_ENOENT;
    return rc ? rc : vtc_fat_list(&v->fat, &file->node, visit_fat, &l);
}

/* ---- files --------------------------------------------------------------------------------- */

static int read_ext4(void *ctx, uint64_t off, void *buf, uint32_t bytes)
{
    const struct vtc_diskcfg_file *f = ctx;

    return vtc_ext4_read(&f->volume->ext4, &f->inode, off, buf, bytes);
}

static int read_fat(void *ctx, uint64_t off, void *buf, uint32_t bytes)
{
    const struct vtc_diskcfg_file *f = ctx;

    return vtc_fat_read(&f->volume->fat, &f->node, (uint32_t)off, buf, bytes);
}

int vtc_diskcfg_volume_file(const struct vtc_diskcfg_volume *v, const char *path,
                            struct vtc_diskcfg_file *file)
{
    int rc;

    file->volume = v;
    file->reader.ctx = file;
    if (v->kind == VTC_DISKCFG_EXT4) {
        rc = vtc_ext4_lookup(&v->ext4, path, &file->id);
        if (!rc)
            rc = vtc_ext4_inode_read(&v->ext4, file->id, &file->inode);
        file->reader.read = read_ext4;
        file->reader.bytes = file->inode.bytes;
        return !rc && file->inode.type != VTC_EXT4_REGULAR ? VTC_ENOENT : rc;
    }
    rc = vtc_fat_find(&v->fat, path, &file->node);
    file->id = file->node.first_cluster;
    file->reader.read = read_fat;
    file->reader.bytes = file->node.bytes;
    return !rc && file->node.is_dir ? VTC_ENOENT : rc;
}

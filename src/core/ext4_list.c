/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ext2/3/4: what is in a directory, and what is in a file. */
#include <ventoc/ext4_map.h>

#include <ventoc/mem.h>

#define STOP 1 /* from a visitor of runs: seen what was wanted */

struct listing {
    int (*visit)(void *ctx, const struct vtc_ext4_entry *entry);
    void *ctx;
    struct vtc_ext4_entry entry;
};

static int is_dots(const char *name)
{
    return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

/* Can a path name it? */
static int is_name(const char *name, uint32_t bytes)
{
    uint32_t i;

    for (i = 0; i < bytes; i++)
        if (!name[i] || name[i] == '/')
            return 0;
    return !is_dots(name);
}

static int list_entry(void *ctx, const struct vtc_ext4_dirent *dirent)
{
    struct listing *l = ctx;

    l->entry.inode = dirent->inode;
    l->entry.type = dirent->type;
    memcpy(l->entry.name, dirent->name, dirent->name_bytes);
    l->entry.name[dirent->name_bytes] = '\0';
    return is_name(l->entry.name, dirent->name_bytes) ? l->visit(l->ctx, &l->entry) : VTC_OK;
}

int vtc_ext4_list(const struct vtc_ext4 *fs, uint32_t inode,
                  int (*visit)(void *ctx, const struct vtc_ext4_entry *entry), void *ctx)
{
    struct vtc_ext4_inode node;
    struct listing l;
    int rc = vtc_ext4_inode_read(fs, inode, &node);

    l.visit = visit;
    l.ctx = ctx;
    return rc ? rc : vtc_ext4_dir_walk(fs, &node, list_entry, &l);
}

/* ---- files --------------------------------------------------------------------------------- */

struct reading {
    const struct vtc_ext4 *fs;
    uint64_t at; /* bytes of the file before the next run */
    uint64_t off;
    uint8_t *buf;
    uint32_t left;
};

static int read_run(void *ctx, uint64_t block, uint32_t count)
{
    struct reading *r = ctx;
    uint64_t bytes = (uint64_t)count * r->fs->block_bytes, skip = r->off - r->at;
    uint32_t n;
    int rc;

    r->at += bytes;
    if (skip >= bytes)
        return VTC_OK;
    n = bytes - skip < r->left ? (uint32_t)(bytes - skip) : r->left;
    rc = vtc_reader_read(r->fs->disk, r->fs->part_off + block * r->fs->block_bytes + skip, r->buf,
                         n);
    if (rc)
        return rc;
    r->off += n;
    r->buf += n;
    r->left -= n;
    return r->left ? VTC_OK : STOP;
}

int vtc_ext4_read(const struct vtc_ext4 *fs, const struct vtc_ext4_inode *inode, uint64_t off,
                  void *buf, uint32_t bytes)
{
    struct reading r = {fs, 0, off, buf, bytes};
    const char *why;
    int rc;

    if (inode->type != VTC_EXT4_REGULAR ||
        (inode->flags & (VTC_EXT4_INLINE | VTC_EXT4_ENCRYPTED | VTC_EXT4_COMPRESSED)))
        return VTC_ENOTSUP;
    if (off > inode->bytes || bytes > inode->bytes - off)
        return VTC_EFORMAT;
    if (!bytes)
        return VTC_OK;
    rc = vtc_ext4_map_walk(fs, inode, read_run, &r, &why);
    return rc == STOP ? VTC_OK : rc ? rc : VTC_EFORMAT;
}

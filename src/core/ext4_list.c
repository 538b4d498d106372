/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ext2/3/4: what is in a directory, and what is in a file (kernel documentation, filesystems/ext4,
 * "Directory Entries"). */
#include <ventoc/ext4_map.h>

#include <ventoc/mem.h>
#include <ventoc/window.h>

#define ENTRY_MIN_BYTES 12u
#define ENTRY_NAME_AT   8u
#define BLOCKS_MAX      16384u
#define STOP            1 /* from a visitor of runs: seen what was wanted */

struct listing {
    const struct vtc_ext4 *fs;
    int (*visit)(void *ctx, const struct vtc_ext4_entry *entry);
    void *ctx;
    int result; /* what visit() returned */
    uint32_t blocks_left;
    struct vtc_window window;
    struct vtc_ext4_entry entry;
};

static int is_dots(const char *name)
{
    return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

/* Also right for hashed directories: their inner nodes look like unused entries. */
static int list_block(struct listing *l, uint64_t off)
{
    uint32_t left = l->fs->block_bytes, bytes, name_bytes;
    const uint8_t *e;
    int rc;

    for (; left; left -= bytes, off += bytes) {
        if (left < ENTRY_MIN_BYTES)
            return VTC_EFORMAT;
        rc = vtc_window_get(&l->window, off, ENTRY_MIN_BYTES, &e);
        if (rc)
            return rc;
        bytes = vtc_ext4_entry_bytes(l->fs, e);
        name_bytes = e[6];
        if (bytes < ENTRY_MIN_BYTES || bytes > left || bytes & 3 ||
            name_bytes > bytes - ENTRY_NAME_AT)
            return VTC_EFORMAT;
        if (!vtc_le32(e) || !name_bytes)
            continue;
        rc = vtc_window_get(&l->window, off, ENTRY_NAME_AT + name_bytes, &e);
        if (rc)
            return rc;
        l->entry.inode = vtc_le32(e);
        l->entry.type = e[7];
        memcpy(l->entry.name, e + ENTRY_NAME_AT, name_bytes);
        l->entry.name[name_bytes] = '\0';
        if (is_dots(l->entry.name))
            continue;
        l->result = l->visit(l->ctx, &l->entry);
        if (l->result)
            return STOP;
    }
    return VTC_OK;
}

static int list_run(void *ctx, uint64_t block, uint32_t count)
{
    struct listing *l = ctx;

    for (; count; count--, block++) {
        int rc = l->blocks_left ? VTC_OK : VTC_EFORMAT;

        if (!rc)
            rc = list_block(l, l->fs->part_off + block * l->fs->block_bytes);
        if (rc)
            return rc;
        l->blocks_left--;
    }
    return VTC_OK;
}

int vtc_ext4_list(const struct vtc_ext4 *fs, uint32_t inode,
                  int (*visit)(void *ctx, const struct vtc_ext4_entry *entry), void *ctx)
{
    struct vtc_ext4_inode node;
    struct listing l;
    const char *why;
    int rc = vtc_ext4_inode_read(fs, inode, &node);

    if (rc)
        return rc;
    if (node.type != VTC_EXT4_DIR)
        return VTC_ENOENT;
    if (node.flags & (VTC_EXT4_INLINE | VTC_EXT4_ENCRYPTED))
        return VTC_ENOTSUP;
    l.fs = fs;
    l.visit = visit;
    l.ctx = ctx;
    l.result = 0;
    l.blocks_left = BLOCKS_MAX;
    vtc_window_init(&l.window, fs->disk);
    rc = vtc_ext4_map_walk(fs, &node, list_run, &l, &why);
    return rc == VTC_EHOLE ? VTC_EFORMAT : rc == STOP ? l.result : rc;
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

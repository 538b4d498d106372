/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ext2/3/4: from a path to an inode number, symbolic links followed. */
#include <ventoc/bytes.h>
#include <ventoc/ext4_map.h>
#include <ventoc/mem.h>
#include <ventoc/window.h>

#define ROOT_INODE      2u
#define NAME_MAX_BYTES  255u
#define ENTRY_MIN_BYTES 12u
#define ENTRY_NAME_AT   8u
#define MAX_SYMLINKS    8u
#define LINK_MAX_BYTES  4095u
#define FAST_LINK_BYTES 60u /* shorter targets stand in the inode itself */

/*
 * A path still to be walked: text in memory, or a symbolic link's target where it lies on the
 * disk. Read component by component, targets need no buffer of their length.
 */
struct source {
    const char *text; /* NULL: on the disk */
    uint64_t off;     /* bytes on the disk */
    uint32_t left;    /* bytes */
};

/* A lookup under way: the innermost source is pending[count - 1]. */
struct lookup {
    const struct vtc_ext4 *fs;
    struct source pending[MAX_SYMLINKS + 1];
    uint32_t count, symlinks;
    uint32_t name_bytes; /* of the component being looked for */
    uint8_t name[NAME_MAX_BYTES];
    uint32_t found; /* inode of the name, 0: not found */
    struct vtc_window window;
};

/* *c: the next character of a source; left > 0. */
static int peek(struct lookup *l, const struct source *s, uint8_t *c)
{
    const uint8_t *p = (const uint8_t *)s->text;
    int rc = VTC_OK;

    if (!p)
        rc = vtc_window_get(&l->window, s->off, 1, &p);
    if (!rc)
        *c = *p;
    return rc;
}

static void step(struct source *s)
{
    if (s->text)
        s->text++;
    else
        s->off++;
    s->left--;
}

/* The next component of a source into l->name; name_bytes 0 when there is none. */
static int next_name(struct lookup *l, struct source *s)
{
    uint8_t c;

    for (l->name_bytes = 0; s->left; step(s)) {
        int rc = peek(l, s, &c);

        if (rc)
            return rc;
        if (c == '/' && l->name_bytes)
            return VTC_OK;
        if (c == '/')
            continue;
        if (l->name_bytes == NAME_MAX_BYTES)
            return VTC_ENOENT;
        l->name[l->name_bytes++] = c;
    }
    return VTC_OK;
}

/* Search one directory block, at a byte offset of the disk. Also right for hashed directories:
 * their inner nodes look like unused entries. */
static int search_block(struct lookup *l, uint64_t off)
{
    uint32_t left = l->fs->block_bytes, bytes;

    for (; left; left -= bytes, off += bytes) {
        const uint8_t *e;
        uint32_t name_bytes;
        int rc;

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
        if (!vtc_le32(e) || name_bytes != l->name_bytes)
            continue;
        rc = vtc_window_get(&l->window, off, ENTRY_NAME_AT + name_bytes, &e);
        if (rc)
            return rc;
        if (memcmp(e + ENTRY_NAME_AT, l->name, name_bytes) == 0) {
            l->found = vtc_le32(e);
            return VTC_OK;
        }
    }
    return VTC_OK;
}

#define STOP 1 /* from a visitor: seen what was wanted */

static int search_run(void *ctx, uint64_t block, uint32_t count)
{
    struct lookup *l = ctx;

    for (; count; count--, block++) {
        int rc = search_block(l, l->fs->part_off + block * l->fs->block_bytes);

        if (rc || l->found)
            return rc ? rc : STOP;
    }
    return VTC_OK;
}

static int keep_block(void *ctx, uint64_t block, uint32_t count)
{
    (void)count;
    *(uint64_t *)ctx = block;
    return STOP;
}

/* A walk over metadata: holes are damage there, and stopping is no error. */
static int walk_metadata(const struct vtc_ext4 *fs, const struct vtc_ext4_inode *inode,
                         int (*visit)(void *ctx, uint64_t block, uint32_t count), void *ctx)
{
    const char *why;
    int rc;

    if (inode->flags & (VTC_EXT4_INLINE | VTC_EXT4_ENCRYPTED))
        return VTC_ENOTSUP;
    rc = vtc_ext4_map_walk(fs, inode, visit, ctx, &why);
    return rc == VTC_EHOLE ? VTC_EFORMAT : rc == STOP ? VTC_OK : rc;
}

/* Find l->name in directory `number`; *node, *found: what it names. */
static int find_name(struct lookup *l, uint32_t number, struct vtc_ext4_inode *node)
{
    int rc = vtc_ext4_inode_read(l->fs, number, node);

    if (rc)
        return rc;
    if (node->type != VTC_EXT4_DIR)
        return VTC_ENOENT;
    l->found = 0;
    rc = walk_metadata(l->fs, node, search_run, l);
    if (rc)
        return rc;
    return l->found ? vtc_ext4_inode_read(l->fs, l->found, node) : VTC_ENOENT;
}

/* Go on with a symbolic link's target; *dir becomes the root when it is absolute. A target is
 * shorter than a block, so it lies in one piece. */
static int push_symlink(struct lookup *l, const struct vtc_ext4_inode *link, uint32_t *dir)
{
    struct source *s = &l->pending[l->count];
    uint8_t c;
    int rc;

    if (l->symlinks++ == MAX_SYMLINKS)
        return VTC_ENOTSUP;
    if (!link->bytes || link->bytes > LINK_MAX_BYTES || link->bytes > l->fs->block_bytes)
        return VTC_EFORMAT;
    s->text = NULL;
    s->off = link->block_map_off;
    s->left = (uint32_t)link->bytes;
    if (link->bytes >= FAST_LINK_BYTES) {
        uint64_t block = 0;

        rc = walk_metadata(l->fs, link, keep_block, &block);
        if (rc)
            return rc;
        s->off = l->fs->part_off + block * l->fs->block_bytes;
    } else if (link->flags & (VTC_EXT4_INLINE | VTC_EXT4_ENCRYPTED)) {
        return VTC_ENOTSUP;
    }
    rc = peek(l, s, &c);
    if (rc)
        return rc;
    if (c == '/')
        *dir = ROOT_INODE;
    l->count++;
    return VTC_OK;
}

int vtc_ext4_lookup(const struct vtc_ext4 *fs, const char *path, uint32_t *inode)
{
    struct vtc_ext4_inode node;
    struct lookup l;
    uint32_t dir = ROOT_INODE;

    l.fs = fs;
    l.count = 1;
    l.symlinks = 0;
    l.pending[0].text = path;
    for (l.pending[0].left = 0; path[l.pending[0].left];)
        l.pending[0].left++;
    vtc_window_init(&l.window, fs->disk);
    while (l.count) {
        int rc = next_name(&l, &l.pending[l.count - 1]);

        if (rc)
            return rc;
        if (!l.name_bytes) {
            l.count--;
            continue;
        }
        rc = find_name(&l, dir, &node);
        if (rc)
            return rc;
        if (node.type != VTC_EXT4_SYMLINK)
            dir = l.found;
        else
            rc = push_symlink(&l, &node, &dir);
        if (rc)
            return rc;
    }
    *inode = dir;
    return VTC_OK;
}

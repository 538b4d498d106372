/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ext2/3/4: from a path to an inode number, symbolic links followed. */
#include <ventoc/bytes.h>
#include <ventoc/ext4_map.h>
#include <ventoc/mem.h>
#include <ventoc/window.h>

#define ROOT_INODE      2u
#define NAME_MAX_BYTES  255u
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

#define STOP 1 /* from a visitor: seen what was wanted */

static int match_entry(void *ctx, const struct vtc_ext4_dirent *entry)
{
    struct lookup *l = ctx;

    if (entry->name_bytes != l->name_bytes || memcmp(entry->name, l->name, l->name_bytes) != 0)
        return VTC_OK;
    l->found = entry->inode;
    return STOP;
}

/* Find l->name in directory `number`; *node, l->found: what it names. */
static int find_name(struct lookup *l, uint32_t number, struct vtc_ext4_inode *node)
{
    int rc = vtc_ext4_inode_read(l->fs, number, node);

    if (!rc)
        rc = vtc_ext4_dir_walk(l->fs, node, match_entry, l);
    if (rc != STOP)
        return rc ? rc : VTC_ENOENT;
    return vtc_ext4_inode_read(l->fs, l->found, node);
}

static int keep_block(void *ctx, uint64_t block, uint32_t count)
{
    (void)count;
    *(uint64_t *)ctx = block;
    return STOP;
}

/* Where the target of a symbolic link that has a block begins. A hole is damage there. */
static int find_target(const struct lookup *l, const struct vtc_ext4_inode *link, uint64_t *off)
{
    uint64_t block = 0;
    const char *why;
    int rc = vtc_ext4_map_walk(l->fs, link, keep_block, &block, &why);

    *off = l->fs->part_off + block * l->fs->block_bytes;
    return rc == STOP ? VTC_OK : rc && rc != VTC_EHOLE ? rc : VTC_EFORMAT;
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
    if (link->flags & (VTC_EXT4_INLINE | VTC_EXT4_ENCRYPTED))
        return VTC_ENOTSUP;
    s->text = NULL;
    s->off = link->block_map_off;
    s->left = (uint32_t)link->bytes;
    rc = link->bytes >= FAST_LINK_BYTES ? find_target(l, link, &s->off) : VTC_OK;
    if (rc)
        return rc;
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

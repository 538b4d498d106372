/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ext2/3/4: the entries of a directory (kernel documentation, filesystems/ext4, "Directory
 * Entries"). Also right for hashed directories: their inner nodes look like unused entries. */
#include <ventoc/ext4_map.h>

#include <ventoc/window.h>

#define ENTRY_MIN_BYTES 12u
#define ENTRY_NAME_AT   8u
#define BLOCKS_MAX      16384u
#define STOP            1 /* from a visitor of runs: visit() has seen what it wanted */

struct dir_walk {
    const struct vtc_ext4 *fs;
    int (*visit)(void *ctx, const struct vtc_ext4_dirent *entry);
    void *ctx;
    int result; /* what visit() returned */
    uint32_t blocks_left;
    struct vtc_window window;
};

/* One block, at a byte offset of the disk. */
static int walk_block(struct dir_walk *w, uint64_t off)
{
    uint32_t left = w->fs->block_bytes, bytes;
    struct vtc_ext4_dirent entry;
    const uint8_t *e;
    int rc;

    for (; left; left -= bytes, off += bytes) {
        if (left < ENTRY_MIN_BYTES)
            return VTC_EFORMAT;
        rc = vtc_window_get(&w->window, off, ENTRY_MIN_BYTES, &e);
        if (rc)
            return rc;
        bytes = vtc_ext4_entry_bytes(w->fs, e);
        entry.inode = vtc_le32(e);
        entry.name_bytes = e[6];
        entry.type = e[7];
        if (bytes < ENTRY_MIN_BYTES || bytes > left || bytes & 3 ||
            entry.name_bytes > bytes - ENTRY_NAME_AT)
            return VTC_EFORMAT;
        if (!entry.inode || !entry.name_bytes)
            continue;
        rc = vtc_window_get(&w->window, off, ENTRY_NAME_AT + entry.name_bytes, &e);
        if (rc)
            return rc;
        entry.name = e + ENTRY_NAME_AT;
        w->result = w->visit(w->ctx, &entry);
        if (w->result)
            return STOP;
    }
    return VTC_OK;
}

static int walk_run(void *ctx, uint64_t block, uint32_t count)
{
    struct dir_walk *w = ctx;
    int rc = VTC_OK;

    for (; !rc && count; count--, block++)
        rc = w->blocks_left-- ? walk_block(w, w->fs->part_off + block * w->fs->block_bytes)
                              : VTC_EFORMAT;
    return rc;
}

int vtc_ext4_dir_walk(const struct vtc_ext4 *fs, const struct vtc_ext4_inode *dir,
                      int (*visit)(void *ctx, const struct vtc_ext4_dirent *entry), void *ctx)
{
    struct dir_walk w;
    const char *why;
    int rc;

    if (dir->type != VTC_EXT4_DIR)
        return VTC_ENOENT;
    if (dir->flags & (VTC_EXT4_INLINE | VTC_EXT4_ENCRYPTED))
        return VTC_ENOTSUP;
    w.fs = fs;
    w.visit = visit;
    w.ctx = ctx;
    w.result = 0;
    w.blocks_left = BLOCKS_MAX;
    vtc_window_init(&w.window, fs->disk);
    rc = vtc_ext4_map_walk(fs, dir, walk_run, &w, &why);
    return rc == VTC_EHOLE ? VTC_EFORMAT : rc == STOP ? w.result : rc;
}

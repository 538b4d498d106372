/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "original.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ventoc/handoff.h>

#include "sys.h"
#include "text.h"

/* A symbolic link into /ventoc: one that an archive of ours made. */
static int is_ours(const char *path)
{
    char target[64];
    ssize_t n = readlink(path, target, sizeof target - 1);

    if (n < 0)
        return 0;
    target[n] = 0;
    return vtc_text_starts(target, "/ventoc/") || vtc_text_starts(target, "ventoc/");
}

static int newer(const struct stat *a, const struct stat *b)
{
    return a->st_ctim.tv_sec != b->st_ctim.tv_sec ? a->st_ctim.tv_sec > b->st_ctim.tv_sec
                                                  : a->st_ctim.tv_nsec >= b->st_ctim.tv_nsec;
}

static void saved_name(struct vtc_text *path, const char *root, const char *prefix, unsigned number)
{
    vtc_text_make(path, root, prefix, NULL);
    vtc_text_dec(path, number);
}

/* The file called name, of those saved under the prefix. */
static int restore(const char *root, const char *name, const char *prefix, struct vtc_text *path)
{
    struct vtc_text saved;
    struct stat st, best_st;
    int best = -1;
    unsigned i;

    memset(&best_st, 0, sizeof best_st);
    /* Each archive was unpacked behind the initrd it belongs to, and linking marks the time: of
     * several inits that lay at /init one after the other, the kernel would have run the last. */
    for (i = 0; i < VTC_HANDOFF_SAVED_MAX; i++) {
        saved_name(&saved, root, prefix, i);
        if (lstat(saved.s, &st))
            continue;
        if (is_ours(saved.s)) {
            unlink(saved.s);
        } else if (best < 0 || newer(&st, &best_st)) {
            best = (int)i;
            best_st = st;
        }
    }
    vtc_text_make(path, root, name, NULL);
    if (best < 0) {
        if (is_ours(path->s))
            unlink(path->s);
        return is_ours(path->s) ? -1 : lstat(path->s, &st);
    }
    /* one that is not ours was unpacked behind all of our archives */
    saved_name(&saved, root, prefix, (unsigned)best);
    if ((lstat(path->s, &st) || is_ours(path->s)) && rename(saved.s, path->s)) {
        *path = saved;
        return 0;
    }
    for (i = 0; i < VTC_HANDOFF_SAVED_MAX; i++) {
        saved_name(&saved, root, prefix, i);
        unlink(saved.s);
    }
    return 0;
}

int vtc_original_restore(const char *root, struct vtc_text *path)
{
    restore(root, "/etc/init", VTC_HANDOFF_SAVED_ETC_PREFIX, path); /* mostly there is none */
    return restore(root, "/init", VTC_HANDOFF_SAVED_PREFIX, path);
}

struct folder {
    int fd, depth;
};

/* Names are unlinked, never followed: one of ours is a link to /. */
static int remove_entry(void *ctx, const char *name)
{
    const struct folder *f = ctx;
    struct folder below;

    if (!unlinkat(f->fd, name, 0))
        return 0;
    below.fd = openat(f->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (below.fd < 0)
        return 0;
    below.depth = f->depth + 1;
    if (below.depth < 4)
        vtc_sys_list(below.fd, ".", remove_entry, &below);
    close(below.fd);
    unlinkat(f->fd, name, AT_REMOVEDIR);
    return 0;
}

void vtc_original_clean(const char *root)
{
    struct vtc_text path;
    struct folder top = {-1, 0};

    vtc_text_make(&path, root, "/ventoc", NULL);
    top.fd = open(path.s, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (top.fd < 0)
        return;
    vtc_sys_list(top.fd, ".", remove_entry, &top);
    close(top.fd);
    rmdir(path.s);
}

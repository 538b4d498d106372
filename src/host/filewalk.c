/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/filewalk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ventoc/classify.h>
#include <ventoc/natsort.h>

#include "host/sums.h"

struct waiting {
    char *path;
    unsigned depth;
    struct vtc_volume_node node;
};

struct walk {
    struct waiting *folder; /* found, and not looked into yet: the last one is next */
    size_t count, capacity;
    struct vtc_filewalk_file *file; /* of the folder that is being listed */
    size_t file_count, file_capacity;
    struct waiting here;
    unsigned nodes;
    int cut, rc;
};

/* Room for one more; returns the new storage or NULL. */
static void *more(void *v, size_t count, size_t *capacity, size_t size)
{
    void *grown;

    if (count < *capacity)
        return v;
    grown = reallocarray(v, *capacity ? *capacity * 2 : 16, size);
    if (grown)
        *capacity = *capacity ? *capacity * 2 : 16;
    return grown;
}

/* As the boot menu: what file managers and systems make never holds somebody's images. */
static int is_skipped(const char *name)
{
    return name[0] == '.' || name[0] == '$' || strcmp(name, "lost+found") == 0 ||
           strcasecmp(name, "System Volume Information") == 0;
}

static int add_folder(struct walk *walk, const char *name, const struct vtc_volume_node *node)
{
    struct waiting *grown;
    char *path;

    if (is_skipped(name))
        return 0;
    if (walk->here.depth + 1 >= VTC_FILEWALK_DEPTH_MAX) {
        walk->cut = 1;
        return 0;
    }
    grown = more(walk->folder, walk->count, &walk->capacity, sizeof(*grown));
    if (!grown || asprintf(&path, "%s/%s", walk->here.path, name) < 0)
        return -ENOMEM;
    walk->folder = grown;
    walk->folder[walk->count++] = (struct waiting){path, walk->here.depth + 1, *node};
    return 0;
}

static int add_file(struct walk *walk, const char *name, const struct vtc_volume_node *node)
{
    size_t stem;
    int is_image = vtc_classify_name(name) != VTC_TYPE_NONE;
    int is_sums = !is_image && vtc_sums_file_of(name, &stem) != VTC_SUMS_FILE_NONE;
    struct vtc_filewalk_file *grown;
    char *copy;

    if (!is_image && !is_sums)
        return 0;
    grown = more(walk->file, walk->file_count, &walk->file_capacity, sizeof(*grown));
    if (!grown)
        return -ENOMEM;
    walk->file = grown;
    copy = strdup(name);
    if (!copy)
        return -ENOMEM;
    walk->file[walk->file_count++] = (struct vtc_filewalk_file){copy, is_sums, *node};
    return 0;
}

static int take(void *ctx, const char *name, const struct vtc_volume_node *node)
{
    struct walk *walk = ctx;

    if (walk->nodes >= VTC_FILEWALK_NODES_MAX) {
        walk->cut = 1;
        return 1;
    }
    walk->nodes++;
    walk->rc = node->is_dir ? add_folder(walk, name, node) : add_file(walk, name, node);
    return walk->rc != 0;
}

static int by_name(const void *a, const void *b)
{
    const struct vtc_filewalk_file *x = a, *y = b;

    return vtc_natsort_compare(x->name, y->name);
}

static int folder_by_name(const void *a, const void *b)
{
    const struct waiting *x = a, *y = b;

    return vtc_natsort_compare(y->path, x->path); /* the last one is next */
}

static void drop_files(struct walk *walk)
{
    while (walk->file_count)
        free(walk->file[--walk->file_count].name);
}

static int walk_folder(struct walk *walk, const struct vtc_volume *volume,
                       int (*visit)(void *ctx, const struct vtc_filewalk_folder *folder), void *ctx)
{
    struct vtc_filewalk_folder folder = {.path = walk->here.path};
    size_t before = walk->count;
    int rc;

    walk->rc = 0;
    folder.rc = vtc_volume_list(volume, &walk->here.node, take, walk);
    if (folder.rc > 0) /* stopped by take() */
        folder.rc = 0;
    if (walk->count > before + 1)
        qsort(walk->folder + before, walk->count - before, sizeof(*walk->folder), folder_by_name);
    if (walk->file_count > 1)
        qsort(walk->file, walk->file_count, sizeof(*walk->file), by_name);
    folder.file = walk->file;
    folder.count = walk->file_count;
    rc = walk->rc ? walk->rc : visit(ctx, &folder);
    drop_files(walk);
    return rc;
}

int vtc_filewalk(const struct vtc_volume *volume, const volatile sig_atomic_t *stop,
                 int (*visit)(void *ctx, const struct vtc_filewalk_folder *folder), void *ctx,
                 int *cut)
{
    struct walk walk = {.here = {.path = strdup("")}};
    int rc = walk.here.path ? 0 : -ENOMEM;

    vtc_volume_root(volume, &walk.here.node);
    while (!rc) {
        rc = stop && *stop ? -EINTR : walk_folder(&walk, volume, visit, ctx);
        if (rc || !walk.count)
            break;
        free(walk.here.path);
        walk.here = walk.folder[--walk.count];
    }
    *cut = walk.cut;
    free(walk.here.path);
    while (walk.count)
        free(walk.folder[--walk.count].path);
    drop_files(&walk);
    free(walk.folder);
    free(walk.file);
    return rc;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scan the data partition for images: folders as they are, names in natural order. */
#include <grub/charset.h>
#include <grub/device.h>
#include <grub/disk.h>
#include <grub/fs.h>
#include <grub/lockdown.h>
#include <grub/misc.h>
#include <grub/mm.h>

#include <ventoc/natsort.h>

#include "exfat_scan.h"
#include "vtc.h"

#define DEPTH_MAX 32u
#define NODES_MAX 200000u

static struct vtc_tree tree;
static grub_uint32_t capacity;

struct listing {
    grub_uint32_t parent;
    grub_err_t err;
};

/* Append a node; returns its index, 0 on failure (0 is the root and never appended twice). */
static grub_uint32_t add_node(const char *name, enum vtc_image_type type, grub_uint32_t parent)
{
    struct vtc_tree_node *node;

    if (tree.count == capacity) {
        grub_uint32_t wider = capacity ? capacity * 2 : 64;
        struct vtc_tree_node *v;

        v = grub_realloc(tree.v, wider * sizeof(*v));
        if (!v)
            return 0;
        tree.v = v;
        capacity = wider;
    }
    node = &tree.v[tree.count];
    grub_memset(node, 0, sizeof(*node));
    node->name = grub_strdup(name);
    if (!node->name)
        return 0;
    node->type = type;
    node->parent = parent;
    for (const char *c = name; *c; c++)
        if ((grub_uint8_t)*c >= 0x80)
            tree.has_non_ascii = 1;
    return tree.count++;
}

/* Folders that file managers and systems make and that never hold somebody's images. */
static int skip_folder(const char *name)
{
    return name[0] == '.' || name[0] == '$' || grub_strcmp(name, "lost+found") == 0 ||
           grub_strcasecmp(name, "System Volume Information") == 0;
}

/* A member of the folder that is being listed. Returns nonzero to stop. */
static int take_entry(struct listing *listing, const char *name, int is_dir)
{
    enum vtc_image_type type = VTC_TYPE_NONE;

    if (is_dir) {
        if (skip_folder(name))
            return 0;
    } else {
        type = vtc_classify_name(name);
        if (type == VTC_TYPE_NONE)
            return 0;
    }
    if (tree.count >= NODES_MAX) /* what was found so far is still a menu */
        return 1;
    if (!add_node(name, type, listing->parent)) {
        listing->err = grub_errno;
        return 1;
    }
    tree.v[listing->parent].child_count++;
    if (type != VTC_TYPE_NONE)
        tree.image_count++;
    return 0;
}

static int entry_hook(const char *name, const struct grub_dirhook_info *info, void *data)
{
    return take_entry(data, name, info->dir);
}

static int exfat_hook(void *ctx, const char *name, const struct vtc_exfat_node *node)
{
    grub_uint32_t before = tree.count;
    int stop = take_entry(ctx, name, node->is_dir);

    if (tree.count > before)
        tree.v[before].exfat = *node;
    return stop;
}

static int node_less(const struct vtc_tree_node *a, const struct vtc_tree_node *b)
{
    int a_folder = a->type == VTC_TYPE_NONE, b_folder = b->type == VTC_TYPE_NONE;

    if (a_folder != b_folder)
        return a_folder;
    return vtc_natsort_compare(a->name, b->name) < 0;
}

/* Heap sort: in place, no recursion, n log n whatever the order on disk. */
static void sift_down(struct vtc_tree_node *v, grub_uint32_t root, grub_uint32_t end)
{
    for (;;) {
        grub_uint32_t child = 2 * root + 1;
        struct vtc_tree_node swap;

        if (child >= end)
            return;
        if (child + 1 < end && node_less(&v[child], &v[child + 1]))
            child++;
        if (!node_less(&v[root], &v[child]))
            return;
        swap = v[root];
        v[root] = v[child];
        v[child] = swap;
        root = child;
    }
}

static void sort_nodes(struct vtc_tree_node *v, grub_uint32_t count)
{
    for (grub_uint32_t i = count / 2; i-- > 0;)
        sift_down(v, i, count);
    for (grub_uint32_t end = count; end > 1;) {
        struct vtc_tree_node last = v[--end];

        v[end] = v[0];
        v[0] = last;
        sift_down(v, 0, end);
    }
}

/* The path of a folder inside the file system, "/a/b"; the caller frees it. */
static char *inner_path(grub_uint32_t index)
{
    char *path = grub_strdup("");

    while (path && index) {
        char *longer = grub_xasprintf("/%s%s", tree.v[index].name, path);

        grub_free(path);
        path = longer;
        index = tree.v[index].parent;
    }
    if (path && !*path) {
        grub_free(path);
        path = grub_strdup("/");
    }
    return path;
}

static grub_uint32_t depth_of(grub_uint32_t index)
{
    grub_uint32_t depth = 0;

    while (index) {
        index = tree.v[index].parent;
        depth++;
    }
    return depth;
}

/* Where the images are listed from: exFAT in small reads of our own, else GRUB's driver. */
struct source {
    grub_device_t device;
    grub_fs_t fs;
    struct vtc_exfat_scan exfat;
    int is_exfat;
};

static grub_err_t read_folder(struct source *source, struct listing *listing)
{
    char *path;

    if (source->is_exfat) {
        struct vtc_exfat_node folder = tree.v[listing->parent].exfat;

        /* what could be read of a damaged folder is kept */
        if (vtc_exfat_list(&source->exfat.fs, &folder, exfat_hook, listing) == VTC_EIO &&
            listing->parent == 0)
            return grub_error(GRUB_ERR_READ_ERROR, "the stick could not be read; try another port");
        return listing->err;
    }
    path = inner_path(listing->parent);
    if (!path)
        return grub_errno;
    source->fs->fs_dir(source->device, path, entry_hook, listing);
    grub_free(path);
    if (listing->err)
        return grub_errno = listing->err;
    if (listing->parent) /* one unreadable folder must not hide the others */
        grub_errno = GRUB_ERR_NONE;
    return grub_errno;
}

/* List one folder behind the nodes so far and sort it. Its subfolders' turn comes later: the
 * breadth-first order keeps each folder's children together. */
static grub_err_t list_folder(struct source *source, grub_uint32_t index)
{
    struct listing listing = {.parent = index, .err = GRUB_ERR_NONE};
    grub_err_t err = GRUB_ERR_NONE;

    tree.v[index].first_child = tree.count;
    if (depth_of(index) < DEPTH_MAX)
        err = read_folder(source, &listing);
    if (err == GRUB_ERR_NONE)
        sort_nodes(tree.v + tree.v[index].first_child, tree.v[index].child_count);
    return err;
}

/* Why GRUB reads no file system there. */
static grub_err_t no_file_system(grub_device_t device, const char *device_name)
{
    char boot_sector[GRUB_DISK_SECTOR_SIZE] = "";

    grub_errno = GRUB_ERR_NONE;
    if (grub_is_lockdown() && device->disk &&
        grub_disk_read(device->disk, 0, 0, sizeof(boot_sector), boot_sector) == GRUB_ERR_NONE &&
        grub_memcmp(boot_sector + 3, "NTFS    ", 8) == 0)
        return grub_error(GRUB_ERR_UNKNOWN_FS,
                          "the data partition is NTFS, which GRUB does not read while Secure Boot "
                          "is on. Turn Secure Boot off, or make the partition exFAT, FAT32 or "
                          "ext4 (save the files first) and copy the images again");
    grub_errno = GRUB_ERR_NONE;
    return grub_error(GRUB_ERR_UNKNOWN_FS,
                      "the data partition (%s) has no file system this menu can read; exFAT, "
                      "FAT32, NTFS and ext4 work%s",
                      device_name, grub_is_lockdown() ? ", NTFS without Secure Boot only" : "");
}

static grub_err_t open_source(struct source *source, const char *device_name)
{
    grub_memset(source, 0, sizeof(*source));
    source->is_exfat = vtc_exfat_scan_begin(&source->exfat, device_name);
    if (source->is_exfat)
        return GRUB_ERR_NONE;
    source->device = grub_device_open(device_name);
    if (!source->device)
        return grub_errno;
    source->fs = grub_fs_probe(source->device);
    if (source->fs)
        return GRUB_ERR_NONE;
    no_file_system(source->device, device_name);
    grub_device_close(source->device);
    return grub_errno;
}

static grub_err_t scan(const char *device_name)
{
    struct source source;
    grub_err_t err = open_source(&source, device_name);

    if (err)
        return err;
    add_node("", VTC_TYPE_NONE, 0);
    if (source.is_exfat)
        vtc_exfat_root(&source.exfat.fs, &tree.v[0].exfat);
    for (grub_uint32_t i = 0; i < tree.count && err == GRUB_ERR_NONE; i++)
        if (tree.v[i].type == VTC_TYPE_NONE)
            err = list_folder(&source, i);
    if (source.is_exfat)
        vtc_exfat_scan_end(&source.exfat);
    else
        grub_device_close(source.device);
    return err;
}

static void forget(void)
{
    for (grub_uint32_t i = 0; i < tree.count; i++)
        grub_free(tree.v[i].name);
    grub_free(tree.v);
    grub_memset(&tree, 0, sizeof(tree));
    capacity = 0;
}

const struct vtc_tree *vtc_tree_get(void)
{
    const struct vtc_stick *stick;

    if (tree.count)
        return &tree;
    stick = vtc_stick_get();
    if (!stick->found)
        return NULL;
    if (!stick->data_name) {
        grub_error(GRUB_ERR_BAD_PART_TABLE,
                   "the partition table of %s has no data partition where the stick record says it "
                   "is; it was repartitioned",
                   stick->disk_name);
        return NULL;
    }
    if (scan(stick->data_name) != GRUB_ERR_NONE) {
        forget();
        return NULL;
    }
    return &tree;
}

char *vtc_tree_path(const struct vtc_tree *t, grub_uint32_t index)
{
    char *inner, *path;

    if (index >= t->count)
        return NULL;
    inner = inner_path(index);
    if (!inner)
        return NULL;
    path = grub_xasprintf("(%s)%s", vtc_stick_get()->data_name, inner);
    grub_free(inner);
    return path;
}

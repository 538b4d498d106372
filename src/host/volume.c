/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/volume.h"

#include <stdlib.h>
#include <string.h>

#include <ventoc/ext4_map.h>

#include "host/exfat_volume.h"

#define EXT4_ROOT_INODE 2u

_Static_assert(VTC_VOLUME_PIECES_MAX == 524288, "as the words for it say");

const char *vtc_volume_kind_name(enum vtc_volume_kind kind)
{
    static const char *const names[] = {"exFAT", "FAT32", "ext4"};

    return names[kind];
}

static int open_fat32(struct vtc_volume *volume, const struct vtc_reader *disk, uint64_t off,
                      uint64_t bytes)
{
    uint8_t boot[512];
    int rc = vtc_slice_init(&volume->slice, disk, off, bytes);

    if (!rc)
        rc = vtc_reader_read(disk, off, boot, sizeof(boot));
    if (!rc)
        rc = vtc_fat_open(&volume->fat, &volume->slice.reader);
    if (!rc && volume->fat.bits != 32)
        rc = VTC_ENOENT;
    return rc ? rc : vtc_fat_geometry(boot, off, bytes, &volume->geometry);
}

int vtc_volume_open(struct vtc_volume *volume, const struct vtc_reader *disk, uint64_t off,
                    uint64_t bytes)
{
    int rc;

    memset(volume, 0, sizeof(*volume));
    volume->disk = disk;
    rc = vtc_exfat_open(&volume->exfat, disk, off, bytes);
    if (rc != VTC_ENOENT)
        return rc;
    volume->kind = VTC_VOLUME_EXT4;
    rc = vtc_ext4_open(&volume->ext4, disk, off, bytes);
    if (rc != VTC_ENOENT)
        return rc;
    volume->kind = VTC_VOLUME_FAT32;
    rc = open_fat32(volume, disk, off, bytes);
    return rc == VTC_EIO || !rc ? rc : VTC_ENOENT; /* any boot sector may look like one of FAT */
}

void vtc_volume_root(const struct vtc_volume *volume, struct vtc_volume_node *node)
{
    memset(node, 0, sizeof(*node));
    node->is_dir = 1;
    node->start = volume->kind == VTC_VOLUME_EXFAT   ? volume->exfat.root_cluster
                  : volume->kind == VTC_VOLUME_FAT32 ? volume->fat.root_cluster
                                                     : EXT4_ROOT_INODE;
}

/* ---- listing ------------------------------------------------------------------------------- */

struct listing {
    const struct vtc_volume *volume;
    int (*visit)(void *ctx, const char *name, const struct vtc_volume_node *node);
    void *ctx;
};

static int visit_exfat(void *ctx, const char *name, const struct vtc_exfat_node *from)
{
    struct listing *l = ctx;
    struct vtc_volume_node node = {from->first_cluster, from->bytes, from->valid_bytes,
                                   from->is_dir, from->no_fat_chain};

    return l->visit(l->ctx, name, &node);
}

static int visit_fat(void *ctx, const struct vtc_fat_node *from)
{
    struct listing *l = ctx;
    struct vtc_volume_node node = {from->first_cluster, from->bytes, from->bytes, from->is_dir, 0};

    return l->visit(l->ctx, from->name, &node);
}

static int visit_ext4(void *ctx, const struct vtc_ext4_entry *entry)
{
    struct vtc_ext4_inode inode;
    struct listing *l = ctx;
    struct vtc_volume_node node = {.start = entry->inode};
    int rc = vtc_ext4_inode_read(&l->volume->ext4, entry->inode, &inode);

    if (rc)
        return rc;
    if (inode.type != VTC_EXT4_DIR && inode.type != VTC_EXT4_REGULAR)
        return 0;
    node.is_dir = inode.type == VTC_EXT4_DIR;
    node.bytes = node.valid_bytes = inode.bytes;
    return l->visit(l->ctx, entry->name, &node);
}

int vtc_volume_list(const struct vtc_volume *volume, const struct vtc_volume_node *dir,
                    int (*visit)(void *ctx, const char *name, const struct vtc_volume_node *node),
                    void *ctx)
{
    struct listing l = {volume, visit, ctx};

    if (volume->kind == VTC_VOLUME_EXFAT) {
        struct vtc_exfat_node node = {dir->start, dir->bytes, dir->valid_bytes, 1,
                                      dir->no_fat_chain};

        return vtc_exfat_list(&volume->exfat, &node, visit_exfat, &l);
    }
    if (volume->kind == VTC_VOLUME_FAT32) {
        struct vtc_fat_node node;

        memset(&node, 0, sizeof(node));
        node.first_cluster = dir->start;
        node.is_dir = 1;
        return vtc_fat_list(&volume->fat, &node, visit_fat, &l);
    }
    return vtc_ext4_list(&volume->ext4, dir->start, visit_ext4, &l);
}

/* ---- files --------------------------------------------------------------------------------- */

static int file_read(void *ctx, uint64_t off, void *buf, uint32_t bytes)
{
    const struct vtc_volume_file *file = ctx;

    return vtc_image_read(&file->image, file->disk, off, buf, bytes);
}

static int more_pieces(struct vtc_extents *list)
{
    return list->capacity < VTC_VOLUME_PIECES_MAX ? vtc_exfat_volume_grow(list) : VTC_ENOSPC;
}

static int find_extents(const struct vtc_volume *volume, const struct vtc_volume_node *node,
                        struct vtc_extents *list, const char **why)
{
    uint8_t buf[4096];
    uint64_t bytes;

    if (volume->kind == VTC_VOLUME_EXFAT) {
        struct vtc_exfat_node exfat = {node->start, node->bytes, node->valid_bytes, 0,
                                       node->no_fat_chain};

        return vtc_exfat_extents(&volume->exfat, &exfat, buf, sizeof(buf), list, why);
    }
    if (volume->kind == VTC_VOLUME_FAT32)
        return node->bytes ? vtc_fat_chain(&volume->geometry, volume->disk, node->start,
                                           node->bytes, buf, sizeof(buf), list)
                           : VTC_OK;
    return vtc_ext4_extents(&volume->ext4, node->start, &bytes, list, why);
}

int vtc_volume_open_file(const struct vtc_volume *volume, const struct vtc_volume_node *node,
                         struct vtc_volume_file *file, const char **why)
{
    struct vtc_region *regions;
    uint32_t room;
    int rc;

    memset(file, 0, sizeof(*file));
    *why = NULL;
    vtc_extents_init(&file->extents, NULL, 0, more_pieces);
    rc = find_extents(volume, node, &file->extents, why);
    if (rc == VTC_ENOSPC && file->extents.count >= VTC_VOLUME_PIECES_MAX)
        *why = "in more than 524288 pieces";
    if (rc)
        return rc;
    room = file->extents.count + 1;
    regions = calloc(room, sizeof(*regions));
    if (!regions)
        return VTC_ENOSPC;
    file->disk = volume->disk;
    rc = vtc_image_init(&file->image, regions, room, NULL, &file->extents);
    file->image.v = regions; /* to be freed also after a failure */
    file->reader = (struct vtc_reader){file_read, file, file->extents.bytes};
    return rc;
}

void vtc_volume_close_file(struct vtc_volume_file *file)
{
    free(file->extents.v);
    free(file->image.v);
    memset(file, 0, sizeof(*file));
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A data partition that is read without being mounted: its folders, and where its files lie. */
#ifndef VTC_HOST_VOLUME_H
#define VTC_HOST_VOLUME_H

#include <ventoc/exfat.h>
#include <ventoc/ext4.h>
#include <ventoc/extents.h>
#include <ventoc/fat.h>
#include <ventoc/image.h>
#include <ventoc/slice.h>

enum vtc_volume_kind { VTC_VOLUME_EXFAT, VTC_VOLUME_FAT32, VTC_VOLUME_EXT4 };

/* Points into itself, so it stays where it is. */
struct vtc_volume {
    enum vtc_volume_kind kind;
    const struct vtc_reader *disk;
    struct vtc_exfat exfat;
    struct vtc_slice slice; /* of FAT32: the partition */
    struct vtc_fat fat;
    struct vtc_fat_geometry geometry; /* of FAT32 */
    struct vtc_ext4 ext4;
};

struct vtc_volume_node {
    uint32_t start; /* first cluster, or the inode */
    uint64_t bytes, valid_bytes;
    int is_dir, no_fat_chain;
};

/* "exFAT", "FAT32", "ext4". */
const char *vtc_volume_kind_name(enum vtc_volume_kind kind);

/* Begin with the partition [off, off+bytes) of disk, which outlives the volume. Returns 0;
 * VTC_ENOENT: none of the file systems that can be read; VTC_EFORMAT, VTC_ENOTSUP, VTC_EIO. */
int vtc_volume_open(struct vtc_volume *volume, const struct vtc_reader *disk, uint64_t off,
                    uint64_t bytes);

void vtc_volume_root(const struct vtc_volume *volume, struct vtc_volume_node *node);

/* Visit the files and folders of a folder, in its own order; links of ext4 are left out. name is
 * valid during the call. Nonzero stops and is passed on. Returns 0, VTC_EFORMAT, VTC_EIO ... */
int vtc_volume_list(const struct vtc_volume *volume, const struct vtc_volume_node *dir,
                    int (*visit)(void *ctx, const char *name, const struct vtc_volume_node *node),
                    void *ctx);

/* A file in more pieces than this is not opened: what a damaged or hostile file system says must not
 * take all memory. Its list and its regions need 28 MiB. */
#define VTC_VOLUME_PIECES_MAX (1u << 19)

/* A file's content as a reader over the disk. */
struct vtc_volume_file {
    struct vtc_extents extents; /* on the disk */
    struct vtc_image image;
    const struct vtc_reader *disk;
    struct vtc_reader reader;
};

/* Find out where a file lies. Returns 0; VTC_EHOLE, VTC_ENOTSUP: *why says what it is ("sparse",
 * "not fully written" ...); VTC_EFORMAT; VTC_EIO; VTC_ENOSPC: too many pieces (*why says so) or no
 * memory (*why is NULL). file stays where it is. Free with vtc_volume_close_file() in any case. */
int vtc_volume_open_file(const struct vtc_volume *volume, const struct vtc_volume_node *node,
                         struct vtc_volume_file *file, const char **why);
void vtc_volume_close_file(struct vtc_volume_file *file);

#endif

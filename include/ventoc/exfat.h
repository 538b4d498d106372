/* SPDX-License-Identifier: GPL-3.0-or-later */
/* exFAT, read only: from a path to where a file's clusters begin (the chain: fat_chain.h). */
#ifndef VENTOC_EXFAT_H
#define VENTOC_EXFAT_H

#include <ventoc/fat_chain.h>

struct vtc_exfat {
    const struct vtc_reader *disk; /* the whole disk */
    struct vtc_fat_geometry geometry;
    uint32_t root_cluster;
};

struct vtc_exfat_node {
    uint32_t first_cluster; /* 0: no clusters */
    uint64_t bytes;         /* DataLength, exFAT section 7.6.7 */
    uint64_t valid_bytes;   /* ValidDataLength, section 7.6.5: what was ever written */
    int is_dir;
    int no_fat_chain; /* contiguous, the FAT says nothing of it (section 6.3.4.2) */
};

/* Begin with a partition of a disk. part_off, part_bytes: the partition.
 * Returns 0, VTC_ENOENT when it is not exFAT, VTC_EFORMAT, the reader's error. */
int vtc_exfat_open(struct vtc_exfat *fs, const struct vtc_reader *disk, uint64_t part_off,
                   uint64_t part_bytes);

/* Find "/folder/name" (UTF-8). A name matches when its UTF-16 units are equal, ASCII letters
 * ignoring case. Returns 0, VTC_ENOENT, VTC_EFORMAT (entry sets or chains that contradict
 * themselves), the reader's error. */
int vtc_exfat_lookup(const struct vtc_exfat *fs, const char *path, struct vtc_exfat_node *node);

/* The root directory as a node. */
void vtc_exfat_root(const struct vtc_exfat *fs, struct vtc_exfat_node *node);

/* Longest name as UTF-8, with its NUL. */
#define VTC_EXFAT_NAME_BYTES (255u * 3 + 1)

/* Visit the files and folders of a directory in its own order. visit() gets the name (UTF-8, a lone
 * surrogate as U+FFFD) and the node, valid during the call; nonzero stops and is passed on.
 * Returns 0, VTC_EFORMAT (what came before was visited), the reader's error. */
int vtc_exfat_list(const struct vtc_exfat *fs, const struct vtc_exfat_node *dir,
                   int (*visit)(void *ctx, const char *name, const struct vtc_exfat_node *node),
                   void *ctx);

/* The extents of a file. buf: work space for reading the FAT, as for vtc_fat_chain().
 * Returns as vtc_fat_chain(); VTC_EHOLE with *why set when the file is longer than what was
 * written; VTC_EINVAL for a directory. */
int vtc_exfat_extents(const struct vtc_exfat *fs, const struct vtc_exfat_node *node, void *buf,
                      uint32_t buf_bytes, struct vtc_extents *list, const char **why);

#endif

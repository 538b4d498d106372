/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FAT12/16/32, read only: enough to find and read a file in a boot image. */
#ifndef VENTOC_FAT_H
#define VENTOC_FAT_H

#include <ventoc/types.h>

struct vtc_fat {
    const struct vtc_reader *reader;
    unsigned bits; /* 12, 16 or 32 */
    uint32_t sector_bytes, cluster_bytes;
    uint64_t fat_off, root_off, data_off; /* bytes; root_off for FAT12/16 only */
    uint32_t root_entries;                /* FAT12/16 */
    uint32_t root_cluster;                /* FAT32 */
    uint32_t cluster_count;               /* data clusters */
    uint64_t volume_bytes;
    char label[12]; /* BPB_VolLab, "" for "NO NAME" */
};

struct vtc_fat_node {
    uint32_t first_cluster; /* 0: empty file or FAT12/16 root */
    uint32_t bytes;
    int is_dir;
    uint64_t entry_off; /* byte offset of the 32-byte short entry */
    char name[256 * 3]; /* long name as UTF-8, else the short name */
};

/* Microsoft FAT specification 1.03: BPB checked field by field. volume_bytes may exceed the reader
 * (a truncated image). Returns 0, VTC_ENOENT (no BPB), VTC_EFORMAT, VTC_ENOTSUP (FAT32 version).
 * Keeps a pointer to reader. */
int vtc_fat_open(struct vtc_fat *fat, const struct vtc_reader *reader);

/* Find "/EFI/BOOT/BOOTX64.EFI" by long or short names, ignoring ASCII case; "/" is the root.
 * Returns 0, VTC_ENOENT, VTC_EFORMAT; *node is meaningless unless 0. */
int vtc_fat_find(const struct vtc_fat *fat, const char *path, struct vtc_fat_node *node);

/* The root directory as a node. */
void vtc_fat_root(const struct vtc_fat *fat, struct vtc_fat_node *node);

/* Visit the files and folders of the directory *node ("." and ".." left out), which is overwritten:
 * visit() gets it holding one after the other. Nonzero from visit() stops and is passed on.
 * Returns 0, what visit() returned, VTC_EINVAL (not a directory), VTC_EFORMAT, the reader's error. */
int vtc_fat_list(const struct vtc_fat *fat, struct vtc_fat_node *node,
                 int (*visit)(void *ctx, const struct vtc_fat_node *node), void *ctx);

/* The last cluster of a file and how many it has; 0 and 0 for a file without any. A chain that is
 * longer than the file's length asks for is followed one cluster beyond: then that one is given.
 * Returns 0, VTC_EINVAL (a directory), VTC_EFORMAT (chain broken), ... */
int vtc_fat_last_cluster(const struct vtc_fat *fat, const struct vtc_fat_node *node,
                         uint32_t *cluster, uint32_t *count);

/* Read [off, off+bytes) of a file. Returns 0, VTC_EINVAL (a directory), VTC_EFORMAT (chain broken,
 * range), ... */
int vtc_fat_read(const struct vtc_fat *fat, const struct vtc_fat_node *node, uint32_t off,
                 void *buf, uint32_t bytes);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inside of vtc_diskcfg_scan(): one file system, whichever kind it is, and what is still to be
 * looked at in it. For src/core/diskcfg*.c only. */
#ifndef VENTOC_DISKCFG_SCAN_H
#define VENTOC_DISKCFG_SCAN_H

#include <ventoc/diskcfg.h>
#include <ventoc/ext4_map.h>
#include <ventoc/fat.h>
#include <ventoc/slice.h>

/* A file system. */
struct vtc_diskcfg_volume {
    enum vtc_diskcfg_fs kind;
    uint32_t part_number;
    uint64_t part_off, part_bytes;
    struct vtc_ext4 ext4;
    struct vtc_slice slice; /* the partition, for FAT */
    struct vtc_fat fat;
};

/* A file in it, with its bytes as a reader. Must not move. */
struct vtc_diskcfg_file {
    const struct vtc_diskcfg_volume *volume;
    uint32_t id; /* inode or first cluster */
    struct vtc_ext4_inode inode;
    struct vtc_fat_node node;
    struct vtc_reader reader;
};

/* Called for every name in a folder. may_be_dir, may_be_file: a symbolic link is both. */
typedef int (*vtc_diskcfg_visit)(void *ctx, const char *name, int may_be_dir, int may_be_file);

/* Open what is in [part_off, part_off+part_bytes) of the image. Returns 0, VTC_ENOENT: neither
 * kind, VTC_ENOTSUP, VTC_EFORMAT, ... */
int vtc_diskcfg_volume_open(struct vtc_diskcfg_volume *v, const struct vtc_reader *image,
                            uint32_t part_number, uint64_t part_off, uint64_t part_bytes);

/* Visit a folder. file: work space. Returns 0, what visit() returned, VTC_ENOENT: no such folder ... */
int vtc_diskcfg_volume_list(const struct vtc_diskcfg_volume *v, const char *path,
                            struct vtc_diskcfg_file *file, vtc_diskcfg_visit visit, void *ctx);

/* Open a file. Returns 0, VTC_ENOENT: there is none, or it is no regular file ... */
int vtc_diskcfg_volume_file(const struct vtc_diskcfg_volume *v, const char *path,
                            struct vtc_diskcfg_file *file);

/* 64 or 32: the kernel that belongs to the initrd at path, by its name; 0: none, or not known.
 * file: work space. */
unsigned vtc_diskcfg_kernel_bits(const struct vtc_diskcfg_volume *v, const char *path,
                                 struct vtc_diskcfg_file *file);

/* What is said of a name alone. */
int vtc_diskcfg_is_initrd_name(const char *name);
int vtc_diskcfg_is_machine_id(const char *name);

#endif

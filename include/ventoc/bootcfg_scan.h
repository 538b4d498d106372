/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inside of vtc_bootcfg_scan(): what its parts share. For src/core/bootcfg*.c only. */
#ifndef VENTOC_BOOTCFG_SCAN_H
#define VENTOC_BOOTCFG_SCAN_H

#include <ventoc/bootcfg.h>
#include <ventoc/bootcfg_parse.h>
#include <ventoc/eltorito.h>
#include <ventoc/fat.h>
#include <ventoc/iso9660.h>
#include <ventoc/meter.h>
#include <ventoc/slice.h>

#define VTC_BOOTCFG_FOLDERS_MAX 128u
#define VTC_BOOTCFG_LOOKUPS     128u
#define VTC_BOOTCFG_NAMED_MAX   VTC_BOOTCFG_INITRDS_MAX
#define VTC_BOOTCFG_REFUSED_MAX 32u

/* A file or folder of either tree. */
struct vtc_bootcfg_node {
    enum vtc_bootcfg_where where;
    int is_dir, is_scattered;
    uint32_t at;         /* LBA (2048), or first cluster */
    uint64_t bytes;      /* of a file, or an ISO's folder */
    uint64_t record_off; /* of its directory record: says which file it is; 0: a root */
};

/* What came of a path. */
struct vtc_bootcfg_lookup {
    uint64_t key; /* hash of tree and path; 0: free */
    struct vtc_bootcfg_node node;
    int is_found;
    int initrd; /* index in out->initrd, or one of: */
    int bits;   /* of a kernel: 64, 32, 0, or -1: not looked at */
};
#define VTC_BOOTCFG_NOT_PROBED (-1)
#define VTC_BOOTCFG_NO_INITRD  (-2)

struct vtc_bootcfg_folder {
    struct vtc_bootcfg_node node;
    uint32_t depth; /* 0: the root */
    char path[VTC_BOOTCFG_PATH_BYTES];
};

struct vtc_bootcfg_scan {
    struct vtc_bootcfg *out;
    int (*visit)(void *ctx, const struct vtc_bootcfg_entry *entry);
    void *visit_ctx;
    struct vtc_meter meter; /* the image */
    struct vtc_iso9660 iso;
    struct vtc_slice fat_slice;
    struct vtc_fat fat;
    int has_fat;

    /* beside out->config: where it is, and the folder that names in it are relative to: of
     * isolinux, or GRUB's $prefix */
    struct {
        struct vtc_bootcfg_node node;
        char base[VTC_BOOTCFG_PATH_BYTES];
    } config[VTC_BOOTCFG_CONFIGS_MAX];
    uint32_t current;                                /* the configuration being parsed */
    uint64_t initrd_record[VTC_BOOTCFG_INITRDS_MAX]; /* beside out->initrd */
    int initrd_mixed[VTC_BOOTCFG_INITRDS_MAX];       /* kernels of both kinds */

    /* files that look like initrds by name; and those that something else unpacks */
    uint32_t named_count, refused_count;
    struct {
        struct vtc_bootcfg_node node;
        char path[VTC_BOOTCFG_PATH_BYTES];
    } named[VTC_BOOTCFG_NAMED_MAX];
    uint64_t refused[VTC_BOOTCFG_REFUSED_MAX];

    uint32_t folder_count, folder_index, folder_mark;
    struct vtc_bootcfg_folder folder[VTC_BOOTCFG_FOLDERS_MAX];

    uint32_t lookup_next;
    struct vtc_bootcfg_lookup lookup[VTC_BOOTCFG_LOOKUPS];

    /* the file being read */
    struct vtc_slice file_slice;
    struct vtc_iso9660_node iso_node;
    struct vtc_fat_node fat_node;
    struct vtc_eltorito eltorito;
    uint8_t head[1024];

    struct vtc_bootcfg_variables variables;
    struct vtc_bootcfg_parser parser;
    char text[VTC_BOOTCFG_CONFIG_BYTES];
};

/* ---- bootcfg_tree.c ---- */

/* Open the ISO, and the FAT volume when there is one. Returns as vtc_bootcfg_scan(). */
int vtc_bootcfg_tree_open(struct vtc_bootcfg_scan *s, const struct vtc_reader *image);

/* path, if relative below folder, made absolute without device, "//", "." and "..". Returns 0 when
 * it does not fit. */
int vtc_bootcfg_tree_path(char out[VTC_BOOTCFG_PATH_BYTES], const char *folder, const char *path);

/* The folder that holds path. */
void vtc_bootcfg_tree_parent(char out[VTC_BOOTCFG_PATH_BYTES], const char *path);

/* What came of an absolute path; valid until the next call. NULL: s->meter.error. */
struct vtc_bootcfg_lookup *vtc_bootcfg_tree_find(struct vtc_bootcfg_scan *s,
                                                 enum vtc_bootcfg_where where, const char *path);

/* Visit a folder, in both trees alike. Damage ends it early; only s->meter.error counts. */
void vtc_bootcfg_tree_list(struct vtc_bootcfg_scan *s, const struct vtc_bootcfg_node *dir,
                           void (*visit)(struct vtc_bootcfg_scan *s, const char *name,
                                         const struct vtc_bootcfg_node *node));

/* A reader of a file, valid until the next call. Returns 0, VTC_ENOTSUP (scattered), VTC_EFORMAT
 * (outside of the image). */
int vtc_bootcfg_tree_file(struct vtc_bootcfg_scan *s, const struct vtc_bootcfg_node *node,
                          struct vtc_reader *reader);

/* ---- bootcfg_walk.c ---- */

/* Walk a tree for configurations (they are added) and files that look like initrds. */
void vtc_bootcfg_walk(struct vtc_bootcfg_scan *s, enum vtc_bootcfg_where where);

/* ---- bootcfg.c ---- */

/* Add a configuration unless it is there. base: see config[]. */
void vtc_bootcfg_add_config(struct vtc_bootcfg_scan *s, const char *path,
                            const struct vtc_bootcfg_node *node, enum vtc_bootcfg_syntax syntax,
                            const char *base);

/* ---- bootcfg_entry.c ---- */

/* An entry of s->current: find its kernel and initrds, tell the visitor. A parser's callback. */
int vtc_bootcfg_take_entry(void *ctx, struct vtc_bootcfg_entry *entry);

/* Open the files that were found by name alone. */
void vtc_bootcfg_take_named(struct vtc_bootcfg_scan *s);

/* A file as s->current names it: the tree of the configuration first. *path: absolute, when found.
 * NULL: not there, or s->meter.error. */
struct vtc_bootcfg_lookup *vtc_bootcfg_resolve(struct vtc_bootcfg_scan *s, const char *name,
                                               char path[VTC_BOOTCFG_PATH_BYTES]);

#endif

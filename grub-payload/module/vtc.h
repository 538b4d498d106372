/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the GRUB module share. GRUB API outside, the ventoc core inside. */
#ifndef VTC_MODULE_H
#define VTC_MODULE_H

#include <grub/types.h>
#include <grub/err.h>
#include <grub/disk.h>
#include <grub/file.h>

#include <ventoc/arena.h>
#include <ventoc/classify.h>
#include <ventoc/exfat.h>
#include <ventoc/image.h>
#include <ventoc/record.h>

/* ---- reader.c: the core's reader on top of a GRUB disk ---- */

/* A reader of a whole disk (or a partition of it, when disk is one). disk stays the caller's. */
void vtc_module_disk_reader(struct vtc_reader *reader, grub_disk_t disk);

/* Byte offset and length of the partition that disk is; of the disk when it is not one. */
void vtc_module_part_range(grub_disk_t disk, grub_uint64_t *off, grub_uint64_t *bytes);

/* ---- stick.c: which disk is ours ---- */

struct vtc_stick {
    int found;
    struct vtc_record record;
    char *disk_name; /* "hd0" */
    char *data_name; /* "hd0,msdos1"; NULL when the table has no such partition */
    unsigned slot;   /* the slot this GRUB was started from: 0 = A, 1 = B */
};

/* Found once and kept. Never NULL; found is 0 and grub_errno set when there is no stick. */
const struct vtc_stick *vtc_stick_get(void);

/* platform part (efi_slot.c, pc_slot.c): the slot this GRUB was started from. */
unsigned vtc_stick_running_slot(grub_disk_t whole_disk, const struct vtc_record *record);

/* ---- tree.c: the images on the data partition ---- */

struct vtc_tree_node {
    char *name;               /* as on disk, UTF-8 */
    enum vtc_image_type type; /* VTC_TYPE_NONE for a folder */
    grub_uint32_t parent;     /* index; the root (0) is its own parent */
    grub_uint32_t first_child, child_count;
    struct vtc_exfat_node exfat; /* a folder's place on exFAT */
};

struct vtc_tree {
    struct vtc_tree_node *v;
    grub_uint32_t count;
    grub_uint32_t image_count;
    int has_non_ascii; /* a name that a plain text console cannot be trusted to show */
};

/* Scan the data partition once. On failure NULL with grub_errno set. */
const struct vtc_tree *vtc_tree_get(void);

/* "(hd0,msdos1)/folder/name.iso"; the caller frees it. */
char *vtc_tree_path(const struct vtc_tree *tree, grub_uint32_t index);

/* ---- file_extents.c: where a file lies ---- */

struct vtc_file_map {
    char *disk_name; /* the whole disk the file is on */
    grub_uint64_t file_bytes;
    struct vtc_extents extents;
};

/* Locate path ("(hd0,msdos1)/x.iso") without reading its data. On failure a GRUB error whose text
 * names the file and the reason. */
grub_err_t vtc_file_map(const char *path, struct vtc_file_map *map);
void vtc_file_map_free(struct vtc_file_map *map);

/* raw_file.c: open a file past GRUB's filters, which would unpack or verify it: file->data is its
 * file system's own. device_name: "hd0,msdos1"; inner: "/x.iso". file: the caller's. Returns a
 * GRUB error; after success vtc_raw_file_close(). */
grub_err_t vtc_raw_file_open(struct grub_file *file, const char *device_name, const char *inner);
void vtc_raw_file_close(struct grub_file *file);

/* Room for more, for the core's growing tables. */
int vtc_extents_grow(struct vtc_extents *list);
int vtc_image_grow(struct vtc_image *img);

/* probe.c: the extents of a file on any file system GRUB can read, by one-byte reads whose data
 * sectors never leave the disk. */
grub_err_t vtc_probe_extents(const char *path, struct vtc_file_map *map);
void vtc_probe_init(void);
void vtc_probe_fini(void);

/* ntfs_file.c: the extents of a file on NTFS from its run list; GRUB_ERR_NOT_IMPLEMENTED_YET when
 * the run list is spread over several records and probing must do. */
grub_err_t vtc_ntfs_file_extents(const char *path, struct vtc_file_map *map);

/* ---- boot.c and the platform parts ---- */

/* A ready image: its file's map, the virtual disk, and what is known of it. */
struct vtc_boot {
    char *path; /* "(hd0,msdos1)/x.iso" */
    char *name; /* the file's own name, for messages */
    struct vtc_file_map map;
    grub_disk_t disk; /* the whole real disk, open */
    struct vtc_reader disk_reader;
    struct vtc_image image;
    struct vtc_boot_facts facts;
    int as_disk;              /* a disk, not a CD: by content, or an .img that is both */
    struct vtc_arena overlay; /* what the image shows besides its file; linux.c */
    void *overlay_memory;     /* held for it; NULL: none */
    int overlay_handle;
};

/* The virtual disk as a reader, for the core. boot must outlive it. */
void vtc_boot_reader(struct vtc_boot *boot, struct vtc_reader *reader);

/* Map a file and look at it. path, name: copied. NULL with grub_errno set when it cannot be booted
 * as it is. vtc_boot_close() frees it. */
struct vtc_boot *vtc_boot_open(const char *path, const char *name);
void vtc_boot_close(struct vtc_boot *boot);

/* A file name on the terminal: no control character of it gets there. */
void vtc_print_name(const char *name);

/* The one argument of a menu command: the number of an image. *path: the caller frees it. */
grub_err_t vtc_boot_argument(int argc, char **args, grub_uint32_t *index, char **path);

/* Start it (efi_boot.c, pc_boot.c). Returns when the image gave up or could not start. */
grub_err_t vtc_platform_boot_image(struct vtc_boot *boot);

/* Start an .efi file where it lies. path: "(hd0,msdos1)/x.efi". */
grub_err_t vtc_platform_boot_efi(const char *path, const char *name);

/* Once, before anything else of the platform is used; when the menu starts; when the module
 * leaves. */
void vtc_platform_init(void);
void vtc_platform_start(void);
void vtc_platform_fini(void);

/* Secure Boot here: a word for scripts ("off", "shim", "firmware", "insecure"), a menu entry's title
 * and the text of its page; of each the caller owns nothing. NULL where there is no such thing. */
const char *vtc_platform_secure_boot(void);
const char *vtc_platform_secure_title(void);
const char *vtc_platform_secure_page(void);

/* 1 when GRUB should also drive the serial port itself, 0 when the firmware's console does. */
int vtc_platform_wants_serial(void);

#endif

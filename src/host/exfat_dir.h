/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A directory of an exFAT volume in memory. */
#ifndef VTC_HOST_EXFAT_DIR_H
#define VTC_HOST_EXFAT_DIR_H

#include "host/exfat_names.h"
#include "host/exfat_volume.h"

struct vtc_exfat_dir {
    uint32_t *cluster; /* in order, from malloc() */
    uint32_t cluster_count;
    int no_fat_chain;
    uint8_t *raw; /* all its clusters, from malloc() */
    size_t bytes;
};

/* Read a directory. bytes: DataLength, 0 for the root. Free with vtc_exfat_dir_free() in any case.
 * Returns 0 or -errno. */
int vtc_exfat_dir_load(const struct vtc_exfat_volume *volume, uint32_t first, uint64_t bytes,
                       int no_fat_chain, struct vtc_exfat_dir *dir, struct vtc_error *err);
void vtc_exfat_dir_free(struct vtc_exfat_dir *dir);

/* Where the entry set with this name begins in dir->raw, into *at. Every set before it, or in the
 * whole directory, is checked. Returns 0; -ENOENT without a message; -EBADMSG. */
int vtc_exfat_dir_find(const struct vtc_exfat_volume *volume, const struct vtc_exfat_dir *dir,
                       const struct vtc_exfat_name *name, size_t *at, struct vtc_error *err);

/* The first place for a set of set_bytes: unused entries in a row, or the unused end of the
 * directory, which may be shorter. */
size_t vtc_exfat_dir_place(const struct vtc_exfat_dir *dir, uint32_t set_bytes);

/* Make dir->raw one cluster longer: zeros. Returns 0 or -ENOMEM. */
int vtc_exfat_dir_extend(const struct vtc_exfat_volume *volume, struct vtc_exfat_dir *dir,
                         uint32_t cluster);

/*
 * The folder that path (UTF-8, "/folder/name") names a file in, and the file's name. parent: the
 * folder; holder: what parent lies in, and *set_at where in holder->raw its set is; without
 * clusters when parent is the root. Free both in any case.
 * Returns 0; -ENOENT, -ENOTDIR, -EINVAL with a message; -errno.
 */
int vtc_exfat_dir_resolve(const struct vtc_exfat_volume *volume, const char *path,
                          struct vtc_exfat_dir *holder, size_t *set_at,
                          struct vtc_exfat_dir *parent, struct vtc_exfat_name *name,
                          struct vtc_error *err);

#endif

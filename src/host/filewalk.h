/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The images of a data partition and the checksum files beside them, folder by folder. */
#ifndef VTC_HOST_FILEWALK_H
#define VTC_HOST_FILEWALK_H

#include <signal.h>

#include "host/volume.h"

#define VTC_FILEWALK_DEPTH_MAX 32u     /* as the boot menu */
#define VTC_FILEWALK_NODES_MAX 200000u /* as the boot menu */

struct vtc_filewalk_file {
    char *name;
    int is_sums; /* a checksum file, else an image */
    struct vtc_volume_node node;
};

struct vtc_filewalk_folder {
    const char *path; /* "" is the top, then "/a/b" */
    int rc;           /* a vtc_err: what could be read of a damaged folder is there all the same */
    struct vtc_filewalk_file *file; /* in natural order */
    size_t count;
};

/*
 * Visit the folders that the boot menu shows images of. folder is valid during the call; nonzero
 * from visit() stops and is passed on. stop: looked at between folders, may be NULL. *cut: set when
 * there is more than the menu would show. Returns 0, what visit() returned, -ENOMEM, -EINTR.
 */
int vtc_filewalk(const struct vtc_volume *volume, const volatile sig_atomic_t *stop,
                 int (*visit)(void *ctx, const struct vtc_filewalk_folder *folder), void *ctx,
                 int *cut);

#endif

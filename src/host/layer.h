/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The file system inside a persistence file: the writable layer of a live system. */
#ifndef VTC_HOST_LAYER_H
#define VTC_HOST_LAYER_H

#include <stdint.h>

#include "host/error.h"

enum vtc_layer_fs { VTC_LAYER_EXT4, VTC_LAYER_BTRFS, VTC_LAYER_XFS, VTC_LAYER_FS_COUNT };

/* A whole number of these is what every stick's sectors can hold. */
#define VTC_LAYER_UNIT_BYTES 4096u

struct vtc_layer {
    enum vtc_layer_fs fs;
    uint64_t bytes; /* a multiple of VTC_LAYER_UNIT_BYTES */
    const char *label;
    const char *file; /* a file for its root directory, or NULL */
    const char *text; /* its content */
};

/* "ext4", "btrfs", "xfs"; and back, VTC_LAYER_FS_COUNT when there is none of that name. */
const char *vtc_layer_fs_name(enum vtc_layer_fs fs);
enum vtc_layer_fs vtc_layer_fs_by_name(const char *name);

/* Can there be such a layer: size and label? Returns 0 or -EINVAL with kind VTC_ERROR_USAGE. */
int vtc_layer_check(const struct vtc_layer *layer, struct vtc_error *err);

/*
 * Make it with mke2fs, mkfs.btrfs or mkfs.xfs in a sparse temporary file as long as the layer,
 * whose data, not its holes, is what the file system consists of: what the holes are copied to may
 * hold anything. Returns a descriptor, -ENOENT when the tool is missing, -errno.
 */
int vtc_layer_make(const struct vtc_layer *layer, struct vtc_error *err);

#endif

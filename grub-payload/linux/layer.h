/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a family expects in its writable layer before it mounts it. */
#ifndef VTC_LINUX_LAYER_H
#define VTC_LINUX_LAYER_H

#include "sys.h"

/* Make the folders of the family this initramfs is of, in the file system of block device name.
 * Returns 0 when they are there or none are needed, -1 otherwise. Only in the helper, whose mounts
 * are its own. */
int vtc_layer_prepare(const struct vtc_sys *sys, const char *name);

#endif

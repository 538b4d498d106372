/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a family expects in its writable layer before it mounts it. */
#ifndef VTC_LINUX_LAYER_H
#define VTC_LINUX_LAYER_H

#include "sys.h"

/* Mount the file system of block device name once, make the folders of the family this initramfs is
 * of, and only then tell the family of the layer. Returns 0, also for one that looks for itself; -1:
 * the layer is of no use and the family was not told. Only in the helper, whose mounts are its own. */
int vtc_layer_prepare(const struct vtc_sys *sys, const char *name);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The data partition's file system, made by mkfs.exfat on a sparse temporary file. */
#ifndef VTC_HOST_MKFS_H
#define VTC_HOST_MKFS_H

#include <stdint.h>

#include "host/error.h"
#include "host/plan.h"

/* Is label (UTF-8) possible on exFAT? One to 11 UTF-16 units (exFAT specification 7.3.2), no
 * control characters. Returns 0 or -EINVAL with kind VTC_ERROR_USAGE. */
int vtc_mkfs_check_label(const char *label, struct vtc_error *err);

/* Make an exFAT file system for the partition [off, off+bytes) of a disk with sectors of
 * sector_bytes and append what has to be written to the plan. Returns 0 or -errno. */
int vtc_mkfs_exfat(struct vtc_plan *plan, uint64_t off, uint64_t bytes, uint32_t sector_bytes,
                   const char *label, struct vtc_error *err);

#endif

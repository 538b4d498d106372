/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sparse temporary files as long as a disk, in memory. */
#ifndef VTC_HOST_SCRATCH_H
#define VTC_HOST_SCRATCH_H

#include <stddef.h>
#include <stdint.h>

#include "host/error.h"

/* A sparse anonymous file of the given length. Returns a descriptor (close-on-exec) or -errno. */
int vtc_scratch_open(uint64_t bytes, struct vtc_error *err);

/* "/proc/self/fd/N", by which a library or a child with the same descriptor can open it. */
void vtc_scratch_path(int fd, char *path, size_t size);

/* Write all. Returns 0 or -errno. */
int vtc_scratch_write(int fd, uint64_t off, const void *buf, size_t bytes);

#endif

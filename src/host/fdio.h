/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whole reads on file descriptors, and a core reader over one. */
#ifndef VTC_HOST_FDIO_H
#define VTC_HOST_FDIO_H

#include <stddef.h>
#include <stdint.h>

#include <ventoc/types.h>

/* Read exactly bytes at off. Returns 0, -errno, or -EIO when the end comes first. */
int vtc_fdio_read(int fd, uint64_t off, void *buf, size_t bytes);

/* Read a whole small file. Returns its length (buf is NUL-terminated), -errno, or -EFBIG when it
 * does not fit into size - 1 bytes. */
long vtc_fdio_slurp(const char *path, char *buf, size_t size);

/* A core reader over [off, off+bytes) of a descriptor that the caller keeps open. */
struct vtc_fdio_region {
    int fd;
    uint64_t off;
};
struct vtc_reader vtc_fdio_reader(struct vtc_fdio_region *region, uint64_t bytes);

#endif

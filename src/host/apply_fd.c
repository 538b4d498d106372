/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The apply io over a file descriptor of a block device or regular file. */
#include "host/apply.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "host/fdio.h"

#define DIRECT_ALIGN 4096u

static int fd_write(void *ctx, uint64_t off, const void *buf, size_t bytes)
{
    const struct vtc_apply_fd *state = ctx;
    const uint8_t *p = buf;

    while (bytes) {
        ssize_t n = pwrite(state->fd, p, bytes, (off_t)off);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            return -ENOSPC;
        p += n;
        off += (uint64_t)n;
        bytes -= (size_t)n;
    }
    return 0;
}

static int fd_flush(void *ctx)
{
    const struct vtc_apply_fd *state = ctx;

    return fsync(state->fd) ? -errno : 0;
}

/* O_DIRECT wants offset, length and address aligned; anything else goes through the cache, which
 * is told to forget the range first. */
static int fd_uncached_read(void *ctx, uint64_t off, void *buf, size_t bytes)
{
    const struct vtc_apply_fd *state = ctx;

    if (state->direct_fd >= 0 && off % DIRECT_ALIGN == 0 && bytes % DIRECT_ALIGN == 0 &&
        (uintptr_t)buf % DIRECT_ALIGN == 0) {
        int rc = vtc_fdio_read(state->direct_fd, off, buf, bytes);

        if (rc != -EINVAL)
            return rc;
    }
    posix_fadvise(state->fd, (off_t)off, (off_t)bytes, POSIX_FADV_DONTNEED);
    return vtc_fdio_read(state->fd, off, buf, bytes);
}

struct vtc_apply_io vtc_apply_fd_io(struct vtc_apply_fd *state, int fd)
{
    struct vtc_apply_io io = {fd_write, fd_flush, fd_uncached_read, state};
    char path[64];

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    state->fd = fd;
    state->direct_fd = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC);
    return io;
}

void vtc_apply_fd_close(struct vtc_apply_fd *state)
{
    if (state->direct_fd >= 0)
        close(state->direct_fd);
    state->direct_fd = -1;
}

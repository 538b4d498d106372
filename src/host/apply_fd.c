/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The apply io over a file descriptor of a block device or regular file. */
#include "host/apply.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/fdio.h"

#define PAGE_BYTES 4096u

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

    if (fsync(state->fd))
        return -errno;
    /* A loop device is read past its own cache below; its file has one too. */
    if (state->backing_fd >= 0)
        posix_fadvise(state->backing_fd, 0, 0, POSIX_FADV_DONTNEED);
    return 0;
}

/* O_DIRECT wants offset, length and address aligned: read the pages around the range. Returns
 * -EINVAL where that is not possible. */
static int direct_read(int fd, uint64_t off, void *buf, size_t bytes)
{
    uint64_t first = off / PAGE_BYTES * PAGE_BYTES;
    size_t inside = (size_t)(off - first);
    size_t span = (inside + bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
    void *pages = NULL;
    int rc;

    if (fd < 0)
        return -EINVAL;
    if (span == bytes && (uintptr_t)buf % PAGE_BYTES == 0)
        return vtc_fdio_read(fd, off, buf, bytes);
    if (posix_memalign(&pages, PAGE_BYTES, span))
        return -ENOMEM;
    rc = vtc_fdio_read(fd, first, pages, span);
    if (!rc)
        memcpy(buf, (uint8_t *)pages + inside, bytes);
    free(pages);
    return rc;
}

static int fd_uncached_read(void *ctx, uint64_t off, void *buf, size_t bytes)
{
    const struct vtc_apply_fd *state = ctx;
    uint64_t first = off / PAGE_BYTES * PAGE_BYTES;
    uint64_t end = (off + bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;

    if (direct_read(state->direct_fd, off, buf, bytes) == 0)
        return 0;
    /* No O_DIRECT here, or the end of a disk that is no whole number of pages, or an error: the
     * cache is told to forget the pages, which it does with whole ones only. */
    posix_fadvise(state->fd, (off_t)first, (off_t)(end - first), POSIX_FADV_DONTNEED);
    return vtc_fdio_read(state->fd, off, buf, bytes);
}

struct vtc_apply_io vtc_apply_fd_io(struct vtc_apply_fd *state, int fd, const char *backing_file)
{
    struct vtc_apply_io io = {fd_write, fd_flush, fd_uncached_read, state};
    char path[64];

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    state->fd = fd;
    state->direct_fd = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC);
    state->backing_fd = backing_file && backing_file[0]
                            ? open(backing_file, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
                            : -1;
    return io;
}

void vtc_apply_fd_close(struct vtc_apply_fd *state)
{
    if (state->direct_fd >= 0)
        close(state->direct_fd);
    if (state->backing_fd >= 0)
        close(state->backing_fd);
    state->direct_fd = state->backing_fd = -1;
}

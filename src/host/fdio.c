/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/fdio.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int vtc_fdio_read(int fd, uint64_t off, void *buf, size_t bytes)
{
    uint8_t *p = buf;

    while (bytes) {
        ssize_t n = pread(fd, p, bytes, (off_t)off);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            return -EIO;
        p += n;
        off += (uint64_t)n;
        bytes -= (size_t)n;
    }
    return 0;
}

long vtc_fdio_slurp(const char *path, char *buf, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t used = 0;
    long rc = 0;

    if (fd < 0)
        return -errno;
    while (used < size) {
        ssize_t n = read(fd, buf + used, size - used);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            rc = -errno;
        if (n <= 0)
            break;
        used += (size_t)n;
    }
    close(fd);
    if (rc < 0)
        return rc;
    if (used >= size)
        return -EFBIG;
    buf[used] = '\0';
    return (long)used;
}

static int region_read(void *ctx, uint64_t off, void *buf, uint32_t bytes)
{
    const struct vtc_fdio_region *region = ctx;

    return vtc_fdio_read(region->fd, region->off + off, buf, bytes) ? VTC_EIO : VTC_OK;
}

struct vtc_reader vtc_fdio_reader(struct vtc_fdio_region *region, uint64_t bytes)
{
    struct vtc_reader reader = {region_read, region, bytes};

    return reader;
}

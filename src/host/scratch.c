/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/scratch.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int vtc_scratch_open(uint64_t bytes, struct vtc_error *err)
{
    int fd = memfd_create("ventoc", MFD_CLOEXEC);
    int rc = 0;

    if (fd < 0 || ftruncate(fd, (off_t)bytes))
        rc = -errno;
    if (!rc)
        return fd;
    if (fd >= 0)
        close(fd);
    return vtc_error_set(
        err, VTC_ERROR_FAILED, rc,
        rc == -EFBIG ? "There is a limit on the length of files: see \"ulimit -f\"." : NULL,
        "cannot make a temporary file: %s", strerror(-rc));
}

void vtc_scratch_path(int fd, char *path, size_t size)
{
    snprintf(path, size, "/proc/self/fd/%d", fd);
}

int vtc_scratch_write(int fd, uint64_t off, const void *buf, size_t bytes)
{
    const uint8_t *p = buf;

    while (bytes) {
        ssize_t n = pwrite(fd, p, bytes, (off_t)off);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -errno : -EIO;
        p += n;
        off += (uint64_t)n;
        bytes -= (size_t)n;
    }
    return 0;
}

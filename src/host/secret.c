/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

int vtc_secret_pipe(const struct vtc_secret *secret)
{
    struct iovec line[2] = {{(void *)secret->text, secret->bytes}, {(void *)"\n", 1}};
    int end[2], rc;

    if (pipe2(end, O_CLOEXEC))
        return -errno;
    /* It fits into the smallest pipe that there is, a page: nobody has to read meanwhile. */
    rc = writev(end[1], line, 2) == (ssize_t)secret->bytes + 1 ? end[0] : -EIO;
    close(end[1]);
    if (rc < 0)
        close(end[0]);
    return rc;
}

void vtc_secret_forget(struct vtc_secret *secret)
{
    explicit_bzero(secret, sizeof(*secret));
}

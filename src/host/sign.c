/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/sign.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/fdio.h"
#include "host/run.h"
#include "host/scratch.h"

#define FAIL(rc, ...) vtc_error_set(err, VTC_ERROR_FAILED, rc, NULL, __VA_ARGS__)

/* A temporary file in memory with these bytes. Returns a descriptor or -errno. */
static int put_scratch(const uint8_t *bytes, size_t count, struct vtc_error *err)
{
    int fd = vtc_scratch_open(0, err), rc;

    if (fd < 0)
        return fd;
    rc = vtc_scratch_write(fd, 0, bytes, count);
    if (!rc)
        return fd;
    close(fd);
    return FAIL(rc, "cannot write a temporary file: %s", strerror(-rc));
}

int vtc_sign_verify(int cert_fd, const uint8_t *program, size_t bytes, struct vtc_error *err)
{
    static const char *const argv[] = {"sbverify", "--cert", "/proc/self/fd/3", "/proc/self/fd/4",
                                       NULL};
    int fd = put_scratch(program, bytes, err), rc;
    struct vtc_run run = {
        .argv = argv, .package = VTC_SIGN_PACKAGE, .fd = {cert_fd, fd}, .fd_count = 2};

    if (fd < 0)
        return fd;
    rc = vtc_run(&run, err);
    close(fd);
    return rc == -EIO ? -EBADMSG : rc;
}

static int take_scratch(int fd, uint8_t **out, size_t *bytes)
{
    struct stat st;
    int rc;

    if (fstat(fd, &st))
        return -errno;
    if (!st.st_size)
        return -EIO;
    *bytes = (size_t)st.st_size;
    *out = malloc(*bytes);
    if (!*out)
        return -ENOMEM;
    rc = vtc_fdio_read(fd, 0, *out, *bytes);
    if (rc) {
        free(*out);
        *out = NULL;
    }
    return rc;
}

/* key_pipe: the plain private key. */
static int run_sbsign(int key_pipe, int cert_fd, int program_fd, int out_fd, struct vtc_error *err)
{
    static const char *const argv[] = {"sbsign",          "--key",           "/proc/self/fd/3",
                                       "--cert",          "/proc/self/fd/4", "--output",
                                       "/proc/self/fd/5", "/proc/self/fd/6", NULL};
    struct vtc_run run = {.argv = argv,
                          .package = VTC_SIGN_PACKAGE,
                          .fd = {key_pipe, cert_fd, out_fd, program_fd},
                          .fd_count = 4};

    return vtc_run(&run, err);
}

int vtc_sign(const struct vtc_ownerkey *key, const struct vtc_secret *secret,
             const uint8_t *program, size_t bytes, uint8_t **out, size_t *out_bytes,
             struct vtc_error *err)
{
    int program_fd = put_scratch(program, bytes, err), out_fd, pipe_fd = -1, rc = 0;

    *out = NULL;
    if (program_fd < 0)
        return program_fd;
    out_fd = vtc_scratch_open(0, err);
    if (out_fd < 0)
        rc = out_fd;
    if (!rc) {
        pipe_fd = vtc_openssl_open_key(key->key_fd, secret, err);
        rc = pipe_fd < 0 ? pipe_fd : run_sbsign(pipe_fd, key->cert_fd, program_fd, out_fd, err);
    }
    if (!rc) {
        rc = take_scratch(out_fd, out, out_bytes);
        if (rc)
            FAIL(rc, "sbsign has left nothing that can be read: %s", strerror(-rc));
    }
    if (!rc) {
        rc = vtc_sign_verify(key->cert_fd, *out, *out_bytes, err);
        if (rc == -EBADMSG)
            FAIL(rc, "what sbsign has signed does not verify");
    }
    if (rc) {
        free(*out);
        *out = NULL;
    }
    close(program_fd);
    if (out_fd >= 0)
        close(out_fd);
    if (pipe_fd >= 0)
        close(pipe_fd);
    return rc;
}

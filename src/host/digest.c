/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/run.h"

const char *vtc_digest_tool(enum vtc_sums_kind kind)
{
    static const char *const tools[VTC_SUMS_KIND_COUNT] = {"md5sum", "sha1sum",   "sha224sum",
                                                           NULL,     "sha384sum", "sha512sum"};

    return tools[kind];
}

static int spawn(struct vtc_digest *digest, const char *program)
{
    static char *const environment[] = {(char *)"LC_ALL=C", NULL};
    char *const argv[] = {(char *)program, NULL};
    posix_spawn_file_actions_t actions;
    int in[2], out[2], rc;

    /* Close-on-exec: a second tool must not hold the first one's pipe open. */
    if (pipe2(in, O_CLOEXEC))
        return -errno;
    if (pipe2(out, O_CLOEXEC)) {
        rc = -errno;
        close(in[0]);
        close(in[1]);
        return rc;
    }
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in[0], 0);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    rc = -posix_spawn(&digest->pid, program, &actions, NULL, argv, environment);
    posix_spawn_file_actions_destroy(&actions);
    close(in[0]);
    close(out[1]);
    digest->to = in[1];
    digest->from = out[0];
    if (rc) {
        digest->pid = 0;
        close(digest->to);
        close(digest->from);
    }
    return rc;
}

int vtc_digest_begin(struct vtc_digest *digest, enum vtc_sums_kind kind)
{
    const char *tool = vtc_digest_tool(kind);
    char program[PATH_MAX];

    memset(digest, 0, sizeof(*digest));
    digest->kind = kind;
    if (!tool) {
        vtc_sha256_init(&digest->sha256);
        return 0;
    }
    if (!vtc_run_find(tool, program, sizeof(program)))
        return -ENOENT;
    return spawn(digest, program);
}

int vtc_digest_update(struct vtc_digest *digest, const void *bytes, size_t count)
{
    const char *p = bytes;

    if (!digest->pid) {
        vtc_sha256_update(&digest->sha256, bytes, count);
        return 0;
    }
    while (count) {
        ssize_t n = write(digest->to, p, count);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -EPIPE;
        p += n;
        count -= (size_t)n;
    }
    return 0;
}

int vtc_digest_end(struct vtc_digest *digest, uint8_t *out)
{
    uint32_t bytes = vtc_sums_digest_bytes(digest->kind);
    struct vtc_sums_line line;
    char text[256];
    size_t used = 0, at = 0;
    int status = 0;

    if (!digest->pid) {
        vtc_sha256_final(&digest->sha256, out);
        return 0;
    }
    close(digest->to);
    while (used < sizeof(text)) {
        ssize_t n = read(digest->from, text + used, sizeof(text) - used);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        used += (size_t)n;
    }
    close(digest->from);
    while (waitpid(digest->pid, &status, 0) < 0 && errno == EINTR)
        ;
    digest->pid = 0;
    if (status || vtc_sums_next(text, used, &at, &line) || line.kind != digest->kind)
        return -EIO;
    memcpy(out, line.digest, bytes);
    return 0;
}

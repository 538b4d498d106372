/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checksums of streams: SHA-256 by ourselves, the others by the coreutils through a pipe. */
#ifndef VTC_HOST_DIGEST_H
#define VTC_HOST_DIGEST_H

#include <sys/types.h>

#include <ventoc/sha256.h>

#include "host/sums.h"

struct vtc_digest {
    enum vtc_sums_kind kind;
    struct vtc_sha256 sha256;
    pid_t pid; /* of the tool, 0 when there is none */
    int to, from;
};

/* The tool that a kind needs ("md5sum"), NULL when none. */
const char *vtc_digest_tool(enum vtc_sums_kind kind);

/* Returns 0; -ENOENT: the tool is not installed; -errno. After 0, end with vtc_digest_end(). */
int vtc_digest_begin(struct vtc_digest *digest, enum vtc_sums_kind kind);

/* Returns 0, or -EPIPE when the tool ended. */
int vtc_digest_update(struct vtc_digest *digest, const void *bytes, size_t count);

/* out: room for VTC_SUMS_DIGEST_MAX_BYTES. Returns 0, or -EIO when the tool failed. */
int vtc_digest_end(struct vtc_digest *digest, uint8_t *out);

#endif

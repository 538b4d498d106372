/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Carry out a plan. The only code that writes to a target. */
#ifndef VTC_HOST_APPLY_H
#define VTC_HOST_APPLY_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#include "host/error.h"
#include "host/plan.h"

/* What a target can do. Each function returns 0 or -errno; reads and writes are complete or fail.
 * uncached_read() returns what the medium holds, past any cache, as far as the system allows. */
struct vtc_apply_io {
    int (*write)(void *ctx, uint64_t off, const void *buf, size_t bytes);
    int (*flush)(void *ctx);
    int (*uncached_read)(void *ctx, uint64_t off, void *buf, size_t bytes);
    void *ctx;
};

/* What progress is reported of: the first two by others, with the same callback. */
enum vtc_apply_phase { VTC_APPLY_READ, VTC_APPLY_SAVE, VTC_APPLY_WRITE, VTC_APPLY_VERIFY };

struct vtc_apply_options {
    const char *name;                  /* of the target, for messages */
    const volatile sig_atomic_t *stop; /* checked between writes; may be NULL */
    unsigned no_stop_stage; /* from this stage on stop is not looked at; 0: it always is */
    void (*progress)(void *ctx, enum vtc_apply_phase phase, uint64_t done_bytes,
                     uint64_t total_bytes); /* may be NULL; both phases share the total */
    void *progress_ctx;
    /* Is the target still the one it was? Asked before the first write, and after an error, which
     * is then told as what it comes from. Returns 0 or -errno with a message. May be NULL. */
    int (*same)(void *ctx, struct vtc_error *err);
    void *same_ctx;
};

struct vtc_apply_stats {
    uint64_t written_bytes, write_count, flush_count, verified_bytes;
    unsigned stage; /* the stage that was worked on last */
    int begun;      /* the first write was tried */
};

/* The buffer that reads and writes use, and so the longest single write. */
#define VTC_APPLY_CHUNK_BYTES (1024u * 1024)

/* Write the plan, stage by stage: write, flush, read back, compare. stats is filled in also on
 * failure. After an error nothing is written any more. Returns 0; -EINTR when stopped; -EILSEQ when the medium does not return what was
 * written; -errno. */
int vtc_apply_run(const struct vtc_plan *plan, const struct vtc_apply_io *io,
                  const struct vtc_apply_options *options, struct vtc_apply_stats *stats,
                  struct vtc_error *err);

/* An io over a file descriptor open for writing. direct_fd of the state is opened with O_DIRECT
 * for reading back where the target supports it. backing_file: of a loop device, so that this is
 * not read from its file's cache either; else NULL or "". The state lives as long as the io. */
struct vtc_apply_fd {
    int fd;
    int direct_fd;
    int backing_fd;
};
struct vtc_apply_io vtc_apply_fd_io(struct vtc_apply_fd *state, int fd, const char *backing_file);
void vtc_apply_fd_close(struct vtc_apply_fd *state);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/apply.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct run {
    const struct vtc_plan *plan;
    const struct vtc_apply_io *io;
    const struct vtc_apply_options *options;
    struct vtc_apply_stats *stats;
    struct vtc_error *err;
    uint8_t *want, *have; /* VTC_APPLY_CHUNK_BYTES each, aligned for O_DIRECT */
    const struct vtc_plan_entry *entry;
    uint64_t done_bytes, total_bytes;
};

static void report(struct run *run, enum vtc_apply_phase phase, uint64_t bytes)
{
    run->done_bytes += bytes;
    if (run->options->progress)
        run->options->progress(run->options->progress_ctx, phase, run->done_bytes,
                               run->total_bytes);
}

static int stopped(const struct run *run)
{
    const struct vtc_apply_options *options = run->options;

    if (options->no_stop_stage && run->stats->stage >= options->no_stop_stage)
        return 0;
    return options->stop && *options->stop;
}

static int fail_interrupted(struct run *run)
{
    return vtc_error_set(run->err, VTC_ERROR_INTERRUPTED, -EINTR, NULL,
                         "%s: stopped before everything was written", run->options->name);
}

/* Is the target another one, or none? */
static int changed(struct run *run, struct vtc_error *why)
{
    return run->options->same && run->options->same(run->options->same_ctx, why);
}

/* Say what an errno of a read or write means for somebody holding the stick. */
static int fail_io(struct run *run, int rc, const char *verb, uint64_t off)
{
    const char *hint = "The medium or its connection is failing; try another port or stick.";
    struct vtc_error why = {0};
    char what[sizeof(why.text)];

    if (rc == -ENOSPC || rc == -EDQUOT)
        hint = "Free some space on the file system that holds the image file.";
    else if (rc == -EFBIG)
        hint = "The file system or a limit (see \"ulimit -f\") does not allow files this long.";
    else if (rc == -ENODEV || rc == -ENXIO || rc == -ENOMEDIUM)
        hint = "The device was gone for a moment. Plug it in directly, not through a hub.";
    snprintf(what, sizeof(what), "cannot %s at byte %" PRIu64 " (%s): %s", verb, off,
             run->entry->reason, strerror(-rc));
    if (changed(run, &why))
        return vtc_error_set(run->err, VTC_ERROR_FAILED, rc, why.hint, "%.300s (%.200s)", why.text,
                             what);
    return vtc_error_set(run->err, VTC_ERROR_FAILED, rc, hint, "%s: %s", run->options->name, what);
}

/* Is the target another one, so that this says nothing about the medium? off: of have[0]. */
static int fail_differs(struct run *run, uint64_t off)
{
    struct vtc_error why = {0};
    char what[sizeof(why.text)];
    size_t i = 0;

    while (run->want[i] == run->have[i])
        i++;
    snprintf(what, sizeof(what),
             "byte %" PRIu64 " reads back differently from what was written (%s)", off + i,
             run->entry->reason);
    if (changed(run, &why))
        return vtc_error_set(run->err, VTC_ERROR_FAILED, -EILSEQ, why.hint, "%.300s (%.200s)",
                             why.text, what);
    return vtc_error_set(run->err, VTC_ERROR_FAILED, -EILSEQ,
                         "The medium does not keep what is written to it: it is worn out, or "
                         "smaller than it says. Use another stick.",
                         "%s: %s", run->options->name, what);
}

/* The bytes that belong at byte at of the entry, into want. */
static int fill(struct run *run, uint64_t at, size_t bytes)
{
    int rc = vtc_plan_fill(run->entry, at, run->want, bytes);

    return rc ? vtc_error_set(run->err, VTC_ERROR_FAILED, rc, NULL,
                              "cannot read what is to be written (%s): %s", run->entry->reason,
                              strerror(-rc))
              : 0;
}

static int write_entry(struct run *run)
{
    const struct vtc_plan_entry *entry = run->entry;

    for (uint64_t at = 0; at < entry->bytes;) {
        uint64_t left = entry->bytes - at;
        size_t n = left < VTC_APPLY_CHUNK_BYTES ? (size_t)left : VTC_APPLY_CHUNK_BYTES;
        int rc;

        if (stopped(run))
            return fail_interrupted(run);
        rc = fill(run, at, n);
        if (rc)
            return rc;
        run->stats->begun = 1;
        rc = run->io->write(run->io->ctx, entry->off + at, run->want, n);
        if (rc)
            return fail_io(run, rc, "write", entry->off + at);
        run->stats->write_count++;
        run->stats->written_bytes += n;
        at += n;
        report(run, VTC_APPLY_WRITE, n);
    }
    return 0;
}

static int verify_piece(void *ctx, uint64_t at, uint64_t bytes)
{
    struct run *run = ctx;
    const struct vtc_plan_entry *entry = run->entry;

    while (bytes) {
        size_t n = bytes < VTC_APPLY_CHUNK_BYTES ? (size_t)bytes : VTC_APPLY_CHUNK_BYTES;
        int rc;

        if (stopped(run))
            return fail_interrupted(run);
        rc = fill(run, at, n);
        if (rc)
            return rc;
        rc = run->io->uncached_read(run->io->ctx, entry->off + at, run->have, n);
        if (rc)
            return fail_io(run, rc, "read back", entry->off + at);
        if (memcmp(run->want, run->have, n))
            return fail_differs(run, entry->off + at);
        run->stats->verified_bytes += n;
        at += n;
        bytes -= n;
        report(run, VTC_APPLY_VERIFY, n);
    }
    return 0;
}

/* One stage: entries [first, end). */
static int run_stage(struct run *run, size_t first, size_t end)
{
    int rc;

    run->stats->stage = run->plan->entry[first].stage;
    for (size_t i = first; i < end; i++) {
        run->entry = &run->plan->entry[i];
        rc = write_entry(run);
        if (rc)
            return rc;
    }
    rc = run->io->flush(run->io->ctx);
    if (rc)
        return fail_io(run, rc, "flush", run->entry->off);
    run->stats->flush_count++;
    for (size_t i = first; i < end; i++) {
        run->entry = &run->plan->entry[i];
        rc = vtc_plan_visible(run->plan, i, verify_piece, run);
        if (rc)
            return rc;
    }
    return 0;
}

int vtc_apply_run(const struct vtc_plan *plan, const struct vtc_apply_io *io,
                  const struct vtc_apply_options *options, struct vtc_apply_stats *stats,
                  struct vtc_error *err)
{
    struct run run = {plan, io, options, stats, err, NULL, NULL, NULL, 0, 0};
    void *memory = NULL;
    int rc = 0;

    memset(stats, 0, sizeof(*stats));
    if (options->same && plan->count) {
        rc = options->same(options->same_ctx, err);
        if (rc)
            return rc;
    }
    if (posix_memalign(&memory, 4096, 2 * VTC_APPLY_CHUNK_BYTES))
        return vtc_error_set(err, VTC_ERROR_FAILED, -ENOMEM, NULL, "out of memory");
    run.want = memory;
    run.have = run.want + VTC_APPLY_CHUNK_BYTES;
    run.total_bytes = 2 * vtc_plan_bytes(plan);
    for (size_t first = 0; first < plan->count && !rc;) {
        size_t end = first;

        while (end < plan->count && plan->entry[end].stage == plan->entry[first].stage)
            end++;
        rc = run_stage(&run, first, end);
        first = end;
    }
    free(memory);
    return rc;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/capacity.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <ventoc/bytes.h>

#define BLOCK       VTC_CAPACITY_BLOCK_BYTES
#define CHUNK       (1024u * 1024)
#define HEAD_MIN    (16ull * 1024 * 1024)
#define HEAD_SHARE  1024u
#define REFINE      1024u /* blocks between the last good one and the first bad one */
#define FLUSH_BYTES (64ull * 1024 * 1024)
#define STEP        512u /* a disk may wrap around at any sector */
#define MAGIC       0x3153455459425456ull

/* Blocks at first, first + stride ... below end; stride BLOCK: everything. */
struct range {
    uint64_t first, end, stride;
};

struct run {
    const struct vtc_apply_io *io;
    const struct vtc_apply_options *options;
    struct vtc_capacity *result;
    struct vtc_error *err;
    uint64_t disk_bytes, seed;
    uint8_t *want, *have; /* CHUNK each, aligned for O_DIRECT */
    uint64_t done_bytes, total_bytes;
    uint64_t head_bytes;    /* written in one piece */
    uint64_t wrap;          /* greatest common divisor of the distances seen, 0: none */
    uint64_t foreign_count; /* bad blocks that show another one's content, that distance away */
    uint64_t other_count;   /* bad blocks that do not */
    uint64_t strange_count; /* that show one of another distance: this is no wrapping around */
    uint64_t good_end;      /* behind the last good block in front of the first bad one */
    uint64_t last_bad_end;
    int any_bad, good_after;
};

/* Each block begins with what it is and where it belongs; the rest follows from that, so that
 * nothing can compress it or take it for another. */
static void fill_block(uint8_t block[BLOCK], uint64_t seed, uint64_t off)
{
    uint64_t v = (seed ^ off * 0x9e3779b97f4a7c15ull) | 1;

    vtc_put_le64(block, MAGIC);
    vtc_put_le64(block + 8, seed);
    vtc_put_le64(block + 16, off);
    for (size_t i = 24; i < BLOCK; i += 8) {
        v ^= v >> 12;
        v ^= v << 25;
        v ^= v >> 27;
        vtc_put_le64(block + i, v * 0x2545f4914f6cdd1dull);
    }
}

static void fill(uint8_t *buf, uint64_t seed, uint64_t off, size_t bytes)
{
    uint8_t block[BLOCK];

    for (size_t at = 0; at < bytes; at += BLOCK) {
        fill_block(block, seed, off + at);
        memcpy(buf + at, block, bytes - at < BLOCK ? bytes - at : BLOCK);
    }
}

static uint64_t gcd(uint64_t a, uint64_t b)
{
    while (b) {
        uint64_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

/* How many bytes of the range lie from at on in one piece, at most CHUNK. */
static size_t piece(const struct range *range, uint64_t at)
{
    uint64_t most = range->stride == BLOCK ? CHUNK : BLOCK, left = range->end - at;

    return (size_t)(left < most ? left : most);
}

static uint64_t next(const struct range *range, uint64_t at)
{
    return at + (range->stride == BLOCK ? CHUNK : range->stride);
}

static uint64_t range_bytes(const struct range *range)
{
    uint64_t count;

    if (range->first >= range->end)
        return 0;
    if (range->stride == BLOCK)
        return range->end - range->first;
    count = (range->end - range->first - 1) / range->stride + 1;
    return count * BLOCK;
}

static int step(struct run *run, enum vtc_apply_phase phase, size_t bytes)
{
    const struct vtc_apply_options *options = run->options;

    run->done_bytes += bytes;
    if (run->done_bytes > run->total_bytes) /* looking closer comes on top */
        run->done_bytes = run->total_bytes;
    if (options->progress)
        options->progress(options->progress_ctx, phase, run->done_bytes, run->total_bytes);
    if (options->stop && *options->stop)
        return vtc_error_set(run->err, VTC_ERROR_INTERRUPTED, -EINTR, NULL,
                             "%s: stopped while its capacity was tested", options->name);
    return 0;
}

static int fail(struct run *run, int rc, const char *verb, uint64_t off)
{
    return vtc_error_set(run->err, VTC_ERROR_FAILED, rc,
                         "The medium or its connection is failing; try another port or stick.",
                         "%s: capacity test: cannot %s at byte %" PRIu64 ": %s", run->options->name,
                         verb, off, strerror(-rc));
}

/* A write that the disk does not take shows when it is read back. */
static int write_range(struct run *run, const struct range *range)
{
    uint64_t unflushed = 0;
    int rc = 0;

    for (uint64_t at = range->first; !rc && at < range->end; at = next(range, at)) {
        size_t n = piece(range, at);

        fill(run->want, run->seed, at, n);
        rc = run->io->write(run->io->ctx, at, run->want, n);
        if (rc && rc != -EIO)
            return fail(run, rc, "write", at);
        run->result->tested_bytes += n;
        unflushed += n;
        rc = unflushed >= FLUSH_BYTES ? run->io->flush(run->io->ctx) : 0;
        if (rc && rc != -EIO)
            return fail(run, rc, "flush", at);
        if (unflushed >= FLUSH_BYTES)
            unflushed = 0;
        rc = step(run, VTC_APPLY_WRITE, n);
    }
    if (rc)
        return rc;
    rc = run->io->flush(run->io->ctx);
    return rc && rc != -EIO ? fail(run, rc, "flush", range->first) : 0;
}

/* What belongs elsewhere and is found here tells by how much the disk wraps around. The beginning is
 * read first and finds out; behind it a block must agree. */
static void note_foreign(struct run *run, uint64_t off, const uint8_t *have)
{
    uint8_t block[BLOCK];
    int found = 0;

    for (size_t i = 0; i + STEP <= BLOCK; i += STEP) {
        uint64_t from = vtc_le64(have + i + 16), here = off + i;

        if (vtc_le64(have + i) != MAGIC || vtc_le64(have + i + 8) != run->seed || from <= here ||
            from >= run->disk_bytes)
            continue;
        fill_block(block, run->seed, from);
        if (memcmp(block, have + i, STEP) != 0)
            continue;
        found = 1;
        if (here < run->head_bytes)
            run->wrap = gcd(run->wrap, from - here);
        else if (!run->wrap || (from - here) % run->wrap)
            run->strange_count++;
    }
    if (found)
        run->foreign_count++;
    else
        run->other_count++;
}

static void judge(struct run *run, uint64_t off, const uint8_t *have, const uint8_t *want, size_t n)
{
    if (memcmp(have, want, n) == 0) {
        if (!run->any_bad)
            run->good_end = off + n;
        run->good_after |= run->any_bad;
        return;
    }
    if (!run->any_bad)
        run->result->first_bad_off = off;
    run->any_bad = 1;
    run->last_bad_end = off + n;
    run->result->bad_bytes += n;
    if (n == BLOCK)
        note_foreign(run, off, have);
}

static int read_range(struct run *run, const struct range *range)
{
    int rc = 0;

    for (uint64_t at = range->first; !rc && at < range->end; at = next(range, at)) {
        size_t n = piece(range, at);

        fill(run->want, run->seed, at, n);
        rc = run->io->uncached_read(run->io->ctx, at, run->have, n);
        if (rc == -EIO || rc == -EILSEQ)
            memset(run->have, 0, n); /* bad all of it */
        else if (rc)
            return fail(run, rc, "read back", at);
        for (size_t i = 0; i < n; i += BLOCK)
            judge(run, at + i, run->have + i, run->want + i, n - i < BLOCK ? n - i : BLOCK);
        rc = step(run, VTC_APPLY_VERIFY, n);
    }
    return rc;
}

static uint64_t head_bytes(uint64_t disk_bytes, int full)
{
    uint64_t share = disk_bytes / HEAD_SHARE / CHUNK * CHUNK;

    if (full)
        return disk_bytes;
    return share > HEAD_MIN ? share : HEAD_MIN;
}

/* The beginning, one block per length of it, and the last block. The blocks lie one block closer
 * than that: multiples of a size that is a power of two would all land on the same block, and only
 * the last of them would show. */
static void plan(uint64_t disk_bytes, int full, struct range range[3])
{
    uint64_t head = head_bytes(disk_bytes, full), last = disk_bytes - BLOCK;

    range[0] = (struct range){0, head, BLOCK};
    range[1] = (struct range){head, full ? head : last - BLOCK + 1, head - BLOCK};
    range[2] = (struct range){full ? disk_bytes : last, disk_bytes, BLOCK};
}

uint64_t vtc_capacity_bytes(uint64_t disk_bytes, int full)
{
    struct range range[3];

    plan(disk_bytes, full, range);
    return range_bytes(&range[0]) + range_bytes(&range[1]) + range_bytes(&range[2]);
}

/* All is written before anything is read: the beginning must be overwritten by what wraps around,
 * and what a cache in the disk still holds is pushed out by reading the long beginning first. */
static int test(struct run *run, const struct range *range, size_t count)
{
    int rc = 0;

    for (size_t i = 0; !rc && i < count; i++)
        rc = write_range(run, &range[i]);
    for (size_t i = 0; !rc && i < count; i++)
        rc = read_range(run, &range[i]);
    return rc;
}

/* A disk that keeps its first bytes only: where do they end? Between the last good block and the
 * first bad one lies one length of the beginning; blocks spread over that tell. */
static int refine(struct run *run)
{
    struct vtc_capacity *result = run->result;
    uint64_t head = head_bytes(run->disk_bytes, 0), from = run->good_end;
    uint64_t gap = result->first_bad_off - from;
    struct range range[2] = {{0, head, BLOCK}, {from, result->first_bad_off, BLOCK}};
    int rc;

    if (from < head || gap <= BLOCK)
        return 0;
    range[1].stride = gap / REFINE / BLOCK * BLOCK;
    if (range[1].stride <= BLOCK)
        range[1].stride = 2 * BLOCK;
    rc = write_range(run, &range[1]);
    if (!rc) /* the cache of the disk again */
        rc = read_range(run, &range[0]);
    run->any_bad = 0;
    run->good_end = from;
    return rc ? rc : read_range(run, &range[1]);
}

static int say(struct run *run)
{
    const struct vtc_capacity *result = run->result;
    const char *name = run->options->name;

    switch (result->verdict) {
    case VTC_CAPACITY_WRAPS:
        return vtc_error_set(run->err, VTC_ERROR_FAILED, -EILSEQ,
                             "It is a fake: give it back. What is stored behind its real end "
                             "overwrites what is in front.",
                             "%s: claims %" PRIu64 " bytes, but holds only %" PRIu64
                             " and then begins again at the front",
                             name, run->disk_bytes, result->good_bytes);
    case VTC_CAPACITY_LOSES:
        return vtc_error_set(run->err, VTC_ERROR_FAILED, -EILSEQ,
                             "It is a fake, or broken: give it back. What is stored behind its "
                             "real end is lost.",
                             "%s: claims %" PRIu64 " bytes, but keeps only the first %" PRIu64,
                             name, run->disk_bytes, result->good_bytes);
    default:
        return vtc_error_set(
            run->err, VTC_ERROR_FAILED, -EILSEQ, "It is worn out, or broken. Use another one.",
            "%s: does not keep what is written to it: the block at byte %" PRIu64
            " reads back differently (%" PRIu64 " of %" PRIu64 " bytes tested are wrong)",
            name, result->first_bad_off, result->bad_bytes, result->tested_bytes);
    }
}

/* Of all that was written the last round is left: about that long is one. */
static uint64_t one_round(uint64_t wrap, uint64_t about)
{
    uint64_t rounds = about ? (wrap + about / 2) / about : 0;

    return rounds && wrap % rounds == 0 ? wrap / rounds : wrap;
}

static int conclude(struct run *run)
{
    struct vtc_capacity *result = run->result;
    int rc = 0;

    result->good_bytes = run->disk_bytes;
    if (!run->any_bad)
        return 0;
    /* Where it does not wrap around at a whole block, each block lands in two others. */
    if (run->wrap >= STEP && !run->strange_count && run->other_count <= run->foreign_count) {
        result->verdict = VTC_CAPACITY_WRAPS;
        result->good_bytes = run->wrap;
        if (run->head_bytes == run->disk_bytes) /* every distance seen may be several rounds */
            result->good_bytes = one_round(run->wrap, run->disk_bytes - run->last_bad_end);
        return say(run);
    }
    if (run->good_after) {
        result->verdict = VTC_CAPACITY_DAMAGED;
        result->good_bytes = result->first_bad_off;
        return say(run);
    }
    result->verdict = VTC_CAPACITY_LOSES;
    rc = refine(run);
    result->good_bytes = run->good_end;
    return rc ? rc : say(run);
}

int vtc_capacity_run(const struct vtc_apply_io *io, uint64_t disk_bytes, int full, uint64_t seed,
                     const struct vtc_apply_options *options, struct vtc_capacity *result,
                     struct vtc_error *err)
{
    struct run run = {.io = io,
                      .options = options,
                      .result = result,
                      .err = err,
                      .disk_bytes = disk_bytes,
                      .seed = seed,
                      .head_bytes = head_bytes(disk_bytes, full)};
    struct range range[3];
    void *memory = NULL;
    int rc;

    memset(result, 0, sizeof(*result));
    if (posix_memalign(&memory, BLOCK, 2 * (size_t)CHUNK))
        return vtc_error_set(err, VTC_ERROR_FAILED, -ENOMEM, NULL, "out of memory");
    run.want = memory;
    run.have = run.want + CHUNK;
    plan(disk_bytes, full, range);
    run.total_bytes = 2 * vtc_capacity_bytes(disk_bytes, full);
    rc = test(&run, range, 3);
    if (!rc)
        rc = conclude(&run);
    free(memory);
    return rc;
}

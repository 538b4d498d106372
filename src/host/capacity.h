/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Does a disk keep what is written to all of it? Fakes that claim more than they have wrap around
 * to the beginning, or lose what is written behind their end. */
#ifndef VTC_HOST_CAPACITY_H
#define VTC_HOST_CAPACITY_H

#include <stdint.h>

#include "host/apply.h"

enum vtc_capacity_verdict {
    VTC_CAPACITY_GOOD,
    VTC_CAPACITY_WRAPS,   /* what is written behind good_bytes lands on what is in front */
    VTC_CAPACITY_LOSES,   /* nothing that is written behind good_bytes is kept */
    VTC_CAPACITY_DAMAGED, /* wrong in places: first_bad_off is one of them */
};

struct vtc_capacity {
    enum vtc_capacity_verdict verdict;
    uint64_t good_bytes;    /* what the disk really holds, as far as that can be told */
    uint64_t first_bad_off; /* of the lowest block that reads back wrongly */
    uint64_t tested_bytes, bad_bytes;
};

/* Blocks that are told apart. */
#define VTC_CAPACITY_BLOCK_BYTES 4096u

/* How many bytes are written when nothing is wrong. */
uint64_t vtc_capacity_bytes(uint64_t disk_bytes, int full);

/*
 * Write a pattern that says where it belongs, flush, read all of it back past the caches. The old
 * content is lost: it cannot be brought back by this test.
 * full: every block of the disk. Else its beginning, a 1024th of it and at least 16 MiB, in one
 * piece, and behind that one block per length of that piece and the last block: wherever the disk
 * wraps around, one of these blocks lands in the beginning.
 * disk_bytes: what the disk claims, a whole number of sectors, at least 32 MiB. seed: not 0,
 * another one each time, so that no old pattern is taken for the new one.
 * options: as for vtc_apply_run(); no_stop_stage is not looked at.
 * Returns 0; -EILSEQ with a message when the disk does not keep everything (*result tells more);
 * -EINTR when stopped; -errno when the disk cannot be worked with.
 */
int vtc_capacity_run(const struct vtc_apply_io *io, uint64_t disk_bytes, int full, uint64_t seed,
                     const struct vtc_apply_options *options, struct vtc_capacity *result,
                     struct vtc_error *err);

#endif

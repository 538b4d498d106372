/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A reader on top of a reader: fewer, larger reads of a source that does not change. */
#ifndef VENTOC_READAHEAD_H
#define VENTOC_READAHEAD_H

#include <ventoc/types.h>

#define VTC_READAHEAD_WINDOWS_MAX 8u

/* A piece of the source that is held in memory. */
struct vtc_readahead_window {
    uint64_t off;
    uint32_t bytes; /* 0: empty */
    uint32_t used;  /* the clock when it was last read from */
};

/*
 * Small reads are served from windows. A miss fills the window used longest ago, from a multiple of
 * first_bytes on; a miss right behind a window goes on where that ends, with twice as much, up to
 * most_bytes. What is at least most_bytes long and in no window goes to the caller straight.
 */
struct vtc_readahead {
    struct vtc_reader below;
    uint8_t *buf;
    uint32_t first_bytes, most_bytes;
    uint32_t count, clock;
    struct vtc_readahead_window window[VTC_READAHEAD_WINDOWS_MAX];
};

/*
 * Begin. below: copied; its ctx stays the caller's. buf: count * most_bytes of the caller's, used as
 * long as r is. count: 1 to VTC_READAHEAD_WINDOWS_MAX. first_bytes <= most_bytes, powers of two.
 * below is asked from multiples of first_bytes for multiples of it, but for the source's last
 * piece, for what is read straight, and for a failed fill, after which exactly what was asked for
 * is tried. Returns 0 or VTC_EINVAL.
 */
int vtc_readahead_init(struct vtc_readahead *r, const struct vtc_reader *below, void *buf,
                       uint32_t count, uint32_t first_bytes, uint32_t most_bytes);

/* A vtc_reader's read(); ctx: the struct vtc_readahead. Returns 0, VTC_EFORMAT beyond the end, or
 * below's error. */
int vtc_readahead_read(void *ctx, uint64_t off, void *buf, uint32_t bytes);

#endif

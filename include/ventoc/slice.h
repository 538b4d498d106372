/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A part of a reader as a reader of its own: a partition, a boot image inside an ISO. */
#ifndef VENTOC_SLICE_H
#define VENTOC_SLICE_H

#include <ventoc/types.h>

struct vtc_slice {
    struct vtc_reader reader; /* hand out &slice->reader; its ctx is the slice itself */
    const struct vtc_reader *base;
    uint64_t off;
};

static inline int vtc_slice_read(void *ctx, uint64_t off, void *buf, uint32_t bytes)
{
    const struct vtc_slice *s = ctx;
    return vtc_reader_read(s->base, s->off + off, buf, bytes);
}

/* Make s show [off, off+bytes) of base, cut at the end of base. s must not move afterwards and
 * base must outlive it. Returns 0, or VTC_EFORMAT when off lies at or behind the end of base. */
static inline int vtc_slice_init(struct vtc_slice *s, const struct vtc_reader *base, uint64_t off,
                                 uint64_t bytes)
{
    if (off >= base->bytes)
        return VTC_EFORMAT;
    s->base = base;
    s->off = off;
    s->reader.read = vtc_slice_read;
    s->reader.ctx = s;
    s->reader.bytes = bytes < base->bytes - off ? bytes : base->bytes - off;
    return VTC_OK;
}

#endif

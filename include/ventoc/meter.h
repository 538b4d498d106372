/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A reader with a limit to what is read through it: the scan of a hostile image ends there, however
 * the image is made. */
#ifndef VENTOC_METER_H
#define VENTOC_METER_H

#include <ventoc/types.h>

struct vtc_meter {
    struct vtc_reader reader; /* hand out &meter->reader; its ctx is the meter itself */
    const struct vtc_reader *base;
    uint32_t reads_left;
    uint64_t bytes_left;
    int error; /* the first one, and every later read's: the base's, or VTC_ENOSPC: the limit */
};

static inline int vtc_meter_read(void *ctx, uint64_t off, void *buf, uint32_t bytes)
{
    struct vtc_meter *m = ctx;

    if (m->error)
        return m->error;
    if (!m->reads_left || bytes > m->bytes_left) {
        m->error = VTC_ENOSPC;
        return VTC_ENOSPC;
    }
    m->reads_left--;
    m->bytes_left -= bytes;
    m->error = vtc_reader_read(m->base, off, buf, bytes);
    return m->error;
}

/* Make m show all of base, for so many reads and bytes. m must not move afterwards and base must
 * outlive it. */
static inline void vtc_meter_init(struct vtc_meter *m, const struct vtc_reader *base,
                                  uint32_t reads_max, uint64_t bytes_max)
{
    m->base = base;
    m->reader.read = vtc_meter_read;
    m->reader.ctx = m;
    m->reader.bytes = base->bytes;
    m->reads_left = reads_max;
    m->bytes_left = bytes_max;
    m->error = VTC_OK;
}

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A 512-byte read buffer: neighbouring small records of a reader cost one read, not many. */
#ifndef VENTOC_WINDOW_H
#define VENTOC_WINDOW_H

#include <ventoc/types.h>

#define VTC_WINDOW_BYTES 512u

struct vtc_window {
    const struct vtc_reader *reader;
    uint64_t off;   /* of buf[0] in the reader */
    uint32_t bytes; /* valid in buf */
    uint8_t buf[VTC_WINDOW_BYTES];
};

static inline void vtc_window_init(struct vtc_window *w, const struct vtc_reader *reader)
{
    w->reader = reader;
    w->off = 0;
    w->bytes = 0;
}

/* Make [off, off+bytes) of the reader visible, bytes at most 512. *p points into the window and is
 * valid until the next call. Returns 0, VTC_EFORMAT beyond the end, or the reader's error. */
static inline int vtc_window_get(struct vtc_window *w, uint64_t off, uint32_t bytes,
                                 const uint8_t **p)
{
    uint64_t base = off & ~(uint64_t)(VTC_WINDOW_BYTES - 1);
    uint32_t fill = VTC_WINDOW_BYTES;
    int rc;

    if (bytes > VTC_WINDOW_BYTES || off > w->reader->bytes || bytes > w->reader->bytes - off)
        return VTC_EFORMAT;
    if (off < w->off || off - w->off > w->bytes || bytes > w->bytes - (off - w->off)) {
        if (bytes > VTC_WINDOW_BYTES - (off - base))
            base = off; /* crosses a 512-byte border: begin the window with it */
        if (fill > w->reader->bytes - base)
            fill = (uint32_t)(w->reader->bytes - base);
        w->bytes = 0;
        rc = vtc_reader_read(w->reader, base, w->buf, fill);
        if (rc)
            return rc;
        w->off = base;
        w->bytes = fill;
    }
    *p = w->buf + (off - w->off);
    return VTC_OK;
}

#endif

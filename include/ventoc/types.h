/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Integers, error values and the byte reader every parser of the core works on.
 *
 * The core is freestanding: it is compiled unchanged for the host program, into the GRUB module
 * and into the Linux init. Only <stdint.h> and <stddef.h> may be included besides ventoc/.
 */
#ifndef VENTOC_TYPES_H
#define VENTOC_TYPES_H

#include <stddef.h>
#include <stdint.h>

/* Every core function that can fail returns 0 or one of these. */
enum vtc_err {
    VTC_OK = 0,
    VTC_EIO = -1,     /* the reader failed: the medium, not the format */
    VTC_EFORMAT = -2, /* bytes that contradict the format they claim to be */
    VTC_ENOENT = -3,  /* well-formed, but what was asked for is not there */
    VTC_ENOSPC = -4,  /* the caller's table or buffer is too small */
    VTC_ENOTSUP = -5, /* well-formed, but a feature we refuse (compressed, encrypted ...) */
    VTC_EINVAL = -6,  /* the caller's arguments contradict each other */
    VTC_EHOLE = -7,   /* a file that is not wholly backed by disk blocks (sparse, unwritten) */
    VTC_ETRUNC = -8,  /* the image is shorter than it says it is */
};

/*
 * Random access to a byte source. read() fills all of buf[0..bytes) from byte offset off, or
 * fails; it returns 0 or a vtc_err. bytes is the length of the source; vtc_reader_read() never
 * passes a range beyond it.
 */
struct vtc_reader {
    int (*read)(void *ctx, uint64_t off, void *buf, uint32_t bytes);
    void *ctx;
    uint64_t bytes;
};

/*
 * Read with the range checked first.
 * Returns 0, VTC_EFORMAT when [off, off+bytes) is not inside the source, or what read() returned.
 */
static inline int vtc_reader_read(const struct vtc_reader *r, uint64_t off, void *buf,
                                  uint32_t bytes)
{
    if (off > r->bytes || bytes > r->bytes - off)
        return VTC_EFORMAT;
    return bytes ? r->read(r->ctx, off, buf, bytes) : VTC_OK;
}

#endif

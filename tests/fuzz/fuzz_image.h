/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fuzzer's bytes as images that are longer: what is not there is zeros. */
#ifndef FUZZ_IMAGE_H
#define FUZZ_IMAGE_H

#include "fuzz_reader.h"

struct fuzz_image {
    const uint8_t *data;
    size_t bytes;
};

/* ---- the beginning of a disk --------------------------------------------------------------- */

static inline int fuzz_image_read_disk(void *ctx, uint64_t off, void *buf, uint32_t bytes)
{
    const struct fuzz_image *in = ctx;

    memset(buf, 0, bytes);
    if (off < in->bytes)
        memcpy(buf, in->data + off, bytes < in->bytes - off ? bytes : in->bytes - off);
    return VTC_OK;
}

/* image_bytes: with the zeros. */
static inline struct vtc_reader fuzz_image_disk(struct fuzz_image *in, uint64_t image_bytes)
{
    return (struct vtc_reader){.read = fuzz_image_read_disk, .ctx = in, .bytes = image_bytes};
}

/* ---- an ISO without what would be zeros in a small one ------------------------------------- */

/* Sectors 0 to 15, and 80 to 255: UDF has its anchor at 256. */
#define FUZZ_IMAGE_GAP1_END (16u * 2048)
#define FUZZ_IMAGE_GAP2     (80u * 2048)
#define FUZZ_IMAGE_GAP2_END (256u * 2048)

/* Show [skip, end) of the input from `first` on in [off, off+bytes). */
static inline void fuzz_image_show(const struct fuzz_image *in, size_t skip, size_t end,
                                   uint64_t first, uint64_t off, uint8_t *to, uint32_t bytes)
{
    uint64_t begin = off > first ? off : first, stop = off + bytes;

    if (end > in->bytes)
        end = in->bytes;
    if (end > skip && stop > first + (end - skip))
        stop = first + (end - skip);
    if (end > skip && begin < stop)
        memcpy(to + (begin - off), in->data + skip + (begin - first), stop - begin);
}

static inline int fuzz_image_read_iso(void *ctx, uint64_t off, void *buf, uint32_t bytes)
{
    const size_t gap2_at = FUZZ_IMAGE_GAP2 - FUZZ_IMAGE_GAP1_END;

    memset(buf, 0, bytes);
    fuzz_image_show(ctx, 0, gap2_at, FUZZ_IMAGE_GAP1_END, off, buf, bytes);
    fuzz_image_show(ctx, gap2_at, SIZE_MAX, FUZZ_IMAGE_GAP2_END, off, buf, bytes);
    return VTC_OK;
}

static inline struct vtc_reader fuzz_image_iso(struct fuzz_image *in)
{
    struct vtc_reader r = {fuzz_image_read_iso, in, FUZZ_IMAGE_GAP1_END + (uint64_t)in->bytes};

    if (r.bytes > FUZZ_IMAGE_GAP2)
        r.bytes += FUZZ_IMAGE_GAP2_END - FUZZ_IMAGE_GAP2;
    return r;
}

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading ahead, driven by a program: a byte of windows, two of sizes (powers of two), two for the
 * source's length; then reads of an offset and a length (two bytes each). The upper bit of the length
 * makes the source fail once. What is read is what the source holds, and the source is asked only in
 * the way readahead.h says.
 */
#include "fuzz_program.h"
#include "fuzz_reader.h"

#include <stdlib.h>

#include <ventoc/readahead.h>

#define SOURCE_BYTES 65536u

static uint8_t source[SOURCE_BYTES];

struct below {
    uint64_t bytes;
    uint32_t first_bytes;
    int fail; /* the next read */
    int failed;
};

static int read_below(void *ctx, uint64_t off, void *buf, uint32_t bytes)
{
    struct below *b = ctx;

    if (off > b->bytes || bytes > b->bytes - off || !bytes)
        abort();
    if (b->fail) {
        b->fail = 0;
        b->failed = 1;
        return VTC_EIO;
    }
    memcpy(buf, source + off, bytes);
    return VTC_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct fuzz_program program = fuzz_program(data, bytes);
    static uint8_t got[SOURCE_BYTES];
    struct below below = {0};
    struct vtc_reader reader = {.read = read_below, .ctx = &below};
    struct vtc_readahead r;
    uint32_t count, first, most, i;
    uint8_t *buf;

    if (!source[1])
        for (i = 0; i < SOURCE_BYTES; i++)
            source[i] = (uint8_t)(i * 151 + (i >> 8) + 1);
    count = (uint32_t)fuzz_take(&program, 1) % (VTC_READAHEAD_WINDOWS_MAX + 2);
    first = 1u << fuzz_take(&program, 1) % 14;
    most = 1u << fuzz_take(&program, 1) % 14;
    below.bytes = reader.bytes = fuzz_take(&program, 2);
    below.first_bytes = first;
    buf = malloc((size_t)count * most + 1);
    if (!buf)
        return 0;
    if (vtc_readahead_init(&r, &reader, buf, count, first, most)) {
        if (count && count <= VTC_READAHEAD_WINDOWS_MAX && first <= most)
            abort();
        free(buf);
        return 0;
    }
    while (fuzz_left(&program)) {
        uint64_t off = fuzz_take(&program, 2);
        uint32_t n = (uint32_t)fuzz_take(&program, 2);
        int rc;

        below.fail = n >> 15;
        below.failed = 0;
        n &= 0x7fff;
        rc = vtc_readahead_read(&r, off, got, n);
        if ((rc == VTC_EFORMAT) != (off > reader.bytes || n > reader.bytes - off))
            abort();
        if (rc && rc != VTC_EFORMAT && !below.failed)
            abort();
        if (!rc && memcmp(got, source + off, n) != 0)
            abort();
    }
    free(buf);
    return 0;
}

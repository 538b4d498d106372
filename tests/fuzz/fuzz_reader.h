/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fuzzer's bytes as a reader. */
#ifndef FUZZ_READER_H
#define FUZZ_READER_H

#include <string.h>

#include <ventoc/types.h>

static int fuzz_read(void *ctx, uint64_t off, void *buf, uint32_t bytes)
{
    memcpy(buf, (const uint8_t *)ctx + off, bytes);
    return VTC_OK;
}

static inline struct vtc_reader fuzz_reader(const uint8_t *data, size_t bytes)
{
    struct vtc_reader r = {.read = fuzz_read, .ctx = (void *)(uintptr_t)data, .bytes = bytes};

    return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

#endif

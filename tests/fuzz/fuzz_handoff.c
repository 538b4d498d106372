/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hand-off blob: the input as it is, and once more with its length and sum put right. What decodes
 * encodes to the same bytes. */
#include "fuzz_reader.h"

#include <stdlib.h>

#include <ventoc/bytes.h>
#include <ventoc/crc32.h>
#include <ventoc/handoff.h>

#define EXTENTS 64u

static void check(const uint8_t *in, uint32_t bytes)
{
    struct vtc_extent storage[EXTENTS];
    struct vtc_handoff h;
    uint32_t i;
    uint8_t *out;

    if (vtc_handoff_decode(in, bytes, &h, storage, EXTENTS))
        return;
    for (i = 0; i < h.map_count; i++)
        if (!memchr(h.map[i].name, '\0', sizeof h.map[i].name) || !h.map[i].extent_count)
            abort();
    out = malloc(bytes);
    if (!out || vtc_handoff_bytes(&h) != bytes || vtc_handoff_encode(&h, out, bytes) ||
        memcmp(in, out, bytes) != 0)
        abort();
    free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    uint8_t *copy;

    check(data, (uint32_t)bytes);
    if (bytes < 20)
        return 0;
    copy = malloc(bytes);
    if (!copy)
        return 0;
    memcpy(copy, data, bytes);
    vtc_put_le32(copy + 12, (uint32_t)bytes);
    vtc_put_le32(copy + bytes - 4, vtc_crc32(0, copy, bytes - 4));
    check(copy, (uint32_t)bytes);
    free(copy);
    return 0;
}

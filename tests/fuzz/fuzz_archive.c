/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The archives that go behind an initrd: lengths of the two programs and of the blob (two bytes each),
 * the archive's number, the width, then the bytes. They are sound cpio that the probe of initrds knows,
 * and an lz4 frame around them gives the same bytes back.
 */
#include "fuzz_program.h"
#include "fuzz_reader.h"

#include <stdlib.h>

#include <ventoc/bytes.h>
#include <ventoc/cpio.h>
#include <ventoc/handoff.h>
#include <ventoc/initrd.h>

/* Entries up to the trailer; every one lies inside. Returns how many. */
static unsigned walk(const uint8_t *archive, uint32_t bytes)
{
    struct vtc_cpio_header h;
    uint32_t at = 0;
    unsigned count = 0;

    for (;;) {
        if (bytes - at < VTC_CPIO_HEADER_BYTES || vtc_cpio_parse(archive + at, &h) ||
            bytes - at < h.data_off || h.data_bytes > bytes - at - h.data_off)
            abort();
        if (!strcmp((const char *)archive + at + VTC_CPIO_HEADER_BYTES, "TRAILER!!!"))
            return count;
        at += (h.data_off + h.data_bytes + 3) & ~3u;
        count++;
    }
}

/* A frame of literals only (lz4_Block_format.md, "Legacy frame" of lz4_Frame_format.md). */
static void unwrap(const uint8_t *p, uint32_t bytes, const uint8_t *want, uint32_t want_bytes)
{
    const uint8_t *end = p + bytes;

    if (bytes < 4 || vtc_le32(p) != 0x184c2102)
        abort();
    for (p += 4; p < end;) {
        uint32_t block = vtc_le32(p), literals;
        const uint8_t *block_end;

        p += 4;
        if (!block || block > (size_t)(end - p))
            abort();
        block_end = p + block;
        while (p < block_end) {
            uint8_t token = *p++, more = 255;

            literals = token >> 4;
            for (; literals >= 15 && more == 255; literals += more)
                more = *p++;
            if (literals > (size_t)(block_end - p) || literals > want_bytes ||
                memcmp(p, want, literals) != 0 || p + literals != block_end)
                abort();
            p += literals;
            want += literals;
            want_bytes -= literals;
        }
    }
    if (want_bytes)
        abort();
}

static void check_lz4(const uint8_t *data, uint32_t bytes)
{
    uint32_t wrapped_bytes = vtc_handoff_lz4_bytes(bytes);
    uint8_t *wrapped = malloc(wrapped_bytes);

    if (wrapped) {
        vtc_handoff_lz4_wrap(data, bytes, wrapped);
        unwrap(wrapped, wrapped_bytes, data, bytes);
    }
    free(wrapped);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct fuzz_program program = fuzz_program(data, bytes);
    size_t n64 = fuzz_take(&program, 2), n32 = fuzz_take(&program, 2),
           conf = fuzz_take(&program, 2);
    unsigned number = (unsigned)fuzz_take(&program, 1), bits = (unsigned)fuzz_take(&program, 1);
    uint32_t capacity = (uint32_t)fuzz_take(&program, 2);
    const uint8_t *init64 = fuzz_take_bytes(&program, &n64), *init32, *blob;
    uint8_t swap[VTC_HANDOFF_SWAP_BYTES_MAX], *body;
    struct vtc_initrd_facts facts;
    struct vtc_reader reader;
    uint32_t used, all;
    int rc;

    init32 = fuzz_take_bytes(&program, &n32);
    blob = fuzz_take_bytes(&program, &conf);
    rc = vtc_handoff_swap_archive(swap, sizeof swap, number, bits, &used);
    if ((rc == 0) != (number < VTC_HANDOFF_SAVED_MAX && (!bits || bits == 32 || bits == 64)) ||
        (rc && rc != VTC_EINVAL))
        abort();
    if (!rc && (used % 4 || used > sizeof swap || !walk(swap, used)))
        abort();
    all = (uint32_t)(n64 + n32 + conf) + VTC_HANDOFF_BODY_BYTES;
    if (capacity < all && capacity % 2)
        all = capacity; /* perhaps too little */
    body = malloc(all ? all : 1);
    if (!body)
        return 0;
    rc = vtc_handoff_body_archive(body, all, init64, (uint32_t)n64, init32, (uint32_t)n32, blob,
                                  (uint32_t)conf, &used);
    if (rc && (rc != VTC_ENOSPC || all != capacity))
        abort();
    if (!rc) {
        if (used > all || used % 512 || walk(body, used) < 1u + (n64 > 0) + (n32 > 0))
            abort();
        reader = fuzz_reader(body, used);
        if (vtc_initrd_probe(&reader, &facts) || facts.kind != VTC_INITRD_NEWC ||
            facts.only_microcode)
            abort();
        check_lz4(body, used);
    }
    check_lz4(data, (uint32_t)bytes);
    free(body);
    return 0;
}

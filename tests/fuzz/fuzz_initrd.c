/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An initramfs file: the facts agree with one another, and the number of reads is bounded. */
#include "fuzz_reader.h"

#include <stdlib.h>

#include <ventoc/initrd.h>

static unsigned reads;

static int count_read(void *ctx, uint64_t off, void *buf, uint32_t bytes)
{
    reads++;
    return fuzz_read(ctx, off, buf, bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct vtc_reader reader = fuzz_reader(data, bytes);
    enum vtc_initrd_kind first = vtc_initrd_kind(data, (uint32_t)bytes);
    struct vtc_initrd_facts facts;
    int rc;

    reader.read = count_read;
    reads = 0;
    rc = vtc_initrd_probe(&reader, &facts);
    if ((rc == VTC_ENOENT) != (first == VTC_INITRD_NONE) || reads > 64 * 140)
        abort();
    if (rc == VTC_OK && facts.kind == VTC_INITRD_NONE)
        abort();
    if (rc == VTC_OK && first != VTC_INITRD_NEWC && (facts.kind != first || facts.has_early))
        abort();
    if (rc == VTC_OK && facts.only_microcode && facts.kind != VTC_INITRD_NEWC)
        abort();
    return 0;
}

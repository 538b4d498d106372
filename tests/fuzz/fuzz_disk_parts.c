/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Partition tables: the input is a disk. Walks end, in order, and a GPT's partitions lie inside. */
#include <stdlib.h>

#include "fuzz_reader.h"

#include <ventoc/disk_parts.h>

struct seen {
    uint32_t count, last_number, stop_at;
};

static int note(void *ctx, const struct vtc_disk_part *part)
{
    struct seen *seen = ctx;

    if (!part->bytes || part->number <= seen->last_number || ++seen->count > 1024)
        abort();
    if (part->is_gpt ? part->bytes > UINT64_MAX - part->off
                     : part->off > (2ull << 32) * 512 || part->bytes > (1ull << 32) * 512)
        abort();
    seen->last_number = part->number;
    return seen->count == seen->stop_at ? 5 : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct vtc_reader disk = fuzz_reader(data, bytes);
    struct seen seen = {0, 0, 0};
    int rc = vtc_disk_parts_walk(&disk, note, &seen);

    if (rc > 0)
        abort();
    if (!rc && seen.count) { /* the last one stops it */
        seen = (struct seen){0, 0, seen.count};
        if (vtc_disk_parts_walk(&disk, note, &seen) != 5)
            abort();
    }
    return 0;
}

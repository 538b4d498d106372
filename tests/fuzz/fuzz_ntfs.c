/* SPDX-License-Identifier: GPL-3.0-or-later */
/* NTFS: a byte for the cluster size (a shift), then an attribute record. */
#include "fuzz_reader.h"

#include <stdlib.h>

#include <ventoc/ntfs.h>

#define PART_OFF   1048576u
#define PART_BYTES (1ull << 40)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static struct vtc_extent v[256];
    struct vtc_extents list;
    const char *why = NULL;
    uint32_t i;
    int rc;

    if (!bytes || bytes > 65536)
        return 0;
    vtc_extents_init(&list, v, 256, NULL);
    rc = vtc_ntfs_extents(data + 1, (uint32_t)bytes - 1, 1u << (9 + data[0] % 13), PART_OFF,
                          PART_BYTES, &list, &why);
    if ((rc == VTC_ENOTSUP || rc == VTC_EHOLE) != (why != NULL))
        abort();
    for (i = 0; i < list.count; i++)
        if (v[i].disk_off < PART_OFF || v[i].disk_off > PART_OFF + PART_BYTES ||
            v[i].bytes > PART_OFF + PART_BYTES - v[i].disk_off)
            abort();
    return 0;
}

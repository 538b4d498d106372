/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FAT32 and exFAT chains: the input is a volume. Its boot code holds what is asked for: at 256 the
 * first cluster (u32), the file's bytes (u64), the buffer's size as a power of two (u8). */
#include "fuzz_reader.h"

#include <stdlib.h>

#include <ventoc/bytes.h>
#include <ventoc/fat_chain.h>

#define CAPACITY 1024u

/* Whatever was found lies in the cluster heap. */
static void check(const struct vtc_fat_geometry *g, struct vtc_extents *list, uint64_t file_bytes)
{
    uint64_t end = g->heap_off + (uint64_t)g->cluster_count * g->cluster_bytes;

    if (list->bytes != file_bytes)
        abort();
    vtc_extents_check(list, g->heap_off, end);
    for (uint32_t i = 0; i < list->count; i++)
        if (list->v[i].disk_off < g->heap_off || list->v[i].disk_off > end ||
            list->v[i].bytes > end - list->v[i].disk_off ||
            !vtc_fat_cluster_of(g, list->v[i].disk_off))
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static struct vtc_extent v[CAPACITY];
    static uint8_t buf[65536];
    struct vtc_reader disk = fuzz_reader(data, bytes);
    struct vtc_fat_geometry g;
    struct vtc_extents list;
    uint64_t file_bytes;
    uint32_t first;

    if (bytes < 512 || vtc_fat_geometry(data, 0, (uint64_t)bytes << 8, &g))
        return 0;
    first = vtc_le32(data + 256);
    file_bytes = vtc_le64(data + 260);
    vtc_extents_init(&list, v, CAPACITY, NULL);
    if (!vtc_fat_chain(&g, &disk, first, file_bytes, buf, 1u << (data[268] & 31), &list))
        check(&g, &list, file_bytes);
    vtc_extents_init(&list, v, CAPACITY, NULL);
    if (!vtc_fat_contiguous(&g, first, file_bytes, &list))
        check(&g, &list, file_bytes);
    return 0;
}

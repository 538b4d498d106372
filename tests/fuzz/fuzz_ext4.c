/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ext4: the input is a volume. Look names up and map the first inodes. */
#include "fuzz_reader.h"

#include <stdlib.h>

#include <ventoc/ext4.h>

#define CAPACITY 512u

static void map(const struct vtc_ext4 *fs, uint32_t inode)
{
    static struct vtc_extent v[CAPACITY];
    struct vtc_extents list;
    const char *why = NULL;
    uint64_t file_bytes = 0;
    int rc;

    vtc_extents_init(&list, v, CAPACITY, NULL);
    rc = vtc_ext4_extents(fs, inode, &file_bytes, &list, &why);
    if ((rc == VTC_ENOTSUP || rc == VTC_EHOLE) != (why != NULL))
        abort();
    if (!rc && list.bytes != file_bytes)
        abort();
    for (uint32_t i = 0; i < list.count; i++)
        if (v[i].disk_off > fs->part_bytes || v[i].bytes > fs->part_bytes - v[i].disk_off)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static const char *const paths[] = {"/file", "/dir/deep.iso", "/link", "/link2/../file"};
    struct vtc_reader disk = fuzz_reader(data, bytes);
    struct vtc_ext4 fs;
    uint32_t inode, i;

    /* The partition is larger than the input: metadata alone is there to be read. */
    if (vtc_ext4_open(&fs, &disk, 0, (uint64_t)bytes << 8))
        return 0;
    for (i = 0; i < sizeof paths / sizeof *paths; i++)
        if (!vtc_ext4_lookup(&fs, paths[i], &inode))
            map(&fs, inode);
    for (i = 1; i < 24; i++)
        map(&fs, i);
    return 0;
}

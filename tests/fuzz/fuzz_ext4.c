/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ext4: the input is a volume. Look names up, list folders, map and read the first inodes. */
#include "fuzz_reader.h"

#include <stdlib.h>

#include <ventoc/ext4_map.h>

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

static int visit(void *ctx, const struct vtc_ext4_entry *e)
{
    if (!memchr(e->name, '\0', sizeof(e->name)) || !e->name[0] || strchr(e->name, '/') || !e->inode)
        abort();
    return ++*(unsigned *)ctx > 2000;
}

/* A file's bytes one way are its bytes the other way. */
static void read_file(const struct vtc_ext4 *fs, uint32_t number)
{
    static uint8_t whole[16384];
    struct vtc_ext4_inode inode;
    uint32_t bytes, at;
    uint8_t part[7];

    if (vtc_ext4_inode_read(fs, number, &inode) || inode.type != VTC_EXT4_REGULAR)
        return;
    bytes = inode.bytes < sizeof whole ? (uint32_t)inode.bytes : (uint32_t)sizeof whole;
    if (!vtc_ext4_read(fs, &inode, inode.bytes, part, 1))
        abort();
    if (vtc_ext4_read(fs, &inode, 0, whole, bytes))
        return;
    for (at = 0; at + sizeof part <= bytes; at += 1021)
        if (vtc_ext4_read(fs, &inode, at, part, sizeof part) ||
            memcmp(part, whole + at, sizeof part) != 0)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static const char *const paths[] = {"/file", "/dir/deep.iso", "/link", "/link2/../file"};
    struct vtc_reader disk = fuzz_reader(data, bytes);
    struct vtc_ext4 fs;
    uint32_t inode, i;
    unsigned count;

    /* The partition is larger than the input: metadata alone is there to be read. */
    if (vtc_ext4_open(&fs, &disk, 0, (uint64_t)bytes << 8))
        return 0;
    for (i = 0; i < sizeof paths / sizeof *paths; i++)
        if (!vtc_ext4_lookup(&fs, paths[i], &inode))
            map(&fs, inode);
    for (i = 1; i < 24; i++) {
        map(&fs, i);
        read_file(&fs, i);
        count = 0;
        vtc_ext4_list(&fs, i, visit, &count);
    }
    return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file in as many pieces as are taken, and in one more: on a FAT32 volume that is made as it is
 * read, each cluster but one apart from the last. */
#include "fixture.h"

#include <ventoc/bytes.h>

#include "host/volume.h"

#define SECTOR       512u
#define FIRST_EVEN   2u
#define LAST         (FIRST_EVEN + 2 * VTC_VOLUME_PIECES_MAX)
#define CLUSTERS     (LAST - FIRST_EVEN + 1)
#define RESERVED     32u
#define FAT_SECTORS  ((CLUSTERS + 2) / (SECTOR / 4) + 1)
#define DISK_SECTORS (RESERVED + FAT_SECTORS + CLUSTERS)

static void put_boot(uint8_t b[SECTOR])
{
    b[0] = 0xeb;
    b[2] = 0x90;
    vtc_put_le16(b + 11, SECTOR);
    b[13] = 1; /* sectors a cluster */
    vtc_put_le16(b + 14, RESERVED);
    b[16] = 1; /* FATs */
    b[21] = 0xf8;
    vtc_put_le32(b + 32, DISK_SECTORS);
    vtc_put_le32(b + 36, FAT_SECTORS);
    vtc_put_le32(b + 44, FIRST_EVEN);
    b[510] = 0x55;
    b[511] = 0xaa;
}

static int read_sparse(void *ctx, uint64_t off, void *buf, uint32_t bytes)
{
    const uint64_t fat_off = RESERVED * SECTOR, heap_off = fat_off + FAT_SECTORS * SECTOR;

    (void)ctx;
    memset(buf, 0, bytes);
    if (!off && bytes >= SECTOR)
        put_boot(buf);
    for (uint32_t i = 0; off >= fat_off && i + 4 <= bytes && off + i < heap_off; i += 4) {
        uint32_t cluster = (uint32_t)((off + i - fat_off) / 4);

        vtc_put_le32((uint8_t *)buf + i, cluster == LAST ? 0x0fffffff : cluster + 2);
    }
    return VTC_OK;
}

static void test_pieces(void **state)
{
    const struct vtc_reader disk = {read_sparse, NULL, (uint64_t)DISK_SECTORS * SECTOR};
    struct vtc_volume_node node = {.start = FIRST_EVEN + 2};
    struct vtc_volume_file file;
    struct vtc_volume volume;
    const char *why;

    (void)state;
    assert_int_equal(vtc_volume_open(&volume, &disk, 0, disk.bytes), 0);
    assert_int_equal(volume.kind, VTC_VOLUME_FAT32);
    node.bytes = (uint64_t)VTC_VOLUME_PIECES_MAX * SECTOR;
    assert_int_equal(vtc_volume_open_file(&volume, &node, &file, &why), 0);
    assert_int_equal(file.extents.count, VTC_VOLUME_PIECES_MAX);
    vtc_volume_close_file(&file);

    node.start -= 2;
    node.bytes += SECTOR;
    assert_int_equal(vtc_volume_open_file(&volume, &node, &file, &why), VTC_ENOSPC);
    assert_int_equal(file.extents.capacity, VTC_VOLUME_PIECES_MAX);
    assert_non_null(why);
    vtc_volume_close_file(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_pieces)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}

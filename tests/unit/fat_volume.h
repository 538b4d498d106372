/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small FAT volume in memory, made byte by byte, for tests that break it. */
#ifndef TESTS_UNIT_FAT_VOLUME_H
#define TESTS_UNIT_FAT_VOLUME_H

#include "fixture.h"

#include <ventoc/fat.h>

/* 512-byte sectors, one per cluster; FAT at sector 1, one FAT of FAT_SECTORS. */
#define SECTOR      512u
#define FAT_SECTORS 20u
#define ROOT_COUNT  16u       /* FAT12/16 */
#define END         0xfffffff /* of a chain */

struct fat_volume {
    struct fixture_memdisk src;
    struct vtc_reader src_reader;
    struct vtc_fat fat; /* for the test to open */
    unsigned bits;
    uint8_t *table, *root, *heap; /* into src.bytes; heap: cluster 2 */
};

/* An empty volume; FAT16 has 4200 clusters, the others 100. fat_volume_free() releases it. */
void fat_volume_init(struct fat_volume *v, unsigned bits);
void fat_volume_free(struct fat_volume *v);

/* Write the table's entry of a cluster. */
void fat_volume_set_next(struct fat_volume *v, uint32_t cluster, uint32_t next);

/* A short entry: name11 as on disk. Returns the entry behind it. */
uint8_t *fat_volume_put_short(uint8_t *e, const char *name11, uint8_t attr, uint32_t cluster,
                              uint32_t bytes);

/* The checksum of a short name in the entries of its long one. */
uint8_t fat_volume_checksum(const char *name11);

/* One long name entry: the 13 units from (ordinal - 1) * 13 on of a name ended by 0. Returns the
 * entry behind it. */
uint8_t *fat_volume_put_long(uint8_t *e, uint8_t ordinal, uint8_t checksum, const uint16_t *name,
                             unsigned count);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The extents of a file on FAT32 or exFAT, by its cluster chain, read in bulk. */
#ifndef VENTOC_FAT_CHAIN_H
#define VENTOC_FAT_CHAIN_H

#include <ventoc/types.h>

#include <ventoc/extents.h>

struct vtc_fat_geometry {
    uint64_t part_off; /* bytes, partition on the disk */
    uint64_t fat_off;  /* bytes, first FAT relative to the partition */
    uint64_t fat_bytes;
    uint64_t heap_off; /* bytes, cluster 2 relative to the partition */
    uint32_t cluster_bytes;
    uint32_t cluster_count;
    int exfat; /* end marks and bad marks differ: exFAT section 4.1 / FAT spec 1.03 section 4 */
};

/* From the boot sector (512 bytes): exFAT section 3.1 or FAT32 BPB; FAT12/16 give VTC_ENOTSUP.
 * part_off, part_bytes: the partition. Returns 0, VTC_EFORMAT, VTC_ENOENT (neither). */
int vtc_fat_geometry(const uint8_t boot[512], uint64_t part_off, uint64_t part_bytes,
                     struct vtc_fat_geometry *g);

/* Cluster that holds a disk byte offset. Returns 0 when it is outside the heap. */
uint32_t vtc_fat_cluster_of(const struct vtc_fat_geometry *g, uint64_t disk_off);

/* Walk the chain from first_cluster. disk: the whole disk; buf: work space of buf_bytes (a power
 * of two, 512..65536) in which the FAT is read in pieces. list: empty; ends trimmed to file_bytes.
 * Returns 0, VTC_EFORMAT (loop, bad or free cluster, chain shorter or longer than the file). */
int vtc_fat_chain(const struct vtc_fat_geometry *g, const struct vtc_reader *disk,
                  uint32_t first_cluster, uint64_t file_bytes, void *buf, uint32_t buf_bytes,
                  struct vtc_extents *list);

/* exFAT NoFatChain (section 7.6.4.2): one contiguous run from first_cluster. */
int vtc_fat_contiguous(const struct vtc_fat_geometry *g, uint32_t first_cluster,
                       uint64_t file_bytes, struct vtc_extents *list);

#endif

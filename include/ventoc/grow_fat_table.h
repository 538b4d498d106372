/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The file allocation tables of a FAT volume in a plan for an image. For grow_fat*.c. */
#ifndef VENTOC_GROW_FAT_TABLE_H
#define VENTOC_GROW_FAT_TABLE_H

#include <ventoc/grow_plan.h>

struct vtc_grow_fat_table {
    struct vtc_grow_plan *plan;
    uint64_t off;          /* of the first table in the plan's reader */
    uint64_t stride_bytes; /* from one table to the next */
    uint32_t count, bits;  /* bits: 12, 16 or 32 */
};

/* The most clusters a volume of that width can have (section 3.5): higher numbers are bad clusters
 * and ends of chains. */
static inline uint32_t vtc_grow_fat_table_clusters_max(uint32_t bits)
{
    return bits == 12 ? 4084u : bits == 16 ? 65524u : 0x0ffffff5u;
}

#define VTC_GROW_FAT_END 0x0fffffffu /* the end of a chain, cut to the entry's width */

/* Write entry n of every table (FAT specification 1.03, section 4). */
int vtc_grow_fat_table_write(const struct vtc_grow_fat_table *t, uint32_t n, uint32_t value);

/* A chain of `count` clusters from `first` on, one behind the other, that goes on from the cluster
 * `last` (0: from none). */
int vtc_grow_fat_table_chain(const struct vtc_grow_fat_table *t, uint32_t last, uint32_t first,
                             uint32_t count);

#endif

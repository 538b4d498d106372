/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pieces of a file on a disk, in file order. */
#ifndef VENTOC_EXTENTS_H
#define VENTOC_EXTENTS_H

#include <ventoc/types.h>

struct vtc_extent {
    uint64_t file_off; /* bytes */
    uint64_t disk_off; /* bytes from the start of the whole disk */
    uint64_t bytes;
};

/*
 * A growing list. The storage belongs to the caller; grow(), when set, is asked for more room
 * (it replaces v and capacity and returns 0, or returns a vtc_err).
 */
struct vtc_extents {
    struct vtc_extent *v;
    uint32_t count, capacity;
    uint64_t bytes; /* sum so far */
    int (*grow)(struct vtc_extents *list);
};

void vtc_extents_init(struct vtc_extents *list, struct vtc_extent *storage, uint32_t capacity,
                      int (*grow)(struct vtc_extents *));

/* Append the next bytes of the file; merges with the last extent when they follow on disk.
 * Returns 0, VTC_ENOSPC, VTC_EFORMAT on overflow of 64 bits. bytes 0 is ignored. */
int vtc_extents_add(struct vtc_extents *list, uint64_t disk_off, uint64_t bytes);

/* Cut the list to file_bytes (the last cluster's slack). Returns 0 or VTC_ETRUNC when shorter. */
int vtc_extents_trim(struct vtc_extents *list, uint64_t file_bytes);

/* Every extent inside [first, end) of the disk, none overlapping another, file order gapless.
 * Returns 0 or VTC_EFORMAT. Costs O(n) when the pieces lie in ascending order, else O(n log n);
 * sorts list->v in place meanwhile (no extra memory) and leaves it as it was. */
int vtc_extents_check(struct vtc_extents *list, uint64_t first, uint64_t end);

/* No byte of the disk is in both lists, and none twice in one. work: an empty list that both fit in or
 * that grows; left filled. Returns 0, VTC_EFORMAT or what adding to work returns. */
int vtc_extents_apart(const struct vtc_extents *a, const struct vtc_extents *b,
                      struct vtc_extents *work);

#endif

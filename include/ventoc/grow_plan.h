/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What growing a file will do to an image: pieces behind its end and sectors that change. Nothing
 * happens to the image until all of it is known; then it happens at once, and cannot fail halfway.
 * For the parts of the overlay that grow files (<ventoc/grow.h>).
 */
#ifndef VENTOC_GROW_PLAN_H
#define VENTOC_GROW_PLAN_H

#include <ventoc/grow.h>

#define VTC_GROW_SECTOR_BYTES 2048u
#define VTC_GROW_MAX_BYTES    ((uint64_t)UINT32_MAX * VTC_GROW_SECTOR_BYTES) /* what 32 bits name */

struct vtc_grow_patch; /* a sector that changes */
struct vtc_grow_piece; /* a piece behind the end */
struct vtc_grow_shown; /* sectors in the middle that memory is shown in place of */

struct vtc_grow_plan {
    const struct vtc_grow *g;
    struct vtc_reader reader; /* the image as it will be; its ctx is the plan */
    uint64_t base_bytes;      /* of the image, filled up to whole sectors */
    struct vtc_grow_patch *patch;
    struct vtc_grow_piece *first, *last;
    struct vtc_grow_shown *shown;
    uint32_t arena_used_bytes, arena_capacity_bytes; /* as they were */
};

/* Begin. p must not move afterwards. Returns 0, and vtc_grow_plan_end() must follow; VTC_ENOTSUP:
 * the image is longer than VTC_GROW_MAX_BYTES. */
int vtc_grow_plan_begin(struct vtc_grow_plan *p, const struct vtc_grow *g);

/* End: rc 0: carry the plan out; any other: leave image and arena as they were. Work space goes
 * back in both cases. Returns rc, or why it could not be carried out: VTC_ENOSPC. */
int vtc_grow_plan_end(struct vtc_grow_plan *p, int rc);

/* Work space until vtc_grow_plan_end(), not cleared. NULL when the arena is full. */
void *vtc_grow_plan_scratch(struct vtc_grow_plan *p, uint32_t bytes);

/* Append at the end of p->reader: what the image shows at off (before the plan's patches); memory
 * that outlives the image; zeros. bytes 0 is nothing.
 * Return 0; VTC_EFORMAT: off, bytes not inside the image; VTC_EINVAL: bytes not a multiple of 512,
 * where regions of an image may meet on BIOS; VTC_ENOTSUP: VTC_GROW_MAX_BYTES; VTC_ENOSPC. */
int vtc_grow_plan_alias(struct vtc_grow_plan *p, uint64_t off, uint64_t bytes);
int vtc_grow_plan_memory(struct vtc_grow_plan *p, const void *memory, uint64_t bytes);
int vtc_grow_plan_zero(struct vtc_grow_plan *p, uint64_t bytes);

/* Append zeros up to a multiple of VTC_GROW_SECTOR_BYTES. */
int vtc_grow_plan_pad(struct vtc_grow_plan *p);

/* Write to p->reader: the sectors that are hit are copied once into the arena. They must be whole:
 * pad first.
 * Returns 0; VTC_EFORMAT: beyond the last whole sector; VTC_ENOSPC; the disk's error. */
int vtc_grow_plan_write(struct vtc_grow_plan *p, uint64_t off, const void *buf, uint32_t bytes);

/* The same, but whole sectors are shown where they lie in memory, which outlives the image. */
int vtc_grow_plan_show(struct vtc_grow_plan *p, uint64_t off, const void *memory, uint32_t bytes);

/* ---- the tail ------------------------------------------------------------------------------ */

/* A tail behind a file of a known length, as one run of bytes: zeros, head, zeros, body. */
struct vtc_grow_run {
    const struct vtc_grow_tail *tail;
    uint64_t head_off, body_off; /* from the run's beginning */
    uint64_t bytes;
};

/* Lay the tail out behind file_bytes. Returns 0 or VTC_EINVAL (align_bytes is no power of two). */
int vtc_grow_run_init(struct vtc_grow_run *run, const struct vtc_grow_tail *tail,
                      uint64_t file_bytes);

/* Write the run's first bytes, room_bytes at most, at off of p->reader: what the last sector or
 * cluster of the file has left. */
int vtc_grow_run_fill(struct vtc_grow_plan *p, const struct vtc_grow_run *run, uint64_t off,
                      uint32_t room_bytes);

/* Append what such a fill has left over, filled up with zeros to a multiple of 512 bytes. File and
 * room together are a multiple of 512. */
int vtc_grow_run_append(struct vtc_grow_plan *p, const struct vtc_grow_run *run,
                        uint32_t room_bytes);

/* Place what such a fill has left over at off of p->reader, where there is room for all of it. */
int vtc_grow_run_place(struct vtc_grow_plan *p, const struct vtc_grow_run *run, uint64_t off,
                       uint32_t room_bytes);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory handed out piece by piece and given back all at once: what an overlay shows must stay
 * where it is as long as the image, and on BIOS lie in memory that the map calls reserved. */
#ifndef VENTOC_ARENA_H
#define VENTOC_ARENA_H

#include <ventoc/types.h>

struct vtc_arena {
    uint8_t *base; /* the caller's, aligned to 4096 */
    uint32_t used_bytes, capacity_bytes;
};

static inline void vtc_arena_init(struct vtc_arena *a, void *base, uint32_t capacity_bytes)
{
    a->base = base;
    a->used_bytes = 0;
    a->capacity_bytes = capacity_bytes;
}

/* The next bytes, not cleared, at an offset that is a multiple of align_bytes (a power of two, at
 * most 4096). NULL when the arena is full. */
static inline void *vtc_arena_take(struct vtc_arena *a, uint32_t bytes, uint32_t align_bytes)
{
    uint32_t skip = (0u - a->used_bytes) & (align_bytes - 1);

    if (skip > a->capacity_bytes - a->used_bytes ||
        bytes > a->capacity_bytes - a->used_bytes - skip)
        return NULL;
    a->used_bytes += skip + bytes;
    return a->base + (a->used_bytes - bytes);
}

#endif

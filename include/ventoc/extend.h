/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Extend every initramfs of an image, in its overlay, by the archives that hand the medium over. */
#ifndef VENTOC_EXTEND_H
#define VENTOC_EXTEND_H

#include <ventoc/bootcfg.h>
#include <ventoc/diskcfg.h>
#include <ventoc/grow.h>

/* What was found in the image: one of the two, the other is NULL. */
struct vtc_extend_found {
    const struct vtc_bootcfg *iso;
    const struct vtc_diskcfg *disk;
};

struct vtc_extend {
    struct vtc_grow grow;
    struct vtc_extend_found found;
    const void *body; /* vtc_handoff_body_archive()'s; shown where it lies */
    uint32_t body_bytes;
    void *scratch; /* vtc_extend_scratch_bytes(), used during the call only */
    /* NULL, or told of every initrd that was left as it is. */
    void (*failed)(void *ctx, const char *path, int rc);
    void *ctx;
};

/* How many initrds are to be extended. */
uint32_t vtc_extend_count(const struct vtc_extend_found *found);

/* Room in the arena that is enough, and scratch memory, in bytes. */
uint32_t vtc_extend_arena_bytes(const struct vtc_extend_found *found, uint32_t body_bytes);
uint32_t vtc_extend_scratch_bytes(uint32_t body_bytes);

/* Do it. Returns how many initrds were extended. */
uint32_t vtc_extend_initrds(const struct vtc_extend *e);

#endif

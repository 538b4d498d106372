/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Everything an operation is going to write, decided before the first byte is written. */
#ifndef VTC_HOST_PLAN_H
#define VTC_HOST_PLAN_H

#include <stddef.h>
#include <stdint.h>

enum vtc_plan_source {
    VTC_PLAN_MEMORY,  /* bytes at memory */
    VTC_PLAN_SCRATCH, /* bytes of a scratch file at scratch_off */
    VTC_PLAN_ZERO,    /* zeros */
    VTC_PLAN_BACKUP,  /* what fill() makes of a backup file */
};

struct vtc_plan_entry {
    uint64_t off, bytes; /* on the target */
    unsigned stage;      /* stages are flushed and verified one after the other */
    enum vtc_plan_source source;
    const uint8_t *memory;
    int scratch_fd;
    uint64_t scratch_off;
    int (*fill)(void *ctx, uint64_t at, void *buf, size_t bytes); /* as vtc_plan_fill() */
    void *fill_ctx;
    const char *reason; /* a constant string */
};

/* A list of writes in the order in which they are made. Memory and descriptors that entries refer
 * to belong to the plan when they were handed over with vtc_plan_own_*(), else to the caller, who
 * keeps them until vtc_plan_free(). */
struct vtc_plan {
    struct vtc_plan_entry *entry;
    size_t count, capacity;
    void **owned;
    size_t owned_count;
    int *owned_fd;
    size_t owned_fd_count;
    unsigned stage; /* of the entries added from now on */
};

void vtc_plan_init(struct vtc_plan *plan);
void vtc_plan_free(struct vtc_plan *plan);

/* Begin a new stage: what was added so far will be on the medium and verified before. */
void vtc_plan_barrier(struct vtc_plan *plan);

/* Append a write. bytes 0 is ignored. Return 0 or -ENOMEM. */
int vtc_plan_add_memory(struct vtc_plan *plan, uint64_t off, const void *memory, uint64_t bytes,
                        const char *reason);
int vtc_plan_add_scratch(struct vtc_plan *plan, uint64_t off, int fd, uint64_t scratch_off,
                         uint64_t bytes, const char *reason);
int vtc_plan_add_zero(struct vtc_plan *plan, uint64_t off, uint64_t bytes, const char *reason);
int vtc_plan_add_backup(struct vtc_plan *plan, uint64_t off, uint64_t bytes,
                        int (*fill)(void *ctx, uint64_t at, void *buf, size_t bytes), void *ctx,
                        const char *reason);

/* Hand over memory from malloc() or a descriptor. On failure (-ENOMEM) it is released at once. */
int vtc_plan_own_memory(struct vtc_plan *plan, void *memory);
int vtc_plan_own_fd(struct vtc_plan *plan, int fd);

uint64_t vtc_plan_bytes(const struct vtc_plan *plan);

/* The bytes of an entry: fill buf from entry byte at. at + bytes lies inside the entry.
 * Returns 0 or -errno from reading the scratch or backup file. */
int vtc_plan_fill(const struct vtc_plan_entry *entry, uint64_t at, void *buf, size_t bytes);

/* What the plan leads to: change buf, which holds bytes from off of the target, as all entries one
 * after the other would. Returns 0 or -errno as vtc_plan_fill(). */
int vtc_plan_compose(const struct vtc_plan *plan, uint64_t off, void *buf, size_t bytes);

/* Parts of entry index that no later entry of the same stage overwrites: calls
 * visit(ctx, at, bytes), at relative to the entry; stops at and returns its first nonzero. */
int vtc_plan_visible(const struct vtc_plan *plan, size_t index,
                     int (*visit)(void *ctx, uint64_t at, uint64_t bytes), void *ctx);

/* "memory", "scratch", "zero" or "backup". */
const char *vtc_plan_source_name(enum vtc_plan_source source);

#endif

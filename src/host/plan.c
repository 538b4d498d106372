/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/fdio.h"

void vtc_plan_init(struct vtc_plan *plan)
{
    memset(plan, 0, sizeof(*plan));
}

void vtc_plan_free(struct vtc_plan *plan)
{
    for (size_t i = 0; i < plan->owned_count; i++)
        free(plan->owned[i]);
    for (size_t i = 0; i < plan->owned_fd_count; i++)
        close(plan->owned_fd[i]);
    free(plan->owned);
    free(plan->owned_fd);
    free(plan->entry);
    vtc_plan_init(plan);
}

void vtc_plan_barrier(struct vtc_plan *plan)
{
    plan->stage++;
}

static int append(struct vtc_plan *plan, const struct vtc_plan_entry *entry)
{
    if (!entry->bytes)
        return 0;
    if (plan->count == plan->capacity) {
        size_t capacity = plan->capacity ? plan->capacity * 2 : 32;
        struct vtc_plan_entry *grown = reallocarray(plan->entry, capacity, sizeof(*grown));

        if (!grown)
            return -ENOMEM;
        plan->entry = grown;
        plan->capacity = capacity;
    }
    plan->entry[plan->count] = *entry;
    plan->entry[plan->count++].stage = plan->stage;
    return 0;
}

int vtc_plan_add_memory(struct vtc_plan *plan, uint64_t off, const void *memory, uint64_t bytes,
                        const char *reason)
{
    struct vtc_plan_entry entry = {.off = off,
                                   .bytes = bytes,
                                   .source = VTC_PLAN_MEMORY,
                                   .memory = memory,
                                   .scratch_fd = -1,
                                   .reason = reason};

    return append(plan, &entry);
}

int vtc_plan_add_scratch(struct vtc_plan *plan, uint64_t off, int fd, uint64_t scratch_off,
                         uint64_t bytes, const char *reason)
{
    struct vtc_plan_entry entry = {.off = off,
                                   .bytes = bytes,
                                   .source = VTC_PLAN_SCRATCH,
                                   .scratch_fd = fd,
                                   .scratch_off = scratch_off,
                                   .reason = reason};

    return append(plan, &entry);
}

int vtc_plan_add_zero(struct vtc_plan *plan, uint64_t off, uint64_t bytes, const char *reason)
{
    struct vtc_plan_entry entry = {
        .off = off, .bytes = bytes, .source = VTC_PLAN_ZERO, .scratch_fd = -1, .reason = reason};

    return append(plan, &entry);
}

int vtc_plan_add_backup(struct vtc_plan *plan, uint64_t off, uint64_t bytes,
                        int (*fill)(void *ctx, uint64_t at, void *buf, size_t bytes), void *ctx,
                        const char *reason)
{
    struct vtc_plan_entry entry = {.off = off,
                                   .bytes = bytes,
                                   .source = VTC_PLAN_BACKUP,
                                   .scratch_fd = -1,
                                   .fill = fill,
                                   .fill_ctx = ctx,
                                   .reason = reason};

    return append(plan, &entry);
}

int vtc_plan_own_memory(struct vtc_plan *plan, void *memory)
{
    void **grown = reallocarray(plan->owned, plan->owned_count + 1, sizeof(*grown));

    if (!grown) {
        free(memory);
        return -ENOMEM;
    }
    plan->owned = grown;
    plan->owned[plan->owned_count++] = memory;
    return 0;
}

int vtc_plan_own_fd(struct vtc_plan *plan, int fd)
{
    int *grown = reallocarray(plan->owned_fd, plan->owned_fd_count + 1, sizeof(*grown));

    if (!grown) {
        close(fd);
        return -ENOMEM;
    }
    plan->owned_fd = grown;
    plan->owned_fd[plan->owned_fd_count++] = fd;
    return 0;
}

uint64_t vtc_plan_bytes(const struct vtc_plan *plan)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < plan->count; i++)
        sum += plan->entry[i].bytes;
    return sum;
}

int vtc_plan_fill(const struct vtc_plan_entry *entry, uint64_t at, void *buf, size_t bytes)
{
    switch (entry->source) {
    case VTC_PLAN_MEMORY:
        memcpy(buf, entry->memory + at, bytes);
        return 0;
    case VTC_PLAN_SCRATCH:
        return vtc_fdio_read(entry->scratch_fd, entry->scratch_off + at, buf, bytes);
    case VTC_PLAN_BACKUP:
        return entry->fill(entry->fill_ctx, at, buf, bytes);
    default:
        memset(buf, 0, bytes);
        return 0;
    }
}

int vtc_plan_compose(const struct vtc_plan *plan, uint64_t off, void *buf, size_t bytes)
{
    int rc = 0;

    for (size_t i = 0; !rc && i < plan->count; i++) {
        const struct vtc_plan_entry *entry = &plan->entry[i];
        uint64_t first = entry->off > off ? entry->off : off;
        uint64_t end = off + bytes;

        if (entry->off + entry->bytes < end)
            end = entry->off + entry->bytes;
        if (first < end)
            rc = vtc_plan_fill(entry, first - entry->off, (uint8_t *)buf + (first - off),
                               (size_t)(end - first));
    }
    return rc;
}

int vtc_plan_visible(const struct vtc_plan *plan, size_t index,
                     int (*visit)(void *ctx, uint64_t at, uint64_t bytes), void *ctx)
{
    const struct vtc_plan_entry *me = &plan->entry[index];
    uint64_t at = me->off, end = me->off + me->bytes;

    while (at < end) {
        uint64_t stop = end; /* where the visible piece that begins at at ends */
        int covered = 0;

        for (size_t i = index + 1; i < plan->count; i++) {
            const struct vtc_plan_entry *other = &plan->entry[i];

            if (other->stage != me->stage || other->off >= stop || other->off + other->bytes <= at)
                continue;
            if (other->off <= at) {
                at = other->off + other->bytes;
                covered = 1;
                break;
            }
            stop = other->off;
        }
        if (!covered) {
            int rc = visit(ctx, at - me->off, stop - at);

            if (rc)
                return rc;
            at = stop;
        }
    }
    return 0;
}

const char *vtc_plan_source_name(enum vtc_plan_source source)
{
    static const char *const names[] = {"memory", "scratch", "zero", "backup"};

    return names[source];
}

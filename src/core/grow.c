/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What follows a file's last byte: zeros, head, zeros, body, taken as one run of bytes. */
#include <ventoc/grow_plan.h>

#include <ventoc/mem.h>

#define PIECE_ALIGN 512u

int vtc_grow_run_init(struct vtc_grow_run *run, const struct vtc_grow_tail *tail,
                      uint64_t file_bytes)
{
    uint64_t at = file_bytes;

    if (!tail->align_bytes || (tail->align_bytes & (tail->align_bytes - 1)) ||
        file_bytes > UINT64_MAX >> 1)
        return VTC_EINVAL;
    at += tail->zero_bytes;
    at += (0 - at) & (tail->align_bytes - 1);
    run->tail = tail;
    run->head_off = at - file_bytes;
    at += tail->head_bytes;
    if (tail->body_bytes)
        at += (0 - at) & (VTC_GROW_SECTOR_BYTES - 1);
    run->body_off = at - file_bytes;
    run->bytes = run->body_off + tail->body_bytes;
    return VTC_OK;
}

/* Copy [from, from+bytes) of the run, zeros around it. */
static void copy_part(const struct vtc_grow_run *run, uint64_t from, uint8_t *to, uint32_t bytes)
{
    const struct {
        uint64_t off, bytes;
        const uint8_t *data;
    } part[2] = {{run->head_off, run->tail->head_bytes, run->tail->head},
                 {run->body_off, run->tail->body_bytes, run->tail->body}};
    unsigned i;

    memset(to, 0, bytes);
    for (i = 0; i < 2; i++) {
        uint64_t begin = part[i].off > from ? part[i].off : from;
        uint64_t end = part[i].off + part[i].bytes;

        if (end > from + bytes)
            end = from + bytes;
        if (begin < end)
            memcpy(to + (begin - from), part[i].data + (begin - part[i].off),
                   (size_t)(end - begin));
    }
}

int vtc_grow_run_fill(struct vtc_grow_plan *p, const struct vtc_grow_run *run, uint64_t off,
                      uint32_t room_bytes)
{
    uint8_t part[PIECE_ALIGN];
    uint64_t from = 0, end = room_bytes < run->bytes ? room_bytes : run->bytes;
    int rc = VTC_OK;

    while (!rc && from < end) {
        uint32_t n = end - from < sizeof(part) ? (uint32_t)(end - from) : (uint32_t)sizeof(part);

        copy_part(run, from, part, n);
        rc = vtc_grow_plan_write(p, off + from, part, n);
        from += n;
    }
    return rc;
}

/* [from, end) of the run as a copy in the arena, filled up with zeros. */
static int append_copy(struct vtc_grow_plan *p, const struct vtc_grow_run *run, uint64_t from,
                       uint64_t end)
{
    uint64_t whole = end - from + ((0 - (end - from)) & (PIECE_ALIGN - 1));
    uint8_t *copy;

    if (!whole)
        return VTC_OK;
    copy = whole <= UINT32_MAX ? vtc_arena_take(p->g->arena, (uint32_t)whole, 16) : NULL;
    if (!copy)
        return VTC_ENOSPC;
    copy_part(run, from, copy, (uint32_t)whole);
    return vtc_grow_plan_memory(p, copy, whole);
}

int vtc_grow_run_append(struct vtc_grow_plan *p, const struct vtc_grow_run *run,
                        uint32_t room_bytes)
{
    const struct vtc_grow_tail *tail = run->tail;
    uint64_t from = room_bytes, skip, shown;
    int rc = VTC_OK;

    if (from >= run->bytes)
        return VTC_OK;
    if (from < run->body_off) {
        rc = append_copy(p, run, from, run->body_off);
        from = run->body_off;
    }
    if (rc || !tail->body_bytes)
        return rc;
    /* The body lies where it lies; only the part of a sector at its end needs zeros behind it. */
    skip = from - run->body_off;
    shown = (tail->body_bytes - skip) & ~(uint64_t)(PIECE_ALIGN - 1);
    rc = vtc_grow_plan_memory(p, (const uint8_t *)tail->body + skip, shown);
    return rc ? rc : append_copy(p, run, from + shown, run->bytes);
}

int vtc_grow_run_place(struct vtc_grow_plan *p, const struct vtc_grow_run *run, uint64_t off,
                       uint32_t room_bytes)
{
    const struct vtc_grow_tail *tail = run->tail;
    uint64_t from = room_bytes, skip;
    int rc = VTC_OK;

    if (from < run->body_off) {
        uint64_t bytes = run->body_off - from;
        uint8_t *copy =
            bytes <= UINT32_MAX ? vtc_arena_take(p->g->arena, (uint32_t)bytes, 16) : NULL;

        if (!copy)
            return VTC_ENOSPC;
        copy_part(run, from, copy, (uint32_t)bytes);
        rc = vtc_grow_plan_show(p, off, copy, (uint32_t)bytes);
        off += bytes;
        from = run->body_off;
    }
    if (rc || from >= run->bytes)
        return rc;
    skip = from - run->body_off;
    return vtc_grow_plan_show(p, off, (const uint8_t *)tail->body + skip,
                              tail->body_bytes - (uint32_t)skip);
}

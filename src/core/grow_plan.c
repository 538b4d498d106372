/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pieces and patches are collected first, and carried out when nothing can fail any more. */
#include <ventoc/grow_plan.h>

#include <ventoc/mem.h>

#define SECTOR      VTC_GROW_SECTOR_BYTES
#define PIECE_ALIGN 512u  /* where regions of an image may meet: the BIOS map's sectors */
#define ALIAS       0xffu /* a piece's kind besides enum vtc_region_kind */

struct vtc_grow_patch {
    struct vtc_grow_patch *next;
    uint64_t off; /* a multiple of SECTOR */
    uint8_t *bytes;
};

struct vtc_grow_piece {
    struct vtc_grow_piece *next;
    uint64_t off, bytes;
    uint64_t src; /* alias: offset in the image; memory: address */
    uint32_t kind;
};

/* Lies below the patches: a sector of it that is written to afterwards becomes one of them. */
struct vtc_grow_shown {
    struct vtc_grow_shown *next;
    uint64_t off, bytes; /* multiples of SECTOR */
    const uint8_t *memory;
};

/* ---- the image as it will be --------------------------------------------------------------- */

/* The image alone, zeros up to base_bytes. */
static int read_base(const struct vtc_grow_plan *p, uint64_t off, uint8_t *buf, uint64_t bytes)
{
    const struct vtc_image *img = p->g->img;
    uint64_t n = off < img->bytes ? img->bytes - off : 0;

    if (n > bytes)
        n = bytes;
    memset(buf + n, 0, (size_t)(bytes - n));
    return n ? vtc_image_read(img, p->g->disk, off, buf, n) : VTC_OK;
}

static int read_piece(const struct vtc_grow_plan *p, const struct vtc_grow_piece *piece,
                      uint64_t skip, uint8_t *buf, uint64_t bytes)
{
    if (piece->kind == ALIAS)
        return read_base(p, piece->src + skip, buf, bytes);
    if (piece->kind == VTC_REGION_MEMORY)
        memcpy(buf, (const uint8_t *)(uintptr_t)piece->src + skip, (size_t)bytes);
    else
        memset(buf, 0, (size_t)bytes);
    return VTC_OK;
}

/* The part of [off, off+bytes) that lies in [from, from+length): *at: in the latter, *to: in the
 * former. Returns its length. */
static uint64_t overlap(uint64_t off, uint64_t bytes, uint64_t from, uint64_t length, uint64_t *at,
                        uint64_t *to)
{
    uint64_t begin = off > from ? off : from;
    uint64_t end = off + bytes < from + length ? off + bytes : from + length;

    if (begin >= end)
        return 0;
    *at = begin - from;
    *to = begin - off;
    return end - begin;
}

static int plan_read(void *ctx, uint64_t off, void *buf, uint32_t bytes)
{
    const struct vtc_grow_plan *p = ctx;
    const struct vtc_grow_piece *piece;
    const struct vtc_grow_patch *patch;
    const struct vtc_grow_shown *shown;
    uint64_t at, to, n;
    int rc = VTC_OK;

    for (patch = p->patch; patch; patch = patch->next) {
        if (off >= patch->off && off - patch->off <= SECTOR - bytes && bytes <= SECTOR) {
            memcpy(buf, patch->bytes + (off - patch->off), bytes);
            return VTC_OK; /* the disk need not be asked */
        }
    }
    n = overlap(off, bytes, 0, p->base_bytes, &at, &to);
    if (n)
        rc = read_base(p, at, buf, n);
    for (piece = p->first; !rc && piece; piece = piece->next) {
        n = overlap(off, bytes, piece->off, piece->bytes, &at, &to);
        if (n)
            rc = read_piece(p, piece, at, (uint8_t *)buf + to, n);
    }
    for (shown = p->shown; !rc && shown; shown = shown->next) {
        n = overlap(off, bytes, shown->off, shown->bytes, &at, &to);
        if (n)
            memcpy((uint8_t *)buf + to, shown->memory + at, (size_t)n);
    }
    for (patch = p->patch; !rc && patch; patch = patch->next) {
        n = overlap(off, bytes, patch->off, SECTOR, &at, &to);
        if (n)
            memcpy((uint8_t *)buf + to, patch->bytes + at, (size_t)n);
    }
    return rc;
}

/* ---- collecting ---------------------------------------------------------------------------- */

int vtc_grow_plan_begin(struct vtc_grow_plan *p, const struct vtc_grow *g)
{
    memset(p, 0, sizeof(*p));
    if (g->img->bytes > VTC_GROW_MAX_BYTES - SECTOR)
        return VTC_ENOTSUP;
    p->g = g;
    p->base_bytes = g->img->bytes + ((0 - g->img->bytes) & (SECTOR - 1));
    p->reader.read = plan_read;
    p->reader.ctx = p;
    p->reader.bytes = p->base_bytes;
    p->arena_used_bytes = g->arena->used_bytes;
    p->arena_capacity_bytes = g->arena->capacity_bytes;
    return VTC_OK;
}

/* What is only needed until the end is taken from the arena's other end. */
void *vtc_grow_plan_scratch(struct vtc_grow_plan *p, uint32_t bytes)
{
    struct vtc_arena *a = p->g->arena;
    uint32_t whole = bytes + ((a->capacity_bytes - bytes) & 7);

    if (bytes > a->capacity_bytes || whole > a->capacity_bytes - a->used_bytes)
        return NULL;
    a->capacity_bytes -= whole;
    return a->base + a->capacity_bytes;
}

static int add_piece(struct vtc_grow_plan *p, uint32_t kind, uint64_t src, uint64_t bytes)
{
    struct vtc_grow_piece *piece;

    if (!bytes)
        return VTC_OK;
    if (bytes & (PIECE_ALIGN - 1))
        return VTC_EINVAL;
    if (bytes > VTC_GROW_MAX_BYTES - p->reader.bytes)
        return VTC_ENOTSUP;
    piece = vtc_grow_plan_scratch(p, sizeof(*piece));
    if (!piece)
        return VTC_ENOSPC;
    piece->next = NULL;
    piece->off = p->reader.bytes;
    piece->bytes = bytes;
    piece->src = src;
    piece->kind = kind;
    if (p->last)
        p->last->next = piece;
    else
        p->first = piece;
    p->last = piece;
    p->reader.bytes += bytes;
    return VTC_OK;
}

int vtc_grow_plan_alias(struct vtc_grow_plan *p, uint64_t off, uint64_t bytes)
{
    if (off > p->base_bytes || bytes > p->base_bytes - off)
        return VTC_EFORMAT;
    return add_piece(p, ALIAS, off, bytes);
}

int vtc_grow_plan_memory(struct vtc_grow_plan *p, const void *memory, uint64_t bytes)
{
    return add_piece(p, VTC_REGION_MEMORY, (uintptr_t)memory, bytes);
}

int vtc_grow_plan_zero(struct vtc_grow_plan *p, uint64_t bytes)
{
    return add_piece(p, VTC_REGION_ZERO, 0, bytes);
}

int vtc_grow_plan_pad(struct vtc_grow_plan *p)
{
    return vtc_grow_plan_zero(p, (0 - p->reader.bytes) & (SECTOR - 1));
}

/* The copy of the sector at off. */
static int find_patch(struct vtc_grow_plan *p, uint64_t off, struct vtc_grow_patch **out)
{
    struct vtc_grow_patch *patch;
    uint32_t n = SECTOR;
    int rc;

    for (patch = p->patch; patch; patch = patch->next) {
        if (patch->off == off) {
            *out = patch;
            return VTC_OK;
        }
    }
    patch = vtc_grow_plan_scratch(p, sizeof(*patch));
    if (patch)
        patch->bytes = vtc_arena_take(p->g->arena, SECTOR, 16);
    if (!patch || !patch->bytes)
        return VTC_ENOSPC;
    if (n > p->reader.bytes - off)
        n = (uint32_t)(p->reader.bytes - off);
    memset(patch->bytes + n, 0, SECTOR - n);
    rc = vtc_reader_read(&p->reader, off, patch->bytes, n);
    if (rc)
        return rc;
    patch->off = off;
    patch->next = p->patch;
    p->patch = patch;
    *out = patch;
    return VTC_OK;
}

int vtc_grow_plan_write(struct vtc_grow_plan *p, uint64_t off, const void *buf, uint32_t bytes)
{
    const uint8_t *from = buf;

    if (off > p->reader.bytes || bytes > p->reader.bytes - off)
        return VTC_EFORMAT;
    while (bytes) {
        uint32_t skip = (uint32_t)off & (SECTOR - 1);
        uint32_t n = bytes < SECTOR - skip ? bytes : SECTOR - skip;
        struct vtc_grow_patch *patch;
        int rc = find_patch(p, off - skip, &patch);

        if (rc)
            return rc;
        memcpy(patch->bytes + skip, from, n);
        off += n;
        from += n;
        bytes -= n;
    }
    return VTC_OK;
}

/* Whole sectors, nothing else of the plan in their place yet. */
static int add_shown(struct vtc_grow_plan *p, uint64_t off, const uint8_t *memory, uint64_t bytes)
{
    struct vtc_grow_shown *shown = vtc_grow_plan_scratch(p, sizeof(*shown));

    if (!shown)
        return VTC_ENOSPC;
    shown->off = off;
    shown->bytes = bytes;
    shown->memory = memory;
    shown->next = p->shown;
    p->shown = shown;
    return VTC_OK;
}

/* Has the plan something between off and off + bytes already? */
static int is_planned(const struct vtc_grow_plan *p, uint64_t off, uint64_t bytes)
{
    const struct vtc_grow_patch *patch;
    const struct vtc_grow_shown *shown;
    uint64_t at, to;
    int hit = 0;

    for (patch = p->patch; patch; patch = patch->next)
        hit |= overlap(off, bytes, patch->off, SECTOR, &at, &to) != 0;
    for (shown = p->shown; shown; shown = shown->next)
        hit |= overlap(off, bytes, shown->off, shown->bytes, &at, &to) != 0;
    return hit;
}

int vtc_grow_plan_show(struct vtc_grow_plan *p, uint64_t off, const void *memory, uint32_t bytes)
{
    const uint8_t *from = memory;
    uint32_t before = (uint32_t)(0 - off) & (SECTOR - 1), whole;
    int rc;

    if (off > p->reader.bytes || bytes > p->reader.bytes - off)
        return VTC_EFORMAT;
    if (before > bytes)
        before = bytes;
    whole = (bytes - before) & ~(SECTOR - 1);
    if (!whole || is_planned(p, off + before, whole))
        return vtc_grow_plan_write(p, off, memory, bytes);
    rc = vtc_grow_plan_write(p, off, from, before);
    if (!rc)
        rc = add_shown(p, off + before, from + before, whole);
    before += whole;
    return rc ? rc : vtc_grow_plan_write(p, off + before, from + before, bytes - before);
}

/* ---- carrying out -------------------------------------------------------------------------- */

/* Regions an alias shows, at most. What lies at the image's end has become up to three regions when
 * it is aliased: fill_up() cuts the last one and adds two. */
static uint32_t alias_regions(const struct vtc_image *img, const struct vtc_grow_piece *piece)
{
    uint64_t end = piece->src + piece->bytes;

    if (piece->src >= img->bytes)
        return 2;
    if (end < img->bytes)
        return vtc_image_find(img, end - 1) - vtc_image_find(img, piece->src) + 1;
    return img->count - vtc_image_find(img, piece->src) + 2;
}

/* Regions the image may need in addition, at most. */
static uint32_t regions_needed(const struct vtc_grow_plan *p)
{
    const struct vtc_grow_piece *piece;
    const struct vtc_grow_patch *patch;
    const struct vtc_grow_shown *shown;
    uint32_t n = 3; /* the image's end, filled up */

    for (piece = p->first; piece; piece = piece->next)
        n += piece->kind == ALIAS ? alias_regions(p->g->img, piece) : 1;
    for (patch = p->patch; patch; patch = patch->next)
        n += 2;
    for (shown = p->shown; shown; shown = shown->next)
        n += 2;
    return n;
}

/* Fill the image up to base_bytes. Regions may not meet inside a sector of 512 bytes: a part of one
 * at the end is copied to filler (512 bytes) and continued there. */
static int fill_up(const struct vtc_grow_plan *p, uint8_t *filler)
{
    struct vtc_image *img = p->g->img;
    uint32_t part = (uint32_t)img->bytes & (PIECE_ALIGN - 1);
    int rc = VTC_OK;

    if (part) {
        rc = vtc_image_patch(img, img->bytes - part, filler, part);
        if (!rc)
            rc = vtc_image_append_memory(img, filler + part, PIECE_ALIGN - part);
    }
    return rc ? rc : vtc_image_append_zero(img, p->base_bytes - img->bytes);
}

static int carry_out(struct vtc_grow_plan *p)
{
    struct vtc_image *img = p->g->img;
    uint32_t part = (uint32_t)img->bytes & (PIECE_ALIGN - 1);
    uint8_t *filler = NULL;
    const struct vtc_grow_piece *piece;
    const struct vtc_grow_patch *patch;
    const struct vtc_grow_shown *shown;
    int rc;

    if (part && p->first) {
        filler = vtc_arena_take(p->g->arena, PIECE_ALIGN, 16);
        rc = filler ? read_base(p, img->bytes - part, filler, PIECE_ALIGN) : VTC_ENOSPC;
        if (rc)
            return rc;
    }
    rc = vtc_image_reserve(img, regions_needed(p));
    if (rc)
        return rc;
    /* Nothing fails from here on: ranges are checked, and the table has room. */
    rc = p->first ? fill_up(p, filler) : VTC_OK;
    for (piece = p->first; !rc && piece; piece = piece->next) {
        if (piece->kind == ALIAS)
            rc = vtc_image_append_alias(img, piece->src, piece->bytes);
        else if (piece->kind == VTC_REGION_MEMORY)
            rc = vtc_image_append_memory(img, (const void *)(uintptr_t)piece->src, piece->bytes);
        else
            rc = vtc_image_append_zero(img, piece->bytes);
    }
    for (shown = p->shown; !rc && shown; shown = shown->next)
        rc = vtc_image_patch(img, shown->off, shown->memory, shown->bytes);
    for (patch = p->patch; !rc && patch; patch = patch->next) {
        uint64_t left = img->bytes - patch->off;

        rc = vtc_image_patch(img, patch->off, patch->bytes, left < SECTOR ? left : SECTOR);
    }
    return rc;
}

int vtc_grow_plan_end(struct vtc_grow_plan *p, int rc)
{
    if (!rc)
        rc = carry_out(p);
    p->g->arena->capacity_bytes = p->arena_capacity_bytes;
    if (rc)
        p->g->arena->used_bytes = p->arena_used_bytes;
    return rc;
}

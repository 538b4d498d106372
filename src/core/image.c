/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An image: one sorted, gapless table of regions, whatever was patched or appended. */
#include <ventoc/image.h>
#include <ventoc/mem.h>

/* The most a disk is asked for at once; a reader takes 32 bits. */
#define READ_MAX_BYTES (1u << 30)

static uint64_t region_end(const struct vtc_region *r)
{
    return r->off + r->bytes;
}

/* What a region's source is, cut bytes further on. */
static uint64_t source_at(const struct vtc_region *r, uint64_t cut)
{
    return r->kind == VTC_REGION_ZERO ? 0 : r->src + cut;
}

/* A grow() that gains nothing counts as full. */
int vtc_image_reserve(struct vtc_image *img, uint32_t more)
{
    if (more > UINT32_MAX - img->count)
        return VTC_ENOSPC;
    while (img->capacity - img->count < more) {
        uint32_t before = img->capacity;
        int rc = img->grow ? img->grow(img) : VTC_ENOSPC;

        if (rc)
            return rc;
        if (img->capacity <= before)
            return VTC_ENOSPC;
    }
    return VTC_OK;
}

/* Add a region at the end; the caller has made room. One that continues the last is merged. */
static void push(struct vtc_image *img, uint32_t kind, uint64_t src, uint64_t bytes)
{
    struct vtc_region *last = img->count ? &img->v[img->count - 1] : NULL;

    if (last && last->kind == kind && source_at(last, last->bytes) == src) {
        last->bytes += bytes;
    } else {
        last = &img->v[img->count++];
        last->off = img->bytes;
        last->bytes = bytes;
        last->src = src;
        last->kind = kind;
    }
    img->bytes += bytes;
}

int vtc_image_init(struct vtc_image *img, struct vtc_region *storage, uint32_t capacity,
                   int (*grow)(struct vtc_image *), const struct vtc_extents *file)
{
    uint32_t i;
    int rc;

    img->v = storage;
    img->count = 0;
    img->capacity = capacity;
    img->bytes = 0;
    img->grow = grow;
    rc = vtc_image_reserve(img, file->count);
    if (rc)
        return rc;
    for (i = 0; i < file->count; i++) {
        const struct vtc_extent *e = &file->v[i];

        if (!e->bytes || e->file_off != img->bytes || e->bytes > UINT64_MAX - e->disk_off ||
            e->bytes > UINT64_MAX - img->bytes)
            return VTC_EFORMAT;
        push(img, VTC_REGION_DISK, e->disk_off, e->bytes);
    }
    return VTC_OK;
}

uint32_t vtc_image_find(const struct vtc_image *img, uint64_t off)
{
    uint32_t low = 0, high = img->count;

    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;

        if (img->v[middle].off <= off)
            low = middle;
        else
            high = middle;
    }
    return low;
}

int vtc_image_patch(struct vtc_image *img, uint64_t off, const void *memory, uint64_t bytes)
{
    struct vtc_region left, right;
    uint32_t first, hit, parts, at;
    int rc;

    if (off > img->bytes || bytes > img->bytes - off)
        return VTC_EINVAL;
    if (!bytes)
        return VTC_OK;

    /* What stays of the first and the last region that are hit; they may be the same one. */
    first = vtc_image_find(img, off);
    hit = vtc_image_find(img, off + bytes - 1) - first + 1;
    left = img->v[first];
    left.bytes = off - left.off;
    right = img->v[first + hit - 1];
    right.src = source_at(&right, off + bytes - right.off);
    right.bytes = region_end(&right) - (off + bytes);
    right.off = off + bytes;

    parts = 1 + (left.bytes != 0) + (right.bytes != 0);
    rc = vtc_image_reserve(img, parts > hit ? parts - hit : 0);
    if (rc)
        return rc;
    memmove(img->v + first + parts, img->v + first + hit,
            (size_t)(img->count - first - hit) * sizeof *img->v);
    img->count = img->count - hit + parts;
    at = first;
    if (left.bytes)
        img->v[at++] = left;
    img->v[at].off = off;
    img->v[at].bytes = bytes;
    img->v[at].src = (uintptr_t)memory;
    img->v[at++].kind = VTC_REGION_MEMORY;
    if (right.bytes)
        img->v[at] = right;
    return VTC_OK;
}

static int append(struct vtc_image *img, uint32_t kind, uint64_t src, uint64_t bytes)
{
    int rc;

    if (bytes > UINT64_MAX - img->bytes)
        return VTC_EINVAL;
    if (!bytes)
        return VTC_OK;
    rc = vtc_image_reserve(img, 1);
    if (rc)
        return rc;
    push(img, kind, src, bytes);
    return VTC_OK;
}

int vtc_image_append_memory(struct vtc_image *img, const void *memory, uint64_t bytes)
{
    return append(img, VTC_REGION_MEMORY, (uintptr_t)memory, bytes);
}

int vtc_image_append_zero(struct vtc_image *img, uint64_t bytes)
{
    return append(img, VTC_REGION_ZERO, 0, bytes);
}

int vtc_image_append_alias(struct vtc_image *img, uint64_t off, uint64_t bytes)
{
    uint64_t end;
    uint32_t i;
    int rc;

    if (off > img->bytes || bytes > img->bytes - off || bytes > UINT64_MAX - img->bytes)
        return VTC_EINVAL;
    if (!bytes)
        return VTC_OK;
    end = off + bytes;
    i = vtc_image_find(img, off);
    rc = vtc_image_reserve(img, vtc_image_find(img, end - 1) - i + 1);
    if (rc)
        return rc;
    for (; off < end; i++) {
        struct vtc_region r = img->v[i]; /* push() may lengthen it: `end` keeps to the old part */
        uint64_t n = (region_end(&r) < end ? region_end(&r) : end) - off;

        push(img, r.kind, source_at(&r, off - r.off), n);
        off += n;
    }
    return VTC_OK;
}

int vtc_image_pad(struct vtc_image *img, uint32_t unit_bytes)
{
    if (!unit_bytes || (unit_bytes & (unit_bytes - 1)))
        return VTC_EINVAL;
    return vtc_image_append_zero(img, (0 - img->bytes) & (unit_bytes - 1));
}

static int read_disk(const struct vtc_reader *disk, uint64_t off, uint8_t *buf, uint64_t bytes)
{
    while (bytes) {
        uint32_t n = bytes < READ_MAX_BYTES ? (uint32_t)bytes : READ_MAX_BYTES;
        int rc = vtc_reader_read(disk, off, buf, n);

        if (rc)
            return rc;
        off += n;
        buf += n;
        bytes -= n;
    }
    return VTC_OK;
}

int vtc_image_read(const struct vtc_image *img, const struct vtc_reader *disk, uint64_t off,
                   void *buf, uint64_t bytes)
{
    const struct vtc_region *r;
    uint8_t *to = buf;

    if (off > img->bytes || bytes > img->bytes - off)
        return VTC_EINVAL;
    if (!bytes)
        return VTC_OK;
    for (r = img->v + vtc_image_find(img, off); bytes; r++) {
        uint64_t left = region_end(r) - off;
        uint64_t n = bytes < left ? bytes : left;
        uint64_t src = source_at(r, off - r->off);
        int rc = VTC_OK;

        if (r->kind == VTC_REGION_DISK)
            rc = read_disk(disk, src, to, n);
        else if (r->kind == VTC_REGION_MEMORY)
            memcpy(to, (const void *)(uintptr_t)src, (size_t)n);
        else
            memset(to, 0, (size_t)n);
        if (rc)
            return rc;
        to += n;
        off += n;
        bytes -= n;
    }
    return VTC_OK;
}

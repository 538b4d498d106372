/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "grow_image.h"

#include <ventoc/bios_map.h>
#include <ventoc/crc32.h>

#define GAP_BYTES 4096u

static int more_regions(struct vtc_image *img)
{
    struct vtc_region *v = realloc(img->v, (img->capacity + 8) * sizeof *v);

    assert_non_null(v);
    img->v = v;
    img->capacity += 8;
    return VTC_OK;
}

void grow_image_open(struct grow_image *m, const char *path, uint32_t arena_bytes)
{
    static const unsigned order[3] = {1, 2, 0};
    struct vtc_extent extent[3];
    struct vtc_extents list;
    size_t bytes, third;
    uint8_t *data = fixture_load(path, &bytes);

    memset(m, 0, sizeof *m);
    m->disk_reader = fixture_memdisk_make(&m->disk, bytes + 4 * GAP_BYTES);
    memset(m->disk.bytes, 0xdd, m->disk.size);
    vtc_extents_init(&list, extent, 3, NULL);
    third = bytes / 3 / 512 * 512;
    for (unsigned i = 0; i < 3; i++) {
        size_t from = i * third, n = i < 2 ? third : bytes - from;
        uint64_t to = GAP_BYTES;

        for (unsigned k = 0; order[k] != i; k++)
            to += GAP_BYTES + (order[k] < 2 ? third : (bytes - 2 * third + 511) / 512 * 512);
        assert_true(to + n <= m->disk.size);
        memcpy(m->disk.bytes + to, data + from, n);
        assert_int_equal(vtc_extents_add(&list, to, n), VTC_OK);
    }
    free(data);
    assert_int_equal(vtc_image_init(&m->img, NULL, 0, more_regions, &list), VTC_OK);
    vtc_arena_init(&m->arena, aligned_alloc(4096, arena_bytes), arena_bytes);
    assert_non_null(m->arena.base);
    m->g = (struct vtc_grow){&m->img, &m->disk_reader, &m->arena};
}

void grow_image_close(struct grow_image *m)
{
    free(m->img.v);
    free(m->arena.base);
    fixture_memdisk_free(&m->disk);
}

static int image_read(void *ctx, uint64_t off, void *buf, uint32_t bytes)
{
    struct grow_image *m = ctx;

    return vtc_image_read(&m->img, &m->disk_reader, off, buf, bytes);
}

struct vtc_reader grow_image_reader(struct grow_image *m)
{
    return (struct vtc_reader){image_read, m, m->img.bytes};
}

void grow_image_dump(struct grow_image *m, const char *path)
{
    uint8_t *data = malloc(m->img.bytes);
    struct vtc_bios_run *runs = calloc(vtc_bios_map_capacity(&m->img), sizeof *runs);
    uint32_t count, sectors;
    uint64_t off = 0, n = 1;

    assert_true(data && runs);
    assert_int_equal(vtc_bios_map_build(&m->img, runs, &count, &sectors), VTC_OK);
    for (; off < m->img.bytes; off += n, n = n * 3 + 1) { /* at all kinds of places */
        if (n > m->img.bytes - off)
            n = m->img.bytes - off;
        assert_int_equal(vtc_image_read(&m->img, &m->disk_reader, off, data + off, n), VTC_OK);
    }
    fixture_save(path, data, m->img.bytes);
    free(runs);
    free(data);
}

struct grow_image_state grow_image_state(const struct grow_image *m)
{
    struct grow_image_state s = {m->img.count, m->arena.used_bytes, m->arena.capacity_bytes,
                                 m->img.bytes, 0};
    uint32_t i;

    for (i = 0; i < m->img.count; i++) {
        const struct vtc_region *r = &m->img.v[i];

        s.sum = vtc_crc32((uint32_t)s.sum, &r->off, sizeof r->off);
        s.sum = vtc_crc32((uint32_t)s.sum, &r->bytes, sizeof r->bytes);
        s.sum = vtc_crc32((uint32_t)s.sum, &r->src, sizeof r->src);
        s.sum = vtc_crc32((uint32_t)s.sum, &r->kind, sizeof r->kind);
        if (r->kind == VTC_REGION_MEMORY)
            s.sum = vtc_crc32((uint32_t)s.sum, (const void *)(uintptr_t)r->src, r->bytes);
    }
    return s;
}

void grow_image_assert_same(const struct grow_image_state *a, const struct grow_image_state *b)
{
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->bytes, b->bytes);
    assert_int_equal(a->sum, b->sum);
    assert_int_equal(a->arena_used_bytes, b->arena_used_bytes);
    assert_int_equal(a->arena_capacity_bytes, b->arena_capacity_bytes);
}

void grow_append_tail(const char *path, const struct vtc_grow_tail *tail)
{
    size_t bytes, at;
    uint8_t *old = fixture_load(path, &bytes), *all;

    at = bytes + tail->zero_bytes;
    while (at % tail->align_bytes)
        at++;
    all = calloc(1, at + tail->head_bytes + 2048 + tail->body_bytes + 1);
    assert_non_null(all);
    memcpy(all, old, bytes);
    if (tail->head_bytes)
        memcpy(all + at, tail->head, tail->head_bytes);
    at += tail->head_bytes;
    if (tail->body_bytes) {
        while (at % 2048)
            at++;
        memcpy(all + at, tail->body, tail->body_bytes);
        at += tail->body_bytes;
    }
    fixture_save(path, all, at);
    free(all);
    free(old);
}

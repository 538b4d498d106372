/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ventoc/bytes.h>
#include <ventoc/crc32.h>
#include <ventoc/handoff.h>

#include "fixture.h"

#define MIB (1ull << 20)

static const struct vtc_extent iso_extents[] = {
    {0, 64 * MIB, 0x80000},
    {0x80000, 0x123456789a00, 0x80000},
};
static const struct vtc_extent layer_extents[] = {{0, 1024 * MIB, 4096}};

static const struct vtc_handoff example = {
    .stick_uuid = {0xa0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    .flags = VTC_HANDOFF_PERSISTENCE,
    .sector_bytes = 4096,
    .disk_bytes = 0x200000000000,
    .data_off = 64 * MIB,
    .data_bytes = 0x1ffff0000000,
    .map_count = 2,
    .map = {{.name = "ventoc",
             .flags = VTC_HANDOFF_MAP_MEDIUM,
             .bytes = MIB,
             .probe_off = 32768,
             .probe_crc = 0x01020304,
             .extent = iso_extents,
             .extent_count = 2},
            {.name = "ventoc-persistence",
             .flags = VTC_HANDOFF_MAP_WRITABLE | VTC_HANDOFF_MAP_PERSISTENCE,
             .bytes = 4096,
             .probe_crc = 0xfffefdfc,
             .extent = layer_extents,
             .extent_count = 1}},
};

/* clang-format off */
static const uint8_t example_bytes[] = {
    'V', 'E', 'N', 'T', 'O', 'C', 'H', '\n',  1, 0, 0, 0,  252, 0, 0, 0,
    0xa0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
    2, 0, 0, 0,  0, 0x10, 0, 0,  0, 0, 0, 0, 0, 0x20, 0, 0,
    0, 0, 0, 4, 0, 0, 0, 0,  0, 0, 0, 0xf0, 0xff, 0x1f, 0, 0,
    2, 0, 0, 0,  3, 0, 0, 0,
    /* map */
    'v', 'e', 'n', 't', 'o', 'c', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    2, 0, 0, 0,  4, 3, 2, 1,  0, 0, 0x10, 0, 0, 0, 0, 0,
    0, 0x80, 0, 0, 0, 0, 0, 0,  2, 0, 0, 0,  0, 0, 0, 0,
    /* map */
    'v', 'e', 'n', 't', 'o', 'c', '-', 'p', 'e', 'r', 's', 'i', 's', 't', 'e', 'n',
    'c', 'e', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    5, 0, 0, 0,  0xfc, 0xfd, 0xfe, 0xff,  0, 0x10, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0,  1, 0, 0, 0,  0, 0, 0, 0,
    /* extents */
    0, 0, 0, 4, 0, 0, 0, 0,  0, 0, 8, 0, 0, 0, 0, 0,
    0, 0x9a, 0x78, 0x56, 0x34, 0x12, 0, 0,  0, 0, 8, 0, 0, 0, 0, 0,
    0, 0, 0, 0x40, 0, 0, 0, 0,  0, 0x10, 0, 0, 0, 0, 0, 0,
};
/* clang-format on */

static void expected_bytes(void **state)
{
    uint8_t out[256];

    (void)state;
    assert_int_equal(sizeof example_bytes, 248);
    assert_int_equal(vtc_handoff_bytes(&example), 252);
    assert_int_equal(vtc_handoff_encode(&example, out, sizeof out), VTC_OK);
    assert_memory_equal(out, example_bytes, 248);
    assert_int_equal(vtc_le32(out + 248), vtc_crc32(0, example_bytes, 248));
}

static void assert_same(const struct vtc_handoff *a, const struct vtc_handoff *b)
{
    uint32_t i, j;

    assert_memory_equal(a->stick_uuid, b->stick_uuid, 16);
    assert_int_equal(a->flags, b->flags);
    assert_int_equal(a->sector_bytes, b->sector_bytes);
    assert_true(a->disk_bytes == b->disk_bytes && a->data_off == b->data_off &&
                a->data_bytes == b->data_bytes);
    assert_int_equal(a->map_count, b->map_count);
    for (i = 0; i < a->map_count; i++) {
        const struct vtc_handoff_map *m = &a->map[i], *n = &b->map[i];

        assert_string_equal(m->name, n->name);
        assert_int_equal(m->flags, n->flags);
        assert_int_equal(m->probe_crc, n->probe_crc);
        assert_true(m->bytes == n->bytes && m->probe_off == n->probe_off);
        assert_int_equal(m->extent_count, n->extent_count);
        for (j = 0; j < m->extent_count; j++)
            assert_memory_equal(&m->extent[j], &n->extent[j], sizeof m->extent[j]);
    }
}

/* Room of every size: nothing is written beyond it (the sanitizer guards the end). */
static void capacity(void **state)
{
    struct vtc_extent storage[3];
    struct vtc_handoff h;
    uint32_t room;

    (void)state;
    for (room = 0; room <= 252; room++) {
        uint8_t *out = malloc(room + 1);

        assert_int_equal(vtc_handoff_encode(&example, out + 1, room),
                         room < 252 ? VTC_ENOSPC : VTC_OK);
        if (room == 252) {
            assert_int_equal(vtc_handoff_decode(out + 1, room, &h, storage, 2), VTC_ENOSPC);
            assert_int_equal(vtc_handoff_decode(out + 1, room, &h, storage, 3), VTC_OK);
            assert_same(&example, &h);
        }
        free(out);
    }
}

/* One thing wrong at a time. */
static void encode_refuses(void **state)
{
    static const struct {
        const char *what;
        size_t off; /* in struct vtc_handoff */
        unsigned bytes;
        uint64_t value;
    } cases[] = {
#define H(field)                                                                                   \
#field, offsetof(struct vtc_handoff, field), sizeof(((struct vtc_handoff *)0)->field)
#define M(i, field) H(map[i].field)
        {H(flags), 4},
        {H(sector_bytes), 520},
        {H(sector_bytes), 0},
        {H(disk_bytes), 64 * MIB},
        {H(data_off), 1},
        {H(data_off), 0x200000000000},
        {H(data_bytes), UINT64_MAX - 511},
        {H(data_bytes), 0x200000000000},
        {H(map_count), 3},
        {H(map_count), 9},
        {H(map_count), UINT32_MAX},
        {M(0, name[0]), 0},
        {M(0, name[0]), '/'},
        {M(0, name[6]), ' '},
        {M(0, name[6]), 0x80},
        {M(0, flags), 8},
        {M(0, bytes), 0},
        {M(0, bytes), MIB - 512},
        {M(0, bytes), MIB + 512},
        {M(0, bytes), MIB + 1},
        {M(0, probe_off), MIB - 2047},
        {M(0, probe_off), UINT64_MAX},
        {M(0, extent_count), 0},
        {M(0, extent_count), 1},
        {M(1, extent_count), VTC_HANDOFF_EXTENTS_MAX - 1},
        {M(1, extent_count), UINT32_MAX},
#undef M
#undef H
    };
    static const struct vtc_extent bad[][2] = {
        {{512, 64 * MIB, 0x80000}, {0x80000, 128 * MIB, 0x80000}},
        {{0, 64 * MIB, 0x80000}, {0x80200, 128 * MIB, 0x80000}},
        {{0, 64 * MIB + 1, 0x80000}, {0x80000, 128 * MIB, 0x80000}},
        {{0, 64 * MIB, 0x80001}, {0x80001, 128 * MIB, 0x7ffff}},
        {{0, 64 * MIB, 0}, {0, 128 * MIB, 0x100000}},
        {{0, 64 * MIB, 0x100000}, {0x100000, 128 * MIB, 0}},
        {{0, 64 * MIB, UINT64_MAX - 511}, {UINT64_MAX - 511, 128 * MIB, 0x100200}},
        {{0, UINT64_MAX - 511, 0x80000}, {0x80000, 128 * MIB, 0x80000}},
        {{0, 0x200000000000 - 512, 0x80000}, {0x80000, 128 * MIB, 0x80000}},
    };
    struct vtc_handoff h;
    uint8_t out[512];
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(cases); i++) {
        h = example;
        memcpy((uint8_t *)&h + cases[i].off, &cases[i].value, cases[i].bytes);
        if (vtc_handoff_encode(&h, out, sizeof out) != VTC_EINVAL)
            fail_msg("%s = %llu", cases[i].what, (unsigned long long)cases[i].value);
    }
    for (i = 0; i < COUNT_OF(bad); i++) {
        h = example;
        h.map[0].extent = bad[i];
        if (vtc_handoff_encode(&h, out, sizeof out) != VTC_EINVAL)
            fail_msg("extents %zu", i);
    }
    h = example;
    h.map[1] = h.map[0]; /* one name twice */
    assert_int_equal(vtc_handoff_encode(&h, out, sizeof out), VTC_EINVAL);
    h = example;
    memset(h.map[0].name, 'x', sizeof h.map[0].name);
    assert_int_equal(vtc_handoff_encode(&h, out, sizeof out), VTC_EINVAL);
    h.map[0].name[31] = '\0';
    assert_int_equal(vtc_handoff_encode(&h, out, sizeof out), VTC_OK);
    h.map_count = 9;
    assert_int_equal(vtc_handoff_bytes(&h), 0);
}

static void names(void **state)
{
    static const struct {
        const char *name;
        int rc;
    } cases[] = {
        {".", VTC_EINVAL}, {"..", VTC_EINVAL},  {"...", VTC_OK},  {".a", VTC_OK},
        {"a", VTC_OK},     {"a/b", VTC_EINVAL}, {"", VTC_EINVAL}, {"A-Z_0.9", VTC_OK},
    };
    struct vtc_handoff h = example;
    uint8_t out[512];
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(cases); i++) {
        memset(h.map[0].name, 0, sizeof h.map[0].name);
        memcpy(h.map[0].name, cases[i].name, strlen(cases[i].name));
        assert_int_equal(vtc_handoff_encode(&h, out, sizeof out), cases[i].rc);
    }
}

/* Every byte counts: a blob with any one changed, or cut anywhere, is refused. */
static void damage(void **state)
{
    struct vtc_extent storage[3];
    struct vtc_handoff h;
    uint8_t good[252];
    uint32_t i;

    (void)state;
    assert_int_equal(vtc_handoff_encode(&example, good, sizeof good), VTC_OK);
    for (i = 0; i < sizeof good; i++) {
        uint8_t *copy = malloc(sizeof good);

        memcpy(copy, good, sizeof good);
        copy[i] ^= 0x10;
        assert_int_equal(vtc_handoff_decode(copy, sizeof good, &h, storage, 3),
                         i < 8 ? VTC_ENOENT : VTC_EFORMAT);
        memcpy(copy, good, sizeof good);
        memmove(copy + sizeof good - i, copy, i); /* cut, at the end of the allocation */
        assert_int_equal(vtc_handoff_decode(copy + sizeof good - i, i, &h, storage, 3),
                         i < 8 ? VTC_ENOENT : VTC_EFORMAT);
        free(copy);
    }
    good[8] = 2;
    vtc_put_le32(good + 248, vtc_crc32(0, good, 248));
    assert_int_equal(vtc_handoff_decode(good, sizeof good, &h, storage, 3), VTC_ENOTSUP);
    good[8] = 0;
    vtc_put_le32(good + 248, vtc_crc32(0, good, 248));
    assert_int_equal(vtc_handoff_decode(good, sizeof good, &h, storage, 3), VTC_EFORMAT);
}

#define RANDOM_EXTENTS 40u

/* A sound hand-off of random shape; its extents in storage. */
static void random_handoff(uint64_t *seed, struct vtc_handoff *h, struct vtc_extent *storage)
{
    uint32_t i, j;

    memset(h, 0, sizeof *h);
    h->flags = fixture_random(seed) & VTC_HANDOFF_FLAGS;
    h->sector_bytes = fixture_random(seed) & 1 ? 512 : 4096;
    h->disk_bytes = fixture_random(seed) & 1 ? 0 : 1ull << 60;
    h->data_off = (fixture_random(seed) >> 8) & ~511ull;
    h->data_bytes = (fixture_random(seed) >> 8) & ~511ull;
    h->map_count = fixture_random(seed) % (VTC_HANDOFF_MAPS_MAX + 1);
    for (i = 0; i < 16; i++)
        h->stick_uuid[i] = (uint8_t)fixture_random(seed);
    for (i = 0; i < h->map_count; i++) {
        struct vtc_handoff_map *map = &h->map[i];

        snprintf(map->name, sizeof map->name, "map%u", i);
        map->flags = fixture_random(seed) & VTC_HANDOFF_MAP_FLAGS;
        map->probe_crc = (uint32_t)fixture_random(seed);
        map->extent = storage;
        map->extent_count = 1 + fixture_random(seed) % RANDOM_EXTENTS;
        for (j = 0; j < map->extent_count; j++, storage++) {
            storage->file_off = map->bytes;
            storage->disk_off = (fixture_random(seed) >> 8) & ~511ull;
            storage->bytes =
                2048 + ((fixture_random(seed) >> (16 + fixture_random(seed) % 40)) & ~511ull);
            map->bytes += storage->bytes;
        }
        map->probe_off = fixture_random(seed) % (map->bytes - 2047);
    }
}

static void random_roundtrips(void **state)
{
    static struct vtc_extent in[VTC_HANDOFF_MAPS_MAX * RANDOM_EXTENTS], out[COUNT_OF(in)];
    uint64_t seed = 7;
    unsigned i;

    (void)state;
    for (i = 0; i < 2000; i++) {
        struct vtc_handoff h, back;
        uint32_t bytes;
        uint8_t *blob;

        random_handoff(&seed, &h, in);
        bytes = vtc_handoff_bytes(&h);
        blob = malloc(bytes);
        assert_int_equal(vtc_handoff_encode(&h, blob, bytes), VTC_OK);
        assert_int_equal(vtc_handoff_decode(blob, bytes, &back, out, COUNT_OF(out)), VTC_OK);
        assert_same(&h, &back);
        free(blob);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(expected_bytes), cmocka_unit_test(capacity),
        cmocka_unit_test(encode_refuses), cmocka_unit_test(names),
        cmocka_unit_test(damage),         cmocka_unit_test(random_roundtrips),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

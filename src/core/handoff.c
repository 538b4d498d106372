/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The hand-off blob: one set of rules for what is written and for what is believed. */
#include <ventoc/bytes.h>
#include <ventoc/crc32.h>
#include <ventoc/handoff.h>
#include <ventoc/mem.h>

enum {
    AT_MAGIC = 0,
    AT_FORMAT = 8,
    AT_BYTES = 12,
    AT_UUID = 16,
    AT_FLAGS = 32,
    AT_SECTOR = 36,
    AT_DISK = 40,
    AT_DATA_OFF = 48,
    AT_DATA_BYTES = 56,
    AT_MAPS = 64,
    AT_EXTENTS = 68,
    HEAD_BYTES = 72,

    MAP_NAME = 0,
    MAP_FLAGS = 32,
    MAP_PROBE_CRC = 36,
    MAP_LENGTH = 40,
    MAP_PROBE_OFF = 48,
    MAP_EXTENTS = 56,
    MAP_ZERO = 60,
    MAP_BYTES = 64,

    EXTENT_BYTES = 16,
    CRC_BYTES = 4,
};

static const uint8_t magic[8] = {'V', 'E', 'N', 'T', 'O', 'C', 'H', '\n'};

static int name_char_ok(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
}

/* A file name for /dev/mapper. */
static int name_ok(const char name[VTC_HANDOFF_NAME_BYTES])
{
    unsigned n = 0;

    while (n < VTC_HANDOFF_NAME_BYTES && name_char_ok(name[n]))
        n++;
    if (!n || n == VTC_HANDOFF_NAME_BYTES || name[n])
        return 0;
    return name[0] != '.' || (n > 1 && (name[1] != '.' || n > 2));
}

/* Both are terminated. */
static int same_name(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

/* [off, off+bytes) in sectors of 512, inside a disk of disk_bytes (0: any). */
static int range_ok(uint64_t off, uint64_t bytes, uint64_t disk_bytes)
{
    uint64_t limit = disk_bytes ? disk_bytes : UINT64_MAX;

    return ((off | bytes) & 511) == 0 && off <= limit && bytes <= limit - off;
}

static int map_ok(const struct vtc_handoff *h, const struct vtc_handoff_map *map)
{
    uint64_t sum = 0;
    uint32_t i;

    if (!name_ok(map->name) || (map->flags & ~VTC_HANDOFF_MAP_FLAGS) || !map->bytes ||
        (map->bytes & 511) || map->probe_off > map->bytes ||
        VTC_HANDOFF_PROBE_BYTES > map->bytes - map->probe_off)
        return 0;
    for (i = 0; i < map->extent_count; i++) {
        const struct vtc_extent *e = &map->extent[i];

        if (!e->bytes || e->file_off != sum || e->bytes > map->bytes - sum ||
            !range_ok(e->disk_off, e->bytes, h->disk_bytes))
            return 0;
        sum += e->bytes;
    }
    return sum == map->bytes;
}

static int handoff_ok(const struct vtc_handoff *h)
{
    uint32_t i, j;

    if ((h->flags & ~VTC_HANDOFF_FLAGS) || (h->sector_bytes != 512 && h->sector_bytes != 4096) ||
        !range_ok(h->data_off, h->data_bytes, h->disk_bytes))
        return 0;
    for (i = 0; i < h->map_count; i++) {
        if (!map_ok(h, &h->map[i]))
            return 0;
        for (j = 0; j < i; j++)
            if (same_name(h->map[i].name, h->map[j].name))
                return 0;
    }
    return 1;
}

/* For counts within their limits: far below 2^32. */
static uint32_t blob_bytes(uint32_t maps, uint32_t extents)
{
    return HEAD_BYTES + maps * MAP_BYTES + extents * EXTENT_BYTES + CRC_BYTES;
}

/* Extents of all maps. Returns 0, or VTC_EINVAL when a count is beyond its limit. */
static int count_extents(const struct vtc_handoff *h, uint32_t *total)
{
    uint32_t i;

    *total = 0;
    if (h->map_count > VTC_HANDOFF_MAPS_MAX)
        return VTC_EINVAL;
    for (i = 0; i < h->map_count; i++) {
        if (h->map[i].extent_count > VTC_HANDOFF_EXTENTS_MAX - *total)
            return VTC_EINVAL;
        *total += h->map[i].extent_count;
    }
    return VTC_OK;
}

uint32_t vtc_handoff_bytes(const struct vtc_handoff *h)
{
    uint32_t extents;

    return count_extents(h, &extents) ? 0 : blob_bytes(h->map_count, extents);
}

static void put_map(const struct vtc_handoff_map *map, uint8_t *p)
{
    unsigned i;

    memset(p, 0, MAP_BYTES);
    for (i = 0; map->name[i]; i++)
        p[MAP_NAME + i] = (uint8_t)map->name[i];
    vtc_put_le32(p + MAP_FLAGS, map->flags);
    vtc_put_le32(p + MAP_PROBE_CRC, map->probe_crc);
    vtc_put_le64(p + MAP_LENGTH, map->bytes);
    vtc_put_le64(p + MAP_PROBE_OFF, map->probe_off);
    vtc_put_le32(p + MAP_EXTENTS, map->extent_count);
}

int vtc_handoff_encode(const struct vtc_handoff *h, void *buf, uint32_t capacity_bytes)
{
    uint32_t extents, bytes, i, j;
    uint8_t *out = buf, *p;

    if (count_extents(h, &extents) || !handoff_ok(h))
        return VTC_EINVAL;
    bytes = blob_bytes(h->map_count, extents);
    if (bytes > capacity_bytes)
        return VTC_ENOSPC;
    memcpy(out + AT_MAGIC, magic, sizeof magic);
    vtc_put_le32(out + AT_FORMAT, VTC_HANDOFF_FORMAT);
    vtc_put_le32(out + AT_BYTES, bytes);
    memcpy(out + AT_UUID, h->stick_uuid, sizeof h->stick_uuid);
    vtc_put_le32(out + AT_FLAGS, h->flags);
    vtc_put_le32(out + AT_SECTOR, h->sector_bytes);
    vtc_put_le64(out + AT_DISK, h->disk_bytes);
    vtc_put_le64(out + AT_DATA_OFF, h->data_off);
    vtc_put_le64(out + AT_DATA_BYTES, h->data_bytes);
    vtc_put_le32(out + AT_MAPS, h->map_count);
    vtc_put_le32(out + AT_EXTENTS, extents);
    for (i = 0, p = out + HEAD_BYTES; i < h->map_count; i++, p += MAP_BYTES)
        put_map(&h->map[i], p);
    for (i = 0; i < h->map_count; i++)
        for (j = 0; j < h->map[i].extent_count; j++, p += EXTENT_BYTES) {
            vtc_put_le64(p, h->map[i].extent[j].disk_off);
            vtc_put_le64(p + 8, h->map[i].extent[j].bytes);
        }
    vtc_put_le32(p, vtc_crc32(0, out, (size_t)(p - out)));
    return VTC_OK;
}

/* One map without its extents. */
static int take_map(const uint8_t *p, struct vtc_handoff_map *map)
{
    unsigned i = 0;

    memcpy(map->name, p + MAP_NAME, sizeof map->name);
    while (i < sizeof map->name && map->name[i])
        i++;
    while (i < sizeof map->name && !map->name[i])
        i++;
    if (i < sizeof map->name || vtc_le32(p + MAP_ZERO))
        return VTC_EFORMAT;
    map->flags = vtc_le32(p + MAP_FLAGS);
    map->probe_crc = vtc_le32(p + MAP_PROBE_CRC);
    map->bytes = vtc_le64(p + MAP_LENGTH);
    map->probe_off = vtc_le64(p + MAP_PROBE_OFF);
    map->extent_count = vtc_le32(p + MAP_EXTENTS);
    return VTC_OK;
}

/* The extents of all maps from p on, which hold count of them. */
static void take_extents(const uint8_t *p, struct vtc_handoff *h, struct vtc_extent *storage)
{
    uint32_t i, j;

    for (i = 0; i < h->map_count; i++) {
        uint64_t sum = 0;

        h->map[i].extent = storage;
        for (j = 0; j < h->map[i].extent_count; j++, storage++, p += EXTENT_BYTES) {
            storage->file_off = sum;
            storage->disk_off = vtc_le64(p);
            storage->bytes = vtc_le64(p + 8);
            sum += storage->bytes; /* may wrap: then it is not what the map says */
        }
    }
}

int vtc_handoff_decode(const void *buf, uint32_t bytes, struct vtc_handoff *h,
                       struct vtc_extent *storage, uint32_t capacity)
{
    const uint8_t *in = buf;
    uint32_t extents, total, i;

    memset(h, 0, sizeof *h);
    if (bytes < sizeof magic || memcmp(in + AT_MAGIC, magic, sizeof magic) != 0)
        return VTC_ENOENT;
    if (bytes < HEAD_BYTES + CRC_BYTES || vtc_le32(in + AT_BYTES) != bytes ||
        vtc_le32(in + bytes - CRC_BYTES) != vtc_crc32(0, in, bytes - CRC_BYTES))
        return VTC_EFORMAT;
    if (vtc_le32(in + AT_FORMAT) > VTC_HANDOFF_FORMAT)
        return VTC_ENOTSUP;
    h->map_count = vtc_le32(in + AT_MAPS);
    total = vtc_le32(in + AT_EXTENTS);
    if (vtc_le32(in + AT_FORMAT) != VTC_HANDOFF_FORMAT || h->map_count > VTC_HANDOFF_MAPS_MAX ||
        total > VTC_HANDOFF_EXTENTS_MAX || bytes != blob_bytes(h->map_count, total))
        goto damaged;
    memcpy(h->stick_uuid, in + AT_UUID, sizeof h->stick_uuid);
    h->flags = vtc_le32(in + AT_FLAGS);
    h->sector_bytes = vtc_le32(in + AT_SECTOR);
    h->disk_bytes = vtc_le64(in + AT_DISK);
    h->data_off = vtc_le64(in + AT_DATA_OFF);
    h->data_bytes = vtc_le64(in + AT_DATA_BYTES);
    for (i = 0; i < h->map_count; i++)
        if (take_map(in + HEAD_BYTES + i * MAP_BYTES, &h->map[i]))
            goto damaged;
    if (count_extents(h, &extents) || extents != total)
        goto damaged;
    if (total > capacity)
        return VTC_ENOSPC;
    take_extents(in + HEAD_BYTES + h->map_count * MAP_BYTES, h, storage);
    if (handoff_ok(h))
        return VTC_OK;
damaged:
    memset(h, 0, sizeof *h);
    return VTC_EFORMAT;
}

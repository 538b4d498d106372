/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "linux_stick.h"

#include <unistd.h>

#include <ventoc/crc32.h>
#include <ventoc/layout.h>

#include "fixture.h"

static const struct vtc_extent pieces[] = {
    {0, 0x5000000, 0x9000},
    {0x9000, 0x4800000, 0x7000},
    {0x10000, 0x6000200, 0x10000},
};
static const struct vtc_extent one[] = {{0, 0x7000000, 0x20000}};

static void fill(const char *path, const struct vtc_extent *e, uint32_t count, uint64_t seed)
{
    static uint8_t buf[0x20000];
    uint32_t i;

    for (i = 0; i < count; i++) {
        uint64_t at;

        for (at = 0; at < e[i].bytes; at++)
            buf[at] = (uint8_t)fixture_random(&seed);
        fixture_overwrite(path, e[i].disk_off, buf, e[i].bytes);
    }
}

static void put_map(struct vtc_handoff *h, const char *path, const char *name,
                    const struct vtc_extent *e, uint32_t count)
{
    struct vtc_handoff_map *map = &h->map[h->map_count++];
    size_t bytes;
    uint8_t *content;
    uint32_t i;

    strcpy(map->name, name);
    map->flags = VTC_HANDOFF_MAP_MEDIUM;
    map->probe_off = 0x8000;
    map->extent = e;
    map->extent_count = count;
    for (i = 0; i < count; i++)
        map->bytes += e[i].bytes;
    linux_stick_content(path, map, "content");
    content = fixture_load("content", &bytes);
    map->probe_crc = vtc_crc32(0, content + map->probe_off, VTC_HANDOFF_PROBE_BYTES);
    free(content);
}

void linux_stick_make(const char *path, struct vtc_handoff *h, int one_only)
{
    struct vtc_record record = {.uuid = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16},
                                .format = VTC_RECORD_FORMAT,
                                .sector_bytes = 512,
                                .disk_bytes = LINUX_STICK_BYTES,
                                .data_off = VTC_DATA_OFF,
                                .data_bytes = LINUX_STICK_BYTES - VTC_DATA_OFF,
                                .slot_off = {VTC_SLOT_A_OFF, VTC_SLOT_B_OFF},
                                .slot_bytes = VTC_SLOT_BYTES,
                                .label = "ventoc"};
    uint8_t sector[VTC_RECORD_BYTES];
    const pid_t pid = getpid();

    memcpy(record.uuid, &pid, sizeof pid); /* not the stick of a test that runs beside this one */
    fixture_run("rm -f %s && truncate -s %llu %s", path, LINUX_STICK_BYTES, path);
    assert_int_equal(vtc_record_encode(&record, sector), 0);
    fixture_overwrite(path, VTC_RECORD_OFF_1, sector, sizeof sector);
    fixture_overwrite(path, VTC_RECORD_OFF_2, sector, sizeof sector);
    fill(path, pieces, 3, 77);
    fill(path, one, 1, 78);
    memset(h, 0, sizeof *h);
    memcpy(h->stick_uuid, record.uuid, sizeof record.uuid);
    h->sector_bytes = 512;
    h->disk_bytes = LINUX_STICK_BYTES;
    h->data_off = record.data_off;
    h->data_bytes = record.data_bytes;
    if (!one_only)
        put_map(h, path, "ventoc", pieces, 3);
    put_map(h, path, one_only ? "ventoc" : "one", one, 1);
}

void linux_stick_content(const char *stick, const struct vtc_handoff_map *map, const char *path)
{
    uint32_t i;

    fixture_run(": >%s", path);
    for (i = 0; i < map->extent_count; i++)
        fixture_run("dd if=%s bs=512 skip=%llu count=%llu status=none >>%s", stick,
                    (unsigned long long)map->extent[i].disk_off / 512,
                    (unsigned long long)map->extent[i].bytes / 512, path);
}

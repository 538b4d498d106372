/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "disks.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <ventoc/crc32.h>

#include "text.h"

#define RETRY_FIRST_MS 250u

static int read_fd(void *ctx, uint64_t off, void *buf, uint32_t bytes)
{
    uint8_t *p = buf;

    while (bytes) {
        ssize_t n = pread(*(const int *)ctx, p, bytes, (off_t)off);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return VTC_EIO;
        p += n;
        off += (uint64_t)n;
        bytes -= (uint32_t)n;
    }
    return VTC_OK;
}

void vtc_disks_reader(struct vtc_reader *reader, const int *fd, uint64_t bytes)
{
    reader->read = read_fd;
    reader->ctx = (void *)(uintptr_t)fd;
    reader->bytes = bytes;
}

int vtc_disks_is_candidate(const char *name)
{
    static const char *const skip[] = {"sr", "loop", "ram", "fd", "dm-", "md", "zram", "mtdblock"};
    unsigned i;

    for (i = 0; i < sizeof skip / sizeof *skip; i++)
        if (vtc_text_starts(name, skip[i]))
            return 0;
    return 1;
}

/* Read [off, off + bytes) of a map. */
static int map_read(const struct vtc_reader *disk, const struct vtc_handoff_map *map, uint64_t off,
                    uint8_t *buf, uint32_t bytes)
{
    uint32_t i;

    for (i = 0; i < map->extent_count && bytes; i++) {
        const struct vtc_extent *e = &map->extent[i];
        uint32_t n = bytes;
        int rc;

        if (off >= e->bytes) {
            off -= e->bytes;
            continue;
        }
        if (n > e->bytes - off)
            n = (uint32_t)(e->bytes - off);
        rc = vtc_reader_read(disk, e->disk_off + off, buf, n);
        if (rc)
            return rc;
        buf += n;
        bytes -= n;
        off = 0;
    }
    return bytes ? VTC_EFORMAT : VTC_OK;
}

static enum vtc_disks_state check_map(const struct vtc_reader *disk,
                                      const struct vtc_handoff_map *map)
{
    uint8_t buf[VTC_HANDOFF_PROBE_BYTES];
    uint32_t i, n = VTC_HANDOFF_PROBE_BYTES;
    int rc;

    for (i = 0; i < map->extent_count; i++)
        if (map->extent[i].disk_off > disk->bytes ||
            map->extent[i].bytes > disk->bytes - map->extent[i].disk_off)
            return VTC_DISKS_STALE;
    if (map->probe_off > map->bytes)
        return VTC_DISKS_STALE;
    if (n > map->bytes - map->probe_off)
        n = (uint32_t)(map->bytes - map->probe_off);
    rc = map_read(disk, map, map->probe_off, buf, n);
    if (rc)
        return rc == VTC_EIO ? VTC_DISKS_ERROR : VTC_DISKS_STALE;
    return vtc_crc32(0, buf, n) == map->probe_crc ? VTC_DISKS_MATCH : VTC_DISKS_STALE;
}

enum vtc_disks_state vtc_disks_check(const struct vtc_reader *disk, const struct vtc_handoff *h)
{
    enum vtc_disks_state state = VTC_DISKS_MATCH;
    struct vtc_record record;
    uint32_t i;
    int rc = vtc_record_read(disk, &record);

    if (rc == VTC_EIO)
        return VTC_DISKS_ERROR;
    if (rc || memcmp(record.uuid, h->stick_uuid, sizeof record.uuid) != 0)
        return VTC_DISKS_OTHER;
    for (i = 0; i < h->map_count && state == VTC_DISKS_MATCH; i++)
        state = check_map(disk, &h->map[i]);
    if (h->data_off > disk->bytes || h->data_bytes > disk->bytes - h->data_off)
        state = VTC_DISKS_STALE;
    return state;
}

/* What a message calls it: "Vendor Model", whatever of it sysfs has. */
static void describe(struct vtc_disk *d, const struct vtc_sys *sys)
{
    static const char *const attribute[] = {"/device/vendor", "/device/model", "/device/name"};
    struct vtc_text path, text;
    char value[48];
    unsigned i;

    vtc_text_start(&text);
    for (i = 0; i < 3; i++) {
        vtc_text_make(&path, "block/", d->name, attribute[i], NULL);
        if (vtc_sys_read(sys->sysfs_fd, path.s, value, sizeof value) || !value[0])
            continue;
        vtc_text_add(&text, text.n ? " " : "");
        vtc_text_add(&text, value);
    }
    memcpy(d->model, text.s, sizeof d->model - 1);
    d->model[sizeof d->model - 1] = 0;
}

static void examine(struct vtc_disk *d, const struct vtc_sys *sys, const struct vtc_handoff *h)
{
    struct vtc_reader reader;
    int fd = vtc_sys_open_block(sys, d->name, O_RDONLY);

    d->tries++;
    d->state = VTC_DISKS_ERROR;
    if (fd < 0)
        return;
    vtc_disks_reader(&reader, &fd, d->bytes);
    d->state = vtc_disks_check(&reader, h);
    close(fd);
    if (d->state >= VTC_DISKS_STALE)
        describe(d, sys);
}

/* What sysfs says of a disk: its size, and the number of its kind since the boot, if any. */
static uint64_t bytes_of(const struct vtc_sys *sys, const char *name, uint64_t *id)
{
    struct vtc_text size, seq;

    vtc_text_make(&size, "block/", name, "/size", NULL);
    vtc_text_make(&seq, "block/", name, "/diskseq", NULL);
    *id = vtc_sys_number(sys->sysfs_fd, seq.s);
    return vtc_sys_number(sys->sysfs_fd, size.s) * 512; /* always in units of 512 */
}

int vtc_disks_open(const struct vtc_disk *disk, const struct vtc_sys *sys,
                   const struct vtc_handoff *h)
{
    struct vtc_reader reader;
    int fd = vtc_sys_open_block(sys, disk->name, O_RDONLY);
    uint64_t id;

    if (fd < 0)
        return -1;
    vtc_disks_reader(&reader, &fd, disk->bytes);
    if (bytes_of(sys, disk->name, &id) == disk->bytes && id == disk->id &&
        vtc_disks_check(&reader, h) == VTC_DISKS_MATCH)
        return fd;
    close(fd);
    return -1;
}

struct look {
    struct vtc_disks *disks;
    const struct vtc_sys *sys;
    const struct vtc_handoff *h;
    uint64_t now_ms; /* goes on while a disk is read */
};

static void take_try(struct look *look, struct vtc_disk *d)
{
    const uint64_t begin = vtc_sys_now_ms();
    unsigned wait_ms = RETRY_FIRST_MS << (d->tries < 8 ? d->tries : 8);

    if (!d->tries)
        d->first_ms = look->now_ms;
    examine(d, look->sys, look->h);
    look->now_ms += vtc_sys_now_ms() - begin; /* a driver may try for half a minute */
    if (wait_ms > VTC_DISKS_RETRY_MOST_MS)
        wait_ms = VTC_DISKS_RETRY_MOST_MS;
    d->retry_ms = UINT64_MAX;
    if (d->state == VTC_DISKS_ERROR && look->now_ms - d->first_ms < VTC_DISKS_RETRY_FOR_MS)
        d->retry_ms = look->now_ms + wait_ms;
}

static struct vtc_disk *known(struct vtc_disks *disks, const char *name)
{
    unsigned i;

    for (i = 0; i < disks->count; i++)
        if (!strcmp(disks->v[i].name, name))
            return &disks->v[i];
    return NULL;
}

static int look_at(void *ctx, const char *name)
{
    struct look *look = ctx;
    struct vtc_disks *disks = look->disks;
    struct vtc_disk *d = known(disks, name);
    uint64_t bytes, id;

    if (strlen(name) >= sizeof d->name || (!look->sys->any_disk && !vtc_disks_is_candidate(name)))
        return 0;
    bytes = bytes_of(look->sys, name, &id);
    if (!bytes)
        return 0; /* no medium */
    if (!d) {
        if (disks->count == VTC_DISKS_MAX)
            return 1;
        d = &disks->v[disks->count++];
        memset(d, 0, sizeof *d);
        strcpy(d->name, name);
    }
    d->round = disks->round;
    if (d->bytes != bytes || d->id != id) {
        d->bytes = bytes;
        d->id = id;
        d->tries = 0;
        disks->appeared++;
    }
    if (!d->tries || look->now_ms >= d->retry_ms)
        take_try(look, d);
    return 0;
}

void vtc_disks_look(struct vtc_disks *disks, const struct vtc_sys *sys, const struct vtc_handoff *h,
                    uint64_t now_ms)
{
    struct look look = {disks, sys, h, now_ms};
    unsigned i, kept = 0;

    disks->round++;
    disks->appeared = disks->matches = 0;
    disks->retry_ms = UINT64_MAX;
    if (vtc_sys_list(sys->sysfs_fd, "block", look_at, &look))
        return;
    for (i = 0; i < disks->count; i++) {
        if (disks->v[i].round != disks->round)
            continue; /* it went */
        disks->matches += disks->v[i].state == VTC_DISKS_MATCH;
        if (disks->v[i].retry_ms < disks->retry_ms)
            disks->retry_ms = disks->v[i].retry_ms;
        if (kept != i)
            disks->v[kept] = disks->v[i];
        kept++;
    }
    disks->count = kept;
}

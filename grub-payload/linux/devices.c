/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "devices.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "blkpg.h"
#include "dm.h"
#include "layer.h"
#include "loop.h"
#include "say.h"
#include "text.h"

#define LINK_WAIT_MS 1500u /* for udev to make a link itself, and know of it */
#define MADE_MAX     (VTC_HANDOFF_MAPS_MAX + 1u)

struct maker {
    const struct vtc_sys *sys;
    const struct vtc_handoff *h;
    const struct vtc_disk *disk;
    int loop_fd, dm_fd;       /* control devices */
    int disk_fd[2];           /* read-only: open from first to last; read-write, when needed */
    struct vtc_loop whole[2]; /* loops over the whole disk, the same; no name: not made */
    uint32_t have;
    char link[MADE_MAX][2][VTC_HANDOFF_NAME_BYTES]; /* of /dev/mapper: name, the kernel's name */
    unsigned link_count;
    char layer[48]; /* the partition that a writable map is shown as */
};

enum vtc_devices_way vtc_devices_choose(const struct vtc_handoff_map *map, uint32_t have)
{
    const int loop = have & VTC_DEVICES_LOOP, dm = have & VTC_DEVICES_DM;
    const int one_piece = map->extent_count == 1;

    if ((map->flags & VTC_HANDOFF_MAP_MEDIUM) && !map->probe_off) { /* a disk, with partitions */
        if (loop && one_piece)
            return VTC_DEVICES_BY_LOOP;
        return loop && dm ? VTC_DEVICES_BY_LOOP_DM : VTC_DEVICES_NONE;
    }
    if (loop && dm)
        return VTC_DEVICES_BY_DM_LOOP;
    if (loop && one_piece)
        return VTC_DEVICES_BY_LOOP;
    if (dm)
        return VTC_DEVICES_BY_DM;
    return one_piece && have & VTC_DEVICES_BLKPG ? VTC_DEVICES_BY_PARTITION : VTC_DEVICES_NONE;
}

/* By name, that is safe: the other one is open, so that the name still means this disk. */
static int disk_fd(struct maker *m, int writable)
{
    if (m->disk_fd[writable] < 0)
        m->disk_fd[writable] = vtc_sys_open_block(m->sys, m->disk->name, O_RDWR);
    return m->disk_fd[writable];
}

static int add_loop(struct maker *m, int backing_fd, const char *over, uint64_t off, uint64_t bytes,
                    uint32_t flags, struct vtc_loop *loop)
{
    struct vtc_text label;

    vtc_text_make(&label, "/dev/", over, NULL);
    if (backing_fd < 0)
        return -1;
    return vtc_loop_add(m->sys, m->loop_fd, backing_fd, label.s, off, bytes, flags, loop);
}

/* The numbers of what a dm device goes over: the loop over the whole disk, made once, or the disk. */
static int below(struct maker *m, int writable, int direct, uint32_t *major, uint32_t *minor)
{
    struct vtc_loop *loop = &m->whole[writable];
    struct vtc_text path;

    if (direct) {
        vtc_text_make(&path, "block/", m->disk->name, "/dev", NULL);
        return vtc_sys_dev(m->sys->sysfs_fd, path.s, major, minor);
    }
    if (!loop->name[0] && add_loop(m, disk_fd(m, writable), m->disk->name, 0, 0,
                                   writable ? VTC_LOOP_WRITABLE : 0, loop)) {
        loop->name[0] = 0;
        m->have &= ~VTC_DEVICES_LOOP; /* the control device alone is not enough */
        return -1;
    }
    *major = loop->major;
    *minor = loop->minor;
    return 0;
}

static int by_dm(struct maker *m, const struct vtc_handoff_map *map, int direct,
                 struct vtc_text *made)
{
    const int writable = !!(map->flags & VTC_HANDOFF_MAP_WRITABLE);
    const size_t capacity = vtc_dm_table_bytes(map->extent_count);
    struct vtc_text uuid;
    uint32_t major, minor;
    void *table;

    if (below(m, writable, direct, &major, &minor))
        return -1;
    table = vtc_sys_take(capacity);
    if (!table || !vtc_dm_table(table, capacity, map->name, major, minor, map->extent,
                                map->extent_count, map->bytes, writable))
        return -1;
    vtc_text_make(&uuid, "VENTOC-", NULL);
    vtc_text_hex(&uuid, m->h->stick_uuid, sizeof m->h->stick_uuid);
    vtc_text_add(&uuid, "-");
    vtc_text_add(&uuid, map->name);
    if (vtc_dm_create(m->dm_fd, map->name, uuid.s, table, &minor))
        return -1;
    vtc_text_make(made, "dm-", NULL);
    vtc_text_dec(made, minor);
    return 0;
}

static uint32_t loop_flags(const struct vtc_handoff_map *map)
{
    const int is_disk = (map->flags & VTC_HANDOFF_MAP_MEDIUM) && !map->probe_off;

    return (map->flags & VTC_HANDOFF_MAP_WRITABLE ? VTC_LOOP_WRITABLE : 0) |
           (is_disk ? VTC_LOOP_PARTITIONS : 0);
}

static int by_loop(struct maker *m, const struct vtc_handoff_map *map, struct vtc_text *made)
{
    const uint32_t flags = loop_flags(map);
    struct vtc_loop loop;

    if (add_loop(m, disk_fd(m, flags & VTC_LOOP_WRITABLE), m->disk->name, map->extent->disk_off,
                 map->bytes, flags, &loop))
        return -1;
    vtc_text_make(made, loop.name, NULL);
    return 0;
}

/* The dm device is an inner one; what the guest shall see is the loop over it. */
static int by_loop_dm(struct maker *m, const struct vtc_handoff_map *map, struct vtc_text *made)
{
    const uint32_t flags = loop_flags(map);
    struct vtc_text dm;
    struct vtc_loop loop;
    int fd, rc;

    if (by_dm(m, map, 0, &dm))
        return -1;
    fd = vtc_sys_open_block(m->sys, dm.s, flags & VTC_LOOP_WRITABLE ? O_RDWR : O_RDONLY);
    rc = add_loop(m, fd, dm.s, 0, 0, flags, &loop);
    if (fd >= 0)
        close(fd);
    vtc_text_make(made, rc ? dm.s : loop.name, NULL);
    return 0;
}

static int by_partition(struct maker *m, const struct vtc_handoff_map *map, struct vtc_text *made)
{
    char name[sizeof m->layer];

    if (vtc_blkpg_add(m->sys, m->disk_fd[0], m->disk->name, map->extent->disk_off, map->bytes, name,
                      sizeof name))
        return -1;
    if (map->flags & VTC_HANDOFF_MAP_WRITABLE)
        memcpy(m->layer, name, sizeof m->layer);
    vtc_text_make(made, name, NULL);
    return 0;
}

static void say_made(const struct maker *m, const struct vtc_handoff_map *map, const char *made,
                     const char *how)
{
    struct vtc_text pieces, bytes;

    vtc_text_start(&pieces);
    vtc_text_dec(&pieces, map->extent_count);
    vtc_text_start(&bytes);
    vtc_text_dec(&bytes, map->bytes);
    vtc_say(m->sys, VTC_SAY_INFO, map->name, " is ", made, " (", how, "): ", bytes.s, " bytes, ",
            pieces.s, map->extent_count == 1 ? " piece" : " pieces",
            map->flags & VTC_HANDOFF_MAP_WRITABLE ? ", writable" : ", read-only", NULL);
}

/* One map, by the best way that works. */
static int make_one(struct maker *m, const struct vtc_handoff_map *map)
{
    static const struct {
        const char *how;
        uint32_t needs; /* what is struck off when it failed */
    } ways[] = {
        [VTC_DEVICES_BY_DM_LOOP] = {"device mapper over loop", VTC_DEVICES_DM},
        [VTC_DEVICES_BY_LOOP] = {"loop", VTC_DEVICES_LOOP},
        [VTC_DEVICES_BY_DM] = {"device mapper", VTC_DEVICES_DM},
        [VTC_DEVICES_BY_PARTITION] = {"partition", VTC_DEVICES_BLKPG},
        [VTC_DEVICES_BY_LOOP_DM] = {"loop over device mapper", VTC_DEVICES_DM},
    };
    enum vtc_devices_way way;
    uint32_t have = m->have, before;
    struct vtc_text made;
    int rc = -1;

    while (rc && (way = vtc_devices_choose(map, have)) != VTC_DEVICES_NONE) {
        before = m->have;
        switch (way) {
        case VTC_DEVICES_BY_LOOP:
            rc = by_loop(m, map, &made);
            break;
        case VTC_DEVICES_BY_LOOP_DM:
            rc = by_loop_dm(m, map, &made);
            break;
        case VTC_DEVICES_BY_PARTITION:
            rc = by_partition(m, map, &made);
            break;
        default:
            rc = by_dm(m, map, way == VTC_DEVICES_BY_DM, &made);
            break;
        }
        have &= m->have == before ? ~ways[way].needs : m->have;
    }
    if (rc) {
        vtc_say(m->sys, VTC_SAY_WARNING, "cannot show ", map->name, ": ",
                map->extent_count == 1
                    ? "this system has no loop devices and no device mapper"
                    : "the file is in pieces and this system has no device mapper; copy it to the "
                      "stick anew, in one piece",
                NULL);
        return -1;
    }
    if (map->flags & VTC_HANDOFF_MAP_PERSISTENCE && vtc_layer_prepare(m->sys, made.s))
        vtc_say(m->sys, VTC_SAY_WARNING, "cannot use ", map->name,
                ": changes of this system will not be kept", NULL);
    say_made(m, map, made.s, ways[way].how);
    if (m->link_count < MADE_MAX && made.n < VTC_HANDOFF_NAME_BYTES) {
        memcpy(m->link[m->link_count][0], map->name, VTC_HANDOFF_NAME_BYTES);
        memcpy(m->link[m->link_count++][1], made.s, made.n + 1);
    }
    return 0;
}

/* The one name by which a family finds its device, whatever it is. udev shall have made the links of
 * dm devices itself, since it passes on only what it knows of. */
static void link_all(const struct maker *m)
{
    const uint64_t end = vtc_sys_now_ms() + LINK_WAIT_MS;
    unsigned i;

    for (i = 0; i < m->link_count; i++) {
        const uint64_t now = vtc_sys_now_ms();
        const int is_dm = vtc_text_starts(m->link[i][1], "dm-");

        vtc_sys_link(m->sys, m->link[i][0], m->link[i][1],
                     is_dm && now < end ? (unsigned)(end - now) : 0);
    }
}

/* The data partition as a device of its own. The partition itself becomes read-only: two ways to
 * write to one file system would destroy it. Returns 0 when the device is there. */
static int make_data(struct maker *m)
{
    struct vtc_extent extent = {0, m->h->data_off, m->h->data_bytes};
    struct vtc_handoff_map map;

    memset(&map, 0, sizeof map);
    strcpy(map.name, "ventoc-data");
    map.flags = m->h->flags & VTC_HANDOFF_DATA_WRITABLE ? VTC_HANDOFF_MAP_WRITABLE : 0;
    map.bytes = m->h->data_bytes;
    map.extent = &extent;
    map.extent_count = 1;
    if (!map.bytes || !(m->have & VTC_DEVICES_LOOP))
        return -1;
    return make_one(m, &map);
}

/* What is raw below the guest must not be changed through the partitions; and when nothing has to be
 * written, an installer in the guest must not be able to overwrite the stick. say: how it went. */
static void protect(struct maker *m, int data_made, int say)
{
    int whole = !(m->h->flags & VTC_HANDOFF_DATA_WRITABLE);
    unsigned failed;
    uint32_t i;

    for (i = 0; i < m->h->map_count; i++)
        if (m->h->map[i].flags & VTC_HANDOFF_MAP_WRITABLE)
            whole = 0;
    if (!data_made && m->h->flags & VTC_HANDOFF_DATA_WRITABLE)
        return;
    failed = vtc_blkpg_read_only(m->sys, m->disk->name, whole, m->layer);
    if (say && failed)
        vtc_say(m->sys, VTC_SAY_WARNING, m->disk->name, " could not be made read-only", NULL);
    else if (say)
        vtc_say(m->sys, VTC_SAY_INFO, whole ? "" : "the partitions of ", m->disk->name,
                whole ? " is read-only" : " are read-only", NULL);
}

int vtc_devices_make(const struct vtc_sys *sys, const struct vtc_handoff *h,
                     const struct vtc_disk *disk)
{
    struct maker m;
    int missing = 0, data_made;
    unsigned i;

    memset(&m, 0, sizeof m);
    m.sys = sys;
    m.h = h;
    m.disk = disk;
    m.disk_fd[1] = -1;
    m.disk_fd[0] = vtc_disks_open(disk, sys, h);
    if (m.disk_fd[0] < 0)
        return -1;
    m.loop_fd = vtc_loop_open(sys);
    m.dm_fd = vtc_dm_open(sys);
    m.have = VTC_DEVICES_BLKPG | (m.loop_fd >= 0 ? VTC_DEVICES_LOOP : 0) |
             (m.dm_fd >= 0 ? VTC_DEVICES_DM : 0);
    /* The medium last: once it is there the guest looks for the rest. */
    for (i = 0; i < h->map_count; i++)
        if (!(h->map[i].flags & VTC_HANDOFF_MAP_MEDIUM))
            missing += make_one(&m, &h->map[i]) != 0;
    for (i = 0; i < h->map_count; i++)
        if (h->map[i].flags & VTC_HANDOFF_MAP_MEDIUM)
            missing += make_one(&m, &h->map[i]) != 0;
    data_made = !make_data(&m);
    protect(&m, data_made, 0); /* before the guest sees what lies on it */
    link_all(&m);
    if (m.disk_fd[1] >= 0)
        close(m.disk_fd[1]);
    protect(&m, data_made, 1); /* what the devices made since set off may have undone it */
    close(m.disk_fd[0]);
    if (m.loop_fd >= 0)
        close(m.loop_fd);
    if (m.dm_fd >= 0)
        close(m.dm_fd);
    return missing;
}

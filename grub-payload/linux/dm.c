/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dm.h"

#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "modules.h"
#include "text.h"

#define CONTROL_MAJOR 10u /* Documentation/admin-guide/devices.txt */
#define CONTROL_MINOR 236u
#define SECTOR_BYTES  512u
#define PARAM_BYTES   48u /* of a target's "major:minor sector", at most */

/* In the upper half of event_nr of a resume: libdevmapper's DM_UDEV_PRIMARY_SOURCE_FLAG. Without it
 * udev's rules take the event for a stray one and do not look what is in the device. */
#define PRIMARY_SOURCE (0x40u << 16)

static void header(struct dm_ioctl *io, const char *name, size_t bytes)
{
    memset(io, 0, sizeof *io);
    io->version[0] = 4;
    io->data_size = (uint32_t)bytes;
    io->data_start = sizeof *io;
    strncpy(io->name, name, sizeof io->name - 1);
}

static int check_version(int fd)
{
    struct dm_ioctl io;

    header(&io, "", sizeof io);
    return ioctl(fd, DM_VERSION, &io);
}

int vtc_dm_open(const struct vtc_sys *sys)
{
    int fd = vtc_sys_open(sys, S_IFCHR, CONTROL_MAJOR, CONTROL_MINOR, O_RDWR);

    if (fd < 0 && !vtc_modules_load("dm-mod"))
        fd = vtc_sys_open(sys, S_IFCHR, CONTROL_MAJOR, CONTROL_MINOR, O_RDWR);
    if (fd >= 0 && check_version(fd)) {
        close(fd);
        return -1;
    }
    return fd;
}

size_t vtc_dm_table_bytes(uint32_t extent_count)
{
    return sizeof(struct dm_ioctl) +
           (size_t)extent_count * (sizeof(struct dm_target_spec) + PARAM_BYTES);
}

size_t vtc_dm_table(void *buf, size_t capacity_bytes, const char *name, uint32_t major,
                    uint32_t minor, const struct vtc_extent *extent, uint32_t extent_count,
                    uint64_t bytes, int writable)
{
    struct dm_ioctl *io = buf;
    size_t at = sizeof *io;
    uint64_t done = 0;
    uint32_t i;

    if (capacity_bytes < vtc_dm_table_bytes(extent_count) || bytes % SECTOR_BYTES ||
        capacity_bytes > UINT32_MAX)
        return 0;
    header(io, name, 0);
    if (!writable)
        io->flags |= DM_READONLY_FLAG;
    for (i = 0; i < extent_count && done < bytes; i++) {
        struct dm_target_spec *target = (void *)((char *)buf + at);
        uint64_t n = extent[i].bytes < bytes - done ? extent[i].bytes : bytes - done;
        struct vtc_text param;

        if (extent[i].disk_off % SECTOR_BYTES || n % SECTOR_BYTES)
            return 0;
        vtc_text_start(&param);
        vtc_text_dec(&param, major);
        vtc_text_add(&param, ":");
        vtc_text_dec(&param, minor);
        vtc_text_add(&param, " ");
        vtc_text_dec(&param, extent[i].disk_off / SECTOR_BYTES);
        target->sector_start = done / SECTOR_BYTES;
        target->length = n / SECTOR_BYTES;
        strcpy(target->target_type, "linear");
        memcpy(target + 1, param.s, param.n + 1);
        target->next = (uint32_t)((sizeof *target + param.n + 1 + 7) & ~(size_t)7);
        at += target->next;
        done += n;
    }
    io->target_count = i;
    io->data_size = (uint32_t)at;
    return done == bytes && bytes ? at : 0;
}

void vtc_dm_remove(int control_fd, const char *name)
{
    struct dm_ioctl io;

    header(&io, name, sizeof io);
    ioctl(control_fd, DM_DEV_REMOVE, &io);
}

int vtc_dm_create(int control_fd, const char *name, const char *uuid, void *table, uint32_t *minor)
{
    struct dm_ioctl io;

    header(&io, name, sizeof io);
    strncpy(io.uuid, uuid, sizeof io.uuid - 1);
    if (ioctl(control_fd, DM_DEV_CREATE, &io))
        return -1;
    /* the kernel's huge_encode_dev() */
    *minor = (uint32_t)((io.dev & 0xff) | (io.dev >> 12 & 0xfff00));
    if (!ioctl(control_fd, DM_TABLE_LOAD, table)) {
        header(&io, name, sizeof io);
        io.event_nr = PRIMARY_SOURCE;
        if (!ioctl(control_fd, DM_DEV_SUSPEND, &io)) /* without the suspend flag it resumes */
            return 0;
    }
    vtc_dm_remove(control_fd, name);
    return -1;
}

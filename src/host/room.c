/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/room.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

int vtc_room_check(const struct vtc_target *target, const struct vtc_plan *plan,
                   struct vtc_error *err)
{
    uint64_t need_bytes = 0, room_bytes;
    struct statvfs fs;
    struct stat st;

    if (target->dev->kind != VTC_DEVICE_FILE || fstatvfs(target->fd, &fs) ||
        fstat(target->fd, &st) || !fs.f_blocks)
        return 0;
    for (size_t i = 0; i < plan->count; i++)
        if (plan->entry[i].source != VTC_PLAN_ZERO)
            need_bytes += plan->entry[i].bytes;
    room_bytes = (uint64_t)(geteuid() ? fs.f_bavail : fs.f_bfree) * fs.f_frsize +
                 (uint64_t)st.st_blocks * 512;
    if (need_bytes <= room_bytes)
        return 0;
    return vtc_error_set(err, VTC_ERROR_REFUSED, -ENOSPC,
                         "Free some space there, or use another file system.",
                         "%s: its file system is full: %" PRIu64 " bytes are needed, there is "
                         "room for %" PRIu64,
                         target->dev->path, need_bytes, room_bytes);
}

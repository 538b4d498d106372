/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/mkfs.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "host/exfat_boot.h"
#include "host/run.h"
#include "host/scratch.h"
#include "host/utf8.h"

#define LABEL_MAX_UNITS 11

int vtc_mkfs_check_label(const char *label, struct vtc_error *err)
{
    const unsigned char *p = (const unsigned char *)label;
    unsigned units = 0;

    if (!*p)
        return vtc_error_set(err, VTC_ERROR_USAGE, -EINVAL, "Leave --label away for the default.",
                             "the label is empty");
    while (*p) {
        uint32_t code;
        unsigned length = vtc_utf8_decode(p, &code);

        if (!length)
            return vtc_error_set(err, VTC_ERROR_USAGE, -EINVAL, "Give the label in UTF-8.",
                                 "the label is not valid UTF-8");
        if (code < 0x20 || code == 0x7f)
            return vtc_error_set(err, VTC_ERROR_USAGE, -EINVAL, "Leave it away.",
                                 "the label contains a control character");
        units += code > 0xffff ? 2 : 1;
        p += length;
    }
    if (units > LABEL_MAX_UNITS)
        return vtc_error_set(err, VTC_ERROR_USAGE, -EINVAL,
                             "exFAT allows 11 (emoji and the like count twice).",
                             "the label \"%s\" is too long: %u characters", label, units);
    return 0;
}

static int run_mkfs(int fd, const char *label, struct vtc_error *err)
{
    char volume[32];
    char *const argv[] = {(char *)"mkfs.exfat", (char *)"-L", (char *)label, volume, NULL};

    vtc_scratch_path(VTC_RUN_FD, volume, sizeof(volume));
    return vtc_run_tool(argv, "exfatprogs", fd, err);
}

/* What mkfs wrote, and zeros for the holes before its end, so that nothing old shows there. */
static int plan_extents(struct vtc_plan *plan, uint64_t off, int fd)
{
    off_t at = 0;
    int rc = 0;

    while (!rc) {
        off_t data = lseek(fd, at, SEEK_DATA), hole;

        if (data < 0)
            return errno == ENXIO ? 0 : -errno;
        hole = lseek(fd, data, SEEK_HOLE);
        if (hole < 0)
            return -errno;
        rc = vtc_plan_add_zero(plan, off + (uint64_t)at, (uint64_t)(data - at),
                               "exFAT structures (empty)");
        if (!rc)
            rc = vtc_plan_add_scratch(plan, off + (uint64_t)data, fd, (uint64_t)data,
                                      (uint64_t)(hole - data), "exFAT structures");
        at = hole;
    }
    return rc;
}

int vtc_mkfs_exfat(struct vtc_plan *plan, uint64_t off, uint64_t bytes, uint32_t sector_bytes,
                   const char *label, struct vtc_error *err)
{
    int fd = vtc_scratch_open(bytes, err), rc;

    if (fd < 0)
        return fd;
    rc = vtc_plan_own_fd(plan, fd);
    if (!rc) {
        rc = run_mkfs(fd, label, err);
        if (!rc)
            rc = vtc_exfat_boot_rewrite(fd, off, sector_bytes, err);
        if (rc)
            return rc;
        rc = plan_extents(plan, off, fd);
    }
    if (rc)
        vtc_error_set(err, VTC_ERROR_FAILED, rc, NULL, "cannot plan the data partition: %s",
                      strerror(-rc));
    return rc;
}

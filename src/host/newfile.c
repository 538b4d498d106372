/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/newfile.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#define FAT_FILE_MAX          0xffffffffull

#define REFUSE(rc, hint, ...) vtc_error_set(err, VTC_ERROR_REFUSED, rc, hint, __VA_ARGS__)

/* The directory a path lies in. */
static const char *parent(const char *path, char copy[PATH_MAX])
{
    snprintf(copy, PATH_MAX, "%s", path);
    return dirname(copy);
}

static int fail(const char *path, int rc, const char *what, struct vtc_error *err)
{
    const char *hint = NULL;

    if (rc == -EACCES || rc == -EPERM)
        hint = "Run it with the rights to write there, for example: sudo ventoc ...";
    else if (rc == -ENOSPC || rc == -EDQUOT)
        hint = "Give a smaller --size, or delete something.";
    else if (rc == -EFBIG)
        hint = "The file system or a limit (see \"ulimit -f\") does not allow files this long.";
    else if (rc == -EROFS)
        hint = "Mount it read-write: mount -o remount,rw ...";
    return vtc_error_set(err, VTC_ERROR_FAILED, rc, hint, "%s: %s: %s", path, what, strerror(-rc));
}

/* Room and the longest file. */
static int check_fit(const char *path, uint64_t bytes, struct vtc_error *err)
{
    char copy[PATH_MAX];
    const char *dir = parent(path, copy);
    struct statvfs space;
    struct statfs fs;
    uint64_t room;

    if (statvfs(dir, &space) || statfs(dir, &fs))
        return fail(path, -errno, "cannot look at its folder", err);
    if (fs.f_type == MSDOS_SUPER_MAGIC && bytes > FAT_FILE_MAX)
        return REFUSE(-EFBIG, "Give --size 4095M, or use exFAT.",
                      "%s: FAT32 cannot hold files of 4 GiB", path);
    room = (uint64_t)space.f_bavail * space.f_frsize;
    if (bytes > room) {
        REFUSE(-ENOSPC, NULL, "%s: there is no room for %llu MiB", path,
               (unsigned long long)(bytes >> 20));
        vtc_error_hint(err, "%llu MiB are free: give a smaller --size, or delete something.",
                       (unsigned long long)(room >> 20));
        return -ENOSPC;
    }
    return 0;
}

int vtc_newfile_check(const char *path, uint64_t bytes, int replace, struct vtc_error *err)
{
    struct stat st;

    if (strlen(path) + sizeof(VTC_NEWFILE_SUFFIX) > PATH_MAX)
        return fail(path, -ENAMETOOLONG, "cannot be created", err);
    if (lstat(path, &st) == 0) {
        if (S_ISDIR(st.st_mode))
            return vtc_error_set(err, VTC_ERROR_USAGE, -EISDIR, "Give the name of a file in it.",
                                 "%s: is a folder", path);
        if (!S_ISREG(st.st_mode))
            return REFUSE(-EEXIST, "Give another name.", "%s: exists and is not a plain file",
                          path);
        if (!replace)
            return REFUSE(-EEXIST, "Give another name, or --force to replace it.",
                          "%s: exists already", path);
    } else if (errno != ENOENT) {
        return fail(path, -errno, "cannot be created", err);
    }
    return check_fit(path, bytes, err);
}

int vtc_newfile_plan(struct vtc_plan *plan, int fd, uint64_t bytes, struct vtc_error *err)
{
    uint64_t at = 0;
    int rc = vtc_plan_own_fd(plan, fd);

    while (!rc && at < bytes) {
        off_t data = lseek(fd, (off_t)at, SEEK_DATA), hole;

        if (data < 0 && errno == ENXIO)
            data = (off_t)bytes;
        hole = data < 0 || (uint64_t)data == bytes ? data : lseek(fd, data, SEEK_HOLE);
        if (data < 0 || hole < 0)
            rc = -errno;
        if (!rc)
            rc = vtc_plan_add_zero(plan, at, (uint64_t)data - at, "free space of the new file");
        if (!rc)
            rc = vtc_plan_add_scratch(plan, (uint64_t)data, fd, (uint64_t)data,
                                      (uint64_t)(hole - data), "content of the new file");
        at = (uint64_t)hole;
    }
    return rc ? vtc_error_set(err, VTC_ERROR_FAILED, rc, NULL, "cannot plan the new file: %s",
                              strerror(-rc))
              : 0;
}

/* Reserve the blocks at once, so that they lie together. */
static int reserve(int fd, uint64_t bytes)
{
    int rc;

    do
        rc = fallocate(fd, 0, 0, (off_t)bytes) ? -errno : 0;
    while (rc == -EINTR);
    /* a file system without it: the writes allocate, in the order of the file */
    return rc == -EOPNOTSUPP || rc == -ENOSYS || rc == -EINVAL ? 0 : rc;
}

static int fill(int fd, uint64_t bytes, const char *path, const struct vtc_plan *plan,
                const struct vtc_apply_options *options, struct vtc_apply_stats *stats,
                struct vtc_error *err)
{
    struct vtc_apply_fd state;
    struct vtc_apply_io io;
    int rc = reserve(fd, bytes);

    if (rc)
        return fail(path, rc, "cannot be made that long", err);
    io = vtc_apply_fd_io(&state, fd, NULL);
    rc = vtc_apply_run(plan, &io, options, stats, err);
    vtc_apply_fd_close(&state);
    return rc;
}

/* Give the finished file its name. Without replace nothing that came in between is lost. */
static int give_name(const char *part, const char *path, int replace)
{
    if (replace)
        return rename(part, path) ? -errno : 0;
    if (renameat2(AT_FDCWD, part, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -errno;
    if (access(path, F_OK) == 0) /* a file system that cannot do both at once */
        return -EEXIST;
    return rename(part, path) ? -errno : 0;
}

/* The name is on the medium when its folder is; one that cannot be flushed has to be trusted. */
static void flush_folder(const char *path)
{
    char copy[PATH_MAX];
    int fd = open(parent(path, copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd >= 0) {
        (void)fsync(fd);
        close(fd);
    }
}

int vtc_newfile_write(const char *path, uint64_t bytes, int replace, const struct vtc_plan *plan,
                      const struct vtc_apply_options *options, struct vtc_apply_stats *stats,
                      struct vtc_error *err)
{
    char part[PATH_MAX];
    int fd, rc;

    memset(stats, 0, sizeof(*stats));
    if (snprintf(part, sizeof(part), "%s" VTC_NEWFILE_SUFFIX, path) >= (int)sizeof(part))
        return fail(path, -ENAMETOOLONG, "cannot be created", err);
    fd = open(part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0 && errno == EEXIST)
        return REFUSE(-EEXIST, "Another run is at work on it, or was cut off: delete it then.",
                      "%s: exists already", part);
    if (fd < 0)
        return fail(part, -errno, "cannot be created", err);
    rc = fill(fd, bytes, part, plan, options, stats, err);
    if (close(fd) && !rc)
        rc = fail(part, -errno, "cannot be written", err);
    if (!rc) {
        rc = give_name(part, path, replace);
        if (rc == -EEXIST)
            REFUSE(rc, "Give another name.", "%s: exists now", path);
        else if (rc)
            fail(path, rc, "cannot be given its name", err);
    }
    if (rc)
        unlink(part);
    else
        flush_folder(path);
    return rc;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "host/backup_file.h"
#include "host/backup_ranges.h"
#include "host/fdio.h"
#include "host/scratch.h"

/* One backup being written. */
struct job {
    struct vtc_backup *backup;
    const struct vtc_target *target;
    const struct vtc_plan *plan;
    const struct vtc_apply_options *options;
    struct vtc_backup_header header;
    struct vtc_backup_range *range;
    uint8_t *content, *packed, *table;
};

static int fail(const char *path, int rc, const char *what, struct vtc_error *err)
{
    const char *hint = NULL;

    if (rc == -EACCES || rc == -EPERM || rc == -EROFS)
        hint = "Give a path where you may write.";
    else if (rc == -ENOSPC || rc == -EDQUOT)
        hint = "Give a path on a file system with more room.";
    else if (rc == -EFBIG)
        hint = "There is a limit on the length of files: see \"ulimit -f\".";
    return vtc_error_set(err, VTC_ERROR_FAILED, rc, hint, "%s: %s: %s", path, what, strerror(-rc));
}

static int fail_exists(const char *path, struct vtc_error *err)
{
    return vtc_error_set(err, VTC_ERROR_REFUSED, -EEXIST,
                         "Give another name: a backup never replaces a file.", "%s: exists already",
                         path);
}

static int fail_on_target(const char *path, const struct vtc_device *dev, struct vtc_error *err)
{
    return vtc_error_set(err, VTC_ERROR_REFUSED, -EXDEV, "Give a path on another disk.",
                         "%s: the backup would be on %s, of which it is a backup", path, dev->path);
}

static const char *folder_of(const char *path, char copy[PATH_MAX])
{
    snprintf(copy, PATH_MAX, "%s", path);
    return dirname(copy);
}

/* Is the file system of this file on the disk, or on one of its partitions? */
static int is_on(const struct stat *st, const struct vtc_device *dev)
{
    char path[80];
    struct stat part;

    if (dev->kind == VTC_DEVICE_FILE)
        return 0;
    if (st->st_dev == makedev(dev->major, dev->minor))
        return 1;
    for (uint32_t i = 0; i < dev->part_count; i++) {
        snprintf(path, sizeof(path), "/dev/%s", dev->part[i].name);
        if (stat(path, &part) == 0 && S_ISBLK(part.st_mode) && part.st_rdev == st->st_dev)
            return 1;
    }
    return 0;
}

int vtc_backup_check(const char *path, const struct vtc_device *dev, struct vtc_error *err)
{
    char copy[PATH_MAX], *real = realpath(path, NULL);
    int is_target = real && strcmp(real, dev->path) == 0;
    struct stat st;

    free(real);
    if (is_target)
        return fail_on_target(path, dev, err);
    if (lstat(path, &st) == 0)
        return fail_exists(path, err);
    if (errno != ENOENT)
        return fail(path, -errno, "cannot be created", err);
    if (strlen(path) >= PATH_MAX)
        return fail(path, -ENAMETOOLONG, "cannot be created", err);
    if (stat(folder_of(path, copy), &st))
        return fail(path, -errno, "cannot be created", err);
    return is_on(&st, dev) ? fail_on_target(path, dev, err) : 0;
}

int vtc_backup_create(struct vtc_backup *backup, const char *path, const struct vtc_device *dev,
                      struct vtc_error *err)
{
    int rc;

    memset(backup, 0, sizeof(*backup));
    rc = vtc_backup_check(path, dev, err);
    if (rc)
        return rc;
    backup->fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (backup->fd < 0)
        return errno == EEXIST ? fail_exists(path, err)
                               : fail(path, -errno, "cannot be created", err);
    backup->path = path;
    return 0;
}

static int find_ranges(struct vtc_backup *backup, const struct vtc_device *dev,
                       const struct vtc_plan *plan, struct vtc_backup_range **range,
                       struct vtc_error *err)
{
    int rc = vtc_backup_ranges(plan, dev->bytes, dev->sector_bytes, range, &backup->range_count);

    backup->old_bytes = 0;
    for (uint32_t i = 0; !rc && i < backup->range_count; i++)
        backup->old_bytes += (*range)[i].bytes;
    return rc ? vtc_error_set(err, VTC_ERROR_FAILED, rc, "Go on without --backup.",
                              "%s: cannot plan a backup: %s", dev->path, strerror(-rc))
              : 0;
}

int vtc_backup_count(struct vtc_backup *backup, const struct vtc_device *dev,
                     const struct vtc_plan *plan, struct vtc_error *err)
{
    struct vtc_backup_range *range = NULL;
    int rc = find_ranges(backup, dev, plan, &range, err);

    free(range);
    return rc;
}

static void digest(const void *bytes, size_t count, uint8_t out[VTC_SHA256_BYTES])
{
    struct vtc_sha256 sha;

    vtc_sha256_init(&sha);
    vtc_sha256_update(&sha, bytes, count);
    vtc_sha256_final(&sha, out);
}

static int is_zero(const uint8_t *bytes, size_t count)
{
    return bytes[0] == 0 && memcmp(bytes, bytes + 1, count - 1) == 0;
}

/* Read, pack and write one range. */
static int save_range(struct job *job, struct vtc_backup_range *range, uint64_t file_off,
                      struct vtc_error *err)
{
    size_t bytes = (size_t)range->bytes;
    uLongf packed_bytes = vtc_backup_packed_max(bytes);
    int rc = vtc_fdio_read(job->target->fd, range->off, job->content, bytes);

    if (rc)
        return vtc_error_set(err, VTC_ERROR_FAILED, rc,
                             "What cannot be read cannot be kept: go on without --backup, or use "
                             "another stick.",
                             "%s: cannot read at byte %llu: %s", job->target->dev->path,
                             (unsigned long long)range->off, strerror(-rc));
    digest(job->content, bytes, range->old_sha256);
    range->kind = is_zero(job->content, bytes) ? VTC_BACKUP_ZERO : VTC_BACKUP_ZLIB;
    if (range->kind == VTC_BACKUP_ZLIB) {
        if (compress2(job->packed, &packed_bytes, job->content, bytes, Z_BEST_SPEED) != Z_OK)
            return fail(job->backup->path, -ENOMEM, "cannot be packed", err);
        range->packed_bytes = (uint32_t)packed_bytes;
        rc = vtc_scratch_write(job->backup->fd, file_off, job->packed, packed_bytes);
        if (rc)
            return fail(job->backup->path, rc, "cannot be written", err);
    }
    rc = vtc_plan_compose(job->plan, range->off, job->content, bytes);
    if (rc)
        return fail(job->backup->path, rc, "cannot look ahead", err);
    digest(job->content, bytes, range->new_sha256);
    return 0;
}

static int save_ranges(struct job *job, struct vtc_error *err)
{
    const struct vtc_apply_options *options = job->options;
    uint32_t count = job->header.range_count;
    uint64_t table_bytes = (uint64_t)count * VTC_BACKUP_RANGE_BYTES, done = 0;
    int rc = 0;

    for (uint32_t i = 0; !rc && i < count; i++) {
        struct vtc_backup_range *range = &job->range[i];

        if (options->stop && *options->stop)
            return vtc_error_set(err, VTC_ERROR_INTERRUPTED, -EINTR, NULL,
                                 "%s: stopped before all was kept", job->backup->path);
        rc = save_range(job, range,
                        VTC_BACKUP_HEADER_BYTES + table_bytes + job->header.packed_bytes, err);
        vtc_backup_encode_range(range, job->table + (size_t)i * VTC_BACKUP_RANGE_BYTES);
        job->header.packed_bytes += range->packed_bytes;
        done += range->bytes;
        if (options->progress)
            options->progress(options->progress_ctx, VTC_APPLY_SAVE, done, job->header.old_bytes);
    }
    digest(job->table, table_bytes, job->header.ranges_sha256);
    job->backup->file_bytes = VTC_BACKUP_HEADER_BYTES + table_bytes + job->header.packed_bytes;
    return rc;
}

/* The header comes last: until then it is no backup file. Then all of it is on the medium. */
static int finish(struct job *job, struct vtc_error *err)
{
    const struct vtc_backup *backup = job->backup;
    uint8_t head[VTC_BACKUP_HEADER_BYTES];
    char copy[PATH_MAX];
    int dir, rc;

    vtc_backup_encode_header(&job->header, head);
    rc = vtc_scratch_write(backup->fd, VTC_BACKUP_HEADER_BYTES, job->table,
                           (size_t)job->header.range_count * VTC_BACKUP_RANGE_BYTES);
    if (!rc)
        rc = vtc_scratch_write(backup->fd, 0, head, sizeof(head));
    if (!rc && fsync(backup->fd))
        rc = -errno;
    if (rc)
        return fail(backup->path, rc, "cannot be written", err);
    dir = open(folder_of(backup->path, copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0 || fsync(dir))
        rc = errno == EINVAL ? 0 : -errno; /* a file system that flushes names by itself */
    if (dir >= 0)
        close(dir);
    return rc ? fail(copy, rc, "the folder of the backup cannot be flushed", err) : 0;
}

static int check(struct job *job, struct vtc_error *err)
{
    struct vtc_backup_file file;
    struct vtc_apply_options options = {.stop = job->options->stop};
    int rc;

    posix_fadvise(job->backup->fd, 0, 0, POSIX_FADV_DONTNEED);
    rc = vtc_backup_file_open(&file, job->backup->path, &options, err);
    vtc_backup_file_close(&file);
    return rc;
}

static void set_header(struct job *job, const char *operation, uint32_t flags)
{
    const struct vtc_device *dev = job->target->dev;
    struct vtc_backup_header *header = &job->header;

    header->sector_bytes = dev->sector_bytes;
    header->disk_bytes = dev->bytes;
    header->time = (uint64_t)time(NULL);
    header->flags = flags;
    header->range_count = job->backup->range_count;
    header->old_bytes = job->backup->old_bytes;
    snprintf(header->operation, sizeof(header->operation), "%s", operation);
    snprintf(header->version, sizeof(header->version), "%s", VTC_VERSION);
    snprintf(header->vendor, sizeof(header->vendor), "%s", dev->vendor);
    snprintf(header->model, sizeof(header->model), "%s", dev->model);
    snprintf(header->serial, sizeof(header->serial), "%s", dev->serial);
    snprintf(header->path, sizeof(header->path), "%.*s", (int)sizeof(header->path) - 1, dev->path);
}

int vtc_backup_save(struct vtc_backup *backup, const struct vtc_target *target,
                    const struct vtc_plan *plan, const char *operation, uint32_t flags,
                    const struct vtc_apply_options *options, struct vtc_error *err)
{
    struct job job = {.backup = backup, .target = target, .plan = plan, .options = options};
    struct stat st;
    int rc = find_ranges(backup, target->dev, plan, &job.range, err);

    if (!rc && fstat(backup->fd, &st) == 0 && is_on(&st, target->dev))
        rc = fail_on_target(backup->path, target->dev, err);
    if (rc)
        goto out;
    set_header(&job, operation, flags);
    job.content = malloc(VTC_BACKUP_RANGE_MAX_BYTES);
    job.packed = malloc(vtc_backup_packed_max(VTC_BACKUP_RANGE_MAX_BYTES));
    job.table = malloc((size_t)backup->range_count * VTC_BACKUP_RANGE_BYTES + 1);
    if (!job.content || !job.packed || !job.table)
        rc = fail(backup->path, -ENOMEM, "cannot be written", err);
    if (!rc)
        rc = save_ranges(&job, err);
    if (!rc)
        rc = finish(&job, err);
    if (!rc)
        rc = check(&job, err);
out:
    free(job.range);
    free(job.content);
    free(job.packed);
    free(job.table);
    return rc;
}

void vtc_backup_close(struct vtc_backup *backup, int remove)
{
    if (!backup->path)
        return;
    close(backup->fd);
    if (remove)
        unlink(backup->path);
    backup->path = NULL;
}

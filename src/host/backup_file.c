/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/backup_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "host/fdio.h"

static int fail(const struct vtc_backup_file *file, int rc, struct vtc_error *err)
{
    switch (rc) {
    case -ENOENT:
        return vtc_error_set(err, VTC_ERROR_FAILED, rc,
                             "Give a file that --backup made: ventoc restore FILE TARGET",
                             "%s: is no backup file", file->path);
    case -ENOTSUP:
        return vtc_error_set(err, VTC_ERROR_FAILED, rc, "Use a newer ventoc.",
                             "%s: is a backup of a newer format", file->path);
    case -EBADMSG:
        return vtc_error_set(err, VTC_ERROR_FAILED, rc, "Use another copy of it.",
                             "%s: the backup is damaged or cut off; nothing of it is used",
                             file->path);
    default:
        return vtc_error_set(err, VTC_ERROR_FAILED, rc, NULL, "%s: cannot be read: %s", file->path,
                             strerror(-rc));
    }
}

int vtc_backup_file_read(struct vtc_backup_file *file, uint32_t index, uint8_t *buf)
{
    const struct vtc_backup_range *range = &file->range[index];
    uint8_t sum[VTC_SHA256_BYTES];
    struct vtc_sha256 sha;
    int rc = 0;

    if (range->kind == VTC_BACKUP_ZERO) {
        memset(buf, 0, range->bytes);
    } else {
        uLongf bytes = range->bytes;
        uLong packed_bytes = range->packed_bytes;

        rc = vtc_fdio_read(file->fd, range->file_off, file->packed, range->packed_bytes);
        if (rc)
            return rc;
        if (uncompress2(buf, &bytes, file->packed, &packed_bytes) != Z_OK ||
            bytes != range->bytes || packed_bytes != range->packed_bytes)
            return -EBADMSG;
    }
    vtc_sha256_init(&sha);
    vtc_sha256_update(&sha, buf, range->bytes);
    vtc_sha256_final(&sha, sum);
    return memcmp(sum, range->old_sha256, sizeof(sum)) == 0 ? 0 : -EBADMSG;
}

static int read_ranges(struct vtc_backup_file *file)
{
    size_t bytes = (size_t)file->header.range_count * VTC_BACKUP_RANGE_BYTES;
    uint8_t *raw = malloc(bytes);
    int rc;

    file->range = calloc(file->header.range_count, sizeof(*file->range));
    file->packed = malloc(vtc_backup_packed_max(VTC_BACKUP_RANGE_MAX_BYTES));
    rc = raw && file->range && file->packed ? 0 : -ENOMEM;
    if (!rc)
        rc = vtc_fdio_read(file->fd, VTC_BACKUP_HEADER_BYTES, raw, bytes);
    if (!rc)
        rc = vtc_backup_decode_ranges(&file->header, raw, file->range);
    free(raw);
    return rc;
}

static int check_all(struct vtc_backup_file *file, const struct vtc_apply_options *options)
{
    uint8_t *buf = malloc(VTC_BACKUP_RANGE_MAX_BYTES);
    uint64_t done = 0;
    int rc = buf ? 0 : -ENOMEM;

    for (uint32_t i = 0; !rc && i < file->header.range_count; i++) {
        rc = options->stop && *options->stop ? -EINTR : vtc_backup_file_read(file, i, buf);
        done += file->range[i].bytes;
        if (!rc && options->progress)
            options->progress(options->progress_ctx, VTC_APPLY_READ, done, file->header.old_bytes);
    }
    free(buf);
    return rc;
}

int vtc_backup_file_open(struct vtc_backup_file *file, const char *path,
                         const struct vtc_apply_options *options, struct vtc_error *err)
{
    uint8_t head[VTC_BACKUP_HEADER_BYTES];
    struct stat st;
    int rc = 0;

    memset(file, 0, sizeof(*file));
    file->path = path;
    /* Without waiting: it may be a pipe. */
    file->fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (file->fd < 0)
        return vtc_error_set(err, VTC_ERROR_FAILED, -errno, NULL, "%s: cannot be opened: %s", path,
                             strerror(errno));
    if (fstat(file->fd, &st))
        rc = -errno;
    else if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size < sizeof(head))
        rc = -ENOENT;
    if (!rc)
        rc = vtc_fdio_read(file->fd, 0, head, sizeof(head));
    if (!rc)
        rc = vtc_backup_decode_header(head, (uint64_t)st.st_size, &file->header);
    if (!rc)
        rc = read_ranges(file);
    if (!rc)
        rc = check_all(file, options);
    if (rc == -EINTR)
        return vtc_error_set(err, VTC_ERROR_INTERRUPTED, rc, NULL,
                             "interrupted; nothing was written");
    return rc ? fail(file, rc, err) : 0;
}

void vtc_backup_file_close(struct vtc_backup_file *file)
{
    if (file->path && file->fd >= 0)
        close(file->fd);
    free(file->range);
    free(file->packed);
    memset(file, 0, sizeof(*file));
    file->fd = -1;
}

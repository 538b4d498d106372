/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/restore.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/fdio.h"

#define NO_RANGE UINT32_MAX

int vtc_restore_check(const struct vtc_backup_file *file, const struct vtc_device *dev,
                      struct vtc_error *err)
{
    const struct vtc_backup_header *header = &file->header;
    const struct vtc_backup_range *last = &file->range[header->range_count - 1];
    static const char hint[] = "Is it the right disk? To write to it all the same: --force";

    if (last->off + last->bytes > dev->bytes)
        return vtc_error_set(err, VTC_ERROR_REFUSED, -ENOSPC, "Give the disk it is a backup of.",
                             "%s: is too short (%" PRIu64 " bytes) for this backup of a disk of "
                             "%" PRIu64 " bytes",
                             dev->path, dev->bytes, header->disk_bytes);
    if (header->disk_bytes != dev->bytes)
        return vtc_error_set(err, VTC_ERROR_REFUSED, -ESTALE, hint,
                             "%s: has %" PRIu64 " bytes, the disk of the backup had %" PRIu64,
                             dev->path, dev->bytes, header->disk_bytes);
    /* A header has less room than sysfs. */
    if (strncmp(header->serial, dev->serial, sizeof(header->serial) - 1) != 0)
        return vtc_error_set(err, VTC_ERROR_REFUSED, -ESTALE, hint,
                             "%s: its serial number is %s, that of the disk of the backup is %s",
                             dev->path, dev->serial[0] ? dev->serial : "unknown",
                             header->serial[0] ? header->serial : "unknown");
    return 0;
}

static void digest(const void *bytes, size_t count, uint8_t out[VTC_SHA256_BYTES])
{
    struct vtc_sha256 sha;

    vtc_sha256_init(&sha);
    vtc_sha256_update(&sha, bytes, count);
    vtc_sha256_final(&sha, out);
}

/* What the target holds in each range. differs: one byte per range. */
static int compare(struct vtc_restore *restore, const struct vtc_target *target, char *differs,
                   const struct vtc_apply_options *options, struct vtc_error *err)
{
    const struct vtc_backup_file *file = restore->file;
    uint8_t sum[VTC_SHA256_BYTES];
    uint64_t done = 0;

    for (uint32_t i = 0; i < file->header.range_count; i++) {
        const struct vtc_backup_range *range = &file->range[i];
        int rc;

        if (options->stop && *options->stop)
            return vtc_error_set(err, VTC_ERROR_INTERRUPTED, -EINTR, NULL,
                                 "interrupted; nothing was written");
        rc = vtc_fdio_read(target->fd, range->off, restore->content, range->bytes);
        if (rc)
            return vtc_error_set(err, VTC_ERROR_FAILED, rc,
                                 "The medium or its connection is failing; try another port.",
                                 "%s: cannot read at byte %" PRIu64 ": %s", target->dev->path,
                                 range->off, strerror(-rc));
        digest(restore->content, range->bytes, sum);
        differs[i] = memcmp(sum, range->old_sha256, sizeof(sum)) != 0;
        if (!differs[i])
            restore->before_count++;
        else if (memcmp(sum, range->new_sha256, sizeof(sum)) == 0)
            restore->written_count++;
        else
            restore->changed_count++;
        done += range->bytes;
        if (options->progress)
            options->progress(options->progress_ctx, VTC_APPLY_READ, done, file->header.old_bytes);
    }
    return 0;
}

static int fill(void *ctx, uint64_t at, void *buf, size_t bytes)
{
    struct vtc_restore_source *source = ctx;
    struct vtc_restore *restore = source->restore;

    if (restore->content_index != source->index) {
        int rc = vtc_backup_file_read(restore->file, source->index, restore->content);

        restore->content_index = rc ? NO_RANGE : source->index;
        if (rc)
            return rc;
    }
    memcpy(buf, restore->content + source->begin + at, bytes);
    return 0;
}

/* Put back bytes [begin, end) of a range. */
static int add(struct vtc_restore *restore, struct vtc_plan *plan, uint32_t index, uint64_t begin,
               uint64_t end, const char *reason)
{
    const struct vtc_backup_range *range = &restore->file->range[index];
    struct vtc_restore_source *source = &restore->source[restore->source_count];

    if (range->kind == VTC_BACKUP_ZERO)
        return vtc_plan_add_zero(plan, range->off + begin, end - begin, reason);
    restore->source_count++;
    *source = (struct vtc_restore_source){restore, index, begin};
    return vtc_plan_add_backup(plan, range->off + begin, end - begin, fill, source, reason);
}

static int plan_undo(struct vtc_restore *restore, struct vtc_plan *plan, const char *differs)
{
    const struct vtc_backup_file *file = restore->file;
    uint32_t stage = UINT32_MAX; /* planned last */
    int rc = 0;

    while (!rc) {
        uint32_t next = 0;
        int found = 0;

        for (uint32_t i = 0; i < file->header.range_count; i++) {
            if (!differs[i] || file->range[i].stage >= stage)
                continue;
            next = !found || file->range[i].stage > next ? file->range[i].stage : next;
            found = 1;
        }
        if (!found)
            break;
        stage = next;
        for (uint32_t i = 0; !rc && i < file->header.range_count; i++)
            if (differs[i] && file->range[i].stage == stage)
                rc = add(restore, plan, i, 0, file->range[i].bytes,
                         i || file->range[i].off ? "what was there before" : "sector 0 of before");
        vtc_plan_barrier(plan);
    }
    return rc;
}

/* Is there anything to put back besides sector 0? */
static int has_more(const struct vtc_backup_file *file, const char *differs, uint32_t sector)
{
    for (uint32_t i = 0; i < file->header.range_count; i++)
        if (differs[i] && (file->range[i].off || file->range[i].bytes > sector))
            return 1;
    return 0;
}

static int plan_all(struct vtc_restore *restore, struct vtc_plan *plan, const char *differs)
{
    const struct vtc_backup_file *file = restore->file;
    uint32_t sector = file->header.sector_bytes;
    int has_sector_0 = differs[0] && file->range[0].off == 0, rc = 0;

    if (has_sector_0 && file->range[0].bytes < sector)
        sector = (uint32_t)file->range[0].bytes;
    if (has_sector_0 && has_more(file, differs, sector)) {
        rc = vtc_plan_add_zero(plan, 0, sector, "sector 0 emptied");
        vtc_plan_barrier(plan);
    }
    for (uint32_t i = 0; !rc && i < file->header.range_count; i++) {
        uint64_t begin = file->range[i].off == 0 ? sector : 0;

        if (differs[i] && begin < file->range[i].bytes)
            rc = add(restore, plan, i, begin, file->range[i].bytes, "what was there before");
    }
    vtc_plan_barrier(plan);
    if (!rc && has_sector_0)
        rc = add(restore, plan, 0, 0, sector, "sector 0 of before");
    return rc;
}

int vtc_restore_plan(struct vtc_restore *restore, struct vtc_backup_file *file,
                     const struct vtc_target *target, struct vtc_plan *plan,
                     const struct vtc_apply_options *options, struct vtc_error *err)
{
    uint32_t count = file->header.range_count;
    char *differs = calloc(count, 1);
    int rc;

    memset(restore, 0, sizeof(*restore));
    restore->file = file;
    restore->content_index = NO_RANGE;
    restore->content = malloc(VTC_BACKUP_RANGE_MAX_BYTES);
    restore->source = calloc((size_t)count + 1, sizeof(*restore->source)); /* sector 0 has two */
    if (!differs || !restore->content || !restore->source) {
        free(differs);
        return vtc_error_set(err, VTC_ERROR_FAILED, -ENOMEM, NULL, "out of memory");
    }
    rc = compare(restore, target, differs, options, err);
    if (!rc) {
        rc = file->header.flags & VTC_BACKUP_UNDO ? plan_undo(restore, plan, differs)
                                                  : plan_all(restore, plan, differs);
        if (rc)
            vtc_error_set(err, VTC_ERROR_FAILED, rc, NULL, "%s: cannot plan to restore it: %s",
                          target->dev->path, strerror(-rc));
    }
    free(differs);
    return rc;
}

void vtc_restore_free(struct vtc_restore *restore)
{
    free(restore->source);
    free(restore->content);
    memset(restore, 0, sizeof(*restore));
}

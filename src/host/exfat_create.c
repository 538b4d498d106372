/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/exfat_create.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <ventoc/bytes.h>

#include "host/exfat_alloc.h"
#include "host/exfat_check.h"
#include "host/exfat_dir.h"
#include "host/exfat_plan.h"

#define NEAR 1024u /* FAT entries, a page of them */

/* Everything one creation works on. */
struct job {
    struct vtc_exfat_volume *volume;
    struct vtc_plan *plan;
    struct vtc_exfat_dir holder, parent;
    size_t set_at; /* of the parent's entry set in the holder */
    struct vtc_exfat_name name;
    struct vtc_exfat_runs runs;
    struct vtc_error *err;
    size_t place;       /* of the new set in the parent */
    uint32_t set_bytes; /* of the new set */
    uint32_t old_count; /* clusters of the parent before it grew */
    int was_chain;      /* the parent had a FAT chain before it grew */
};

static int fail(struct job *job, int rc)
{
    return vtc_error_set(job->err, VTC_ERROR_FAILED, rc, NULL, "cannot plan the new file: %s",
                         strerror(-rc));
}

static int no_room(const struct vtc_exfat_volume *volume, uint64_t bytes, struct vtc_error *err)
{
    uint64_t room = (uint64_t)volume->free_count * volume->core.geometry.cluster_bytes;

    vtc_error_set(err, VTC_ERROR_REFUSED, -ENOSPC, NULL,
                  "%s: the data partition has no room for %llu MiB", volume->name,
                  (unsigned long long)(bytes >> 20));
    vtc_error_hint(err, "%llu MiB are free: give a smaller --size, or delete something.",
                   (unsigned long long)(room >> 20));
    return -ENOSPC;
}

int vtc_exfat_create_room(const struct vtc_exfat_volume *volume, uint64_t bytes,
                          struct vtc_error *err)
{
    uint32_t step = volume->core.geometry.cluster_bytes;

    return bytes / step + (bytes % step != 0) > volume->free_count ? no_room(volume, bytes, err)
                                                                   : 0;
}

/* The folder has no place for the set: one more cluster, the next on the disk where that is free, so
 * that a folder without a chain need not become one with. */
static int extend_parent(struct job *job, uint64_t bytes)
{
    struct vtc_exfat_volume *volume = job->volume;
    struct vtc_exfat_dir *dir = &job->parent;
    uint32_t last = dir->cluster[dir->cluster_count - 1], cluster = last + 1;

    if (dir->bytes + volume->core.geometry.cluster_bytes > VTC_EXFAT_DIR_BYTES_MAX)
        return vtc_error_set(job->err, VTC_ERROR_REFUSED, -ENOSPC, "Use another folder.",
                             "%s: the folder is full", volume->name);
    if (!vtc_exfat_alloc_at(volume, cluster)) {
        struct vtc_exfat_runs one;
        int rc = vtc_exfat_alloc_take(volume, 1, &one);

        if (!rc)
            cluster = one.v[0].cluster;
        free(one.v);
        if (rc)
            return rc == -ENOSPC ? no_room(job->volume, bytes, job->err) : fail(job, rc);
    }
    if (cluster != last + 1)
        dir->no_fat_chain = 0;
    return vtc_exfat_dir_extend(volume, dir, cluster) ? fail(job, -ENOMEM) : 0;
}

static int allocate(struct job *job, uint64_t bytes)
{
    uint32_t step = job->volume->core.geometry.cluster_bytes;
    uint64_t count = bytes / step + (bytes % step != 0);
    int rc = 0;

    job->set_bytes = vtc_exfat_set_bytes(&job->name);
    job->place = vtc_exfat_dir_place(&job->parent, job->set_bytes);
    job->old_count = job->parent.cluster_count;
    job->was_chain = !job->parent.no_fat_chain;
    rc = vtc_exfat_create_room(job->volume, bytes, job->err);
    while (!rc && job->parent.bytes - job->place < job->set_bytes)
        rc = extend_parent(job, bytes);
    if (rc)
        return rc;
    rc = vtc_exfat_alloc_take(job->volume, (uint32_t)count, &job->runs);
    return rc == -ENOSPC ? no_room(job->volume, bytes, job->err) : rc ? fail(job, rc) : 0;
}

/* What is in fd, where the file's clusters are. */
static int plan_content(struct job *job, int fd)
{
    uint32_t step = job->volume->core.geometry.cluster_bytes;
    uint64_t at = 0; /* of the run in the file */
    int rc = 0;

    for (size_t i = 0; !rc && i < job->runs.count; i++) {
        uint64_t bytes = (uint64_t)job->runs.v[i].count * step;
        uint64_t disk = vtc_exfat_volume_off(job->volume, job->runs.v[i].cluster);
        off_t data = (off_t)at, hole = (off_t)at;

        while (!rc) {
            uint64_t end;

            data = lseek(fd, hole, SEEK_DATA);
            if (data < 0 && errno != ENXIO)
                return -errno;
            if (data < 0 || (uint64_t)data >= at + bytes)
                break;
            hole = lseek(fd, data, SEEK_HOLE);
            if (hole < 0)
                return -errno;
            end = (uint64_t)hole < at + bytes ? (uint64_t)hole : at + bytes;
            rc = vtc_plan_add_scratch(job->plan, disk + ((uint64_t)data - at), fd, (uint64_t)data,
                                      end - (uint64_t)data, "content of the new file");
            if ((uint64_t)hole >= at + bytes)
                break;
        }
        at += bytes;
    }
    return rc;
}

/* The folder's chain when it grew: all of it where it had none before, else that of the new
 * clusters, which nothing leads to yet. */
static int plan_folder_chain(struct job *job)
{
    const struct vtc_exfat_dir *dir = &job->parent;
    uint32_t first = job->was_chain ? job->old_count : 0;
    uint32_t count = dir->cluster_count - first;
    struct vtc_exfat_run *run;
    int rc;

    if (dir->cluster_count == job->old_count || dir->no_fat_chain)
        return 0;
    run = calloc(count, sizeof(*run));
    if (!run)
        return -ENOMEM;
    for (uint32_t i = 0; i < count; i++)
        run[i] = (struct vtc_exfat_run){dir->cluster[first + i], 1};
    rc = vtc_exfat_plan_chain(job->volume, job->plan, run, count, 0, "FAT: the folder's new end");
    free(run);
    return rc;
}

/* The folder's own entry set, when it became longer; the root has none. */
static int plan_folder_length(struct job *job)
{
    uint8_t *set;
    uint32_t bytes;

    if (job->parent.cluster_count == job->old_count || !job->holder.cluster_count)
        return 0;
    set = job->holder.raw + job->set_at;
    bytes = (set[1] + 1u) * VTC_EXFAT_ENTRY_BYTES;
    set[VTC_EXFAT_SET_FLAGS] =
        VTC_EXFAT_ALLOCATED | (job->parent.no_fat_chain ? VTC_EXFAT_NO_FAT_CHAIN : 0);
    vtc_put_le64(set + VTC_EXFAT_SET_VALID, job->parent.bytes);
    vtc_put_le64(set + VTC_EXFAT_SET_LENGTH, job->parent.bytes);
    vtc_exfat_set_seal(set, bytes);
    return vtc_exfat_plan_dir(job->volume, job->plan, &job->holder, job->set_at, bytes,
                              "the folder's new length");
}

/* Bitmap, FAT and the folder's new clusters; then what leads to these. */
static int plan_allocation(struct job *job)
{
    const struct vtc_exfat_dir *dir = &job->parent;
    uint32_t step = job->volume->core.geometry.cluster_bytes;
    int rc = vtc_exfat_plan_bitmap(job->volume, job->plan);

    if (!rc && job->runs.count > 1)
        rc = vtc_exfat_plan_chain(job->volume, job->plan, job->runs.v, job->runs.count, NEAR,
                                  "FAT: the new file");
    if (!rc)
        rc = plan_folder_chain(job);
    for (uint32_t i = job->old_count; !rc && i < dir->cluster_count; i++)
        rc = vtc_plan_add_zero(job->plan, vtc_exfat_volume_off(job->volume, dir->cluster[i]), step,
                               "the folder's new cluster");
    vtc_plan_barrier(job->plan);
    if (!rc && job->was_chain && dir->cluster_count > job->old_count)
        rc = vtc_exfat_plan_link(job->volume, job->plan, dir->cluster[job->old_count - 1],
                                 dir->cluster[job->old_count], "FAT: the folder's new cluster");
    if (!rc)
        rc = plan_folder_length(job);
    vtc_plan_barrier(job->plan);
    return rc;
}

static int plan_set(struct job *job, uint64_t bytes)
{
    struct vtc_exfat_dir *dir = &job->parent;
    struct vtc_exfat_set fields = {VTC_EXFAT_ATTRIBUTE_ARCHIVE, VTC_EXFAT_ALLOCATED,
                                   job->runs.v[0].cluster, bytes, time(NULL)};
    size_t end = job->place + job->set_bytes;
    int is_end = 0, rc;

    for (size_t i = job->place; i < end; i += VTC_EXFAT_ENTRY_BYTES)
        is_end |= dir->raw[i] == 0;
    if (job->runs.count == 1)
        fields.flags |= VTC_EXFAT_NO_FAT_CHAIN;
    vtc_exfat_set_make(&job->name, &fields, job->volume->upcase, dir->raw + job->place);
    /* The end mark that the set covers moves behind it, whatever was there (section 6.2.1.1). */
    if (is_end && end < dir->bytes) {
        memset(dir->raw + end, 0, VTC_EXFAT_ENTRY_BYTES);
        end += VTC_EXFAT_ENTRY_BYTES;
    }
    rc = vtc_exfat_plan_dir(job->volume, job->plan, dir, job->place + VTC_EXFAT_ENTRY_BYTES,
                            end - job->place - VTC_EXFAT_ENTRY_BYTES, "directory entries");
    vtc_plan_barrier(job->plan);
    if (!rc)
        rc = vtc_exfat_plan_dir(job->volume, job->plan, dir, job->place, VTC_EXFAT_ENTRY_BYTES,
                                "directory entry, the first");
    return rc;
}

static int plan_all(struct job *job, int fd, uint64_t bytes, struct vtc_exfat_created *created)
{
    int rc = plan_content(job, fd);

    vtc_plan_barrier(job->plan);
    created->meta_stage = job->plan->stage;
    if (!rc)
        rc = vtc_exfat_plan_boot(job->volume, job->plan, 1);
    vtc_plan_barrier(job->plan);
    if (!rc)
        rc = plan_allocation(job);
    if (!rc)
        rc = plan_set(job, bytes);
    vtc_plan_barrier(job->plan);
    if (!rc)
        rc = vtc_exfat_plan_boot(job->volume, job->plan, 0);
    return rc;
}

int vtc_exfat_create_plan(struct vtc_exfat_volume *volume, const char *path, int fd, uint64_t bytes,
                          struct vtc_plan *plan, struct vtc_exfat_created *created,
                          struct vtc_error *err)
{
    struct job job = {.volume = volume, .plan = plan, .err = err};
    size_t at;
    int rc = vtc_plan_own_fd(plan, fd);

    memset(created, 0, sizeof(*created));
    if (rc || !bytes)
        return fail(&job, rc ? rc : -EINVAL);
    rc = vtc_exfat_dir_resolve(volume, path, &job.holder, &job.set_at, &job.parent, &job.name, err);
    if (!rc) {
        rc = vtc_exfat_dir_find(volume, &job.parent, &job.name, &at, err);
        if (!rc)
            rc = vtc_error_set(err, VTC_ERROR_REFUSED, -EEXIST,
                               "Give another NAME, or delete the file first.",
                               "%s: there is a file '%s' on the stick already", volume->name, path);
        else if (rc == -ENOENT)
            rc = vtc_exfat_check_used(volume, err);
        if (!rc)
            rc = allocate(&job, bytes);
    }
    if (!rc) {
        rc = plan_all(&job, fd, bytes, created);
        if (rc)
            fail(&job, rc);
    }
    created->pieces = (uint32_t)job.runs.count;
    created->free_bytes = (uint64_t)volume->free_count * volume->core.geometry.cluster_bytes;
    vtc_exfat_dir_free(&job.holder);
    vtc_exfat_dir_free(&job.parent);
    free(job.runs.v);
    return rc;
}

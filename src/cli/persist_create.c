/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ventoc persist create: on a stick that is not mounted, or as a plain file. */
#include "cli/persist.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <ventoc/family.h>

#include "cli/persist_job.h"
#include "cli/progress.h"
#include "host/isofamily.h"
#include "host/newfile.h"
#include "host/safety.h"
#include "host/stick.h"
#include "host/stickmount.h"

#define USAGE(rc, hint, ...) vtc_error_set(&job->err, VTC_ERROR_USAGE, rc, hint, __VA_ARGS__)

/* The row whose layer has this label: what else such a layer needs. */
static const struct vtc_family *family_of_label(const char *label)
{
    for (uint32_t i = 0; i < vtc_family_row_count; i++)
        if (vtc_family_rows[i].persistence_label &&
            strcmp(vtc_family_rows[i].persistence_label, label) == 0)
            return &vtc_family_rows[i];
    return NULL;
}

/* What the layer must look like. read: how the ISO's family is found, its rc in iso_rc. */
static int decide_layer(struct vtc_persist_job *job, int iso_rc)
{
    const struct vtc_persist *persist = job->persist;
    const struct vtc_family *row = job->family;

    job->layer.fs = persist->fs;
    job->layer.bytes = persist->bytes;
    if (iso_rc && (!persist->label || iso_rc != -EBADMSG))
        return iso_rc;
    if (persist->label) {
        row = family_of_label(persist->label);
    } else if (!persist->iso) {
        row = vtc_family_by_name("live-boot");
        job->is_default = 1;
    } else if (!row) {
        return vtc_error_set(&job->err, VTC_ERROR_FAILED, -ENOENT,
                             "Give the --label that it looks for.",
                             "%s: is of no kind of live system that is known here", persist->iso);
    } else if (!row->persistence_label) {
        return vtc_error_set(&job->err, VTC_ERROR_FAILED, -ENOTSUP,
                             "If it does all the same: give the --label that it looks for.",
                             "%s: systems of its kind (%s) keep no changes in such a file",
                             persist->iso, row->name);
    }
    job->layer.label = persist->label ? persist->label : row->persistence_label;
    if (row) {
        job->layer.file = row->persistence_file;
        job->layer.text = row->persistence_text;
    }
    return vtc_layer_check(&job->layer, &job->err);
}

/* "/folder/x.dat" for "/folder/x.iso". */
static void name_of_iso(const char *iso, char name[PATH_MAX])
{
    size_t length = strlen(iso), cut;

    for (cut = length; cut && iso[cut - 1] != '.' && iso[cut - 1] != '/';)
        cut--;
    if (cut < 2 || iso[cut - 1] == '/' || iso[cut - 2] == '/')
        cut = length + 1;
    snprintf(name, PATH_MAX, "%s%.*s.dat", iso[0] == '/' ? "" : "/", (int)(cut - 1), iso);
}

/* Is there a "." or ".." in it? Where the stick is mounted these could lead out of it. */
static int has_dots(const char *path)
{
    for (size_t n; *path; path += n) {
        path += strspn(path, "/");
        n = strcspn(path, "/");
        if ((n == 1 && path[0] == '.') || (n == 2 && path[0] == '.' && path[1] == '.'))
            return 1;
    }
    return 0;
}

static int decide_name(struct vtc_persist_job *job)
{
    const struct vtc_persist *persist = job->persist;
    char beside[PATH_MAX] = "";

    if (!persist->iso && !persist->name)
        return USAGE(-EINVAL, "Give the ISO it is --for, or a NAME.",
                     "what shall the file on %s be called?", persist->target);
    if ((persist->iso && has_dots(persist->iso)) || (persist->name && has_dots(persist->name)))
        return USAGE(-EINVAL, "It starts at the top of the data partition: /folder/x.iso.",
                     "a path on %s cannot have \".\" or \"..\" in it", persist->target);
    if (persist->iso && strlen(persist->iso) > PATH_MAX - 8)
        return USAGE(-ENAMETOOLONG, NULL, "the path of the ISO is too long");
    if (persist->iso)
        name_of_iso(persist->iso, beside);
    if (persist->name)
        snprintf(job->path, sizeof(job->path), "%s%s", persist->name[0] == '/' ? "" : "/",
                 persist->name);
    else
        memcpy(job->path, beside, sizeof(job->path));
    job->is_beside = strcmp(job->path, beside) == 0;
    return 0;
}

/* ---- a plain file ---- */

static int prepare_file(struct vtc_persist_job *job, const char *iso)
{
    const struct vtc_persist *persist = job->persist;
    int rc = iso ? vtc_isofamily_of_file(iso, &job->family, &job->err) : 0, fd;

    rc = decide_layer(job, rc);
    if (!rc)
        rc = vtc_newfile_check(job->file, job->layer.bytes, persist->force, &job->err);
    if (rc)
        return rc;
    fd = vtc_layer_make(&job->layer, &job->err);
    return fd < 0 ? fd : vtc_newfile_plan(&job->plan, fd, job->layer.bytes, &job->err);
}

/* The data partition is mounted: the stick's paths are paths below its mount point. */
static int prepare_mounted(struct vtc_persist_job *job, const char *point)
{
    const struct vtc_persist *persist = job->persist;
    char iso[PATH_MAX];

    job->is_file = 1;
    if (snprintf(job->file, sizeof(job->file), "%s%s", point, job->path) >=
            (int)sizeof(job->file) ||
        (persist->iso &&
         snprintf(iso, sizeof(iso), "%s/%s", point, persist->iso) >= (int)sizeof(iso)))
        return USAGE(-ENAMETOOLONG, NULL, "the path is too long");
    return prepare_file(job, persist->iso ? iso : NULL);
}

/* ---- a stick that is not mounted ---- */

static int prepare_volume(struct vtc_persist_job *job, const struct vtc_stick *stick)
{
    const struct vtc_persist *persist = job->persist;
    int rc, fd;

    rc = vtc_exfat_volume_open(&job->volume, job->dev.path, job->target.fd, job->dev.bytes,
                               stick->record.data_off, stick->data_bytes, &job->err);
    if (rc == -ENOTSUP)
        vtc_error_hint(&job->err, "Mount it and give the path: ventoc persist create ... "
                                  "/MOUNTPOINT/NAME");
    if (rc)
        return rc;
    if (persist->iso)
        rc = vtc_isofamily_of_exfat(&job->volume.core, job->dev.path, persist->iso, &job->family,
                                    &job->err);
    rc = decide_layer(job, rc);
    if (!rc) /* the layer is made in memory: not one that is too long anyway */
        rc = vtc_exfat_create_room(&job->volume, job->layer.bytes, &job->err);
    if (rc)
        return rc;
    fd = vtc_layer_make(&job->layer, &job->err);
    return fd < 0 ? fd
                  : vtc_exfat_create_plan(&job->volume, job->path, fd, job->layer.bytes, &job->plan,
                                          &job->created, &job->err);
}

static int prepare_stick(struct vtc_persist_job *job)
{
    const struct vtc_persist *persist = job->persist;
    char point[sizeof(job->dev.use.mounted)];
    struct vtc_stick stick;
    int rc = vtc_stick_read(&job->target, &stick, &job->err);

    if (!rc)
        rc = decide_name(job);
    if (rc)
        return rc;
    vtc_target_close(&job->target, 0);
    rc = vtc_stickmount_find(&vtc_device_live_roots, &job->dev, stick.record.data_off, point,
                             sizeof(point));
    if (rc < 0)
        return vtc_error_set(&job->err, VTC_ERROR_FAILED, rc, NULL,
                             "cannot find out what is mounted: %s", strerror(-rc));
    if (rc)
        return prepare_mounted(job, point);
    if (persist->force)
        return USAGE(-EINVAL, "Delete the file first, on the mounted stick.",
                     "--force is for plain files and mounted sticks");
    rc = vtc_safety_check(&job->dev, &job->err);
    if (!rc)
        rc = persist->cli.dry_run ? vtc_target_open_read(&job->dev, &job->target, &job->err)
                                  : vtc_target_open(&job->dev, &job->target, &job->err);
    return rc ? rc : prepare_volume(job, &stick);
}

/* ---- both ---- */

/* Is the target a stick, or the name of a plain file to be? */
static int prepare(struct vtc_persist_job *job)
{
    const struct vtc_persist *persist = job->persist;
    struct vtc_record record;
    struct stat st;
    int is_there = stat(persist->target, &st) == 0, rc = 0;

    if (is_there && !S_ISDIR(st.st_mode)) {
        rc = vtc_device_inspect(&vtc_device_live_roots, persist->target, 0, 512, &job->dev,
                                &job->err);
        if (!rc && job->dev.kind == VTC_DEVICE_PARTITION)
            rc = vtc_safety_check(&job->dev, &job->err);
        if (!rc)
            rc = vtc_target_open_read(&job->dev, &job->target, &job->err);
        if (!rc)
            rc = vtc_stick_read_record(&job->target, &record, &job->err);
        if (!rc)
            return prepare_stick(job);
        if (rc != -ENOENT || S_ISBLK(st.st_mode))
            return rc;
    }
    if (persist->name)
        return is_there ? vtc_error_set(&job->err, VTC_ERROR_NOT_STICK, -ENOENT, NULL,
                                        "%s: not a ventoc stick", persist->target)
                        : vtc_error_set(&job->err, VTC_ERROR_NOT_STICK, -ENOENT, NULL,
                                        "%s: there is no such stick", persist->target);
    vtc_target_close(&job->target, 0);
    /* A stick that is not plugged in, or a slip of the pen: a file there would fill the memory. */
    if (!is_there && strncmp(persist->target, "/dev/", 5) == 0 &&
        strncmp(persist->target, "/dev/shm/", 9) != 0)
        return vtc_error_set(&job->err, VTC_ERROR_FAILED, -ENOENT,
                             "Is it plugged in? \"lsblk\" shows the disks that are there.",
                             "%s: no such device", persist->target);
    job->is_file = 1;
    if (snprintf(job->file, sizeof(job->file), "%s", persist->target) >= (int)sizeof(job->file))
        return USAGE(-ENAMETOOLONG, NULL, "the path is too long");
    return prepare_file(job, persist->iso);
}

static int write_all(struct vtc_persist_job *job)
{
    struct vtc_progress progress;
    struct vtc_apply_options options = {.name = job->file,
                                        .stop = &vtc_cli_stop,
                                        .no_stop_stage = job->created.meta_stage,
                                        .progress = vtc_progress_show,
                                        .progress_ctx = &progress};
    int rc;

    vtc_progress_begin(&progress, &job->persist->cli);
    rc = job->is_file
             ? vtc_newfile_write(job->file, job->layer.bytes, job->persist->force, &job->plan,
                                 &options, &job->stats, &job->err)
             : vtc_target_apply(&job->target, &job->plan, &options, &job->stats, &job->err);
    vtc_progress_end(&progress);
    return rc;
}

int vtc_persist_create(const struct vtc_persist *persist)
{
    static struct vtc_persist_job job;
    int code = VTC_EXIT_OK, rc;

    memset(&job, 0, sizeof(job));
    job.persist = persist;
    job.target.fd = -1;
    vtc_plan_init(&job.plan);
    rc = prepare(&job);
    if (!rc && !persist->cli.dry_run) {
        job.writing = 1;
        rc = write_all(&job);
    }
    if (rc)
        code = vtc_say_error(&persist->cli, &job.err, vtc_persist_remedy(&job));
    else
        vtc_persist_report(&job);
    vtc_exfat_volume_close(&job.volume);
    vtc_target_close(&job.target, 0);
    vtc_plan_free(&job.plan);
    return code;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The images on a stick: whole, in how many pieces, what boots them, and their checksums. */
#include "cli/check.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/inspect.h"
#include "cli/progress.h"
#include "host/filewalk.h"
#include "host/digest.h"
#include "host/sumcheck.h"

#define PROBLEMS_MAX (VTC_INSPECT_WARNINGS_MAX + VTC_SUMCHECK_MAX + 2)

struct problem {
    enum vtc_check_level level;
    char text[VTC_INSPECT_LINE];
};

/* One image. Large: not for a stack. */
struct image {
    char *path;
    uint64_t bytes;
    uint32_t extents;
    int is_open; /* its pieces are known */
    int is_read; /* inspect has seen it */
    struct vtc_inspect in;
    struct vtc_sumcheck_item sum[VTC_SUMCHECK_MAX];
    unsigned sum_count;
    struct problem problem[PROBLEMS_MAX];
    unsigned problem_count;
};

struct walk {
    struct vtc_check_job *job;
    struct image *image;
    struct vtc_progress progress;
};

static void add(struct image *image, enum vtc_check_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void add(struct image *image, enum vtc_check_level level, const char *format, ...)
{
    struct problem *p = &image->problem[image->problem_count];
    va_list args;

    if (image->problem_count == PROBLEMS_MAX)
        return;
    image->problem_count++;
    p->level = level;
    va_start(args, format);
    vsnprintf(p->text, sizeof(p->text), format, args);
    va_end(args);
}

/* ---- looking ------------------------------------------------------------------------------- */

static void say_unopened(struct image *image, int rc, const char *why)
{
    if (rc == VTC_EIO)
        add(image, VTC_CHECK_ERROR, "cannot be read: the medium or its connection is failing");
    else if (rc == VTC_ENOSPC && why)
        add(image, VTC_CHECK_UNCHECKED, "not looked into: the file is %s; copy it again", why);
    else if (rc == VTC_ENOSPC)
        add(image, VTC_CHECK_UNCHECKED, "not looked into: out of memory");
    else if (why)
        add(image, VTC_CHECK_ERROR, "does not boot: the file is %s; copy it again", why);
    else
        add(image, VTC_CHECK_ERROR,
            "does not boot: its clusters contradict the file system; copy it again");
}

/* Everything that ventoc inspect says of an image. */
static void judge(struct image *image, const struct vtc_reader *reader)
{
    struct vtc_error err = {0};
    int unusable;

    if (vtc_inspect_image(reader, image->path, &image->in, &err)) {
        add(image, err.rc == -ENOMEM ? VTC_CHECK_UNCHECKED : VTC_CHECK_ERROR, "%s",
            err.rc == -ENOMEM ? "not looked into: out of memory" : "cannot be read to its end");
        return;
    }
    image->is_read = 1;
    vtc_inspect_words(&image->in);
    unusable = vtc_inspect_is_unusable(&image->in);
    for (uint32_t i = 0; i < image->in.warning_count; i++)
        add(image, unusable && !i ? VTC_CHECK_ERROR : VTC_CHECK_WARNING, "%s",
            image->in.warning[i]);
    if (unusable && !image->in.warning_count)
        add(image, VTC_CHECK_ERROR, "does not boot");
}

static void show_progress(void *ctx, uint64_t done_bytes, uint64_t total_bytes)
{
    vtc_progress_show(ctx, VTC_APPLY_VERIFY, done_bytes, total_bytes);
}

static void say_sum(struct image *image, const struct vtc_sumcheck_item *item)
{
    const char *kind = vtc_sums_kind_name(item->kind), *tool = vtc_digest_tool(item->kind);

    if (item->result == VTC_SUMCHECK_WRONG)
        add(image, VTC_CHECK_ERROR, "its %s is not the one in %s: copy it again", kind,
            item->source);
    else if (item->result == VTC_SUMCHECK_UNCHECKED)
        add(image, VTC_CHECK_UNCHECKED, "not checked: %s of %s: %s does not run here", kind,
            item->source, tool ? tool : "it");
}

static int compare_sums(struct walk *walk, const struct vtc_reader *reader)
{
    struct image *image = walk->image;
    int rc;

    if (!image->sum_count)
        return 0;
    vtc_progress_begin(&walk->progress, &walk->job->cli);
    rc = vtc_sumcheck_run(reader, image->sum, image->sum_count, &vtc_cli_stop, show_progress,
                          &walk->progress);
    vtc_progress_end(&walk->progress);
    if (rc == -EIO)
        add(image, VTC_CHECK_ERROR, "cannot be read to its end");
    for (unsigned i = 0; !rc && i < image->sum_count; i++)
        say_sum(image, &image->sum[i]);
    return rc == -EIO ? 0 : rc;
}

/* ---- saying -------------------------------------------------------------------------------- */

static enum vtc_check_level level_of(const struct image *image)
{
    enum vtc_check_level level = VTC_CHECK_GOOD;

    for (unsigned i = 0; i < image->problem_count; i++)
        if (image->problem[i].level > level)
            level = image->problem[i].level;
    return level;
}

/* "650 MiB in 1 piece, SHA-256 as in SHA256SUMS" */
static void describe(const struct image *image, char *out, size_t size)
{
    char bytes[VTC_SIZE_TEXT];
    size_t n = (size_t)snprintf(out, size, "%s", vtc_say_size(image->bytes, bytes));

    if (image->is_open)
        n += (size_t)snprintf(out + n, size - n, " in %" PRIu32 " piece%s%s", image->extents,
                              image->extents == 1 ? "" : "s",
                              image->extents > 1 ? " (fragmented)" : "");
    for (unsigned i = 0; i < image->sum_count && n < size; i++)
        if (image->sum[i].result == VTC_SUMCHECK_GOOD)
            n += (size_t)snprintf(out + n, size - n, ", %s as in %s",
                                  vtc_sums_kind_name(image->sum[i].kind), image->sum[i].source);
}

static void say_text(struct vtc_check_job *job, const struct image *image)
{
    char text[1024];

    describe(image, text, sizeof(text));
    vtc_check_say(job, level_of(image), image->path, text);
    for (unsigned i = 0; i < image->problem_count; i++)
        vtc_check_say(job, VTC_CHECK_LEVELS, image->path, image->problem[i].text);
}

static void say_json(struct vtc_check_job *job, const struct image *image)
{
    static const char *const results[] = {"unchecked", "good", "wrong", "unchecked"};
    struct vtc_json *json = &job->json;

    vtc_json_open(json, NULL, '{');
    vtc_json_string(json, "path", image->path);
    vtc_json_string(json, "status", vtc_check_level_name(level_of(image)));
    vtc_json_number(json, "bytes", image->bytes);
    if (image->is_open) {
        vtc_json_number(json, "extents", image->extents);
        vtc_json_bool(json, "fragmented", image->extents > 1);
    }
    if (image->is_read) {
        vtc_json_string(json, "type", vtc_inspect_type_name(&image->in));
        vtc_json_bool(json, "truncated", image->in.rc == VTC_ETRUNC);
        vtc_json_string(json, "bios", image->in.bios);
        vtc_json_string(json, "uefi", image->in.uefi);
    }
    vtc_json_open(json, "checksums", '[');
    for (unsigned i = 0; i < image->sum_count; i++) {
        vtc_json_open(json, NULL, '{');
        vtc_json_string(json, "algorithm", vtc_sums_kind_name(image->sum[i].kind));
        vtc_json_string(json, "source", image->sum[i].source);
        vtc_json_string(json, "result", results[image->sum[i].result]);
        vtc_json_close(json, '}');
    }
    vtc_json_close(json, ']');
    vtc_json_open(json, "problems", '[');
    for (unsigned i = 0; i < image->problem_count; i++) {
        vtc_json_open(json, NULL, '{');
        vtc_json_string(json, "status", vtc_check_level_name(image->problem[i].level));
        vtc_json_string(json, "text", image->problem[i].text);
        vtc_json_close(json, '}');
    }
    vtc_json_close(json, ']');
    vtc_json_close(json, '}');
}

/* ---- walking ------------------------------------------------------------------------------- */

static int look_at(struct walk *walk, const struct vtc_filewalk_file *file,
                   const struct vtc_sumcheck *sums)
{
    struct vtc_check_job *job = walk->job;
    struct image *image = walk->image;
    struct vtc_volume_file content;
    const char *why;
    int rc = vtc_volume_open_file(&job->fs.volume, &file->node, &content, &why);

    image->bytes = file->node.bytes;
    if (rc) {
        say_unopened(image, rc, why);
        rc = 0;
    } else {
        image->is_open = 1;
        image->extents = content.extents.count;
        judge(image, &content.reader);
        if (!job->quick)
            image->sum_count = vtc_sumcheck_find(sums, file->name, image->sum);
        rc = compare_sums(walk, &content.reader);
    }
    vtc_volume_close_file(&content);
    if (!rc) {
        job->image_count++;
        if (job->cli.json) {
            job->level_count[level_of(image)]++;
            say_json(job, image);
        } else {
            say_text(job, image);
        }
    }
    vtc_inspect_free(&image->in);
    return rc;
}

/* Checksum files that say nothing are not passed over in silence. */
static void say_unread(struct vtc_check_job *job, const struct vtc_filewalk_folder *folder,
                       const struct vtc_sumcheck *sums)
{
    for (size_t i = 0; i < sums->count; i++) {
        const struct vtc_sumcheck_text *t = &sums->v[i];
        struct vtc_sums_line line;
        size_t at = 0;

        if (t->text && !vtc_sums_next(t->text, t->bytes, &at, &line))
            continue;
        vtc_check_add(&job->check, "checksums", VTC_CHECK_UNCHECKED, "%s/%s: %s", folder->path,
                      t->name,
                      t->text ? "there is no checksum in it that is known here"
                              : "cannot be read, or is too long for a checksum file");
    }
    vtc_check_say_items(job);
}

static int visit_folder(void *ctx, const struct vtc_filewalk_folder *folder)
{
    struct walk *walk = ctx;
    struct vtc_check_job *job = walk->job;
    struct vtc_sumcheck sums = {0};
    int rc = job->quick ? 0 : vtc_sumcheck_read(&job->fs.volume, folder, &sums);

    if (folder->rc) {
        vtc_check_add(&job->check, "folder", VTC_CHECK_ERROR, "folder %s/ cannot be read whole",
                      folder->path);
        vtc_check_hint(&job->check, "Check the data partition with the tool of its file system.");
        vtc_check_say_items(job);
    }
    if (!rc)
        say_unread(job, folder, &sums);
    for (size_t i = 0; !rc && i < folder->count; i++) {
        if (folder->file[i].is_sums)
            continue;
        if (vtc_cli_stop) {
            rc = -EINTR;
            break;
        }
        memset(walk->image, 0, sizeof(*walk->image));
        if (asprintf(&walk->image->path, "%s/%s", folder->path, folder->file[i].name) < 0) {
            rc = -ENOMEM;
            break;
        }
        rc = look_at(walk, &folder->file[i], &sums);
        free(walk->image->path);
    }
    vtc_sumcheck_free(&sums);
    return rc;
}

int vtc_check_images(struct vtc_check_job *job)
{
    struct walk walk = {.job = job, .image = malloc(sizeof(*walk.image))};
    int cut = 0, rc = -ENOMEM;

    if (walk.image)
        rc = vtc_filewalk(&job->fs.volume, &vtc_cli_stop, visit_folder, &walk, &cut);
    free(walk.image);
    if (cut) {
        vtc_check_add(&job->check, "folder", VTC_CHECK_WARNING,
                      "there are more files or deeper folders than the boot menu shows");
        vtc_check_say_items(job);
    }
    if (rc == -EINTR) {
        job->interrupted = 1;
        rc = 0;
    }
    return rc ? vtc_error_set(&job->err, VTC_ERROR_FAILED, rc, NULL, "out of memory") : 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ventoc check: is everything on a stick as it should be? */
#include "cli/check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/options.h"
#include "host/stick.h"
#include "host/stickid.h"

static const char help_text[] =
    "Usage:\n"
    "  ventoc check [options] TARGET\n"
    "\n"
    "Look at everything on a stick (/dev/sdb, a loop device, an image file) and\n"
    "say what is good, what is not and what to do. Nothing is written. Looked at\n"
    "are the partition table, the stick record, the boot code, the boot files in\n"
    "both slots, the file system of the data partition, and every image on it:\n"
    "whether it is whole, in how many pieces it lies, what it boots on, and its\n"
    "checksum where a file beside it names one (x.iso.sha256, SHA256SUMS, MD5SUMS\n"
    "and the like). It may be mounted; files that change meanwhile may then be\n"
    "reported as damaged.\n"
    "\n"
    "Each line begins with one of:\n"
    "  good       as it should be\n"
    "  unchecked  nobody looked\n"
    "  warning    it works, but a spare is damaged or something is odd\n"
    "  error      it does not work as it should\n"
    "\n"
    "Options:\n"
    "      --quick          compare no checksums: only they read whole images\n"
    "      --payload DIR    compare the boot code with the boot files in DIR\n"
    "      --json           write the result as JSON\n"
    "  -q, --quiet          say only what went wrong\n"
    "  -h, --help           show this help\n"
    "\n"
    "Exit status:\n"
    "  0  good, perhaps with warnings\n"
    "  1  there are errors\n"
    "  2  wrong usage\n"
    "  4  not a ventoc stick\n"
    "  6  interrupted (Ctrl-C): what was found until then was good\n";

/* ---- saying -------------------------------------------------------------------------------- */

void vtc_check_say(struct vtc_check_job *job, enum vtc_check_level level, const char *what,
                   const char *text)
{
    int is_more = level == VTC_CHECK_LEVELS; /* belongs to what came before */

    if (!is_more)
        job->level_count[level]++;
    if (job->cli.json)
        return;
    if (job->cli.quiet) {
        char line[2048];

        snprintf(line, sizeof(line), "%s: %s", what, text);
        if (is_more || level >= VTC_CHECK_WARNING)
            vtc_say_wrong(line);
        return;
    }
    printf("%-10s ", is_more ? "" : vtc_check_level_name(level));
    if (!is_more) {
        vtc_say_clean(stdout, what);
        printf(": ");
    } else {
        printf("  ");
    }
    vtc_say_clean(stdout, text);
    putchar('\n');
}

void vtc_check_say_items(struct vtc_check_job *job)
{
    const struct vtc_check *check = &job->check;

    for (; job->said < check->count; job->said++) {
        const struct vtc_check_item *item = &check->item[job->said];

        vtc_check_say(job, item->level, item->part, item->text);
        if (item->hint[0] && (!job->cli.quiet || item->level >= VTC_CHECK_WARNING))
            vtc_check_say(job, VTC_CHECK_LEVELS, item->part, item->hint);
    }
    if (!job->cli.json)
        fflush(stdout);
}

static void put_parts(struct vtc_check_job *job)
{
    struct vtc_json *json = &job->json;

    vtc_json_open(json, "parts", '[');
    for (size_t i = 0; i < job->check.count; i++) {
        const struct vtc_check_item *item = &job->check.item[i];

        vtc_json_open(json, NULL, '{');
        vtc_json_string(json, "part", item->part);
        vtc_json_string(json, "status", vtc_check_level_name(item->level));
        vtc_json_string(json, "text", item->text);
        vtc_json_string(json, "hint", item->hint[0] ? item->hint : NULL);
        vtc_json_close(json, '}');
    }
    vtc_json_close(json, ']');
}

static void put_head(struct vtc_check_job *job)
{
    const struct vtc_check *check = &job->check;
    int live = check->live < 0 ? check->boot_slot : check->live;
    char uuid[37], letter[2] = {live < 0 ? '\0' : vtc_stick_slot_letter((unsigned)live), '\0'};
    struct vtc_json *json = &job->json;

    vtc_stickid_text(check->record.uuid, uuid);
    vtc_json_begin(json, stdout);
    vtc_json_open(json, NULL, '{');
    vtc_json_string(json, "operation", "check");
    vtc_json_string(json, "target", job->dev.path);
    vtc_json_string(json, "uuid", uuid);
    vtc_json_string(json, "live_slot", live < 0 ? NULL : letter);
    vtc_json_string(json, "version",
                    live < 0 || !check->slot[live].text ? NULL
                                                        : check->slot[live].manifest.version);
    vtc_json_string(json, "file_system",
                    job->fs.is_open ? vtc_volume_kind_name(job->fs.volume.kind) : NULL);
    vtc_json_string(json, "mounted", job->fs.mounted[0] ? job->fs.mounted : NULL);
    vtc_json_bool(json, "quick", job->quick);
    vtc_json_open(json, "images", '[');
}

static void put_tail(struct vtc_check_job *job)
{
    struct vtc_json *json = &job->json;

    vtc_json_close(json, ']');
    put_parts(job);
    vtc_json_number(json, "errors", job->level_count[VTC_CHECK_ERROR]);
    vtc_json_number(json, "warnings", job->level_count[VTC_CHECK_WARNING]);
    vtc_json_number(json, "unchecked", job->level_count[VTC_CHECK_UNCHECKED]);
    vtc_json_bool(json, "interrupted", job->interrupted);
    vtc_json_bool(json, "good", !job->level_count[VTC_CHECK_ERROR] && !job->interrupted);
    vtc_json_close(json, '}');
    vtc_json_end(json);
}

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

static void say_end(struct vtc_check_job *job)
{
    size_t errors = job->level_count[VTC_CHECK_ERROR],
           warnings = job->level_count[VTC_CHECK_WARNING];

    if (job->cli.quiet)
        return;
    vtc_say_clean(stdout, job->dev.path);
    printf(": %s", job->interrupted ? "interrupted; so far " : "");
    if (errors)
        printf("%zu error%s, ", errors, plural(errors));
    else
        printf("good, ");
    printf("%zu warning%s, %zu image%s\n", warnings, plural(warnings), job->image_count,
           plural(job->image_count));
}

/* ---- the command --------------------------------------------------------------------------- */

/* Pages that were read before the file system wrote to them anew are forgotten, and what it has not
 * written yet is waited for: as near as reading beside it gets. */
static void settle(const struct vtc_check_job *job)
{
    int fd = job->fs.mounted[0] ? open(job->fs.mounted, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

    if (fd >= 0) {
        syncfs(fd);
        close(fd);
        posix_fadvise(job->target.fd, 0, 0, POSIX_FADV_DONTNEED);
    }
}

static int prepare(struct vtc_check_job *job)
{
    const struct vtc_payload *payload = &job->payload;
    struct vtc_error quiet;
    struct vtc_record record;
    int rc =
        vtc_device_inspect(&vtc_device_live_roots, job->cli.target, 0, 512, &job->dev, &job->err);

    if (!rc)
        rc = vtc_target_open_read(&job->dev, &job->target, &job->err);
    if (!rc)
        rc = vtc_stick_read_record(&job->target, &record, &job->err);
    if (rc)
        return rc;
    /* Without boot files the code in sector 0 is not compared; --payload means what it says. */
    if (vtc_payload_load(job->cli.payload, record.sector_bytes, &job->payload,
                         job->cli.payload ? &job->err : &quiet)) {
        if (job->cli.payload)
            return -1;
        payload = NULL;
    }
    return vtc_check_stick(&job->target, payload, &job->check, &job->err);
}

static int run(struct vtc_check_job *job)
{
    int rc = prepare(job);

    if (rc)
        return rc;
    vtc_check_say_items(job);
    if (vtc_check_fs_open(&job->fs, &job->target, &job->check)) {
        settle(job);
        vtc_check_fs_second(&job->fs, &job->target, &job->check);
    }
    vtc_check_say_items(job);
    if (job->cli.json)
        put_head(job);
    if (job->fs.is_open)
        rc = vtc_check_images(job);
    /* Begun output is ended, whatever happened. */
    if (job->cli.json)
        put_tail(job);
    else if (!rc)
        say_end(job);
    if (rc)
        job->cli.json = 0;
    return rc;
}

static int check_command(struct vtc_check_job *job)
{
    int code, rc;

    job->target.fd = -1;
    rc = run(job);
    code = rc                                  ? vtc_say_error(&job->cli, &job->err, NULL)
           : job->level_count[VTC_CHECK_ERROR] ? VTC_EXIT_FAILED
           : job->interrupted                  ? VTC_EXIT_INTERRUPTED
                                               : VTC_EXIT_OK;
    vtc_target_close(&job->target, 0);
    vtc_check_free(&job->check);
    vtc_payload_free(&job->payload);
    return code;
}

int vtc_check_main(int argc, char **argv)
{
    static struct vtc_check_job job;
    static const struct vtc_options options = {
        .word = "check",
        .help = help_text,
        .option = {{"quick", 0, &job.quick, NULL, NULL}, VTC_OPTION_PAYLOAD(job.cli)}};
    int code = vtc_options_parse_target(&options, &job.cli, argc, argv);

    return code >= 0 ? code : check_command(&job);
}

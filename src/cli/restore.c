/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ventoc restore: bring back what a backup file keeps. */
#include "cli/restore.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include "cli/confirm.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/write.h"
#include "host/restore.h"
#include "host/safety.h"

static const char help_text[] =
    "Usage:\n"
    "  ventoc restore [options] BACKUP TARGET\n"
    "\n"
    "Bring back what ventoc has overwritten on TARGET. BACKUP is the file that the\n"
    "option --backup of -i, -I or -u has made. All of it is checked before anything\n"
    "is written, and only what differs is written. What was written to TARGET\n"
    "since, at other places, stays: copy files away that you want to keep.\n"
    "\n"
    "TARGET must have the size and the serial number of the disk that the backup\n"
    "is of; image files and loop devices have no serial number.\n"
    "\n"
    "Interrupted, by Ctrl-C or a power cut: the same command completes it.\n"
    "\n"
    "Options:\n"
    "      --force          also to a TARGET of another size or serial number; its\n"
    "                       name has to be typed then, with --yes as well\n"
    "  -y, --yes            do not ask; checks for safety are made all the same\n"
    "  -n, --dry-run        show what would be written, write nothing\n"
    "      --json           write the result as JSON\n"
    "  -q, --quiet          say only what went wrong\n"
    "  -v, --verbose        say more\n"
    "  -h, --help           show this help\n"
    "\n"
    "Exit status as of all commands: see ventoc --help.\n";

struct job {
    struct vtc_cli cli;
    const char *path; /* of the backup */
    int force;
    int is_other; /* another disk than that of the backup, and forced */
    int writing;
    struct vtc_backup_file file;
    struct vtc_device dev;
    struct vtc_target target;
    struct vtc_restore restore;
    struct vtc_plan plan;
    struct vtc_apply_stats stats;
    struct vtc_error err;
};

/* "2026-11-25 01:02 UTC". */
static void time_text(uint64_t seconds, char *out, size_t size)
{
    time_t when = (time_t)seconds;
    struct tm tm;

    if (!gmtime_r(&when, &tm) || !strftime(out, size, "%Y-%m-%d %H:%M UTC", &tm))
        snprintf(out, size, "unknown time");
}

static int check_file(struct job *job)
{
    struct stat backup, target;

    if (stat(job->path, &backup) == 0 && stat(job->cli.target, &target) == 0 &&
        backup.st_dev == target.st_dev && backup.st_ino == target.st_ino)
        return vtc_error_set(&job->err, VTC_ERROR_USAGE, -EINVAL,
                             "The backup comes first: ventoc restore BACKUP TARGET",
                             "%s: cannot be both the backup and the target", job->path);
    return 0;
}

static int check_target(struct job *job)
{
    struct vtc_error why;
    int rc = vtc_device_inspect(&vtc_device_live_roots, job->cli.target, 0,
                                job->file.header.sector_bytes, &job->dev, &job->err);

    if (rc == -ENOENT)
        vtc_error_hint(&job->err, "The target must be there: the disk, or the image file.");
    if (!rc)
        rc = vtc_safety_check(&job->dev, &job->err);
    if (rc)
        return rc;
    rc = vtc_restore_check(&job->file, &job->dev, &why);
    job->is_other = rc == -ESTALE && job->force;
    if (rc && !job->is_other)
        job->err = why;
    else if (rc)
        vtc_say_wrong(why.text);
    return job->is_other ? 0 : rc;
}

static int prepare(struct job *job)
{
    struct vtc_progress progress;
    struct vtc_apply_options reading = {
        .stop = &vtc_cli_stop, .progress = vtc_progress_show, .progress_ctx = &progress};
    int rc = check_file(job);

    vtc_progress_begin(&progress, &job->cli);
    if (!rc)
        rc = vtc_backup_file_open(&job->file, job->path, &reading, &job->err);
    vtc_progress_end(&progress);
    if (!rc)
        rc = check_target(job);
    if (!rc)
        rc = job->cli.dry_run ? vtc_target_open_read(&job->dev, &job->target, &job->err)
                              : vtc_target_open(&job->dev, &job->target, &job->err);
    if (!rc) {
        vtc_progress_begin(&progress, &job->cli);
        rc = vtc_restore_plan(&job->restore, &job->file, &job->target, &job->plan, &reading,
                              &job->err);
        vtc_progress_end(&progress);
    }
    return rc;
}

/* What was written since can only be seen where the backup looks. */
static void note_changes(const struct job *job)
{
    const struct vtc_restore *restore = &job->restore;

    if (!restore->changed_count || job->cli.quiet)
        return;
    fprintf(stderr,
            "ventoc: note: %u of the %u places hold neither what ventoc wrote nor what was there "
            "before:\n"
            "ventoc: the disk was used since, or the writing did not end. What was written there "
            "will be lost;\n"
            "ventoc: files of before may be damaged where newer ones were copied over them.\n",
            restore->changed_count, job->file.header.range_count);
}

static int confirm(const struct job *job)
{
    char question[256], when[32];

    time_text(job->file.header.time, when, sizeof(when));
    snprintf(question, sizeof(question),
             "What was on it before the %s of %s will be brought back; what is there now is lost.",
             job->file.header.operation, when);
    for (char *p = question; *p; p++)
        *p = (unsigned char)*p < 0x20 || *p == 0x7f ? '?' : *p;
    return job->is_other
               ? vtc_confirm_word(&job->cli, &job->dev, job->target.fd, question, job->dev.path)
               : vtc_confirm(&job->cli, &job->dev, job->target.fd, question);
}

static void report_json(const struct job *job)
{
    const struct vtc_backup_header *header = &job->file.header;
    struct vtc_json json;

    vtc_report_begin_json(&json, &job->cli, "restore", job->dev.path);
    vtc_json_open(&json, "backup", '{');
    vtc_json_string(&json, "file", job->path);
    vtc_json_string(&json, "operation", header->operation);
    vtc_json_number(&json, "time", header->time);
    vtc_json_string(&json, "version", header->version);
    vtc_json_string(&json, "disk", header->path);
    vtc_json_number(&json, "disk_bytes", header->disk_bytes);
    vtc_json_number(&json, "sector_bytes", header->sector_bytes);
    vtc_json_string(&json, "vendor", header->vendor);
    vtc_json_string(&json, "model", header->model);
    vtc_json_string(&json, "serial", header->serial);
    vtc_json_number(&json, "places", header->range_count);
    vtc_json_number(&json, "bytes", header->old_bytes);
    vtc_json_close(&json, '}');
    vtc_json_bool(&json, "same_disk", !job->is_other);
    vtc_json_number(&json, "places_as_written", job->restore.written_count);
    vtc_json_number(&json, "places_as_before", job->restore.before_count);
    vtc_json_number(&json, "places_changed", job->restore.changed_count);
    vtc_report_end_json(&json, &job->cli, NULL, &job->plan, &job->stats);
}

static void report(const struct job *job)
{
    const struct vtc_cli *cli = &job->cli;
    char size[VTC_SIZE_TEXT];

    if (cli->json) {
        report_json(job);
    } else if (!job->plan.count) {
        vtc_say(cli, "%s: is as it was before already", job->dev.path);
    } else if (cli->dry_run) {
        vtc_report_plan(&job->plan);
    } else {
        vtc_report_stats(cli, &job->stats);
        vtc_say(cli, "%s: what was there before is back (%s written)", job->dev.path,
                vtc_say_size(job->stats.written_bytes, size));
    }
}

static const char *remedy(const struct job *job)
{
    if (!job->writing)
        return vtc_cli_stop ? "Interrupted. Nothing was written." : NULL;
    if (!job->stats.begun)
        return "Nothing was written.";
    return "The target is restored in part. Run the same command again: it completes it.";
}

static int run(struct job *job)
{
    const struct vtc_cli *cli = &job->cli;
    int code = VTC_EXIT_OK, rc;

    job->target.fd = job->file.fd = -1;
    vtc_plan_init(&job->plan);
    rc = prepare(job);
    if (!rc)
        note_changes(job);
    if (!rc && !cli->dry_run && job->plan.count) {
        code = confirm(job);
        job->writing = code == VTC_EXIT_OK;
        if (job->writing)
            rc = vtc_write_plan(cli, &job->target, &job->plan, NULL, &job->stats, &job->err);
    }
    if (rc)
        code = vtc_say_error(cli, &job->err, remedy(job));
    else if (code == VTC_EXIT_OK)
        report(job);
    vtc_target_close(&job->target, 0);
    vtc_plan_free(&job->plan);
    vtc_restore_free(&job->restore);
    vtc_backup_file_close(&job->file);
    return code;
}

int vtc_restore_main(int argc, char **argv)
{
    static struct job job;
    static const struct vtc_options options = {.word = "restore",
                                               .help = help_text,
                                               .option = {{"force", 0, &job.force, NULL, NULL},
                                                          VTC_OPTION_YES(job.cli),
                                                          VTC_OPTION_DRY_RUN(job.cli),
                                                          VTC_OPTION_VERBOSE(job.cli)}};
    int code = vtc_options_parse(&options, &job.cli, argc, argv);

    if (code >= 0)
        return code;
    if (argc - optind != 2 || !argv[optind][0] || !argv[optind + 1][0])
        return vtc_options_wrong(&options, &job.cli, "%s: a BACKUP and a TARGET are needed",
                                 options.word);
    job.path = argv[optind];
    job.cli.target = argv[optind + 1];
    return run(&job);
}

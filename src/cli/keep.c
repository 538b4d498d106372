/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ventoc -i --keep: make a stick of a disk and leave the files on it where they are. */
#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/backup.h"
#include "cli/confirm.h"
#include "cli/report.h"
#include "cli/secureboot.h"
#include "cli/write.h"
#include "host/consent.h"
#include "host/keep.h"
#include "host/safety.h"
#include "host/stickid.h"
#include "host/switch.h"

struct job {
    const struct vtc_cli *cli;
    struct vtc_device dev;
    struct vtc_target target;
    struct vtc_payload payload;
    struct vtc_secureboot_made secure;
    struct vtc_keep keep;
    struct vtc_plan plan;
    struct vtc_cli_backup kept;
    struct vtc_apply_stats stats;
    struct vtc_error err;
    int shrunk; /* a file system is smaller now, or was being made so */
    int writing;
    int unfinished; /* it is a stick but for what an upgrade mends */
};

/* A GPT that names the boot files already, and a sector 0 that does not, or not wholly: cut off just
 * before its end. */
static int is_unfinished(const struct job *job, const struct vtc_stick *stick)
{
    static const struct vtc_payload_image as_it_is;
    int is_ours = strcmp(stick->slot[stick->live].version, job->payload.manifest.version) == 0;
    struct vtc_plan left;
    int unfinished;

    if (!(stick->record.flags & VTC_RECORD_CONVERTED) || stick->live != 0)
        return 0;
    vtc_plan_init(&left);
    unfinished =
        !vtc_switch_mend(&job->target, stick, is_ours ? &job->payload.boot : &as_it_is,
                         is_ours ? VTC_SWITCH_BOOT_CODE : VTC_SWITCH_BOOT_SLOT, &left, NULL) &&
        left.count != 0;
    vtc_plan_free(&left);
    return unfinished;
}

static int check_old_stick(struct job *job)
{
    struct vtc_stick stick;

    if (vtc_stick_read(&job->target, &stick, NULL))
        return 0;
    job->unfinished = is_unfinished(job, &stick);
    return vtc_error_set(&job->err, VTC_ERROR_REFUSED, -1,
                         "To upgrade it and keep its files: ventoc -u.",
                         "%s: is a ventoc stick already (version %s)", job->dev.path,
                         stick.slot[stick.live].version);
}

static int look(struct job *job)
{
    const struct vtc_cli *cli = job->cli;
    int rc = vtc_device_inspect(&vtc_device_live_roots, cli->target, 0, cli->sector_bytes,
                                &job->dev, &job->err);

    if (!rc)
        rc = vtc_safety_check(&job->dev, &job->err);
    if (!rc)
        rc = vtc_consent_check(&job->dev, &cli->consent, &job->err);
    if (!rc)
        rc = vtc_target_open_read(&job->dev, &job->target, &job->err);
    if (!rc)
        rc = vtc_payload_load(cli->payload, job->dev.sector_bytes, &job->payload, &job->err);
    if (!rc)
        rc = check_old_stick(job);
    if (!rc)
        rc = vtc_consent_check_members(&job->dev, job->target.fd, &cli->consent, &job->err);
    if (!rc)
        rc = vtc_keep_find(&job->target, &job->keep, &job->err);
    if (!rc)
        rc = vtc_payload_fit(&job->payload, job->keep.record.slot_bytes, &job->err);
    if (!rc)
        rc = vtc_cli_secureboot_make(cli, NULL, &job->payload, &job->secure, &job->err);
    if (rc)
        return rc;
    if (!job->keep.shrinks) {
        rc = vtc_keep_plan(&job->target, &job->keep, &job->payload, &job->plan, &job->err);
        return rc ? rc : vtc_cli_backup_begin(cli, &job->kept, &job->dev, &job->plan, &job->err);
    }
    if (cli->backup)
        return vtc_error_set(&job->err, VTC_ERROR_REFUSED, -EOPNOTSUPP,
                             "Leave --backup away, and have a copy of its files.",
                             "%s: the file system of partition %u has to be made smaller, which "
                             "--backup cannot undo",
                             job->dev.path, job->keep.shorten);
    return vtc_shrink_check(&job->keep.shrink, &job->err);
}

static int ask(const struct job *job)
{
    const struct vtc_keep *keep = &job->keep;
    char question[1024], was[VTC_SIZE_TEXT], will[VTC_SIZE_TEXT];
    size_t n;

    n = (size_t)snprintf(
        question, sizeof(question),
        "The files on it stay. Boot files come into a new partition of 16 MiB (entry 2)%s.\n",
        keep->has_boot_code ? ", and its boot code is replaced" : "");
    if (keep->shrinks)
        snprintf(
            question + n, sizeof(question) - n,
            "To make room, the file system of partition %u (%s) is made smaller: %s instead of "
            "%s. A power cut while that is done can damage it: have a copy of its files.\n",
            keep->shorten, keep->shrink_fs, vtc_say_size(keep->shrink.new_bytes, will),
            vtc_say_size(keep->shrink.bytes, was));
    return vtc_confirm_erase(job->cli, &job->dev, job->target.fd, question);
}

/* From here on the disk is claimed and held: nobody may mount what the tools are at work on, and its
 * name, by which they get to it, cannot become another disk's. */
static int shrink(struct job *job)
{
    int rc = vtc_target_same(&job->target, &job->err);

    vtc_target_close(&job->target, 0);
    if (!rc)
        rc = vtc_target_open(&job->dev, &job->target, &job->err);
    if (rc || !job->keep.shrinks)
        return rc;
    if (vtc_cli_stop)
        return vtc_error_set(&job->err, VTC_ERROR_INTERRUPTED, -1, NULL, "%s: stopped",
                             job->dev.path);
    vtc_say(job->cli, "%s: making the file system of partition %u smaller ...", job->dev.path,
            job->keep.shorten);
    job->shrunk = 1;
    rc = vtc_shrink_run(&job->keep.shrink, &job->err);
    vtc_target_drop_caches(&job->target);
    return rc;
}

static int apply(struct job *job)
{
    /* As it is now; the UUID may be another one, nothing has been written with it yet. */
    int rc = vtc_keep_find(&job->target, &job->keep, &job->err);

    vtc_plan_free(&job->plan);
    if (!rc)
        rc = vtc_keep_plan(&job->target, &job->keep, &job->payload, &job->plan, &job->err);
    if (!rc)
        rc = vtc_cli_backup_save(job->cli, &job->kept, &job->target, &job->plan, "install",
                                 VTC_BACKUP_UNDO, &job->err);
    if (rc)
        return rc;
    job->writing = 1;
    return vtc_write_plan(job->cli, &job->target, &job->plan, &job->keep.wanted, &job->stats,
                          &job->err);
}

static void report_json(const struct job *job)
{
    const struct vtc_record *record = &job->keep.record;
    struct vtc_json json;
    char uuid[37];

    vtc_stickid_text(record->uuid, uuid);
    vtc_report_begin_json(&json, job->cli, "install", job->dev.path);
    vtc_json_bool(&json, "keep", 1);
    vtc_json_string(&json, "version", job->payload.manifest.version);
    vtc_json_string(&json, "uuid", job->cli->dry_run ? NULL : uuid);
    vtc_json_string(&json, "table", job->keep.gpt ? "gpt" : "mbr");
    vtc_json_string(&json, "label", record->label);
    vtc_json_string(&json, "data_fs", job->keep.data_fs);
    vtc_json_number(&json, "data_offset", record->data_off);
    vtc_json_number(&json, "data_bytes", record->data_bytes);
    vtc_json_number(&json, "shortened_partition", job->keep.shorten);
    vtc_json_string(&json, "shrunk_fs",
                    job->keep.shrinks || job->shrunk ? job->keep.shrink_fs : NULL);
    vtc_cli_secureboot_report_json(&json, &job->secure);
    vtc_report_end_json(&json, job->cli, &job->kept, &job->plan, &job->stats);
}

static void report(const struct job *job)
{
    const struct vtc_cli *cli = job->cli;
    char size[VTC_SIZE_TEXT];

    if (cli->json) {
        report_json(job);
        return;
    }
    if (cli->dry_run) {
        if (job->keep.shrinks)
            vtc_say(cli, "first the file system of partition %u (%s) would be made smaller: %s",
                    job->keep.shorten, job->keep.shrink_fs,
                    vtc_say_size(job->keep.shrink.new_bytes, size));
        if (job->keep.shrinks)
            vtc_say(cli,
                    "then the boot files would be written behind it: where, is planned once it is "
                    "smaller");
        else
            vtc_report_plan(&job->plan);
        vtc_cli_secureboot_report(cli, &job->secure);
        vtc_cli_backup_report(cli, &job->kept, &job->dev);
        return;
    }
    vtc_report_stats(cli, &job->stats);
    vtc_cli_backup_report(cli, &job->kept, &job->dev);
    vtc_say(cli, "%s: ventoc %s installed; the files on it are where they were", job->dev.path,
            job->payload.manifest.version);
    vtc_say(cli, "Copy ISO files to partition 1, in any folder, and boot from it.");
    vtc_cli_secureboot_report(cli, &job->secure);
}

static const char *remedy(const struct job *job)
{
    if (!job->writing && !job->shrunk)
        return vtc_cli_stop ? "Interrupted. Nothing was written." : NULL;
    if (!job->writing)
        return "The partition table is as it was. Check the file system of that partition with its "
               "own checker, then run the same command again.";
    return "The files on it are untouched, and the disk is as before or a stick. Run the same "
           "command "
           "again.";
}

int vtc_keep_command(const struct vtc_cli *cli)
{
    static struct job job;
    int code = VTC_EXIT_OK, rc;

    memset(&job, 0, sizeof(job));
    job.cli = cli;
    job.target.fd = -1;
    vtc_plan_init(&job.plan);
    rc = look(&job);
    if (job.unfinished) {
        vtc_target_close(&job.target, 0);
        vtc_plan_free(&job.plan);
        vtc_payload_free(&job.payload);
        return vtc_upgrade_command(cli);
    }
    if (!rc && !cli->dry_run) {
        code = ask(&job);
        if (code == VTC_EXIT_OK)
            rc = shrink(&job);
        if (code == VTC_EXIT_OK && !rc)
            rc = apply(&job);
    }
    if (rc)
        code = vtc_say_error(cli, &job.err,
                             vtc_cli_backup_remedy(&job.kept, remedy(&job), &job.dev, &job.stats));
    else if (code == VTC_EXIT_OK)
        report(&job);
    vtc_cli_backup_end(&job.kept, &job.stats);
    vtc_target_close(&job.target, 0);
    vtc_plan_free(&job.plan);
    vtc_payload_free(&job.payload);
    return code;
}

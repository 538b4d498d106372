/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ventoc -u: bring a stick to this version, or back to the one before, keeping its files. */
#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/confirm.h"
#include "cli/backup.h"
#include "cli/convert.h"
#include "cli/report.h"
#include "cli/secureboot.h"
#include "cli/write.h"
#include "host/mounted.h"
#include "host/payload.h"
#include "host/safety.h"
#include "host/stick.h"
#include "host/sticks.h"
#include "host/target.h"
#include "host/upgrade.h"
#include "host/version.h"

struct job {
    const struct vtc_cli *cli;
    char found[64]; /* the only stick there is */
    struct vtc_device dev;
    struct vtc_target target;
    struct vtc_stick stick;
    struct vtc_payload payload;
    struct vtc_secureboot_made secure;
    struct vtc_plan plan;
    struct vtc_upgrade upgrade;
    struct vtc_convert convert;
    struct vtc_cli_backup kept;
    struct vtc_apply_stats stats;
    struct vtc_error err;
    int mounted;    /* the data partition is */
    int converting; /* it is a Ventoy stick */
    int writing;
};

/* Without a TARGET there must be exactly one stick. */
static int find_target(struct job *job)
{
    struct vtc_sticks sticks;
    int rc = vtc_sticks_find(&vtc_device_live_roots, &sticks, &job->err);

    if (!rc && sticks.count == 0) {
        vtc_sticks_none(&sticks, "Plug it in, or name it: ventoc -u TARGET", &job->err);
        rc = -ENOENT;
    } else if (!rc && sticks.count > 1) {
        rc = vtc_error_set(&job->err, VTC_ERROR_REFUSED, -EINVAL,
                           "Name the one to upgrade: ventoc -u TARGET (\"ventoc -l\" lists them)",
                           "%zu ventoc sticks found", sticks.count);
    } else if (!rc) {
        memcpy(job->found, sticks.path[0], sizeof(job->found));
        for (size_t i = 0; !job->cli->quiet && i < sticks.ventoy_count; i++)
            fprintf(stderr,
                    "ventoc: note: %s is a Ventoy stick; to convert it, keeping its files: "
                    "ventoc -u %s\n",
                    sticks.ventoy[i], sticks.ventoy[i]);
    }
    vtc_sticks_free(&sticks);
    return rc;
}

static int open_target(struct job *job)
{
    const struct vtc_cli *cli = job->cli;
    int rc;

    if (!cli->target) {
        rc = find_target(job);
        if (rc)
            return rc;
    }
    rc = vtc_device_inspect(&vtc_device_live_roots, cli->target ? cli->target : job->found, 0, 512,
                            &job->dev, &job->err);
    if (!rc)
        rc = vtc_mounted_safety(&job->dev, &job->mounted, &job->err);
    if (rc)
        return rc;
    if (cli->dry_run)
        return vtc_target_open_read(&job->dev, &job->target, &job->err);
    return job->mounted ? vtc_target_open_shared(&job->dev, &job->target, &job->err)
                        : vtc_target_open(&job->dev, &job->target, &job->err);
}

static const char *old_version(const struct job *job)
{
    return job->stick.live_damaged || job->converting ? NULL
                                                      : job->stick.slot[job->stick.live].version;
}

/* The slot to go back to. */
static const struct vtc_stick_slot *new_slot(const struct job *job)
{
    return &job->stick.slot[!job->stick.live];
}

static const char *new_version(const struct job *job)
{
    return job->cli->rollback ? new_slot(job)->version : job->payload.manifest.version;
}

static int check_downgrade(struct job *job)
{
    int rc;

    if (job->cli->force || vtc_version_compare(new_version(job), old_version(job)) >= 0)
        return 0;
    rc = vtc_error_set(&job->err, VTC_ERROR_REFUSED, -EINVAL, NULL,
                       "%s: has version %s, which is newer than the boot files to install, version "
                       "%s",
                       job->dev.path, old_version(job), new_version(job));
    if (job->stick.slot[!job->stick.live].readable)
        vtc_error_hint(
            &job->err,
            "To go back to version %s in the other slot: ventoc -u --rollback. To install "
            "version %s all the same: ventoc -u --force.",
            job->stick.slot[!job->stick.live].version, new_version(job));
    else
        vtc_error_hint(&job->err, "To install it all the same: ventoc -u --force.");
    return rc;
}

/* A Ventoy stick is as good as a new one: its signature is not ours. */
static int make_secure(struct job *job)
{
    struct vtc_secureboot_stick stick = {.fd = job->target.fd,
                                         .path = job->dev.path,
                                         .record = &job->stick.record,
                                         .live = job->stick.live};

    return vtc_cli_secureboot_make(job->cli, job->converting ? NULL : &stick, &job->payload,
                                   &job->secure, &job->err);
}

static int plan_upgrade(struct job *job)
{
    int rc = vtc_payload_load(job->cli->payload, job->stick.record.sector_bytes, &job->payload,
                              &job->err);

    if (!rc)
        rc = vtc_payload_fit(&job->payload, job->stick.record.slot_bytes, &job->err);
    if (!rc && !job->converting)
        rc = check_downgrade(job);
    if (!rc)
        rc = make_secure(job);
    if (!rc && job->converting)
        return vtc_convert_plan(&job->target, &job->stick, &job->payload, &job->plan, &job->upgrade,
                                &job->err);
    return rc ? rc
              : vtc_upgrade_plan(&job->target, &job->stick, &job->payload, &job->plan,
                                 &job->upgrade, &job->err);
}

/* No stick, or one with a conversion that was cut off: is it one to convert? Only where it was named:
 * a Ventoy stick that happens to be attached is not touched. rc: of vtc_stick_read(). */
static int try_convert(struct job *job, int rc)
{
    if (!job->cli->target || job->cli->rollback ||
        vtc_convert_find(&job->target, &job->stick, &job->convert))
        return rc;
    job->converting = 1;
    return job->mounted ? vtc_safety_check(&job->dev, &job->err) : 0;
}

static int prepare(struct job *job)
{
    int rc = open_target(job);

    if (!rc)
        rc = vtc_stick_read(&job->target, &job->stick, &job->err);
    if (rc && job->target.fd >= 0)
        rc = try_convert(job, rc);
    /* A slot that is damaged is a reason to leave it. */
    if (rc && job->cli->rollback && job->stick.live_damaged)
        rc = 0;
    if (!rc && job->mounted)
        rc = vtc_mounted_is_data(&job->dev, &job->stick.record, &job->err);
    if (!rc)
        rc = job->cli->rollback ? vtc_upgrade_plan_rollback(&job->target, &job->stick, &job->plan,
                                                            &job->upgrade, &job->err)
                                : plan_upgrade(job);
    if (!rc)
        rc = vtc_mounted_check_plan(&job->plan, &job->stick.record, job->dev.path, &job->err);
    if (!rc && !job->upgrade.up_to_date)
        rc = vtc_cli_backup_begin(job->cli, &job->kept, &job->dev, &job->plan, &job->err);
    return rc;
}

/* The table as it will be. */
static struct vtc_table_spec switched_table(const struct job *job)
{
    const struct vtc_record *record = &job->stick.record;
    struct vtc_table_spec table = {.gpt = job->stick.gpt,
                                   .sector_bytes = record->sector_bytes,
                                   .disk_bytes = job->dev.bytes,
                                   .data_off = record->data_off,
                                   .data_bytes = job->stick.data_bytes,
                                   .slot_off = record->slot_off[job->upgrade.to_slot],
                                   .slot_bytes = record->slot_bytes};

    return table;
}

static void report_json(const struct job *job)
{
    char slot[2] = {vtc_stick_slot_letter(job->upgrade.to_slot), '\0'};
    struct vtc_json json;

    vtc_report_begin_json(&json, job->cli,
                          job->cli->rollback ? "rollback"
                          : job->converting  ? "convert"
                                             : "upgrade",
                          job->dev.path);
    vtc_json_string(&json, "old_version", old_version(job));
    if (job->converting) {
        vtc_json_string(&json, "ventoy_version",
                        job->convert.ventoy[0] ? job->convert.ventoy : NULL);
        vtc_json_bool(&json, "ventoy_settings_ignored", job->convert.has_settings);
    }
    vtc_json_string(&json, "version", new_version(job));
    vtc_json_bool(&json, "up_to_date", job->upgrade.up_to_date);
    vtc_json_string(&json, "slot", slot);
    vtc_json_string(&json, "mounted", job->mounted ? job->dev.part[0].use.mounted : NULL);
    if (job->cli->rollback) {
        vtc_json_open(&json, "secure_boot", '{');
        vtc_json_string(&json, "mode", vtc_secureboot_mode_name(new_slot(job)->secure_boot));
        vtc_json_close(&json, '}');
    } else {
        vtc_cli_secureboot_report_json(&json, &job->secure);
    }
    vtc_report_end_json(&json, job->cli, &job->kept, &job->plan, &job->stats);
}

static void report(const struct job *job)
{
    const struct vtc_cli *cli = job->cli;
    const char *was = old_version(job) ? old_version(job) : "unknown";
    char slot = vtc_stick_slot_letter(job->upgrade.to_slot);

    if (cli->json) {
        report_json(job);
        return;
    }
    if (job->upgrade.up_to_date) {
        vtc_say(cli, "%s: already up to date (version %s)", job->dev.path, was);
        return;
    }
    if (cli->dry_run) {
        vtc_report_plan(&job->plan);
        vtc_cli_secureboot_report(cli, &job->secure);
        vtc_cli_backup_report(cli, &job->kept, &job->dev);
        return;
    }
    vtc_report_stats(cli, &job->stats);
    if (job->converting)
        vtc_convert_report(cli, &job->convert, job->dev.path, new_version(job));
    else if (cli->rollback)
        vtc_say(cli, "%s: switched back from version %s to %s, in slot %c", job->dev.path, was,
                new_version(job), slot);
    else if (job->upgrade.to_slot == job->stick.live)
        vtc_say(cli, "%s: the switch to version %s, in slot %c, is complete now", job->dev.path,
                new_version(job), slot);
    else
        vtc_say(cli, "%s: upgraded from version %s to %s, in slot %c", job->dev.path, was,
                new_version(job), slot);
    vtc_cli_backup_report(cli, &job->kept, &job->dev);
    if (!cli->rollback)
        vtc_cli_secureboot_report(cli, &job->secure);
    else if (new_slot(job)->secure_boot != job->stick.slot[job->stick.live].secure_boot)
        vtc_say(cli, "Secure Boot: %s, as that version was. \"ventoc -l\" shows more.",
                vtc_secureboot_mode_name(new_slot(job)->secure_boot));
}

static const char *remedy(const struct job *job)
{
    if (!job->writing)
        return vtc_cli_stop ? "Interrupted. Nothing was written." : NULL;
    if (job->converting)
        return vtc_convert_remedy(&job->convert, &job->upgrade, &job->stats);
    if (job->stats.stage < job->upgrade.switch_stage)
        return "The stick still boots its old version, and its files are untouched. Run the "
               "upgrade again.";
    return job->cli->rollback
               ? "The stick boots one of its versions, and its files are untouched. \"ventoc -l\" "
                 "shows which."
               : "The stick boots its old or its new version, and its files are untouched. Run the "
                 "upgrade again.";
}

static int ask(const struct job *job)
{
    const char *was = old_version(job) ? old_version(job) : "unknown";
    char question[VTC_CONVERT_QUESTION_BYTES];

    if (job->converting)
        vtc_convert_question(&job->convert, &job->stick.record, job->dev.path, new_version(job),
                             question);
    else if (job->cli->rollback)
        snprintf(question, sizeof(question),
                 "It will boot version %s (slot %c) again instead of version %s; its files stay.",
                 new_version(job), vtc_stick_slot_letter(job->upgrade.to_slot), was);
    else
        snprintf(question, sizeof(question),
                 "Its boot files, version %s, will be replaced by version %s; its files stay.", was,
                 new_version(job));
    return vtc_confirm(job->cli, &job->dev, job->target.fd, question);
}

int vtc_upgrade_command(const struct vtc_cli *cli)
{
    static struct job job;
    int code = VTC_EXIT_OK, rc;

    memset(&job, 0, sizeof(job));
    job.cli = cli;
    job.target.fd = -1;
    vtc_plan_init(&job.plan);
    rc = prepare(&job);
    if (!rc && !cli->dry_run && !job.upgrade.up_to_date) {
        code = ask(&job);
        if (code == VTC_EXIT_OK) {
            struct vtc_table_spec want = switched_table(&job);

            rc = vtc_cli_backup_save(cli, &job.kept, &job.target, &job.plan, "upgrade",
                                     VTC_BACKUP_UNDO, &job.err);
            job.writing = !rc;
            if (!rc)
                rc = vtc_write_plan(cli, &job.target, &job.plan, &want, &job.stats, &job.err);
        }
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

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ventoc -i and -I: make a stick. */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "cli/capacity.h"
#include "cli/confirm.h"
#include "cli/backup.h"
#include "cli/report.h"
#include "cli/secureboot.h"
#include "cli/write.h"
#include "host/install.h"
#include "host/payload.h"
#include "host/room.h"
#include "host/safety.h"
#include "host/stick.h"
#include "host/stickid.h"
#include "host/target.h"
#include "host/ventoy.h"

/* Everything that one run of the command owns. */
struct job {
    const struct vtc_cli *cli;
    struct vtc_device dev;
    struct vtc_target target;
    struct vtc_payload payload;
    struct vtc_secureboot_made secure;
    struct vtc_install install;
    struct vtc_probe_list old;
    struct vtc_plan plan;
    struct vtc_cli_backup kept;
    struct vtc_apply_stats stats;
    struct vtc_error err;
    int testing; /* the capacity test was begun */
    uint64_t tested_bytes;
    int writing; /* the plan was begun */
};

/* -i does not overwrite a good stick by accident. */
static int check_old_stick(struct job *job)
{
    struct vtc_stick stick;
    int rc;

    if (job->cli->command == VTC_COMMAND_REINSTALL || vtc_stick_read(&job->target, &stick, NULL))
        return 0;
    rc = vtc_error_set(&job->err, VTC_ERROR_REFUSED, -1,
                       "To upgrade it and keep its files: ventoc -u. To erase it: ventoc -I.",
                       "%s: is a ventoc stick already (version %s)", job->dev.path,
                       stick.slot[stick.live].version);
    return rc;
}

static int open_target(struct job *job)
{
    int rc;

    if (job->cli->dry_run && !job->dev.exists)
        return 0;
    rc = job->cli->dry_run ? vtc_target_open_read(&job->dev, &job->target, &job->err)
                           : vtc_target_open(&job->dev, &job->target, &job->err);
    if (!rc && job->dev.exists)
        rc = check_old_stick(job);
    if (!rc && job->dev.exists)
        rc = vtc_consent_check_members(&job->dev, job->target.fd, &job->cli->consent, &job->err);
    if (!rc && job->dev.exists)
        rc = vtc_install_find_signatures(job->target.fd, &job->install, &job->old, &job->err);
    return rc;
}

static int prepare(struct job *job)
{
    const struct vtc_cli *cli = job->cli;
    struct vtc_install_options options = {cli->gpt, cli->reserve_bytes, cli->label};
    int rc = vtc_device_inspect(&vtc_device_live_roots, cli->target, cli->size_bytes,
                                cli->sector_bytes, &job->dev, &job->err);

    if (!rc)
        rc = vtc_safety_check(&job->dev, &job->err);
    if (!rc)
        rc = vtc_consent_check(&job->dev, &cli->consent, &job->err);
    if (!rc)
        rc = vtc_install_layout(&job->dev, &options, &job->install, &job->err);
    if (!rc)
        rc = vtc_payload_load(cli->payload, job->dev.sector_bytes, &job->payload, &job->err);
    if (!rc)
        rc = vtc_cli_secureboot_make(cli, NULL, &job->payload, &job->secure, &job->err);
    if (!rc)
        rc = open_target(job);
    if (!rc)
        rc = vtc_install_plan(&job->install, &job->payload, &job->old, &job->plan, &job->err);
    if (!rc && job->target.fd >= 0)
        rc = vtc_room_check(&job->target, &job->plan, &job->err);
    if (!rc)
        rc = vtc_cli_backup_begin(cli, &job->kept, &job->dev, &job->plan, &job->err);
    return rc;
}

static void report_json(const struct job *job)
{
    const struct vtc_record *record = &job->install.record;
    struct vtc_json json;
    char uuid[37];

    vtc_stickid_text(record->uuid, uuid);
    vtc_report_begin_json(&json, job->cli, "install", job->dev.path);
    vtc_json_string(&json, "by_id", job->dev.by_id[0] ? job->dev.by_id : NULL);
    vtc_json_string(&json, "version", job->payload.manifest.version);
    vtc_json_string(&json, "uuid", uuid);
    vtc_json_string(&json, "table", job->install.table.gpt ? "gpt" : "mbr");
    vtc_json_number(&json, "sector_bytes", record->sector_bytes);
    vtc_json_string(&json, "label", record->label);
    vtc_json_number(&json, "data_offset", record->data_off);
    vtc_json_number(&json, "data_bytes", record->data_bytes);
    vtc_json_number(&json, "reserve_bytes", record->reserve_bytes);
    vtc_json_bool(&json, "bios", !(record->flags & VTC_RECORD_NO_BIOS));
    vtc_cli_secureboot_report_json(&json, &job->secure);
    if (job->testing)
        vtc_json_number(&json, "capacity_tested_bytes", job->tested_bytes);
    vtc_report_end_json(&json, job->cli, &job->kept, &job->plan, &job->stats);
}

static void report(const struct job *job)
{
    const struct vtc_cli *cli = job->cli;
    const struct vtc_record *record = &job->install.record;
    char size[VTC_SIZE_TEXT];

    if (cli->json) {
        report_json(job);
        return;
    }
    if (job->install.forced_gpt)
        vtc_say(cli, "%s: too long for an MBR, so it %s a GPT", job->dev.path,
                cli->dry_run ? "would get" : "gets");
    if (record->flags & VTC_RECORD_NO_BIOS)
        vtc_say(cli, "%s: sectors of 4096 bytes: it boots with UEFI, not with an old BIOS",
                job->dev.path);
    if (cli->dry_run) {
        vtc_report_plan(&job->plan);
        vtc_cli_secureboot_report(cli, &job->secure);
        vtc_cli_backup_report(cli, &job->kept, &job->dev);
        return;
    }
    vtc_report_stats(cli, &job->stats);
    vtc_say(cli, "%s: ventoc %s installed (%s, data partition \"%s\" of %s)", job->dev.path,
            job->payload.manifest.version, job->install.table.gpt ? "GPT" : "MBR", record->label,
            vtc_say_size(record->data_bytes, size));
    vtc_cli_backup_report(cli, &job->kept, &job->dev);
    vtc_say(cli, "Copy ISO files to \"%s\", in any folder, and boot from it.", record->label);
    vtc_cli_secureboot_report(cli, &job->secure);
}

static const char *remedy(const struct job *job)
{
    if (job->target.created)
        return "The unfinished image file was removed.";
    if (!job->writing && job->testing)
        return "Its old content is lost: the test has overwritten it.";
    if (!job->writing)
        return vtc_cli_stop ? "Interrupted. Nothing was written." : NULL;
    if (!job->stats.begun && job->testing)
        return "Its old content is lost. Install it again with ventoc -I.";
    if (!job->stats.begun)
        return "Nothing was written.";
    if (!job->stats.write_count)
        return "The first write failed. \"ventoc -l\" shows whether the stick is as it was.";
    return "The stick is not usable now. Install it again with ventoc -I.";
}

static int ask(const struct job *job)
{
    char question[PATH_MAX + 512];
    struct vtc_ventoy ventoy;

    if (vtc_ventoy_read(&job->target, &ventoy) == 0)
        snprintf(question, sizeof(question),
                 "It is a Ventoy stick: \"ventoc -u %s\" converts it and keeps its files.\nThis "
                 "here erases everything on it.%s",
                 job->dev.path, vtc_capacity_question(job->cli));
    else
        snprintf(question, sizeof(question), "Everything on it will be erased.%s",
                 vtc_capacity_question(job->cli));
    return vtc_confirm_erase(job->cli, &job->dev, job->target.fd, question);
}

int vtc_install_command(const struct vtc_cli *cli)
{
    static struct job job;
    int code = VTC_EXIT_OK, rc;

    memset(&job, 0, sizeof(job));
    job.cli = cli;
    job.target.fd = -1;
    vtc_plan_init(&job.plan);
    rc = prepare(&job);
    if (!rc && !cli->dry_run && !job.target.created)
        code = ask(&job);
    if (!rc && !cli->dry_run && code == VTC_EXIT_OK) {
        job.testing = cli->verify_capacity != VTC_VERIFY_NONE;
        rc = vtc_capacity_test(cli, &job.target, &job.tested_bytes, &job.err);
    }
    if (!rc && !cli->dry_run && code == VTC_EXIT_OK) {
        rc = vtc_cli_backup_save(cli, &job.kept, &job.target, &job.plan, "install", 0, &job.err);
        job.writing = !rc;
        if (!rc)
            rc = vtc_write_plan(cli, &job.target, &job.plan, &job.install.table, &job.stats,
                                &job.err);
    }
    if (rc)
        code = vtc_say_error(cli, &job.err,
                             vtc_cli_backup_remedy(&job.kept, remedy(&job), &job.dev, &job.stats));
    else if (code == VTC_EXIT_OK)
        report(&job);
    vtc_cli_backup_end(&job.kept, &job.stats);
    vtc_target_close(&job.target, code != VTC_EXIT_OK);
    vtc_plan_free(&job.plan);
    vtc_probe_free(&job.old);
    vtc_payload_free(&job.payload);
    return code;
}

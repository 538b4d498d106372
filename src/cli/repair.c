/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ventoc repair: mend a stick from what is good of it. */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/backup.h"
#include "cli/confirm.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/secureboot.h"
#include "cli/write.h"
#include "host/mounted.h"
#include "host/repair.h"
#include "host/stick.h"
#include "host/target.h"

static const char help_text[] =
    "Usage:\n"
    "  ventoc repair [options] TARGET\n"
    "\n"
    "Mend what \"ventoc check\" finds damaged of a stick, from what is good of it:\n"
    "the stick record from its other copy; a GPT from its other copy; the table's\n"
    "entries from the record; a damaged boot slot from the other one. When the\n"
    "live slot is damaged the other one becomes live; when neither is good, and\n"
    "for the boot code in sector 0, the installed boot files are taken, if they\n"
    "are of the same or a newer version; of a stick for Secure Boot they are\n"
    "signed with your key, if that is the one that has signed the stick. The data\n"
    "partition is not written to: its file system is for fsck.exfat, damaged\n"
    "images are to be copied again. It may be mounted meanwhile.\n"
    "\n"
    "Options:\n"
    "  -y, --yes            do not ask; checks for safety are made all the same\n"
    "  -n, --dry-run        show what would be written, write nothing\n"
    "      --payload DIR    take the boot files from DIR\n"
    "      --key-folder DIR use the key in DIR, where boot files have to be signed\n"
    "      --passphrase-file FILE\n"
    "                       the passphrase of the key is the first line of FILE\n"
    "      --backup FILE    keep in the new file FILE what will be overwritten\n"
    "      --json           write the result as JSON\n"
    "  -q, --quiet          say only what went wrong\n"
    "  -v, --verbose        say more\n"
    "  -h, --help           show this help\n"
    "\n"
    "Exit status:\n"
    "  0  mended, or there was nothing to mend (--dry-run: can be mended)\n"
    "  1  something cannot be mended, or the repair failed\n"
    "  2  wrong usage\n"
    "  3  refused for safety; nothing was written\n"
    "  4  not a ventoc stick\n"
    "  5  cancelled: the question was not answered with yes\n"
    "  6  interrupted (Ctrl-C); \"ventoc repair\" can be run again\n"
    "  7  --payload: the boot files are damaged or missing\n";

struct job {
    struct vtc_cli cli;
    struct vtc_device dev;
    struct vtc_target target;
    struct vtc_payload payload;
    struct vtc_check check, after;
    struct vtc_plan plan;
    struct vtc_repair repair;
    struct vtc_cli_backup kept;
    struct vtc_apply_stats stats;
    struct vtc_error err;
    struct vtc_secureboot_made secure;
    struct vtc_error not_signed; /* why the boot files cannot be made what the stick is */
    int writing, has_payload;
    int mounted; /* the data partition is */
};

/* ---- planning and writing ------------------------------------------------------------------ */

static int open_target(struct job *job)
{
    int rc =
        vtc_device_inspect(&vtc_device_live_roots, job->cli.target, 0, 512, &job->dev, &job->err);

    if (!rc)
        rc = vtc_mounted_safety(&job->dev, &job->mounted, &job->err);
    if (rc)
        return rc;
    if (job->cli.dry_run)
        return vtc_target_open_read(&job->dev, &job->target, &job->err);
    return job->mounted ? vtc_target_open_shared(&job->dev, &job->target, &job->err)
                        : vtc_target_open(&job->dev, &job->target, &job->err);
}

/* Boot files for a stick that is for Secure Boot are signed as that is, or not taken for its slots. */
static int make_secure(struct job *job)
{
    struct vtc_secureboot_stick stick = {
        .fd = job->target.fd, .path = job->dev.path, .record = &job->check.record};
    unsigned live = job->check.live > 0;
    int rc = 0;

    for (unsigned i = 0; !rc && i < VTC_SLOT_COUNT; i++) {
        struct vtc_secureboot_facts facts;
        int is_secure;

        stick.live = i ? !live : live;
        rc = vtc_secureboot_read(stick.fd, stick.record, stick.live, &facts);
        is_secure = facts.mode != VTC_SECUREBOOT_OFF;
        vtc_secureboot_forget(&facts);
        if (!is_secure)
            continue;
        if (vtc_cli_secureboot_make(&job->cli, &stick, &job->payload, &job->secure,
                                    &job->not_signed)) {
            free(job->payload.slot.bytes);
            job->payload.slot.bytes = NULL;
        }
        break;
    }
    if (!rc && vtc_cli_stop) {
        job->err = job->not_signed;
        rc = -1;
    }
    return rc;
}

/* The refusals of slots are about signing, not about what is installed. */
static void explain(struct job *job)
{
    for (unsigned i = 0; i < job->repair.refusal_count; i++) {
        struct vtc_repair_refusal *refusal = &job->repair.refusal[i];

        if (strncmp(refusal->part, "slot_", 5) != 0)
            continue;
        snprintf(refusal->text, sizeof(refusal->text),
                 "no boot slot that could be copied is good, and boot files for Secure Boot cannot "
                 "be made: "
                 "%.200s",
                 job->not_signed.text);
        snprintf(refusal->hint, sizeof(refusal->hint), "%.255s", job->not_signed.hint);
    }
}

static int prepare(struct job *job)
{
    struct vtc_record record;
    struct vtc_error quiet;
    int rc = open_target(job);

    if (!rc)
        rc = vtc_stick_read_record(&job->target, &record, &job->err);
    if (!rc && job->mounted)
        rc = vtc_mounted_is_data(&job->dev, &record, &job->err);
    if (rc)
        return rc;
    /* Many repairs need no boot files; those that do will say so. */
    rc = vtc_payload_load(job->cli.payload, record.sector_bytes, &job->payload,
                          job->cli.payload ? &job->err : &quiet);
    if (!rc)
        rc = vtc_payload_fit(&job->payload, record.slot_bytes,
                             job->cli.payload ? &job->err : &quiet);
    if (rc && job->cli.payload)
        return rc;
    job->has_payload = !rc;
    rc = vtc_check_stick(&job->target, rc ? NULL : &job->payload, &job->check, &job->err);
    if (!rc && job->has_payload && vtc_repair_needs_slot_image(&job->check))
        rc = make_secure(job);
    if (!rc)
        rc = vtc_repair_plan(&job->target, &job->check, job->has_payload ? &job->payload : NULL,
                             &job->plan, &job->repair, &job->err);
    if (!rc && job->not_signed.text[0])
        explain(job);
    if (!rc)
        rc = vtc_mounted_check_plan(&job->plan, &record, job->dev.path, &job->err);
    if (!rc && job->plan.count)
        rc = vtc_cli_backup_begin(&job->cli, &job->kept, &job->dev, &job->plan, &job->err);
    return rc;
}

/* What check says of it now that it was mended. */
static int look_again(struct job *job)
{
    int rc = vtc_check_stick(&job->target, job->has_payload ? &job->payload : NULL, &job->after,
                             &job->err);

    for (size_t i = 0; !rc && i < job->after.count; i++)
        if (job->after.item[i].level == VTC_CHECK_ERROR && !job->repair.refusal_count)
            rc = vtc_error_set(&job->err, VTC_ERROR_FAILED, -1, "\"ventoc check\" shows more.",
                               "%s: after the repair: %s", job->dev.path, job->after.item[i].text);
    return rc;
}

static int write_plan(struct job *job)
{
    int rc = vtc_cli_backup_save(&job->cli, &job->kept, &job->target, &job->plan, "repair", 0,
                                 &job->err);

    if (rc)
        return rc;
    job->writing = 1;
    rc = vtc_write_plan(&job->cli, &job->target, &job->plan,
                        job->repair.table.data_bytes ? &job->repair.table : NULL, &job->stats,
                        &job->err);
    return rc ? rc : look_again(job);
}

/* ---- saying -------------------------------------------------------------------------------- */

static void report_json(const struct job *job)
{
    const struct vtc_repair *repair = &job->repair;
    char was[2] = {vtc_stick_slot_letter(repair->old_live), '\0'};
    char is[2] = {vtc_stick_slot_letter(repair->live), '\0'};
    struct vtc_json json;

    vtc_report_begin_json(&json, &job->cli, "repair", job->dev.path);
    vtc_json_bool(&json, "good", !repair->refusal_count);
    vtc_json_string(&json, "old_live_slot", was);
    vtc_json_string(&json, "live_slot", is);
    vtc_json_open(&json, "found", '[');
    for (size_t i = 0; i < job->check.count; i++) {
        if (job->check.item[i].level < VTC_CHECK_WARNING)
            continue;
        vtc_json_open(&json, NULL, '{');
        vtc_json_string(&json, "part", job->check.item[i].part);
        vtc_json_string(&json, "status", vtc_check_level_name(job->check.item[i].level));
        vtc_json_string(&json, "text", job->check.item[i].text);
        vtc_json_close(&json, '}');
    }
    vtc_json_close(&json, ']');
    vtc_json_open(&json, "refused", '[');
    for (unsigned i = 0; i < repair->refusal_count; i++) {
        vtc_json_open(&json, NULL, '{');
        vtc_json_string(&json, "part", repair->refusal[i].part);
        vtc_json_string(&json, "text", repair->refusal[i].text);
        vtc_json_string(&json, "hint", repair->refusal[i].hint);
        vtc_json_close(&json, '}');
    }
    vtc_json_close(&json, ']');
    vtc_report_end_json(&json, &job->cli, &job->kept, &job->plan, &job->stats);
}

static void say_found(const struct job *job)
{
    for (size_t i = 0; i < job->check.count; i++)
        if (job->check.item[i].level >= VTC_CHECK_WARNING)
            vtc_say(&job->cli, "found: %s", job->check.item[i].text);
}

static void say_refusals(const struct job *job)
{
    for (unsigned i = 0; i < job->repair.refusal_count; i++) {
        char line[512];

        snprintf(line, sizeof(line), "cannot be mended: %s", job->repair.refusal[i].text);
        fflush(stdout);
        vtc_say_wrong(line);
        vtc_say_wrong(job->repair.refusal[i].hint);
    }
}

static void report(const struct job *job)
{
    const struct vtc_repair *repair = &job->repair;
    const struct vtc_cli *cli = &job->cli;

    say_refusals(job);
    if (cli->json) {
        report_json(job);
        return;
    }
    if (cli->dry_run && job->plan.count) {
        if (!cli->quiet)
            vtc_report_plan(&job->plan);
        vtc_cli_backup_report(cli, &job->kept, &job->dev);
        return;
    }
    vtc_report_stats(cli, &job->stats);
    vtc_cli_backup_report(cli, &job->kept, &job->dev);
    if (!job->plan.count)
        vtc_say(cli, "%s: nothing %s mended", job->dev.path,
                repair->refusal_count ? "can be" : "has to be");
    else
        vtc_say(cli, "%s: mended%s", job->dev.path,
                repair->refusal_count ? ", as far as it can be" : "");
    for (size_t i = 0; i < job->after.count; i++)
        if (job->after.item[i].level == VTC_CHECK_WARNING)
            vtc_say(cli, "left: %s", job->after.item[i].text);
    if (repair->live != repair->old_live)
        vtc_say(cli, "Slot %c is live now, with version %s.", vtc_stick_slot_letter(repair->live),
                job->after.slot[repair->live].text ? job->after.slot[repair->live].manifest.version
                                                   : "unknown");
}

static const char *remedy(const struct job *job)
{
    if (!job->writing)
        return vtc_cli_stop ? "Interrupted. Nothing was written." : NULL;
    return "Its files are untouched. Run the repair again.";
}

/* ---- the command --------------------------------------------------------------------------- */

static int repair_command(struct job *job)
{
    int code = VTC_EXIT_OK, rc;

    job->target.fd = -1;
    vtc_plan_init(&job->plan);
    rc = prepare(job);
    if (!rc)
        say_found(job);
    if (!rc && job->plan.count && !job->cli.dry_run) {
        code = vtc_confirm(&job->cli, &job->dev, job->target.fd,
                           "What is damaged of it will be mended; its files stay.");
        if (code == VTC_EXIT_OK)
            rc = write_plan(job);
    }
    if (rc) {
        code =
            vtc_say_error(&job->cli, &job->err,
                          vtc_cli_backup_remedy(&job->kept, remedy(job), &job->dev, &job->stats));
    } else if (code == VTC_EXIT_OK) {
        report(job);
        if (job->repair.refusal_count)
            code = VTC_EXIT_FAILED;
    }
    vtc_cli_backup_end(&job->kept, &job->stats);
    vtc_target_close(&job->target, 0);
    vtc_check_free(&job->check);
    vtc_check_free(&job->after);
    vtc_plan_free(&job->plan);
    vtc_payload_free(&job->payload);
    return code;
}

int vtc_repair_main(int argc, char **argv)
{
    static struct job job;
    static const struct vtc_options options = {
        .word = "repair",
        .help = help_text,
        .option = {VTC_OPTION_YES(job.cli),
                   VTC_OPTION_DRY_RUN(job.cli),
                   VTC_OPTION_PAYLOAD(job.cli),
                   VTC_OPTION_BACKUP(job.cli),
                   {"key-folder", 0, NULL, &job.cli.key_folder, NULL},
                   {"passphrase-file", 0, NULL, &job.cli.passphrase_file, NULL},
                   VTC_OPTION_VERBOSE(job.cli)}};
    int code = vtc_options_parse_target(&options, &job.cli, argc, argv);

    return code >= 0 ? code : repair_command(&job);
}

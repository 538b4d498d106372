/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/backup.h"

#include <errno.h>
#include <stdio.h>

#include "cli/progress.h"

int vtc_cli_backup_begin(const struct vtc_cli *cli, struct vtc_cli_backup *kept,
                         const struct vtc_device *dev, const struct vtc_plan *plan,
                         struct vtc_error *err)
{
    int rc;

    if (!cli->backup)
        return 0;
    if (!dev->exists)
        return vtc_error_set(err, VTC_ERROR_USAGE, -EINVAL, "Leave --backup away.",
                             "%s: is a new file, there is nothing to keep", dev->path);
    rc = cli->dry_run ? vtc_backup_check(cli->backup, dev, err)
                      : vtc_backup_create(&kept->backup, cli->backup, dev, err);
    if (!rc)
        rc = vtc_backup_count(&kept->backup, dev, plan, err);
    kept->counted = !rc;
    return rc;
}

int vtc_cli_backup_save(const struct vtc_cli *cli, struct vtc_cli_backup *kept,
                        const struct vtc_target *target, const struct vtc_plan *plan,
                        const char *operation, uint32_t flags, struct vtc_error *err)
{
    struct vtc_progress progress;
    struct vtc_apply_options options = {
        .stop = &vtc_cli_stop, .progress = vtc_progress_show, .progress_ctx = &progress};
    int rc;

    if (!kept->backup.path)
        return 0;
    vtc_progress_begin(&progress, cli);
    rc = vtc_backup_save(&kept->backup, target, plan, operation, flags, &options, err);
    vtc_progress_end(&progress);
    kept->saved = !rc;
    return rc;
}

void vtc_cli_backup_end(struct vtc_cli_backup *kept, const struct vtc_apply_stats *stats)
{
    vtc_backup_close(&kept->backup, !kept->saved || !stats->begun);
}

void vtc_cli_backup_report(const struct vtc_cli *cli, const struct vtc_cli_backup *kept,
                           const struct vtc_device *dev)
{
    char size[VTC_SIZE_TEXT];

    if (!kept->counted || cli->quiet || cli->json)
        return;
    vtc_say_size(kept->backup.old_bytes, size);
    vtc_say_clean(stdout, cli->backup);
    if (cli->dry_run)
        printf(": would keep what is there now: %s in %u places\n", size, kept->backup.range_count);
    else
        printf(": keeps what was there before (%s in %u places). To bring it back: ventoc restore "
               "FILE %s\n",
               size, kept->backup.range_count, dev->path);
}

void vtc_cli_backup_report_json(struct vtc_json *json, const struct vtc_cli *cli,
                                const struct vtc_cli_backup *kept)
{
    if (!kept->counted) {
        vtc_json_string(json, "backup", NULL);
        return;
    }
    vtc_json_open(json, "backup", '{');
    vtc_json_string(json, "file", cli->backup);
    vtc_json_number(json, "places", kept->backup.range_count);
    vtc_json_number(json, "bytes", kept->backup.old_bytes);
    if (!cli->dry_run)
        vtc_json_number(json, "file_bytes", kept->backup.file_bytes);
    vtc_json_close(json, '}');
}

const char *vtc_cli_backup_remedy(struct vtc_cli_backup *kept, const char *remedy,
                                  const struct vtc_device *dev, const struct vtc_apply_stats *stats)
{
    if (!kept->saved || !stats->begun)
        return remedy;
    snprintf(kept->remedy, sizeof(kept->remedy),
             "%s%sWhat was there before is kept: ventoc restore '%.300s' '%.300s' brings it back.",
             remedy ? remedy : "", remedy ? " " : "", kept->backup.path, dev->path);
    return kept->remedy;
}

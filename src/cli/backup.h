/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --backup of the commands that write: keep what was there, and say so. */
#ifndef VTC_CLI_BACKUP_H
#define VTC_CLI_BACKUP_H

#include "cli/cli.h"
#include "cli/json.h"
#include "host/backup.h"
#include "host/backup_format.h"

struct vtc_cli_backup {
    struct vtc_backup backup;
    int counted, saved;
    char remedy[1024];
};

/* Before the question: create the file of cli->backup; with --dry-run only look whether that is
 * possible, and count. Does nothing without --backup. kept is all zeros. Returns 0 or -errno. */
int vtc_cli_backup_begin(const struct vtc_cli *cli, struct vtc_cli_backup *kept,
                         const struct vtc_device *dev, const struct vtc_plan *plan,
                         struct vtc_error *err);

/* After it: vtc_backup_save() with a progress bar. Returns 0 or -errno. */
int vtc_cli_backup_save(const struct vtc_cli *cli, struct vtc_cli_backup *kept,
                        const struct vtc_target *target, const struct vtc_plan *plan,
                        const char *operation, uint32_t flags, struct vtc_error *err);

/* At the end, in any case: the file is removed unless writing to the target was begun. */
void vtc_cli_backup_end(struct vtc_cli_backup *kept, const struct vtc_apply_stats *stats);

/* What was kept, for people; and as member "backup" of the object that is open (null: nothing). */
void vtc_cli_backup_report(const struct vtc_cli *cli, const struct vtc_cli_backup *kept,
                           const struct vtc_device *dev);
void vtc_cli_backup_report_json(struct vtc_json *json, const struct vtc_cli *cli,
                                const struct vtc_cli_backup *kept);

/* A remedy, and how to bring back what was there when the writing was begun and that was kept.
 * The text is valid as long as kept. */
const char *vtc_cli_backup_remedy(struct vtc_cli_backup *kept, const char *remedy,
                                  const struct vtc_device *dev,
                                  const struct vtc_apply_stats *stats);

#endif

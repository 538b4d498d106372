/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plans and results, as text and as JSON. */
#ifndef VTC_CLI_REPORT_H
#define VTC_CLI_REPORT_H

#include "cli/backup.h"
#include "cli/cli.h"
#include "cli/json.h"
#include "host/apply.h"
#include "host/plan.h"

/* The plan as a table for people, on standard output. */
void vtc_report_plan(const struct vtc_plan *plan);

/* A result as JSON. Begin: an object of standard output with operation, dry_run and target. */
void vtc_report_begin_json(struct vtc_json *json, const struct vtc_cli *cli, const char *operation,
                           const char *target);

/* End it with the plan and, unless --dry-run, what was done. kept: of commands with --backup, or
 * NULL. */
void vtc_report_end_json(struct vtc_json *json, const struct vtc_cli *cli,
                         const struct vtc_cli_backup *kept, const struct vtc_plan *plan,
                         const struct vtc_apply_stats *stats);

/* What was done: with --verbose as a line. */
void vtc_report_stats(const struct vtc_cli *cli, const struct vtc_apply_stats *stats);

#endif

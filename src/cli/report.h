/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plans and results, as text and as JSON. */
#ifndef VTC_CLI_REPORT_H
#define VTC_CLI_REPORT_H

#include "cli/cli.h"
#include "cli/json.h"
#include "host/apply.h"
#include "host/plan.h"

/* The plan as a table for people, on standard output. */
void vtc_report_plan(const struct vtc_plan *plan);

/* The plan as member "plan", and its sums, in the object that is open. */
void vtc_report_plan_json(struct vtc_json *json, const struct vtc_plan *plan);

/* What was done: with --verbose as a line. */
void vtc_report_stats(const struct vtc_cli *cli, const struct vtc_apply_stats *stats);
void vtc_report_stats_json(struct vtc_json *json, const struct vtc_apply_stats *stats);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/report.h"

#include <inttypes.h>
#include <stdio.h>

void vtc_report_plan(const struct vtc_plan *plan)
{
    printf("%5s %15s %12s  %s\n", "stage", "offset", "bytes", "what");
    for (size_t i = 0; i < plan->count; i++) {
        const struct vtc_plan_entry *entry = &plan->entry[i];

        printf("%5u %15" PRIu64 " %12" PRIu64 "  %s%s\n", entry->stage, entry->off, entry->bytes,
               entry->reason, entry->source == VTC_PLAN_ZERO ? " (zeros)" : "");
    }
    printf("%zu regions, %" PRIu64 " bytes\n", plan->count, vtc_plan_bytes(plan));
}

static void put_plan(struct vtc_json *json, const struct vtc_plan *plan)
{
    vtc_json_number(json, "plan_bytes", vtc_plan_bytes(plan));
    vtc_json_open(json, "plan", '[');
    for (size_t i = 0; i < plan->count; i++) {
        const struct vtc_plan_entry *entry = &plan->entry[i];

        vtc_json_open(json, NULL, '{');
        vtc_json_number(json, "stage", entry->stage);
        vtc_json_number(json, "offset", entry->off);
        vtc_json_number(json, "bytes", entry->bytes);
        vtc_json_string(json, "source", vtc_plan_source_name(entry->source));
        vtc_json_string(json, "reason", entry->reason);
        vtc_json_close(json, '}');
    }
    vtc_json_close(json, ']');
}

void vtc_report_stats(const struct vtc_cli *cli, const struct vtc_apply_stats *stats)
{
    if (cli->verbose)
        vtc_say(cli,
                "%" PRIu64 " bytes written in %" PRIu64 " writes and %" PRIu64 " flushes, %" PRIu64
                " bytes read back and compared",
                stats->written_bytes, stats->write_count, stats->flush_count,
                stats->verified_bytes);
}

static void put_stats(struct vtc_json *json, const struct vtc_apply_stats *stats)
{
    vtc_json_number(json, "written_bytes", stats->written_bytes);
    vtc_json_number(json, "writes", stats->write_count);
    vtc_json_number(json, "flushes", stats->flush_count);
    vtc_json_number(json, "verified_bytes", stats->verified_bytes);
}

void vtc_report_begin_json(struct vtc_json *json, const struct vtc_cli *cli, const char *operation,
                           const char *target)
{
    vtc_json_begin(json, stdout);
    vtc_json_open(json, NULL, '{');
    vtc_json_string(json, "operation", operation);
    vtc_json_bool(json, "dry_run", cli->dry_run);
    vtc_json_string(json, "target", target);
}

void vtc_report_end_json(struct vtc_json *json, const struct vtc_cli *cli,
                         const struct vtc_cli_backup *kept, const struct vtc_plan *plan,
                         const struct vtc_apply_stats *stats)
{
    if (kept)
        vtc_cli_backup_report_json(json, cli, kept);
    put_plan(json, plan);
    if (!cli->dry_run)
        put_stats(json, stats);
    vtc_json_close(json, '}');
    vtc_json_end(json);
}

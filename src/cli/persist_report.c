/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/persist_job.h"

#include <stdio.h>

#include "cli/report.h"

static void report_json(const struct vtc_persist_job *job)
{
    const struct vtc_persist *persist = job->persist;
    struct vtc_json json;

    vtc_report_begin_json(&json, &persist->cli, "persist create", persist->target);
    vtc_json_string(&json, "file", job->is_file ? job->file : NULL);
    vtc_json_string(&json, "path", job->path[0] ? job->path : NULL);
    vtc_json_string(&json, "for", persist->iso);
    vtc_json_string(&json, "family", job->family ? job->family->name : NULL);
    vtc_json_string(&json, "fs", vtc_layer_fs_name(job->layer.fs));
    vtc_json_string(&json, "label", job->layer.label);
    vtc_json_number(&json, "bytes", job->layer.bytes);
    if (!job->is_file) {
        vtc_json_number(&json, "pieces", job->created.pieces);
        vtc_json_number(&json, "free_bytes", job->created.free_bytes);
    }
    vtc_report_end_json(&json, &persist->cli, NULL, &job->plan, &job->stats);
}

/* Which image it will be used for. */
static void say_use(const struct vtc_persist_job *job)
{
    const struct vtc_persist *persist = job->persist;
    const struct vtc_cli *cli = &persist->cli;

    if (job->is_default)
        vtc_say(cli,
                "Made for Debian live and its like. For another system say which: --for ISO, or "
                "--label LABEL.");
    if (job->is_beside)
        vtc_say(cli, "%s keeps its changes there from now on.", persist->iso);
    else if (job->path[0] && persist->iso)
        vtc_say(cli,
                "To use it, put this into ventoc/ventoc.json on the stick:\n"
                "  {\"persistence\": [{\"image\": \"%s%s\", \"file\": \"%s\"}]}",
                persist->iso[0] == '/' ? "" : "/", persist->iso, job->path);
    else
        vtc_say(cli, "It belongs to the ISO file beside it of the same name, or to the one that "
                     "ventoc/ventoc.json on the stick names.");
}

void vtc_persist_report(const struct vtc_persist_job *job)
{
    const struct vtc_cli *cli = &job->persist->cli;
    char size[VTC_SIZE_TEXT], room[VTC_SIZE_TEXT];

    if (cli->json) {
        report_json(job);
        return;
    }
    if (cli->dry_run) {
        vtc_report_plan(&job->plan);
        return;
    }
    vtc_report_stats(cli, &job->stats);
    vtc_say_size(job->layer.bytes, size);
    if (job->is_file)
        vtc_say(cli, "%s: made (%s, %s, label \"%s\")", job->file, size,
                vtc_layer_fs_name(job->layer.fs), job->layer.label);
    else
        vtc_say(cli, "%s: %s made (%s, %s, label \"%s\") in %u piece%s; %s are free", job->dev.path,
                job->path, size, vtc_layer_fs_name(job->layer.fs), job->layer.label,
                job->created.pieces, job->created.pieces == 1 ? "" : "s",
                vtc_say_size(job->created.free_bytes, room));
    say_use(job);
}

const char *vtc_persist_remedy(const struct vtc_persist_job *job)
{
    if (!job->writing)
        return vtc_cli_stop ? "Interrupted. Nothing was written." : NULL;
    if (job->is_file && job->err.kind == VTC_ERROR_REFUSED)
        return "Nothing was written.";
    if (job->is_file)
        return "Nothing of it was left behind.";
    if (job->stats.stage < job->created.meta_stage)
        return "The stick's files are as they were.";
    return "Check the data partition with fsck.exfat before you go on.";
}

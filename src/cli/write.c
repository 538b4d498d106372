/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/write.h"

#include <stdio.h>

#include "cli/progress.h"
#include "host/geometry.h"

/* The kernel still goes by the old table. Of a stick with a mounted partition, only entry 2 is
 * another one. */
static void reread_table(const struct vtc_cli *cli, const struct vtc_target *target,
                         const struct vtc_table_spec *want)
{
    struct vtc_error err;
    int rc;

    if (target->shared && !want) /* it does not know where entry 2 was, and need not */
        return;
    rc = target->shared
             ? vtc_target_move_partition(target, 2, want->slot_off, want->slot_bytes, &err)
             : vtc_target_reread_table(target, &err);

    if (rc && !cli->quiet)
        fprintf(stderr, "ventoc: note: %s\nventoc: %s\n", err.text, err.hint);
}

int vtc_write_plan(const struct vtc_cli *cli, struct vtc_target *target,
                   const struct vtc_plan *plan, const struct vtc_table_spec *want,
                   struct vtc_apply_stats *stats, struct vtc_error *err)
{
    struct vtc_progress progress;
    struct vtc_apply_options options = {
        .stop = &vtc_cli_stop, .progress = vtc_progress_show, .progress_ctx = &progress};
    int rc;

    vtc_progress_begin(&progress, cli);
    rc = vtc_target_apply(target, plan, &options, stats, err);
    vtc_progress_end(&progress);
    if (!rc && want)
        rc = vtc_geometry_check_table(target->dev->path, want, err);
    if (!rc)
        reread_table(cli, target, want);
    return rc;
}

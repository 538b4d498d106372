/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A progress bar on standard error. */
#ifndef VTC_CLI_PROGRESS_H
#define VTC_CLI_PROGRESS_H

#include "cli/cli.h"
#include "host/apply.h"

struct vtc_progress {
    int enabled; /* standard error is a terminal and nobody asked for silence */
    int percent; /* shown last, -1 at the beginning */
};

void vtc_progress_begin(struct vtc_progress *progress, const struct vtc_cli *cli);

/* For struct vtc_apply_options; ctx is a struct vtc_progress. */
void vtc_progress_show(void *ctx, enum vtc_apply_phase phase, uint64_t done_bytes,
                       uint64_t total_bytes);

/* Clear the bar's line. */
void vtc_progress_end(struct vtc_progress *progress);

#endif

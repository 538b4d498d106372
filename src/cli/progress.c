/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/progress.h"

#include <stdio.h>
#include <unistd.h>

#define BAR_CHARS 40

void vtc_progress_begin(struct vtc_progress *progress, const struct vtc_cli *cli)
{
    progress->enabled = !cli->quiet && isatty(STDERR_FILENO);
    progress->percent = -1;
}

void vtc_progress_show(void *ctx, enum vtc_apply_phase phase, uint64_t done_bytes,
                       uint64_t total_bytes)
{
    static const char *const names[] = {"reading  ", "saving   ", "writing  ", "verifying"};
    static const char bar[BAR_CHARS + 1] = "########################################";
    struct vtc_progress *progress = ctx;
    int percent = total_bytes ? (int)(done_bytes * 100 / total_bytes) : 100;
    int filled = percent * BAR_CHARS / 100;

    if (!progress->enabled || percent == progress->percent)
        return;
    progress->percent = percent;
    fprintf(stderr, "\r[%.*s%*s] %3d%% %s ", filled, bar, BAR_CHARS - filled, "", percent,
            names[phase]);
}

void vtc_progress_end(struct vtc_progress *progress)
{
    if (progress->enabled && progress->percent >= 0)
        fprintf(stderr, "\r%*s\r", BAR_CHARS + 24, "");
}

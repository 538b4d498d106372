/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/capacity.h"

#include <sys/random.h>

#include "cli/progress.h"
#include "host/capacity.h"

const char *vtc_capacity_question(const struct vtc_cli *cli)
{
    if (cli->verify_capacity == VTC_VERIFY_FULL)
        return " First its capacity is tested: every block is overwritten and read back, which "
               "takes hours on a large disk.";
    if (cli->verify_capacity == VTC_VERIFY_QUICK)
        return " First its capacity is tested: blocks all over it are overwritten and read back, "
               "which takes minutes on a slow stick.";
    return "";
}

int vtc_capacity_test(const struct vtc_cli *cli, const struct vtc_target *target,
                      uint64_t *tested_bytes, struct vtc_error *err)
{
    struct vtc_progress progress;
    struct vtc_apply_options options = {.name = target->dev->path,
                                        .stop = &vtc_cli_stop,
                                        .progress = vtc_progress_show,
                                        .progress_ctx = &progress};
    struct vtc_capacity result;
    struct vtc_apply_fd state;
    struct vtc_apply_io io;
    uint64_t seed = 0;
    char size[VTC_SIZE_TEXT];
    int rc;

    if (cli->verify_capacity == VTC_VERIFY_NONE)
        return 0;
    rc = vtc_target_same(target, err);
    if (rc)
        return rc;
    if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed) || !seed)
        seed = 1;
    vtc_say(cli, "%s: testing its capacity", target->dev->path);
    fflush(stdout);
    io = vtc_apply_fd_io(&state, target->fd, target->dev->backing_file);
    vtc_progress_begin(&progress, cli);
    rc = vtc_capacity_run(&io, target->dev->bytes, cli->verify_capacity == VTC_VERIFY_FULL, seed,
                          &options, &result, err);
    vtc_progress_end(&progress);
    vtc_apply_fd_close(&state);
    *tested_bytes = result.tested_bytes;
    if (!rc)
        vtc_say(cli, "%s: holds what it claims (%s of it tested)", target->dev->path,
                vtc_say_size(result.tested_bytes, size));
    return rc;
}

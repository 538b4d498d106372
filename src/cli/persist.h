/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ventoc persist: files in which live systems keep their changes. */
#ifndef VTC_CLI_PERSIST_H
#define VTC_CLI_PERSIST_H

#include "cli/cli.h"
#include "host/layer.h"

struct vtc_persist {
    struct vtc_cli cli; /* json, quiet, verbose and dry_run */
    enum vtc_layer_fs fs;
    uint64_t bytes;
    const char *iso;    /* --for, or NULL */
    const char *label;  /* or NULL */
    const char *target; /* STICK or FILE */
    const char *name;   /* on the stick, or NULL */
    int force;
};

/* argv[0] is "persist". Returns an exit code. */
int vtc_persist_main(int argc, char **argv);

/* Make a file. Returns an exit code. */
int vtc_persist_create(const struct vtc_persist *persist);

#endif

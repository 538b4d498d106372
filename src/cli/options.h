/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Options of the commands that are words and have a --help of their own. */
#ifndef VTC_CLI_OPTIONS_H
#define VTC_CLI_OPTIONS_H

#include "cli/cli.h"

#define VTC_OPTIONS_MAX 16

/* One option. Exactly one of flag, text and parse is given; the last two take a value. */
struct vtc_option {
    const char *name;  /* the long one, without "--" */
    char letter;       /* the short one, or 0 */
    int *flag;         /* becomes 1 */
    const char **text; /* becomes the value, which stays in argv */
    /* Takes the value. Returns NULL, or what is wrong: a format with one %s for the value. */
    const char *(*parse)(void *ctx, const char *value);
};

/* Those that many commands have; cli is their struct vtc_cli. */
#define VTC_OPTION_YES(cli)                                                                        \
    {                                                                                              \
        "yes", 'y', &(cli).yes, NULL, NULL                                                         \
    }
#define VTC_OPTION_DRY_RUN(cli)                                                                    \
    {                                                                                              \
        "dry-run", 'n', &(cli).dry_run, NULL, NULL                                                 \
    }
#define VTC_OPTION_VERBOSE(cli)                                                                    \
    {                                                                                              \
        "verbose", 'v', &(cli).verbose, NULL, NULL                                                 \
    }
#define VTC_OPTION_PAYLOAD(cli)                                                                    \
    {                                                                                              \
        "payload", 0, NULL, &(cli).payload, NULL                                                   \
    }
#define VTC_OPTION_BACKUP(cli)                                                                     \
    {                                                                                              \
        "backup", 0, NULL, &(cli).backup, NULL                                                     \
    }

/* A command. --json, --quiet and --help are everywhere: they are not in its table. */
struct vtc_options {
    const char *word; /* "check" */
    const char *help; /* what --help prints */
    void *ctx;        /* of parse */
    struct vtc_option option[VTC_OPTIONS_MAX];
};

/* Parse argv[1] and on; argv[0] is the word and is changed. Returns -1 to go on with the rest, which
 * begins at argv[optind], or an exit code: all is printed then. */
int vtc_options_parse(const struct vtc_options *options, struct vtc_cli *cli, int argc,
                      char **argv);

/* The same for commands whose rest is one TARGET: it gets into cli->target. */
int vtc_options_parse_target(const struct vtc_options *options, struct vtc_cli *cli, int argc,
                             char **argv);

/* Wrong usage: print it, and where to find help. Returns VTC_EXIT_USAGE. */
int vtc_options_wrong(const struct vtc_options *options, const struct vtc_cli *cli,
                      const char *format, const char *value);

#endif

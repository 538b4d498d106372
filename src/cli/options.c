/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/options.h"

#include <getopt.h>
#include <stdio.h>

#define LONG_ONLY    256 /* what getopt_long() returns for the first row when it has no letter */
#define SHARED_COUNT 3   /* --json, --quiet and --help */

/* Row i in getopt's words; its short form is added to letters, of which the new end is returned. */
static char *add(const struct vtc_option *row, int i, struct option *out, char *letters)
{
    int has_value = !row->flag;

    out->name = row->name;
    out->has_arg = has_value ? required_argument : no_argument;
    out->val = row->letter ? row->letter : LONG_ONLY + i;
    if (row->letter)
        *letters++ = row->letter;
    if (row->letter && has_value)
        *letters++ = ':';
    *letters = '\0';
    return letters;
}

/* Returns 0 or an exit code. */
static int apply(const struct vtc_options *options, const struct vtc_cli *cli,
                 const struct vtc_option *row)
{
    const char *wrong;

    if (row->flag)
        *row->flag = 1;
    else if (row->text)
        *row->text = optarg;
    else if ((wrong = row->parse(options->ctx, optarg)))
        return vtc_options_wrong(options, cli, wrong, optarg);
    return 0;
}

int vtc_options_wrong(const struct vtc_options *options, const struct vtc_cli *cli,
                      const char *format, const char *value)
{
    char command[32], text[512];

    snprintf(command, sizeof(command), "ventoc %s", options->word);
    if (format)
        snprintf(text, sizeof(text), format, value);
    return vtc_say_usage(cli, command, format ? text : NULL);
}

int vtc_options_parse(const struct vtc_options *options, struct vtc_cli *cli, int argc, char **argv)
{
    int is_help = 0;
    const struct vtc_option shared[SHARED_COUNT] = {{"json", 0, &cli->json, NULL, NULL},
                                                    {"quiet", 'q', &cli->quiet, NULL, NULL},
                                                    {"help", 'h', &is_help, NULL, NULL}};
    const struct vtc_option *rows[VTC_OPTIONS_MAX + SHARED_COUNT];
    struct option longs[VTC_OPTIONS_MAX + SHARED_COUNT + 1] = {0};
    char letters[2 * (VTC_OPTIONS_MAX + SHARED_COUNT) + 1] = "", *end = letters;
    int count = 0, opt, code;

    for (int i = 0; i < VTC_OPTIONS_MAX && options->option[i].name; i++)
        rows[count++] = &options->option[i];
    for (int i = 0; i < SHARED_COUNT; i++)
        rows[count++] = &shared[i];
    for (int i = 0; i < count; i++)
        end = add(rows[i], i, &longs[i], end);
    cli->json = vtc_say_wants_json(argc, argv);
    argv[0] = (char *)"ventoc"; /* what getopt puts before its messages */
    while ((opt = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
        if (opt == '?')
            return vtc_options_wrong(options, cli, NULL, NULL);
        for (int i = 0; i < count; i++) {
            code = longs[i].val == opt ? apply(options, cli, rows[i]) : 0;
            if (code)
                return code;
        }
        if (is_help) {
            fputs(options->help, stdout);
            return VTC_EXIT_OK;
        }
    }
    if (cli->quiet && cli->verbose)
        return vtc_options_wrong(options, cli, "%s exclude each other", "--quiet and --verbose");
    return -1;
}

int vtc_options_parse_target(const struct vtc_options *options, struct vtc_cli *cli, int argc,
                             char **argv)
{
    int code = vtc_options_parse(options, cli, argc, argv);

    if (code >= 0)
        return code;
    if (optind == argc)
        return vtc_options_wrong(options, cli, "%s: a TARGET is needed", options->word);
    if (argc - optind > 1)
        return vtc_options_wrong(options, cli, "%s: one TARGET is enough", options->word);
    cli->target = argv[optind];
    return -1;
}

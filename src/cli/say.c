/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Messages. */
#include "cli/cli.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/json.h"

static int exit_code(enum vtc_error_kind kind)
{
    switch (kind) {
    case VTC_ERROR_USAGE:
        return VTC_EXIT_USAGE;
    case VTC_ERROR_REFUSED:
        return VTC_EXIT_REFUSED;
    case VTC_ERROR_NOT_STICK:
        return VTC_EXIT_NOT_STICK;
    case VTC_ERROR_INTERRUPTED:
        return VTC_EXIT_INTERRUPTED;
    case VTC_ERROR_PAYLOAD:
        return VTC_EXIT_PAYLOAD;
    case VTC_ERROR_CANCELLED:
        return VTC_EXIT_CANCELLED;
    default:
        return VTC_EXIT_FAILED;
    }
}

void vtc_say_clean(FILE *out, const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        int is_c1 = *p == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0; /* U+009B is a CSI, too */

        fputc(*p < 0x20 || *p == 0x7f || is_c1 ? '?' : *p, out);
        p += is_c1;
    }
}

void vtc_say_wrong(const char *text)
{
    fputs("ventoc: ", stderr);
    vtc_say_clean(stderr, text);
    fputc('\n', stderr);
}

static void put_json(const struct vtc_error *err, const char *remedy, int code)
{
    struct vtc_json json;

    vtc_json_begin(&json, stdout);
    vtc_json_open(&json, NULL, '{');
    vtc_json_string(&json, "error", err->text);
    vtc_json_string(&json, "hint", err->hint);
    if (remedy)
        vtc_json_string(&json, "remedy", remedy);
    vtc_json_number(&json, "exit", (uint64_t)code);
    vtc_json_close(&json, '}');
    vtc_json_end(&json);
}

int vtc_say_error(const struct vtc_cli *cli, const struct vtc_error *err, const char *remedy)
{
    int code = vtc_cli_stop ? VTC_EXIT_INTERRUPTED : exit_code(err->kind);

    fflush(stdout);
    vtc_say_wrong(err->text);
    if (err->hint[0])
        vtc_say_wrong(err->hint);
    if (remedy)
        fprintf(stderr, "ventoc: %s\n", remedy);
    if (cli->json)
        put_json(err, remedy, code);
    return code;
}

int vtc_say_usage(const struct vtc_cli *cli, const char *command, const char *text)
{
    struct vtc_error err = {0};

    vtc_error_set(&err, VTC_ERROR_USAGE, -EINVAL, NULL, "%s",
                  text ? text : "an option is unknown, or lacks its value");
    vtc_error_hint(&err, "Try '%s --help' for more information.", command);
    if (text)
        vtc_say_wrong(err.text);
    fprintf(stderr, "%s\n", err.hint);
    if (cli->json)
        put_json(&err, NULL, VTC_EXIT_USAGE);
    return VTC_EXIT_USAGE;
}

int vtc_say_wants_json(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--json") == 0)
            return 1;
    return 0;
}

void vtc_say(const struct vtc_cli *cli, const char *format, ...)
{
    va_list args;
    char *text, *line, *rest;

    if (cli->quiet || cli->json)
        return;
    va_start(args, format);
    if (vasprintf(&text, format, args) < 0)
        text = NULL;
    va_end(args);
    rest = text;
    while ((line = strsep(&rest, "\n"))) {
        vtc_say_clean(stdout, line);
        putchar('\n');
    }
    free(text);
}

const char *vtc_say_size(uint64_t bytes, char out[VTC_SIZE_TEXT])
{
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    unsigned unit = 0;
    uint64_t whole = bytes, rest = 0;

    while (whole >= 1024) {
        rest = whole % 1024;
        whole /= 1024;
        unit++;
    }
    if (rest * 10 / 1024)
        snprintf(out, VTC_SIZE_TEXT, "%" PRIu64 ".%" PRIu64 " %s", whole, rest * 10 / 1024,
                 units[unit]);
    else
        snprintf(out, VTC_SIZE_TEXT, "%" PRIu64 " %s", whole, units[unit]);
    return out;
}

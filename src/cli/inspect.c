/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ventoc inspect: what is in an image, and how it will start. */
#include "cli/inspect.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

/* One file that could not be read; the others are shown all the same. */
static void show_error(const struct vtc_cli *cli, struct vtc_json *json, const char *path,
                       const struct vtc_error *err)
{
    fflush(stdout);
    vtc_say_wrong(err->text);
    if (!cli->json)
        return;
    vtc_json_open(json, NULL, '{');
    vtc_json_string(json, "path", path);
    vtc_json_string(json, "error", err->text);
    vtc_json_close(json, '}');
}

int vtc_inspect_is_unusable(const struct vtc_inspect *in)
{
    return in->type == VTC_INSPECT_UNKNOWN || in->rc == VTC_ETRUNC || in->rc == VTC_EFORMAT ||
           in->rc == VTC_ENOTSUP;
}

/* --quiet says only what is wrong, which then is the first warning. */
static void say_quietly(const struct vtc_inspect *in)
{
    char line[VTC_INSPECT_LINE + PATH_MAX];

    snprintf(line, sizeof(line), "%s: %s", in->path,
             in->warning_count ? in->warning[0] : "unknown");
    vtc_say_wrong(line);
}

/* Returns an exit code: an image that cannot start is a failure, one that is odd is not. */
static int inspect_one(const struct vtc_cli *cli, struct vtc_json *json, const char *path,
                       struct vtc_inspect *in)
{
    struct vtc_error err = {0};
    int code = VTC_EXIT_OK;

    if (vtc_inspect_read(path, in, &err)) {
        show_error(cli, json, path, &err);
        code = VTC_EXIT_FAILED;
    } else {
        vtc_inspect_words(in);
        if (cli->json)
            vtc_inspect_json(json, in);
        else if (!cli->quiet)
            vtc_inspect_text(in, cli->verbose);
        if (vtc_inspect_is_unusable(in)) {
            code = VTC_EXIT_FAILED;
            if (cli->quiet && !cli->json)
                say_quietly(in);
        }
    }
    vtc_inspect_free(in);
    return code;
}

int vtc_inspect_command(const struct vtc_cli *cli)
{
    struct vtc_inspect *in = malloc(sizeof(*in));
    struct vtc_json json;
    int code = VTC_EXIT_OK, one;

    if (!in) {
        fputs("ventoc: out of memory\n", stderr);
        return VTC_EXIT_FAILED;
    }
    vtc_json_begin(&json, stdout);
    if (cli->json) {
        vtc_json_open(&json, NULL, '{');
        vtc_json_open(&json, "images", '[');
    }
    for (int i = 0; i < cli->file_count && !vtc_cli_stop; i++) {
        if (i && !cli->json && !cli->quiet)
            putchar('\n');
        one = inspect_one(cli, &json, cli->files[i], in);
        code = one ? one : code;
    }
    if (cli->json) {
        vtc_json_close(&json, ']');
        vtc_json_close(&json, '}');
        vtc_json_end(&json);
    }
    free(in);
    return vtc_cli_stop ? VTC_EXIT_INTERRUPTED : code;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ventoc check: what its files share. */
#ifndef VTC_CLI_CHECK_H
#define VTC_CLI_CHECK_H

#include "cli/cli.h"
#include "cli/json.h"
#include "host/check.h"
#include "host/check_fs.h"

struct vtc_check_job {
    struct vtc_cli cli;
    int quick; /* leave checksums away */
    struct vtc_device dev;
    struct vtc_target target;
    struct vtc_payload payload;
    struct vtc_check check;
    struct vtc_check_fs fs;
    struct vtc_error err;
    struct vtc_json json;
    size_t said;        /* items that were printed */
    size_t image_count; /* looked at */
    size_t level_count[VTC_CHECK_LEVELS];
    int interrupted;
};

/* The command, argv[0] being its word. Returns an exit code. */
int vtc_check_main(int argc, char **argv);

/* Count and print what was found: one line for people; nothing with --json, where the parts are
 * written later in one piece. what: a part, or an image. */
void vtc_check_say(struct vtc_check_job *job, enum vtc_check_level level, const char *what,
                   const char *text);

/* Print the items that were added since. */
void vtc_check_say_items(struct vtc_check_job *job);

/* Look at all images of the data partition: lines for people, or the array "images". Returns 0, or
 * -errno with job->err. */
int vtc_check_images(struct vtc_check_job *job);

#endif

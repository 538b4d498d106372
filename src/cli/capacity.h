/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --verify-capacity */
#ifndef VTC_CLI_CAPACITY_H
#define VTC_CLI_CAPACITY_H

#include "cli/cli.h"
#include "host/target.h"

/* What the question says about it; "" when no test is wanted. */
const char *vtc_capacity_question(const struct vtc_cli *cli);

/* Test the target as asked for, with a progress bar; nothing when no test is wanted. The target is
 * checked to be the same as before. Returns 0 or -errno. */
int vtc_capacity_test(const struct vtc_cli *cli, const struct vtc_target *target,
                      uint64_t *tested_bytes, struct vtc_error *err);

#endif

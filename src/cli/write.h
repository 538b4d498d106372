/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Carry out a plan, with everything around it that people see. */
#ifndef VTC_CLI_WRITE_H
#define VTC_CLI_WRITE_H

#include "cli/cli.h"
#include "host/apply.h"
#include "host/table.h"
#include "host/target.h"

/*
 * Carry out the plan with vtc_target_apply() and a progress bar, have libparted read the table (it
 * must be want; NULL: whatever it is), and make the kernel read it; that the kernel cannot is worth
 * a note, but no failure. Returns 0 or -errno.
 */
int vtc_write_plan(const struct vtc_cli *cli, struct vtc_target *target,
                   const struct vtc_plan *plan, const struct vtc_table_spec *want,
                   struct vtc_apply_stats *stats, struct vtc_error *err);

#endif

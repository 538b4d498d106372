/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Carry out a plan, with everything around it that people see. */
#ifndef VTC_CLI_WRITE_H
#define VTC_CLI_WRITE_H

#include "cli/cli.h"
#include "host/apply.h"
#include "host/table.h"
#include "host/target.h"

/*
 * Check that the target is still the same, write the plan with a progress bar, have libparted read
 * the table (it must be want), and make the kernel read it; that the kernel cannot is worth a note,
 * but no failure. Returns 0 or -errno.
 */
int vtc_write_plan(const struct vtc_cli *cli, const struct vtc_target *target,
                   const struct vtc_plan *plan, const struct vtc_table_spec *want,
                   struct vtc_apply_stats *stats, struct vtc_error *err);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What ventoc -u says when the stick it was given is Ventoy's. */
#ifndef VTC_CLI_CONVERT_H
#define VTC_CLI_CONVERT_H

#include "cli/cli.h"
#include "host/apply.h"
#include "host/convert.h"

/* Room for vtc_convert_question(). */
#define VTC_CONVERT_QUESTION_BYTES (PATH_MAX + 1024)

/* What will be done, before it is asked for. version: of the boot files. */
void vtc_convert_question(const struct vtc_convert *convert, const struct vtc_record *record,
                          const char *path, const char *version,
                          char out[VTC_CONVERT_QUESTION_BYTES]);

/* What state an interrupted conversion left, and what to do about it. */
const char *vtc_convert_remedy(const struct vtc_convert *convert, const struct vtc_upgrade *upgrade,
                               const struct vtc_apply_stats *stats);

/* It is done. */
void vtc_convert_report(const struct vtc_cli *cli, const struct vtc_convert *convert,
                        const char *path, const char *version);

#endif

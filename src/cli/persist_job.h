/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One run of "persist create", and what is said about it. */
#ifndef VTC_CLI_PERSIST_JOB_H
#define VTC_CLI_PERSIST_JOB_H

#include <limits.h>

#include <ventoc/family.h>

#include "cli/persist.h"
#include "host/apply.h"
#include "host/exfat_create.h"
#include "host/target.h"

struct vtc_persist_job {
    const struct vtc_persist *persist;
    const struct vtc_family *family; /* of the ISO, or NULL */
    struct vtc_layer layer;
    int is_default;      /* the label is nobody's choice */
    int is_file;         /* a plain file: file; else path on the volume */
    int is_beside;       /* path is what belongs to the ISO by its name */
    int writing;         /* the plan was begun */
    char path[PATH_MAX]; /* on the stick, "/folder/x.dat"; empty when there is no stick */
    char file[PATH_MAX];
    struct vtc_device dev;
    struct vtc_target target;
    struct vtc_exfat_volume volume;
    struct vtc_exfat_created created;
    struct vtc_plan plan;
    struct vtc_apply_stats stats;
    struct vtc_error err;
};

/* What was done, or with --dry-run would be. */
void vtc_persist_report(const struct vtc_persist_job *job);

/* The state after a failure, or NULL. */
const char *vtc_persist_remedy(const struct vtc_persist_job *job);

#endif

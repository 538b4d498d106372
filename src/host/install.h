/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plan a new stick. */
#ifndef VTC_HOST_INSTALL_H
#define VTC_HOST_INSTALL_H

#include <ventoc/record.h>

#include "host/device.h"
#include "host/payload.h"
#include "host/plan.h"
#include "host/probe.h"
#include "host/table.h"

struct vtc_install_options {
    int gpt;                /* use a GPT; set by vtc_install_layout() when the disk needs one */
    uint64_t reserve_bytes; /* left free at the end */
    const char *label;      /* of the data partition, UTF-8 */
};

struct vtc_install {
    struct vtc_table_spec table;
    struct vtc_record record;
    int forced_gpt; /* GPT although not asked for: the disk is too long for an MBR */
};

/* Decide where everything goes and draw a new UUID. Returns 0 or -errno: a reserve that leaves no
 * room, a label that is not possible. options->label must outlive install. */
int vtc_install_layout(const struct vtc_device *dev, const struct vtc_install_options *options,
                       struct vtc_install *install, struct vtc_error *err);

/*
 * Find old signatures on an existing target: whole disk, old partitions and new ones.
 * fd: the target. Returns 0 or -errno.
 */
int vtc_install_find_signatures(int fd, const struct vtc_install *install,
                                struct vtc_probe_list *list, struct vtc_error *err);

/*
 * Plan all writes. Order: first what is there is made unrecognisable, then the content, then the
 * partition table, and the boot sector as the very last write: a stick that was not finished is
 * never taken for a good one. Slot B stays empty until the first upgrade.
 * payload and old must outlive the plan. Returns 0 or -errno.
 */
int vtc_install_plan(const struct vtc_install *install, const struct vtc_payload *payload,
                     const struct vtc_probe_list *old, struct vtc_plan *plan,
                     struct vtc_error *err);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Convert a stick from Ventoy's layout where it is: its data partition keeps its place and content. */
#ifndef VTC_HOST_CONVERT_H
#define VTC_HOST_CONVERT_H

#include "host/payload.h"
#include "host/plan.h"
#include "host/stick.h"
#include "host/target.h"
#include "host/upgrade.h"

struct vtc_convert {
    char ventoy[32]; /* version of the Ventoy that is there; "" where a conversion overwrote it */
    int has_settings; /* there is a ventoy/ventoy.json, or there may be (a file system not read here) */
};

/*
 * Can the target be converted, or was a conversion of it cut off? Then stick is what it is going to
 * be: record, kind of table, live slot A. Returns 0; -ENOENT when it is neither; -errno.
 */
int vtc_convert_find(const struct vtc_target *target, struct vtc_stick *stick,
                     struct vtc_convert *convert);

/*
 * Plan all writes. Ventoy's boot partition and boot code are in the places of the new ones, so there
 * is no version to fall back on. First the record, which says where everything will be; then slot A
 * and its core; then the table (vtc_switch_plan()). Each is on the medium and verified before the
 * next begins. The data partition is not written to. From any prefix vtc_convert_find() and this
 * lead to the same end, or vtc_stick_read() and an upgrade do.
 * upgrade->switch_stage: the stage from which on Ventoy does not boot any more. Returns 0 or -errno.
 */
int vtc_convert_plan(const struct vtc_target *target, const struct vtc_stick *stick,
                     const struct vtc_payload *payload, struct vtc_plan *plan,
                     struct vtc_upgrade *upgrade, struct vtc_error *err);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The stick record as a part of a plan. */
#ifndef VTC_HOST_PLAN_RECORD_H
#define VTC_HOST_PLAN_RECORD_H

#include <ventoc/record.h>

#include "host/error.h"
#include "host/plan.h"

/* Append both copies of the record, a sector each, at their places (vtc_record_places()). fd: a
 * target on which a copy that is there already is left out; -1: write both. Returns 0, -EINVAL with
 * err filled in when a record cannot hold this, or -errno. */
int vtc_plan_record(struct vtc_plan *plan, const struct vtc_record *record, int fd,
                    struct vtc_error *err);

#endif

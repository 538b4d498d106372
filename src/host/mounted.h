/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Write to a stick whose data partition is mounted. */
#ifndef VTC_HOST_MOUNTED_H
#define VTC_HOST_MOUNTED_H

#include "host/plan.h"
#include "host/stick.h"

/* What is in the way of writing to dev, but that its first partition is mounted: as
 * vtc_safety_check(). *mounted: is it? */
int vtc_mounted_safety(const struct vtc_device *dev, int *mounted, struct vtc_error *err);

/* Is what is mounted exactly the data partition that the record names? Returns 0; else the error of
 * vtc_safety_check(), that it is mounted. */
int vtc_mounted_is_data(const struct vtc_device *dev, const struct vtc_record *record,
                        struct vtc_error *err);

/* Does a plan leave the data partition alone? Returns 0 or -EINVAL. */
int vtc_mounted_check_plan(const struct vtc_plan *plan, const struct vtc_record *record,
                           const char *name, struct vtc_error *err);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which targets must not be written to, and why. */
#ifndef VTC_HOST_SAFETY_H
#define VTC_HOST_SAFETY_H

#include "host/device.h"

/* Refuse a target that is not a whole disk or file, is in use, holds the running system, or
 * cannot hold a stick. Returns 0 or -errno with a message of kind VTC_ERROR_REFUSED. */
int vtc_safety_check(const struct vtc_device *dev, struct vtc_error *err);

#endif

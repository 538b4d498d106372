/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Is there room for an image file to be filled? */
#ifndef VTC_HOST_ROOM_H
#define VTC_HOST_ROOM_H

#include "host/plan.h"
#include "host/target.h"

/*
 * An image file is mostly holes. Has its file system the room for what the plan writes into it?
 * Only a plan that cannot succeed is refused: zeros may stay holes, and what is allocated already
 * counts as room. Block devices have it always. Returns 0, or -ENOSPC with a message of kind
 * VTC_ERROR_REFUSED.
 */
int vtc_room_check(const struct vtc_target *target, const struct vtc_plan *plan,
                   struct vtc_error *err);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which disks the running system stands on. */
#ifndef VTC_HOST_UNDER_H
#define VTC_HOST_UNDER_H

#include "host/mounts.h"

/* Directory of the running system ("/", "/usr", ...) or of the medium it was started from
 * ("/run/live/medium" ...) that stands on this whole disk: directly, or through mapped devices,
 * RAID, loop devices, and the devices of a btrfs. NULL when none does. */
const char *vtc_under_system_dir(const struct vtc_mounts *mounts, unsigned major, unsigned minor);

#endif

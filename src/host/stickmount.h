/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a stick's data partition is mounted. */
#ifndef VTC_HOST_STICKMOUNT_H
#define VTC_HOST_STICKMOUNT_H

#include <stddef.h>

#include "host/device.h"

/* Look for a mount of the partition that begins at data_off of dev, which was inspected, or of a
 * loop device that begins there on the same file. Returns 1 with the mount point in point, 0 when it
 * is not mounted, -errno. */
int vtc_stickmount_find(const struct vtc_device_roots *roots, const struct vtc_device *dev,
                        uint64_t data_off, char *point, size_t size);

#endif

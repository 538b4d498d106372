/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kernel's news of devices (NETLINK_KOBJECT_UEVENT). */
#ifndef VTC_LINUX_UEVENT_H
#define VTC_LINUX_UEVENT_H

#include <ventoc/types.h>

/* A socket that hears the kernel's events, -1 when there is none. */
int vtc_uevent_open(void);

/* Wait at most timeout_ms for a disk that came, changed or went; all events that are there are read.
 * Returns 1 when there was one, 0 when not. fd -1 only waits. */
int vtc_uevent_wait(int fd, unsigned timeout_ms);

/* One message ("ACTION@DEVPATH", then "KEY=VALUE" strings): does it speak of a whole disk? */
int vtc_uevent_is_disk(const char *message, size_t bytes);

#endif

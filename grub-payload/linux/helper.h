/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The process that waits for the stick beside the guest's own init, and ends. */
#ifndef VTC_LINUX_HELPER_H
#define VTC_LINUX_HELPER_H

#include <ventoc/handoff.h>

#include "sys.h"

/* In a child of PID 1: everything, to the end. */
void vtc_helper_run(const struct vtc_handoff *h) __attribute__((noreturn));

/* Wait for the stick and make its devices. uevent_fd: of vtc_uevent_open() or -1. Returns 0 when all
 * were made, 1 when some could not, -1 when the stick did not come. */
int vtc_helper_watch(const struct vtc_sys *sys, const struct vtc_handoff *h, int uevent_fd);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loop devices over a disk or a range of one. A loop does not claim the disk below it, so the guest
 * can still mount its partitions; the device mapper would. */
#ifndef VTC_LINUX_LOOP_H
#define VTC_LINUX_LOOP_H

#include "sys.h"

#define VTC_LOOP_FIRST      240u /* numbers far from those a guest counts up from 0 */
#define VTC_LOOP_LAST       255u

#define VTC_LOOP_WRITABLE   1u
#define VTC_LOOP_PARTITIONS 2u /* the kernel looks for a partition table in it */

struct vtc_loop {
    char name[16]; /* "loop240" */
    uint32_t major, minor;
};

/* The control device, -1 when this kernel has no loop devices. The caller closes it. */
int vtc_loop_open(const struct vtc_sys *sys);

/* A new device over [off, off + bytes) of backing_fd; bytes 0: to the end. label: what losetup(8)
 * shows. Its blocks have 512 bytes whatever the disk's have: isofs cannot read a disk with 4096.
 * Returns 0 or -1. */
int vtc_loop_add(const struct vtc_sys *sys, int control_fd, int backing_fd, const char *label,
                 uint64_t off, uint64_t bytes, uint32_t flags, struct vtc_loop *loop);

/* Take one back. */
void vtc_loop_remove(const struct vtc_sys *sys, int control_fd, const struct vtc_loop *loop);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which disk it is, and whether it is still the same one: size, serial number, and the kernel's
 * sequence number, which no two media share until the machine restarts. */
#ifndef VTC_HOST_IDENTITY_H
#define VTC_HOST_IDENTITY_H

#include "host/device.h"

/* Read bytes, diskseq, transport, vendor, model and serial of a whole disk or partition into dev;
 * nothing else of it is touched. dir: its directory in sysfs; real: the same without links. */
void vtc_identity_read(const char *dir, const char *real, struct vtc_device *dev);

/* Compare a size and a sequence number (0: not known) read just now with those of the inspection.
 * Returns 0 or -ESTALE. */
int vtc_identity_numbers(const struct vtc_device *dev, uint64_t bytes, uint64_t diskseq,
                         struct vtc_error *err);

/* Read the facts of a block device from sysfs again and compare them with those of the inspection.
 * Returns 0; -ENODEV when it went away; -ESTALE when another one is in its place. */
int vtc_identity_check(const struct vtc_device_roots *roots, const struct vtc_device *dev,
                       struct vtc_error *err);

/* Say that the device or file went away. Returns -ENODEV. */
int vtc_identity_gone(const struct vtc_device *dev, struct vtc_error *err);

#endif

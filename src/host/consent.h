/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a user must have said before a target that can be erased may be erased. */
#ifndef VTC_HOST_CONSENT_H
#define VTC_HOST_CONSENT_H

#include "host/device.h"

struct vtc_consent {
    int fixed;          /* a fixed disk is meant (--i-know-this-is-not-removable) */
    int members;        /* so is a member of RAID, LVM ... (--wipe-members) */
    int unasked;        /* nobody will be asked (--yes) */
    const char *serial; /* the disk must be this one (--serial), or NULL */
};

/* What a disk is known by: its serial number, or without one its size in bytes, as text. Returns
 * text. */
#define VTC_CONSENT_IDENTITY 128
const char *vtc_consent_identity(const struct vtc_device *dev, char text[VTC_CONSENT_IDENTITY]);

/*
 * For everything that overwrites a whole target, behind vtc_safety_check(): is it the one that
 * serial names, and if it is a fixed disk, has that been agreed to? With unasked the serial must
 * have been given; without, the caller asks for it. Returns 0 or -EPERM with a message of kind
 * VTC_ERROR_REFUSED.
 */
int vtc_consent_check(const struct vtc_device *dev, const struct vtc_consent *consent,
                      struct vtc_error *err);

/*
 * The same for what is on it: a disk, or a partition of it, that belongs with other disks (LVM,
 * RAID, ZFS, a btrfs of several devices ...) although nothing uses it now. fd: the target, only
 * read. Returns 0, -EPERM, or another -errno when the target cannot be read.
 */
int vtc_consent_check_members(const struct vtc_device *dev, int fd,
                              const struct vtc_consent *consent, struct vtc_error *err);

#endif

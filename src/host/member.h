/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Disks that belong with others: what their signatures say, used or not. */
#ifndef VTC_HOST_MEMBER_H
#define VTC_HOST_MEMBER_H

#include "host/device.h"
#include "host/probe.h"

struct vtc_member {
    unsigned partition; /* 0: the whole disk; else the table's nth that is not empty */
    char what[160];     /* "a member of the ZFS pool \"tank\"" */
};

/* Find the first signature of a member on a target or its partitions. fd is only read.
 * Returns 1 when there is one, 0, or -errno. */
int vtc_member_find(const struct vtc_device *dev, int fd, struct vtc_member *member,
                    struct vtc_error *err);

/* What a signature of libblkid means, for people: "a physical volume of LVM", "an encrypted
 * volume (LUKS)"; NULL when its name says it all ("ext4"). */
const char *vtc_member_words(const char *type);

#endif

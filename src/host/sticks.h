/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Find the sticks that are attached. */
#ifndef VTC_HOST_STICKS_H
#define VTC_HOST_STICKS_H

#include <stddef.h>

#include "host/device.h"

struct vtc_sticks {
    char (*path)[64]; /* "/dev/sdb", sorted */
    size_t count;
    char (*ventoy)[64]; /* disks that could be converted (host/ventoy.h), sorted */
    size_t ventoy_count;
    size_t unreadable_count; /* disks that could not be opened for lack of rights */
};

/* Disks and loop devices whose stick record is valid. Free with vtc_sticks_free() in any case.
 * Returns 0 or -errno. */
int vtc_sticks_find(const struct vtc_device_roots *roots, struct vtc_sticks *sticks,
                    struct vtc_error *err);

/* What to say when there is no stick. example: "Plug one in, or name it ...". */
void vtc_sticks_none(const struct vtc_sticks *sticks, const char *example, struct vtc_error *err);

void vtc_sticks_free(struct vtc_sticks *sticks);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/mounted.h"

#include <errno.h>
#include <stdlib.h>

#include "host/safety.h"

static int is_mounted(const struct vtc_device *dev)
{
    return dev->part_count && dev->part[0].number == 1 && dev->part[0].use.mounted[0];
}

int vtc_mounted_safety(const struct vtc_device *dev, int *mounted, struct vtc_error *err)
{
    struct vtc_device *without;
    int rc;

    *mounted = is_mounted(dev);
    if (!*mounted)
        return vtc_safety_check(dev, err);
    without = malloc(sizeof(*without));
    if (!without)
        return vtc_error_set(err, VTC_ERROR_FAILED, -ENOMEM, NULL, "out of memory");
    *without = *dev;
    without->part[0].use.mounted[0] = '\0';
    rc = vtc_safety_check(without, err);
    free(without);
    return rc;
}

int vtc_mounted_is_data(const struct vtc_device *dev, const struct vtc_record *record,
                        struct vtc_error *err)
{
    if (is_mounted(dev) && dev->part[0].off == record->data_off &&
        dev->part[0].bytes == record->data_bytes)
        return 0;
    return vtc_safety_check(dev, err);
}

int vtc_mounted_check_plan(const struct vtc_plan *plan, const struct vtc_record *record,
                           const char *name, struct vtc_error *err)
{
    for (size_t i = 0; i < plan->count; i++) {
        const struct vtc_plan_entry *entry = &plan->entry[i];

        if (entry->off < record->data_off + record->data_bytes &&
            entry->bytes > (record->data_off > entry->off ? record->data_off - entry->off : 0))
            return vtc_error_set(err, VTC_ERROR_FAILED, -EINVAL, "Please report this.",
                                 "%s: would write into the data partition (%s)", name,
                                 entry->reason);
    }
    return 0;
}

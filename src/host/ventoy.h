/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recognise a stick with Ventoy's layout, by all of: sectors of 512 bytes; table entry 1 at 1 MiB;
 * entry 2 of 32 MiB right behind it; in entry 2 a FAT16 volume VTOYEFI whose /grub/grub.cfg says
 * VENTOY_VERSION. What entry 1 was formatted with is its owner's affair. */
#ifndef VTC_HOST_VENTOY_H
#define VTC_HOST_VENTOY_H

#include "host/error.h"
#include "host/table.h"
#include "host/target.h"

struct vtc_ventoy {
    struct vtc_table_facts table;
    char version[32]; /* "1.1.17" */
};

/* Is there Ventoy? Nothing is written. Returns 0, -ENOENT when there is not, -errno. */
int vtc_ventoy_read(const struct vtc_target *target, struct vtc_ventoy *ventoy);

/*
 * The part of it that stays when a conversion was cut off: is the table Ventoy's, and are its two
 * partitions clear of all others and of the first MiB? table: filled in. Returns as
 * vtc_ventoy_read().
 */
int vtc_ventoy_read_table(const struct vtc_target *target, struct vtc_table_facts *table);

/* Is it Ventoy? Then "PATH: not a ventoc stick but a Ventoy stick ..." is set, with what to do.
 * Returns whether it is. */
int vtc_ventoy_explain(const struct vtc_target *target, struct vtc_error *err);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What devices are that stand on disks: encryption, LVM, RAID ... */
#ifndef VTC_HOST_STACK_H
#define VTC_HOST_STACK_H

#include <stddef.h>

/* dir: the sysfs directory of a block device that is no disk, name: its kernel name.
 * what: "an open LUKS volume (backup)". remedy: the command that ends it ("cryptsetup close
 * backup"), "" when there is none to be named. */
#define VTC_STACK_WHAT 320
struct vtc_stack {
    char what[VTC_STACK_WHAT], remedy[VTC_STACK_WHAT];
};
void vtc_stack_describe(const char *dir, const char *name, struct vtc_stack *stack);

/* What holds the device in sysfs directory dir: the first device of its "holders", and what stands
 * on that, in words; remedies with the topmost first. first: kernel name of the holder, "" when
 * there is none. */
void vtc_stack_holders(const char *dir, char *first, size_t first_size, struct vtc_stack *stack);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading attributes of devices in a sysfs tree. */
#ifndef VTC_HOST_SYSFS_H
#define VTC_HOST_SYSFS_H

#include <stddef.h>
#include <stdint.h>

/* Attribute dir/name as text, white space at both ends cut; "" when it cannot be read or does not
 * fit. Returns 1 when there was something, else 0. */
int vtc_sysfs_text(const char *dir, const char *name, char *out, size_t size);

/* A decimal attribute; fallback when it cannot be read. */
uint64_t vtc_sysfs_number(const char *dir, const char *name, uint64_t fallback);

/* An attribute of the form "major:minor". Returns 1 or 0. */
int vtc_sysfs_numbers(const char *dir, const char *name, unsigned *major, unsigned *minor);

/* Does dir/name exist? */
int vtc_sysfs_has(const char *dir, const char *name);

/* Call visit(ctx, dir, name) for each entry that does not begin with a dot, until it returns
 * nonzero, which is passed on. A directory that cannot be read has no entries. */
int vtc_sysfs_each(const char *dir, int (*visit)(void *ctx, const char *dir, const char *name),
                   void *ctx);

#endif

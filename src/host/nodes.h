/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of device nodes below /dev. */
#ifndef VTC_HOST_NODES_H
#define VTC_HOST_NODES_H

#include <stddef.h>

struct vtc_device_roots;

/* Numbers of the block device at path ("/dev/sda1", or any other node). Where there is no node, a
 * name right below /dev is looked up in sysfs. Returns 1, or 0 when it is no block device. */
int vtc_nodes_number(const struct vtc_device_roots *roots, const char *path, unsigned *major,
                     unsigned *minor);

/* The name in /dev/disk/by-id that tells most about the device of this kernel name: one with its
 * serial number before others, model and maker before bare numbers (wwn-, eui). out: "" when there
 * is none. */
void vtc_nodes_by_id(const struct vtc_device_roots *roots, const char *name, const char *serial,
                     char *out, size_t size);

#endif

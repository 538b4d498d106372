/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A mounted btrfs may stand on several devices, of which the list of mounts names one. */
#ifndef VTC_HOST_BTRFS_H
#define VTC_HOST_BTRFS_H

struct vtc_device_roots;

/* Call visit for each device (this one, too) of the mounted btrfs that the block device belongs to,
 * until it returns nonzero, which is passed on. Where: /sys/fs/btrfs/UUID/devices. */
int vtc_btrfs_each_member(const struct vtc_device_roots *roots, unsigned major, unsigned minor,
                          int (*visit)(void *ctx, unsigned major, unsigned minor, const char *name),
                          void *ctx);

#endif

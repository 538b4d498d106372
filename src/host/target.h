/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An open target: the descriptor that is held while an operation lasts. */
#ifndef VTC_HOST_TARGET_H
#define VTC_HOST_TARGET_H

#include "host/apply.h"
#include "host/device.h"

struct vtc_target {
    const struct vtc_device *dev;
    int fd;
    int created; /* the file did not exist before */
    int shared;  /* opened although a partition of it is mounted */
};

/*
 * Open for writing: O_EXCL on a block device, created sparse when dev->exists is 0; locked
 * against udev and other programs (flock, as systemd's "Locking Block Device Access" asks). The
 * size is compared with what was inspected. dev is kept and must outlive the target.
 * Returns 0 or -errno.
 */
int vtc_target_open(const struct vtc_device *dev, struct vtc_target *target, struct vtc_error *err);

/* The same without O_EXCL, which a mounted partition does not allow: for writing beside that
 * partition only (vtc_mounted_check()). dev->exists is 1. Returns 0 or -errno. */
int vtc_target_open_shared(const struct vtc_device *dev, struct vtc_target *target,
                           struct vtc_error *err);

/* Open for reading only, without any claim. Returns 0 or -errno. */
int vtc_target_open_read(const struct vtc_device *dev, struct vtc_target *target,
                         struct vtc_error *err);

/* Is it still what was inspected: there, with the same size, serial number and kernel sequence
 * number; a file: the one of that name? Returns 0; -ENODEV when it went away; -ESTALE when another
 * one is in its place; -errno. */
int vtc_target_same(const struct vtc_target *target, struct vtc_error *err);

/*
 * Carry out a plan on an open target with vtc_apply_run(): vtc_target_same() is asked before the
 * first write and after any error. options->name and options->same are filled in here. What the
 * kernel has cached of the disk and its partitions is dropped afterwards.
 */
int vtc_target_apply(struct vtc_target *target, const struct vtc_plan *plan,
                     const struct vtc_apply_options *options, struct vtc_apply_stats *stats,
                     struct vtc_error *err);

/* Drop what the kernel has cached of the disk and of its partitions, each of which has a cache of
 * its own; what is dirty is written first. As far as it allows; nothing for a file. */
void vtc_target_drop_caches(const struct vtc_target *target);

/* Make the kernel read the partition table again. Returns 0, also where that means nothing (a
 * file, a loop device without partitions); -errno. */
int vtc_target_reread_table(const struct vtc_target *target, struct vtc_error *err);

/* Tell the kernel where one partition is now, which is not in use itself, while another one is
 * mounted and the table cannot be read again. Returns 0 or -errno. */
int vtc_target_move_partition(const struct vtc_target *target, int number, uint64_t off,
                              uint64_t bytes, struct vtc_error *err);

/* Close; remove_created: delete the file if this run created it. */
void vtc_target_close(struct vtc_target *target, int remove_created);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the helper sees of the system: its own sysfs, a folder for device nodes, the guest's /dev.
 * All are directory descriptors, so that nothing of ours has to stay in the guest's tree. */
#ifndef VTC_LINUX_SYS_H
#define VTC_LINUX_SYS_H

#include <ventoc/types.h>

struct vtc_sys {
    int sysfs_fd; /* of /sys; -1: none */
    int dev_fd;   /* of the devtmpfs the guest uses; -1: none */
    int node_fd;  /* a folder where nodes can be made */
    int proc_fd;  /* of /proc; -1: none */
    int image_fd; /* -1; else disks are files of this folder with the names they have in sysfs */
    int any_disk; /* accept loop devices as sticks: what is looked for may lie on one */
};

/* Every name in a directory but . and ..; entry() returns nonzero to stop. Returns 0, or -1 when the
 * directory cannot be read. */
int vtc_sys_list(int dir_fd, const char *path, int (*entry)(void *ctx, const char *name),
                 void *ctx);

/* A small file (an attribute) as text without the newline; -1 when it cannot be read. */
int vtc_sys_read(int dir_fd, const char *path, char *buf, uint32_t capacity_bytes);

/* An attribute that is a decimal number; 0 when it is not there. */
uint64_t vtc_sys_number(int dir_fd, const char *path);

/* "8:0" in attribute path. Returns 0 or -1. */
int vtc_sys_dev(int dir_fd, const char *path, uint32_t *major, uint32_t *minor);

/* Open a device by its numbers through a node of our own: nothing in /dev has to exist. type: S_IFBLK
 * or S_IFCHR. Returns a descriptor or -1. The kernel loads the driver that has the number. */
int vtc_sys_open(const struct vtc_sys *sys, uint32_t type, uint32_t major, uint32_t minor,
                 int flags);

/* Open a block device by its name in sysfs, e.g. "sda". Returns a descriptor or -1. */
int vtc_sys_open_block(const struct vtc_sys *sys, const char *name, int flags);

/* "mapper/NAME" in the guest's /dev shall lead to kernel device target ("dm-0") when nobody else
 * makes it within wait_ms. Returns 0 or -1. */
int vtc_sys_link(const struct vtc_sys *sys, const char *name, const char *target, unsigned wait_ms);

/* Milliseconds of the monotonic clock. */
uint64_t vtc_sys_now_ms(void);
void vtc_sys_sleep_ms(unsigned ms);

/* Memory that is given back when the program ends; zeroed, NULL when there is none. */
void *vtc_sys_take(size_t bytes);

#endif

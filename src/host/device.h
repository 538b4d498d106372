/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a target is: facts from stat, sysfs and /proc, gathered before it is opened. */
#ifndef VTC_HOST_DEVICE_H
#define VTC_HOST_DEVICE_H

#include <limits.h>
#include <stdint.h>

#include "host/error.h"

/* Where the kernel's facts are; tests point these at a tree of their own. */
struct vtc_device_roots {
    const char *sys;  /* "/sys" */
    const char *proc; /* "/proc" */
    const char *dev;  /* "/dev" */
};
extern const struct vtc_device_roots vtc_device_live_roots;

enum vtc_device_kind {
    VTC_DEVICE_DISK,      /* a whole disk */
    VTC_DEVICE_PARTITION, /* part of one */
    VTC_DEVICE_LOOP,      /* a loop device */
    VTC_DEVICE_MAPPED,    /* device-mapper, md, zram ...: not a piece of hardware */
    VTC_DEVICE_DRIVE,     /* a CD or floppy drive */
    VTC_DEVICE_FILE,      /* a regular file */
};

#define VTC_DEVICE_MAX_PARTS 256 /* Linux has no more (DISK_MAX_PARTS) */

/* How a disk or a partition is in use; empty strings when it is not. */
struct vtc_device_use {
    char mounted[256];      /* a mount point */
    char elsewhere[128];    /* a mount point that only the process elsewhere_pid sees */
    unsigned elsewhere_pid; /* (another mount namespace or root directory) */
    char holder[64];        /* kernel name of a device built on it (dm-0, md127 ...) */
    char holder_what[192];  /* "an open LUKS volume (backup)", and what stands on that */
    char holder_end[128];   /* the commands that end it, may be empty */
    char loop[32];          /* a loop device that stands on it */
    int swap;
};

struct vtc_device_part {
    char name[64];       /* sdb1 */
    uint32_t number;     /* 1-based */
    uint64_t off, bytes; /* on the disk */
    struct vtc_device_use use;
};

struct vtc_device {
    const struct vtc_device_roots *roots; /* where the facts are from */
    char path[PATH_MAX];                  /* as resolved: links followed */
    char given[PATH_MAX];                 /* the link that was followed, else empty */
    char name[NAME_MAX + 1];              /* kernel name (sdb), or the file's base name */
    enum vtc_device_kind kind;
    unsigned major, minor; /* of the device; 0:0 for a file */
    uint64_t bytes;
    uint32_t sector_bytes; /* logical; 512 or 4096 */
    int read_only, removable;
    int exists;         /* 0 for a file that will be created */
    int fixed;          /* a disk that is built in: not removable, not on USB, no memory card */
    char transport[16]; /* usb nvme sata scsi virtio mmc loop file, or empty */
    char vendor[64], model[64], serial[128]; /* blanks trimmed, may be empty */
    char by_id[PATH_MAX];        /* the name in /dev/disk/by-id that says most, may be empty */
    char what[192];              /* of a mapped device or a drive: what it is */
    char disk[64];               /* kernel name of the whole disk, for a partition */
    char backing_file[PATH_MAX]; /* loop devices */
    char loop_user[64];          /* another loop device on the same file, else empty */
    uint64_t diskseq;            /* 0 when the kernel has none */
    struct vtc_device_use use;   /* of the whole target */
    char system_dir[64];         /* see vtc_under_system_dir(), else empty */
    uint32_t part_count;
    struct vtc_device_part part[VTC_DEVICE_MAX_PARTS];
};

/* Facts of a block device by its numbers; dev->path is left alone.
 * Returns 0, -ENODEV when sysfs does not know it, -errno. */
int vtc_device_from_sysfs(const struct vtc_device_roots *roots, unsigned major, unsigned minor,
                          struct vtc_device *dev, struct vtc_error *err);

/*
 * Facts of a block device or regular file. Nothing is opened for writing.
 * create_bytes: when not 0, a file that does not exist is described as if it had this size
 * (dev->exists 0), and one that exists must have it. file_sector_bytes: sector size that a
 * regular file stands for (512 or 4096).
 */
int vtc_device_inspect(const struct vtc_device_roots *roots, const char *path,
                       uint64_t create_bytes, uint32_t file_sector_bytes, struct vtc_device *dev,
                       struct vtc_error *err);

/* "/dev/sdb", "disk", ... for messages. */
const char *vtc_device_kind_name(enum vtc_device_kind kind);

#endif

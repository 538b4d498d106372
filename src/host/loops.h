/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loop devices, and on which files and devices they stand. */
#ifndef VTC_HOST_LOOPS_H
#define VTC_HOST_LOOPS_H

#include <stddef.h>
#include <sys/types.h>

struct vtc_device_roots;

struct vtc_loops_entry {
    char name[32];         /* loop0 */
    char *file;            /* as the kernel knows it */
    unsigned major, minor; /* of the block device it stands on, else 0:0 */
    dev_t dev;             /* of the file it stands on, 0 when it is not to be found */
    ino_t ino;
};

struct vtc_loops {
    struct vtc_loops_entry *v;
    size_t count;
};

/* All that have something attached. Free with vtc_loops_free() in any case. Returns 0 or -ENOMEM. */
int vtc_loops_read(const struct vtc_device_roots *roots, struct vtc_loops *loops);
void vtc_loops_free(struct vtc_loops *loops);

/* Name of a loop device on this file, by whichever of its names; me: one that does not count. NULL
 * when there is none. */
const char *vtc_loops_on_file(const struct vtc_loops *loops, const char *file, const char *me);

/* The same for a block device. */
const char *vtc_loops_on_device(const struct vtc_loops *loops, unsigned major, unsigned minor,
                                const char *me);

#endif

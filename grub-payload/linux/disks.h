/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which of the disks is the stick: the one with the record of that UUID, and with the chosen files
 * where the boot menu saw them. */
#ifndef VTC_LINUX_DISKS_H
#define VTC_LINUX_DISKS_H

#include <ventoc/handoff.h>

#include "sys.h"

#define VTC_DISKS_MAX 512u

enum vtc_disks_state {
    VTC_DISKS_OTHER, /* not a stick, or another one */
    VTC_DISKS_ERROR, /* cannot be read */
    VTC_DISKS_STALE, /* the stick, but a file is not where it was */
    VTC_DISKS_MATCH,
};

struct vtc_disk {
    char name[32];      /* in sysfs */
    char model[64];     /* for messages */
    uint64_t bytes, id; /* id changes when a disk of the same name and size is another one */
    enum vtc_disks_state state;
    unsigned tries, round;
    uint64_t first_ms, retry_ms; /* of the first try; of the next one, after an error */
};

struct vtc_disks {
    struct vtc_disk v[VTC_DISKS_MAX];
    unsigned count, round;
    unsigned appeared, matches; /* of the last look */
    uint64_t retry_ms;          /* look again then; UINT64_MAX: only when something changes */
};

/* A disk that answers with errors is tried again: soon at first, for a slow flash drive, then at
 * longer and longer intervals, up to the second; then it is left alone until it changes. */
#define VTC_DISKS_RETRY_MOST_MS 5000u
#define VTC_DISKS_RETRY_FOR_MS  120000u

/* Look at the disks that are there now; those known from the last look are not read again, save
 * after an error. disks: zeroed before the first call. now_ms: of vtc_sys_now_ms(). */
void vtc_disks_look(struct vtc_disks *disks, const struct vtc_sys *sys, const struct vtc_handoff *h,
                    uint64_t now_ms);

/* Open a disk of the last look for reading and check it again: another one may have its name by now.
 * As long as the descriptor is open the kernel gives the name and number to no other disk. Returns
 * it, or -1: it is another disk, does not read as h says any more, or is gone. */
int vtc_disks_open(const struct vtc_disk *disk, const struct vtc_sys *sys,
                   const struct vtc_handoff *h);

/* A name of sysfs' block folder that can be a stick. */
int vtc_disks_is_candidate(const char *name);

/* The disk reads as h says. disk: the whole disk. */
enum vtc_disks_state vtc_disks_check(const struct vtc_reader *disk, const struct vtc_handoff *h);

/* A reader over an open disk or file; fd must live as long. bytes: its length. */
void vtc_disks_reader(struct vtc_reader *reader, const int *fd, uint64_t bytes);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Read a stick: its record, its table, and what is in its slots. */
#ifndef VTC_HOST_STICK_H
#define VTC_HOST_STICK_H

#include <stdint.h>

#include <ventoc/layout.h>
#include <ventoc/record.h>

#include "host/error.h"
#include "host/secureboot.h"
#include "host/target.h"

struct vtc_stick_slot {
    int readable; /* its file system has a valid /ventoc/manifest */
    enum vtc_secureboot_mode secure_boot;
    char version[64]; /* of the payload, empty when not readable */
    char grub[64];
};

struct vtc_stick {
    struct vtc_record record;
    int gpt;
    uint64_t data_bytes; /* of entry 1, which may have been made longer or shorter since */
    unsigned live;       /* 0: slot A, 1: slot B */
    int live_damaged;    /* all is well but what is in the live slot */
    int half_converted;  /* the table is Ventoy's still (host/convert.h) */
    struct vtc_stick_slot slot[VTC_SLOT_COUNT];
};

/* Read the record of a target that may have any sector size. Returns 0; -ENOENT when it is no
 * stick; -EBADMSG when there is a record that is damaged or of a newer format; -errno. */
int vtc_stick_read_record(const struct vtc_target *target, struct vtc_record *record,
                          struct vtc_error *err);

/*
 * Read everything. Returns 0 when the record, the table and the live slot are all there and agree;
 * else as vtc_stick_read_record(), or -EBADMSG when it is a stick but not a good one (an install
 * that did not end, a damaged table or slot). stick is filled in as far as possible.
 */
int vtc_stick_read(const struct vtc_target *target, struct vtc_stick *stick, struct vtc_error *err);

/* 'A' or 'B'. */
char vtc_stick_slot_letter(unsigned slot);

#endif

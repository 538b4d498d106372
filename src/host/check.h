/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is sound on a stick and what is not: facts, and a line of words for each. Only reads. */
#ifndef VTC_HOST_CHECK_H
#define VTC_HOST_CHECK_H

#include <stddef.h>
#include <stdint.h>

#include <ventoc/layout.h>
#include <ventoc/manifest.h>
#include <ventoc/record.h>

#include "host/error.h"
#include "host/gptcopy.h"
#include "host/payload.h"
#include "host/table.h"
#include "host/target.h"

enum vtc_check_level {
    VTC_CHECK_GOOD,
    VTC_CHECK_UNCHECKED, /* nobody looked: neither good nor bad */
    VTC_CHECK_WARNING,   /* everything works, but a spare is damaged or something is odd */
    VTC_CHECK_ERROR,     /* something does not work as it should */
    VTC_CHECK_LEVELS,
};

/* "good", "unchecked", "warning", "error". */
const char *vtc_check_level_name(enum vtc_check_level level);

struct vtc_check_item {
    const char *part; /* a constant: "record", "slot_a" ... */
    enum vtc_check_level level;
    char text[384];
    char hint[256]; /* what to do about it, or empty */
};

struct vtc_check_slot {
    enum { VTC_CHECK_SLOT_EMPTY, VTC_CHECK_SLOT_DAMAGED, VTC_CHECK_SLOT_GOOD } files;
    /* NONE: there is no manifest to compare it with, or the stick has no BIOS cores */
    enum { VTC_CHECK_CORE_NONE, VTC_CHECK_CORE_DAMAGED, VTC_CHECK_CORE_GOOD } core;
    char *text; /* the manifest, NULL when it cannot be read; from malloc() */
    struct vtc_manifest manifest;
    uint64_t core_bytes; /* as the manifest says */
    unsigned file_count; /* in the manifest */
    char why[256];       /* what is wrong with the files */
};

enum vtc_check_code {
    VTC_CHECK_CODE_NONE,    /* the stick has no BIOS cores */
    VTC_CHECK_CODE_UNKNOWN, /* it starts a core, but there is nothing to compare it with */
    VTC_CHECK_CODE_GOOD,
    VTC_CHECK_CODE_BAD,
};

/* Everything, as far as it could be found out. */
struct vtc_check {
    struct vtc_check_item *item; /* in the order in which things were looked at */
    size_t count, capacity;
    size_t level_count[VTC_CHECK_LEVELS];

    struct vtc_record record;
    uint64_t record_off[2]; /* of its copies */
    int record_rc[2];       /* of vtc_record_decode() */
    int records_differ;     /* both are good, and not the same */

    uint8_t sector0[512];
    int is_mbr;                /* 0x55AA, and of a GPT a protective MBR */
    struct vtc_gptcopy gpt[2]; /* primary and backup */
    int gpt_used;              /* which copy counts: 0, 1, or -1: none */
    int gpt_is_whole;          /* both are good, agree, and lie where they should */
    struct vtc_table_entry entry[2];
    int entry_good[2]; /* entries 1 and 2 are as the record says */
    int overlap;       /* another partition reaches into the stick's parts */
    int live;          /* the live slot, by the table; -1: it does not say */
    int boot_slot;     /* whose core sector 0 starts; -1: none's */
    enum vtc_check_code code;
    struct vtc_check_slot slot[VTC_SLOT_COUNT];
};

/*
 * Look at record, table, boot code and slots. payload: to compare the boot code with, or NULL.
 * Free check with vtc_check_free() in any case. Returns 0 however much is damaged; -ENOENT: not a
 * stick; -EBADMSG: neither copy of the record is good, or it is of a newer format; -ENOMEM.
 */
int vtc_check_stick(const struct vtc_target *target, const struct vtc_payload *payload,
                    struct vtc_check *check, struct vtc_error *err);
void vtc_check_free(struct vtc_check *check);

/* Add an item; its hint is empty. Out of memory, the last one is overwritten. */
void vtc_check_add(struct vtc_check *check, const char *part, enum vtc_check_level level,
                   const char *format, ...) __attribute__((format(printf, 4, 5)));
void vtc_check_hint(struct vtc_check *check, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Parts of vtc_check_stick(), one file each. Return 0 or -ENOMEM. */
void vtc_check_record(const struct vtc_target *target, struct vtc_check *check);
int vtc_check_table(const struct vtc_target *target, struct vtc_check *check);
void vtc_check_boot(const struct vtc_target *target, const struct vtc_payload *payload,
                    struct vtc_check *check);
int vtc_check_secure(const struct vtc_target *target, struct vtc_check *check);
int vtc_check_slots(const struct vtc_target *target, struct vtc_check *check);

/* Is a slot whole: its files, and its BIOS core where the stick has cores? */
int vtc_check_slot_is_good(const struct vtc_check *check, unsigned slot);

/* Where a slot's BIOS core begins. */
uint32_t vtc_check_core_lba512(const struct vtc_check *check, unsigned slot);

#endif

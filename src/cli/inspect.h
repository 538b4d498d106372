/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is known of an image file, for ventoc inspect. */
#ifndef VTC_CLI_INSPECT_H
#define VTC_CLI_INSPECT_H

#include <ventoc/bootcfg.h>
#include <ventoc/classify.h>
#include <ventoc/diskcfg.h>
#include <ventoc/eltorito.h>
#include <ventoc/family.h>

#include "cli/cli.h"
#include "cli/json.h"

#define VTC_INSPECT_ENTRIES_MAX  256u
#define VTC_INSPECT_WARNINGS_MAX 16u
#define VTC_INSPECT_LINE         320u

enum vtc_inspect_type {
    VTC_INSPECT_UNKNOWN,
    VTC_INSPECT_CD,     /* ISO 9660 or UDF: becomes a virtual CD */
    VTC_INSPECT_DISK,   /* becomes a virtual hard disk */
    VTC_INSPECT_FLOPPY, /* becomes a virtual floppy on BIOS */
    VTC_INSPECT_EFI,    /* an EFI program */
};

/* Machines whose loader lies in \EFI\BOOT (UEFI 2.10 section 3.5.1.1). */
enum { VTC_INSPECT_X64 = 1, VTC_INSPECT_IA32 = 2, VTC_INSPECT_AA64 = 4 };

/* An entry of a boot configuration; the strings are allocated, in one piece that begins at title. */
struct vtc_inspect_entry {
    char *title, *kernel, *cmdline, *initrds;
    int config, kernel_found;
    unsigned kernel_bits;
};

struct vtc_inspect {
    const char *path;
    uint64_t bytes;
    enum vtc_inspect_type type;
    int rc;             /* of vtc_classify() */
    const char *packed; /* a compressed file or archive: what to unpack it with */
    struct vtc_boot_facts facts;
    struct vtc_eltorito torito;
    unsigned efi_machines; /* of the EFI image of a CD */
    const struct vtc_family *family;
    struct vtc_bootcfg cfg;  /* of a CD */
    struct vtc_diskcfg disk; /* of a disk */
    uint32_t entry_count;
    struct vtc_inspect_entry entry[VTC_INSPECT_ENTRIES_MAX];
    int entries_cut;

    /* in words, see vtc_inspect_words() */
    char bios[VTC_INSPECT_LINE], uefi[VTC_INSPECT_LINE], linux_words[VTC_INSPECT_LINE];
    uint32_t warning_count;
    char warning[VTC_INSPECT_WARNINGS_MAX][VTC_INSPECT_LINE];
};

/* Look at a file; nothing is written. Returns 0 or -errno with *err filled in. Either way
 * vtc_inspect_free() gives back what it allocated. The structure is large: not for a stack. */
int vtc_inspect_read(const char *path, struct vtc_inspect *in, struct vtc_error *err);
void vtc_inspect_free(struct vtc_inspect *in);

/* The same with what a reader gives; path: its name, which may decide what it is. */
int vtc_inspect_image(const struct vtc_reader *image, const char *path, struct vtc_inspect *in,
                      struct vtc_error *err);

/* Will it not start at all: no image, cut off, damaged? */
int vtc_inspect_is_unusable(const struct vtc_inspect *in);

/* Say what ventoc will do with it, and what is odd. */
void vtc_inspect_words(struct vtc_inspect *in);

/* Print it. verbose: command lines too. */
void vtc_inspect_text(const struct vtc_inspect *in, int verbose);
/* One object of an array that is open. */
void vtc_inspect_json(struct vtc_json *json, const struct vtc_inspect *in);

/* Names for both. */
const char *vtc_inspect_type_name(const struct vtc_inspect *in);
const char *vtc_inspect_platform_name(unsigned platform);
const char *vtc_inspect_media_name(unsigned media);

#endif

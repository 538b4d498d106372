/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The texts of boot configurations, one parser for each syntax: they touch no file. */
#ifndef VENTOC_BOOTCFG_PARSE_H
#define VENTOC_BOOTCFG_PARSE_H

#include <ventoc/ascii.h>
#include <ventoc/bootcfg.h>

#define VTC_BOOTCFG_CMDLINE_BYTES 4096u
#define VTC_BOOTCFG_WORDS_MAX     128u

/* A string being put together in a buffer of fixed size; what does not fit is left out. */
struct vtc_bootcfg_text {
    char *buf; /* always NUL-terminated */
    uint32_t used, capacity;
};

/* A piece of a text that is not ours to change. */
struct vtc_bootcfg_span {
    const char *p;
    uint32_t n;
};

/* Variables of a GRUB configuration. They outlive it: a file that is sourced sees them. */
#define VTC_BOOTCFG_VARIABLES_MAX 48u
struct vtc_bootcfg_variables {
    uint32_t count;
    struct {
        char name[32];
        char value[VTC_BOOTCFG_PATH_BYTES];
    } variable[VTC_BOOTCFG_VARIABLES_MAX];
};

/* What a parser needs and what it tells; large: not for a stack. */
struct vtc_bootcfg_parser {
    const char *text; /* the configuration; a NUL byte is a blank like any other */
    uint32_t bytes;
    struct vtc_bootcfg_variables *variables; /* of GRUB */

    /* An entry: its strings are valid during the call; config and what is known of the kernel is
     * for the callee to fill in. Nonzero stops and is passed on. */
    int (*entry)(void *ctx, struct vtc_bootcfg_entry *entry);
    /* Another configuration is named. folder: NULL, or the folder it is to be read from
     * (syslinux). Nonzero stops and is passed on. */
    int (*include)(void *ctx, const char *path, enum vtc_bootcfg_syntax syntax, const char *folder);
    void *ctx;

    /* work space of the parser */
    char title[256], kernel[VTC_BOOTCFG_PATH_BYTES], config[VTC_BOOTCFG_PATH_BYTES];
    char cmdline[VTC_BOOTCFG_CMDLINE_BYTES], initrds[VTC_BOOTCFG_CMDLINE_BYTES];
    char words[VTC_BOOTCFG_CMDLINE_BYTES];
    uint16_t word[VTC_BOOTCFG_WORDS_MAX]; /* where the words of a command begin */
};

/* isolinux.cfg and its like (syslinux: doc/syslinux.txt, doc/menu.txt). Keywords in any case;
 * INCLUDE, MENU INCLUDE, CONFIG with the folder of its APPEND, UI and menu programs with files.
 * Returns 0 or what a call returned. */
int vtc_bootcfg_syslinux(struct vtc_bootcfg_parser *parser);

/* grub.cfg (GRUB manual, section 6 "Writing full configuration files directly"): commands, quotes,
 * variables. Conditions are not evaluated: all branches are looked at in turn.
 * Returns 0 or what a call returned. */
int vtc_bootcfg_grub(struct vtc_bootcfg_parser *parser);

/* loader/entries/X.conf (Boot Loader Specification, type 1): one entry.
 * Returns 0 or what a call returned. */
int vtc_bootcfg_loader_entry(struct vtc_bootcfg_parser *parser);

/* Set a variable; a full table forgets it, a value that does not fit is cut. */
void vtc_bootcfg_variable_set(struct vtc_bootcfg_variables *variables, const char *name,
                              const char *value);
/* NULL when there is none. */
const char *vtc_bootcfg_variable(const struct vtc_bootcfg_variables *variables, const char *name);

/* ---- strings ---- */

void vtc_bootcfg_text_begin(struct vtc_bootcfg_text *t, char *buf, uint32_t capacity);
void vtc_bootcfg_text_put(struct vtc_bootcfg_text *t, const char *p, uint32_t n);
/* The same with a blank before it unless it is the first. */
void vtc_bootcfg_text_word(struct vtc_bootcfg_text *t, const char *p, uint32_t n);

/* Is the span this word? ASCII case is ignored. */
int vtc_bootcfg_span_is(struct vtc_bootcfg_span s, const char *word);
int vtc_bootcfg_span_begins(struct vtc_bootcfg_span s, const char *word);
int vtc_bootcfg_span_ends(struct vtc_bootcfg_span s, const char *word);
/* Take the next line off *text (LF, CR LF or CR ends one), without blanks around it. 0 at the end. */
int vtc_bootcfg_line(struct vtc_bootcfg_span *text, struct vtc_bootcfg_span *line);
/* Take the next word off *line; n is 0 at the end. */
struct vtc_bootcfg_span vtc_bootcfg_word(struct vtc_bootcfg_span *line);
/* Sort parameters into those and the files of initrd=a,b: both get words. */
void vtc_bootcfg_parameters(struct vtc_bootcfg_span line, struct vtc_bootcfg_text *cmdline,
                            struct vtc_bootcfg_text *initrds);
/* Files separated by commas become words. */
void vtc_bootcfg_commas(struct vtc_bootcfg_span list, struct vtc_bootcfg_text *initrds);

#endif

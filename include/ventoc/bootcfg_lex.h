/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Words of GRUB's command language (GRUB manual, section 6.3 "Writing full configuration files
 * directly"): quotes, comments, variables, continued lines. */
#ifndef VENTOC_BOOTCFG_LEX_H
#define VENTOC_BOOTCFG_LEX_H

#include <ventoc/bootcfg_parse.h>

struct vtc_bootcfg_lexer {
    struct vtc_bootcfg_parser *parser; /* words and word[] of it are filled in */
    uint32_t at;                       /* in the text */
    uint32_t count;                    /* words of the command, none of them longer than fits */
    char end; /* what ended it: LF ; | & { } or NUL at the end of the text */

    /* while a word is put together */
    uint32_t used; /* of words */
    int in_word, is_full;
};

void vtc_bootcfg_lexer_begin(struct vtc_bootcfg_lexer *x, struct vtc_bootcfg_parser *parser);

/* Read the next command, possibly without words. Returns 0 when the text is at its end. */
int vtc_bootcfg_lexer_command(struct vtc_bootcfg_lexer *x);

/* May c be in the name of a variable, as its n-th character? */
int vtc_bootcfg_is_name(char c, uint32_t n);

#endif

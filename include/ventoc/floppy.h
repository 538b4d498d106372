/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Floppy formats by the length of their images (ECMA-99, ECMA-125 and their relatives). */
#ifndef VENTOC_FLOPPY_H
#define VENTOC_FLOPPY_H

#include <ventoc/types.h>

struct vtc_floppy {
    uint16_t sectors; /* of 512 bytes, all of them */
    uint8_t cylinders, heads, sectors_per_track;
    uint8_t bios_type; /* int 13h AH=08h, BL */
};

/* The format of an image of so many bytes; NULL when no floppy has this size. */
const struct vtc_floppy *vtc_floppy_of(uint64_t bytes);

#endif

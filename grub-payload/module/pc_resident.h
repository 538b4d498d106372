/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The int 13h handler in memory that the booted system leaves alone. */
#ifndef VTC_PC_RESIDENT_H
#define VTC_PC_RESIDENT_H

#include "int13/config.h"
#include "vtc.h"

struct vtc_pc_resident {
    int low_handle, high_handle; /* reservations in the BIOS memory map, 0 when none */
    grub_uint8_t *low;           /* the handler's segment */
    grub_size_t low_bytes;
    struct vtc_int13_config *config; /* inside low */
    grub_uint32_t old_vector;        /* 0 while not installed */
};

/*
 * Reserve memory, put the handler and the image's table there. The drive fields of the
 * configuration are left for the caller. boot: an image whose pieces are all in reach.
 * Returns a GRUB error that says what is missing.
 */
grub_err_t vtc_pc_resident_prepare(struct vtc_pc_resident *resident, const struct vtc_boot *boot);

/* Point the interrupt vector at the handler, and back at the BIOS's. */
void vtc_pc_resident_install(struct vtc_pc_resident *resident);
void vtc_pc_resident_remove(struct vtc_pc_resident *resident);

/* Give the memory back. */
void vtc_pc_resident_free(struct vtc_pc_resident *resident);

#endif

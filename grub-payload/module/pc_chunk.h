/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How much the BIOS moves in one read. */
#ifndef VTC_PC_CHUNK_H
#define VTC_PC_CHUNK_H

#include <ventoc/bios_map.h>

#include "vtc.h"

/*
 * The most 512-byte sectors the handler may ask the stick for at once: 128, which is 64 KiB, when
 * the BIOS has just read as many of the image correctly, else 64, as when the variable
 * vtc_bios_small_reads is 1. runs: of the image, all in the BIOS's reach.
 */
unsigned vtc_pc_chunk_sectors(const struct vtc_boot *boot, const struct vtc_bios_run *runs,
                              grub_uint32_t run_count);

#endif

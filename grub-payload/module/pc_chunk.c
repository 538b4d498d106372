/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A boot loader asks a CD for 64 KiB at a time, 128 sectors of the stick: one more than EDD-4 section
 * 8.3 promises. Most BIOSes move them; who does not would have to be asked twice. So it is tried
 * where nothing depends on it, against what GRUB reads in smaller pieces.
 */
#include <grub/disk.h>
#include <grub/env.h>
#include <grub/i386/memory.h>
#include <grub/i386/pc/memory.h>
#include <grub/memory.h>
#include <grub/misc.h>
#include <grub/mm.h>

#include "pc_bios.h"
#include "pc_chunk.h"

#define SMALL_SECTORS 64u /* 32 KiB: every BIOS can move that in one transfer */
#define LARGE_SECTORS 128u
#define LARGE_BYTES   (LARGE_SECTORS * 512u)

/* Does the BIOS read LARGE_SECTORS from here to low[], as they are in wanted[]? */
static int reads_large(unsigned drive, grub_uint64_t lba512, grub_uint8_t *low,
                       const grub_uint8_t *wanted)
{
    for (grub_uint32_t i = 0; i < LARGE_BYTES; i++)
        low[i] = (grub_uint8_t)~wanted[i]; /* what is not transferred shall be seen */
    return vtc_pc_read(drive, lba512, LARGE_SECTORS, (grub_addr_t)low) &&
           grub_memcmp(low, wanted, LARGE_BYTES) == 0;
}

/* A place on the stick where the image goes on for LARGE_SECTORS; 0 when there is none. */
static grub_uint64_t find_place(const struct vtc_bios_run *runs, grub_uint32_t run_count)
{
    for (grub_uint32_t i = 0; i < run_count; i++)
        if (!(runs[i].src & (VTC_BIOS_MEMORY | VTC_BIOS_ZERO)) && runs[i].count >= LARGE_SECTORS)
            return runs[i].src;
    return 0;
}

unsigned vtc_pc_chunk_sectors(const struct vtc_boot *boot, const struct vtc_bios_run *runs,
                              grub_uint32_t run_count)
{
    const char *small_reads = grub_env_get("vtc_bios_small_reads");
    grub_uint64_t lba512 = find_place(runs, run_count);
    grub_uint8_t *wanted, *low;
    int low_handle, large = 0;

    if (!lba512 || (small_reads && *small_reads == '1'))
        return SMALL_SECTORS;
    wanted = grub_malloc(LARGE_BYTES);
    /* aligned: no transfer may cross a 64 KiB boundary */
    low = grub_mmap_malign_and_register(LARGE_BYTES, LARGE_BYTES, &low_handle, GRUB_MEMORY_RESERVED,
                                        GRUB_MMAP_MALLOC_LOW);
    /* below: GRUB's own stack, on a machine with little low memory */
    if (wanted && (grub_addr_t)low >= GRUB_MEMORY_MACHINE_RESERVED_END &&
        grub_disk_read(boot->disk, lba512, 0, LARGE_BYTES, wanted) == GRUB_ERR_NONE)
        large = reads_large(boot->disk->id, lba512, low, wanted);
    if (low)
        grub_mmap_free_and_unregister(low_handle);
    grub_free(wanted);
    grub_errno = GRUB_ERR_NONE;
    return large ? LARGE_SECTORS : SMALL_SECTORS;
}

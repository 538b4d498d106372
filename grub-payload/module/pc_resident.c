/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where the handler lives: its segment in low memory, the table of runs in high memory, both
 * reserved in the memory map that the booted system asks the BIOS for.
 */
#include <grub/i386/memory.h>
#include <grub/env.h>
#include <grub/memory.h>
#include <grub/misc.h>
#include <grub/mm.h>

#include <ventoc/bios_map.h>

#include "linux.h"
#include "pc_bios.h"
#include "pc_chunk.h"
#include "pc_resident.h"

#define LOW_ALIGN    1024u
#define INT13_VECTOR ((volatile grub_uint32_t *)grub_absolute_pointer(4 * 0x13))

/* int13_blob.S: the linked handler */
extern const grub_uint8_t vtc_int13_blob[], vtc_int13_blob_end[];

/* What the BIOS says it can read, or less: vtc_bios_limit_mib is for a BIOS that promises more than
 * it does. */
static grub_uint64_t reach_lba512(unsigned drive, unsigned *sector_bytes)
{
    const char *limit = grub_env_get("vtc_bios_limit_mib");
    grub_uint64_t sectors = vtc_pc_edd_sectors(drive, sector_bytes), limit_sectors;

    if (!limit)
        return sectors;
    limit_sectors = grub_strtoull(limit, NULL, 10) << 11;
    grub_errno = GRUB_ERR_NONE;
    return limit_sectors < sectors ? limit_sectors : sectors;
}

/* Can the BIOS read as far as the image's last piece lies? */
static grub_err_t check_reach(const struct vtc_boot *boot, grub_uint64_t end_lba512)
{
    unsigned sector_bytes = 0;
    grub_uint64_t sectors = reach_lba512(boot->disk->id, &sector_bytes);

    if (sectors == 0)
        return grub_error(GRUB_ERR_BAD_DEVICE,
                          "%s: this BIOS has no extended disk reads for the stick; try another "
                          "port, or UEFI mode",
                          boot->name);
    if (sector_bytes != 512)
        return grub_error(
            GRUB_ERR_BAD_DEVICE,
            "%s: the stick has sectors of %u bytes, a BIOS can only boot from sectors "
            "of 512; start this machine in UEFI mode",
            boot->name, sector_bytes);
    if (end_lba512 > sectors)
        return grub_error(
            GRUB_ERR_OUT_OF_RANGE,
            "%s: lies beyond what this BIOS can read (it ends at %llu MiB of the stick, the BIOS "
            "sees %llu MiB); copy it nearer to the beginning of the stick, or use UEFI mode",
            boot->name, (unsigned long long)(end_lba512 >> 11),
            (unsigned long long)(sectors >> 11));
    return GRUB_ERR_NONE;
}

/* The first sector of every window, which the handler searches without leaving low memory. */
static void fill_index(grub_uint32_t *index, const struct vtc_bios_run *runs, grub_uint32_t windows)
{
    for (grub_uint32_t i = 0; i < windows; i++)
        index[i] = runs[i * VTC_BIOS_WINDOW_RUNS].first_lba512;
}

static grub_err_t place_low(struct vtc_pc_resident *resident, const struct vtc_bios_run *runs,
                            grub_uint32_t windows)
{
    grub_size_t blob_bytes = vtc_int13_blob_end - vtc_int13_blob;
    grub_size_t bytes = blob_bytes + windows * sizeof(grub_uint32_t);

    if (bytes > 0xffff)
        return grub_error(
            GRUB_ERR_OUT_OF_MEMORY,
            "the file is in too many pieces for a BIOS; copy it again to a stick with "
            "more free space");
    resident->low_bytes = ALIGN_UP(bytes, LOW_ALIGN);
    resident->low =
        grub_mmap_malign_and_register(LOW_ALIGN, resident->low_bytes, &resident->low_handle,
                                      GRUB_MEMORY_RESERVED, GRUB_MMAP_MALLOC_LOW);
    if (!resident->low)
        return grub_error(GRUB_ERR_OUT_OF_MEMORY,
                          "this BIOS has no %lu bytes of low memory left for the virtual drive",
                          (unsigned long)resident->low_bytes);
    grub_memset(resident->low, 0, resident->low_bytes);
    grub_memcpy(resident->low, vtc_int13_blob, blob_bytes);
    resident->config = (struct vtc_int13_config *)resident->low;
    resident->config->index_off = blob_bytes;
    fill_index((grub_uint32_t *)(resident->low + blob_bytes), runs, windows);
    return GRUB_ERR_NONE;
}

grub_err_t vtc_pc_resident_prepare(struct vtc_pc_resident *resident, const struct vtc_boot *boot)
{
    grub_uint32_t capacity = vtc_bios_map_capacity(&boot->image), count, sectors;
    struct vtc_bios_run *runs;
    unsigned chunk_sectors;
    grub_err_t err;

    grub_memset(resident, 0, sizeof(*resident));
    runs = grub_mmap_malign_and_register(4096, capacity * sizeof(*runs), &resident->high_handle,
                                         GRUB_MEMORY_RESERVED, 0);
    if (!runs)
        return grub_error(GRUB_ERR_OUT_OF_MEMORY, "%s: out of memory for its list of pieces",
                          boot->name);
    if (vtc_bios_map_build(&boot->image, runs, &count, &sectors) != VTC_OK) {
        err =
            grub_error(GRUB_ERR_BAD_FILE_TYPE,
                       "%s: its pieces do not lie on whole sectors, or it is longer than 2 TiB; a "
                       "BIOS cannot read that, UEFI can",
                       boot->name);
        goto fail;
    }
    err = check_reach(boot, vtc_bios_map_end_lba512(runs, count));
    if (err)
        goto fail;
    chunk_sectors = vtc_pc_chunk_sectors(boot, runs, count);
    err = place_low(resident, runs, capacity / VTC_BIOS_WINDOW_RUNS);
    if (err)
        goto fail;
    resident->config->real_drive = boot->disk->id;
    resident->config->chunk_sectors = chunk_sectors;
    resident->config->run_count = count;
    resident->config->table_address = (grub_addr_t)runs;
    resident->config->sectors = sectors;
    resident->config->drive = VTC_INT13_NO_DRIVE;
    resident->config->emulated_drive = VTC_INT13_NO_DRIVE;
    return GRUB_ERR_NONE;
fail:
    vtc_pc_resident_free(resident);
    return err;
}

void vtc_pc_resident_install(struct vtc_pc_resident *resident)
{
    resident->old_vector = *INT13_VECTOR;
    resident->config->old_vector = resident->old_vector;
    *INT13_VECTOR = ((grub_uint32_t)(grub_addr_t)resident->low << 12) | VTC_INT13_ENTRY_OFF;
}

void vtc_pc_resident_remove(struct vtc_pc_resident *resident)
{
    if (resident->old_vector)
        *INT13_VECTOR = resident->old_vector;
    resident->old_vector = 0;
}

void vtc_pc_resident_free(struct vtc_pc_resident *resident)
{
    vtc_pc_resident_remove(resident);
    if (resident->low_handle)
        grub_mmap_free_and_unregister(resident->low_handle);
    if (resident->high_handle)
        grub_mmap_free_and_unregister(resident->high_handle);
    grub_memset(resident, 0, sizeof(*resident));
}

void *vtc_platform_hold(grub_size_t bytes, int *handle)
{
    return grub_mmap_malign_and_register(4096, bytes, handle, GRUB_MEMORY_RESERVED, 0);
}

void vtc_platform_let_go(void *memory __attribute__((unused)), int handle)
{
    grub_mmap_free_and_unregister(handle);
}

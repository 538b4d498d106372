/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/exfat_boot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <ventoc/bytes.h>

#include "host/fdio.h"
#include "host/scratch.h"

/* Byte offsets in the boot sector, section 3.1 table 4. */
#define AT_PARTITION_OFFSET    64
#define AT_VOLUME_LENGTH       72
#define AT_FAT_OFFSET          80
#define AT_FAT_LENGTH          84
#define AT_CLUSTER_HEAP_OFFSET 88
#define AT_VOLUME_FLAGS        106
#define AT_SECTOR_SHIFT        108
#define AT_CLUSTER_SHIFT       109
#define AT_PERCENT_IN_USE      112

#define REGION_SECTORS         12 /* section 2, table 3 */
#define SOURCE_BYTES           512u

uint32_t vtc_exfat_boot_checksum(const uint8_t *region, uint32_t sector_bytes)
{
    uint32_t sum = 0;

    for (uint32_t i = 0; i < (REGION_SECTORS - 1) * sector_bytes; i++) {
        if (i == AT_VOLUME_FLAGS || i == AT_VOLUME_FLAGS + 1 || i == AT_PERCENT_IN_USE)
            continue;
        sum = (sum << 31 | sum >> 1) + region[i];
    }
    return sum;
}

/* The boot sector's fields in units of 2^shift old sectors. Returns 0 or -EINVAL. */
static int convert(uint8_t *boot, unsigned shift, uint64_t part_off, uint32_t sector_bytes)
{
    static const uint8_t counts32[] = {AT_FAT_OFFSET, AT_FAT_LENGTH, AT_CLUSTER_HEAP_OFFSET};
    uint64_t volume = vtc_le64(boot + AT_VOLUME_LENGTH);
    uint32_t mask = (1u << shift) - 1;

    if (memcmp(boot + 3, "EXFAT   ", 8) != 0 || boot[510] != 0x55 || boot[511] != 0xaa ||
        boot[AT_SECTOR_SHIFT] != 9 || boot[AT_CLUSTER_SHIFT] < shift || (volume & mask) ||
        part_off % sector_bytes)
        return -EINVAL;
    for (size_t i = 0; i < sizeof(counts32); i++) {
        uint32_t count = vtc_le32(boot + counts32[i]);

        if (count & mask)
            return -EINVAL;
        vtc_put_le32(boot + counts32[i], count >> shift);
    }
    if (vtc_le32(boot + AT_FAT_OFFSET) < 2 * REGION_SECTORS)
        return -EINVAL;
    vtc_put_le64(boot + AT_VOLUME_LENGTH, volume >> shift);
    vtc_put_le64(boot + AT_PARTITION_OFFSET, part_off / sector_bytes);
    boot[AT_SECTOR_SHIFT] = (uint8_t)(9 + shift);
    boot[AT_CLUSTER_SHIFT] = (uint8_t)(boot[AT_CLUSTER_SHIFT] - shift);
    return 0;
}

int vtc_exfat_boot_rewrite(int fd, uint64_t part_off, uint32_t sector_bytes, struct vtc_error *err)
{
    unsigned shift = sector_bytes == 4096 ? 3 : 0;
    size_t bytes = (size_t)REGION_SECTORS * sector_bytes;
    uint8_t *region = calloc(1, bytes);
    uint32_t sum;
    int rc;

    if (!region)
        return vtc_error_set(err, VTC_ERROR_FAILED, -ENOMEM, NULL, "out of memory");
    rc = vtc_fdio_read(fd, 0, region, SOURCE_BYTES);
    if (!rc)
        rc = convert(region, shift, part_off, sector_bytes);
    if (!rc) {
        /* Sectors 1 to 8 are extended boot sectors: empty, with a signature at the very end. */
        for (uint32_t s = 1; s <= 8; s++)
            vtc_put_le32(region + (s + 1) * sector_bytes - 4, 0xaa550000u);
        sum = vtc_exfat_boot_checksum(region, sector_bytes);
        for (uint32_t i = 0; i < sector_bytes; i += 4)
            vtc_put_le32(region + (REGION_SECTORS - 1) * sector_bytes + i, sum);
        rc = vtc_scratch_write(fd, 0, region, bytes);
        if (!rc)
            rc = vtc_scratch_write(fd, bytes, region, bytes);
    }
    free(region);
    if (rc)
        vtc_error_set(err, VTC_ERROR_FAILED, rc, "Is mkfs.exfat the one of exfatprogs?",
                      "cannot set up the exFAT boot region for %u-byte sectors: %s", sector_bytes,
                      strerror(-rc));
    return rc;
}

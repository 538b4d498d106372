/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/bootcode.h"

#include <errno.h>
#include <string.h>

#include <ventoc/bytes.h>
#include <ventoc/layout.h>

/* What GRUB's diskboot.img holds until an installer fills in where the second sector is. */
#define UNPATCHED_LBA512 2u
/* The second sector is loaded right behind the first one's 512 bytes at 0x8000. */
#define CORE_SEGMENT 0x820u

int vtc_bootcode_patch_boot(const uint8_t *boot, size_t boot_bytes, uint32_t core_lba512,
                            uint8_t lba0[512])
{
    if (boot_bytes != 512 || boot[510] != 0x55 || boot[511] != 0xaa)
        return -EINVAL;
    memcpy(lba0, boot, VTC_BOOT_CODE_BYTES);
    vtc_put_le64(lba0 + VTC_BOOT_KERNEL_LBA_AT, core_lba512);
    /* Two NOPs over the jump that would look for a floppy. */
    lba0[VTC_BOOT_DRIVE_CHECK] = 0x90;
    lba0[VTC_BOOT_DRIVE_CHECK + 1] = 0x90;
    return 0;
}

size_t vtc_bootcode_core_bytes(size_t core_bytes)
{
    return (core_bytes + 511) / 512 * 512;
}

int vtc_bootcode_patch_core(const uint8_t *core, size_t core_bytes, uint32_t core_lba512,
                            uint8_t *out)
{
    size_t padded = vtc_bootcode_core_bytes(core_bytes);

    if (core_bytes <= 512 || core_bytes > VTC_CORE_MAX_BYTES)
        return -EINVAL;
    memcpy(out, core, core_bytes);
    memset(out + core_bytes, 0, padded - core_bytes);
    vtc_put_le64(out + VTC_CORE_BLOCKLIST_AT, (uint64_t)core_lba512 + 1);
    vtc_put_le16(out + VTC_CORE_BLOCKLIST_AT + 8, (uint16_t)(padded / 512 - 1));
    vtc_put_le16(out + VTC_CORE_BLOCKLIST_AT + 10, CORE_SEGMENT);
    return 0;
}

int vtc_bootcode_unpatch_core(uint8_t *core, size_t core_bytes, uint32_t core_lba512)
{
    size_t count = vtc_bootcode_core_bytes(core_bytes) / 512 - 1;

    if (vtc_le64(core + VTC_CORE_BLOCKLIST_AT) != (uint64_t)core_lba512 + 1 ||
        vtc_le16(core + VTC_CORE_BLOCKLIST_AT + 8) != count ||
        vtc_le16(core + VTC_CORE_BLOCKLIST_AT + 10) != CORE_SEGMENT)
        return -EINVAL;
    vtc_put_le64(core + VTC_CORE_BLOCKLIST_AT, UNPATCHED_LBA512);
    return 0;
}

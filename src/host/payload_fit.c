/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <ventoc/bytes.h>
#include <ventoc/fat.h>

#include "host/payload.h"

#define AT_TOTAL_16         19
#define AT_TOTAL_32         32

#define FAIL(rc, hint, ...) vtc_error_set(err, VTC_ERROR_PAYLOAD, rc, hint, __VA_ARGS__)

static const char reinstall_hint[] = "Use the boot files of this version of ventoc.";

static void put_total(uint8_t *boot_sector, uint32_t sectors)
{
    vtc_put_le16(boot_sector + AT_TOTAL_16, sectors < 65536 ? (uint16_t)sectors : 0);
    vtc_put_le32(boot_sector + AT_TOTAL_32, sectors < 65536 ? 0 : sectors);
}

int vtc_payload_fit(struct vtc_payload *payload, uint64_t slot_bytes, struct vtc_error *err)
{
    struct vtc_payload_image *image = &payload->slot;
    struct vtc_reader reader = vtc_payload_reader(image);
    struct vtc_fat before, after;
    uint64_t clusters_end;

    if (vtc_fat_open(&before, &reader))
        return FAIL(-EBADMSG, reinstall_hint, "%s: the slot image is not a FAT file system",
                    payload->dir);
    /* What is behind the end of the file system, too. */
    if (before.volume_bytes <= slot_bytes && image->count <= slot_bytes)
        return 0;
    if (before.volume_bytes <= slot_bytes)
        return FAIL(-EBADMSG, reinstall_hint,
                    "%s: the slot image is longer than its file system and than a boot slot of "
                    "this stick",
                    payload->dir);
    /* FAT32 says it in a second boot sector, too, and counts its free clusters. */
    if (before.bits == 32)
        return FAIL(-ENOSPC, reinstall_hint,
                    "%s: the slot image is a FAT32 file system of %" PRIu64
                    " bytes, a boot slot of this stick has %" PRIu64,
                    payload->dir, before.volume_bytes, slot_bytes);
    put_total(image->bytes, (uint32_t)(slot_bytes / before.sector_bytes));
    if (vtc_fat_open(&after, &reader))
        after.cluster_count = 0;
    /* The image ends behind its last used cluster. */
    clusters_end = after.data_off + (uint64_t)after.cluster_count * after.cluster_bytes;
    if (!after.cluster_count || image->count > clusters_end)
        return FAIL(-ENOSPC, "Use boot files with less in them.",
                    "%s: the boot files need %zu bytes, a boot slot of this stick has %" PRIu64,
                    payload->dir, image->count, slot_bytes);
    if (after.bits != before.bits)
        return FAIL(-ENOSPC, reinstall_hint,
                    "%s: clusters of %" PRIu32 " bytes are too large for a boot slot of %" PRIu64
                    " bytes, as this stick has",
                    payload->dir, after.cluster_bytes, slot_bytes);
    return 0;
}

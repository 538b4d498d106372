/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ventoc/kernel.h>

#include <ventoc/bytes.h>
#include <ventoc/mem.h>

#define SETUP_AT      0x1f1u /* setup_sects: 512-byte sectors behind the first */
#define SETUP_MAX     64u
#define BOOT_FLAG_AT  0x1feu
#define MAGIC_AT      0x202u
#define VERSION_AT    0x206u
#define XLOADFLAGS_AT 0x236u
#define INIT_SIZE_AT  0x260u
#define HANDOVER_AT   0x264u
#define HEADER_END    0x268u
#define HEAD_BYTES    (0x238u - MAGIC_AT)
#define HAS_XLOAD     0x20cu /* the protocol's version that brought xloadflags */
#define KERNEL_64     1u     /* XLF_KERNEL_64 */
#define HAS_HANDOVER  0x20bu
#define HANDOVER_64   512u /* the 64-bit entry lies so far behind the 32-bit one */

unsigned vtc_kernel_bits(const struct vtc_reader *file)
{
    uint8_t head[HEAD_BYTES];

    if (vtc_reader_read(file, MAGIC_AT, head, sizeof(head)) || memcmp(head, "HdrS", 4) != 0 ||
        vtc_le16(head + (VERSION_AT - MAGIC_AT)) < HAS_XLOAD)
        return 0;
    return head[XLOADFLAGS_AT - MAGIC_AT] & KERNEL_64 ? 64 : 32;
}

int vtc_kernel_fits(const uint8_t *file, size_t bytes)
{
    uint32_t setup_bytes, entry;
    size_t loaded_bytes;

    if (bytes < HEADER_END || vtc_le16(file + BOOT_FLAG_AT) != 0xaa55 ||
        memcmp(file + MAGIC_AT, "HdrS", 4) != 0 || vtc_le16(file + VERSION_AT) < HAS_HANDOVER ||
        file[SETUP_AT] > SETUP_MAX)
        return VTC_ENOENT;
    entry = vtc_le32(file + HANDOVER_AT);
    if (!entry)
        return VTC_ENOENT;
    setup_bytes = (file[SETUP_AT] + 1u) * 512;
    if (bytes < setup_bytes)
        return VTC_EFORMAT;
    loaded_bytes = bytes - setup_bytes;
    if (loaded_bytes > vtc_le32(file + INIT_SIZE_AT) || loaded_bytes <= HANDOVER_64 ||
        entry >= loaded_bytes - HANDOVER_64)
        return VTC_EFORMAT;
    return VTC_OK;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ventoc/kernel.h>

#include <ventoc/bytes.h>
#include <ventoc/mem.h>

#define MAGIC_AT      0x202u
#define VERSION_AT    0x206u
#define XLOADFLAGS_AT 0x236u
#define HEAD_BYTES    (0x238u - MAGIC_AT)
#define HAS_XLOAD     0x20cu /* the protocol's version that brought xloadflags */
#define KERNEL_64     1u     /* XLF_KERNEL_64 */

unsigned vtc_kernel_bits(const struct vtc_reader *file)
{
    uint8_t head[HEAD_BYTES];

    if (vtc_reader_read(file, MAGIC_AT, head, sizeof(head)) || memcmp(head, "HdrS", 4) != 0 ||
        vtc_le16(head + (VERSION_AT - MAGIC_AT)) < HAS_XLOAD)
        return 0;
    return head[XLOADFLAGS_AT - MAGIC_AT] & KERNEL_64 ? 64 : 32;
}

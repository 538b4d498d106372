/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/fssize.h"

#include <errno.h>
#include <string.h>

#include <ventoc/bytes.h>

#include "host/fdio.h"

#define EXT_SUPER_OFF 1024u
#define EXT_64BIT     0x80u /* s_feature_incompat: counts have a high half */

static int product(uint64_t count, uint64_t unit, uint64_t *bytes)
{
    if (!count || !unit || count > INT64_MAX / unit)
        return -EBADMSG;
    *bytes = count * unit;
    return 0;
}

static int read_exfat(const uint8_t *b, uint64_t *bytes)
{
    return b[108] < 9 || b[108] > 12 ? -EBADMSG : product(vtc_le64(b + 72), 1u << b[108], bytes);
}

static int read_ntfs(const uint8_t *b, uint64_t *bytes)
{
    uint64_t sectors = vtc_le64(b + 40);

    return sectors == UINT64_MAX ? -EBADMSG : product(sectors + 1, vtc_le16(b + 11), bytes);
}

static int read_fat(const uint8_t *b, uint64_t *bytes)
{
    uint32_t sectors = vtc_le16(b + 19) ? vtc_le16(b + 19) : vtc_le32(b + 32);

    return product(sectors, vtc_le16(b + 11), bytes);
}

static int read_ext(const uint8_t *b, uint64_t *bytes)
{
    uint64_t blocks = vtc_le32(b + 4);

    if (vtc_le16(b + 0x38) != 0xef53 || vtc_le32(b + 0x18) > 6)
        return -EBADMSG;
    if (vtc_le32(b + 0x60) & EXT_64BIT)
        blocks |= (uint64_t)vtc_le32(b + 0x150) << 32;
    return product(blocks, 1024u << vtc_le32(b + 0x18), bytes);
}

int vtc_fssize_read(int fd, uint64_t off, const char *fs, uint64_t *bytes)
{
    static const struct {
        const char *fs;
        uint32_t at;
        int (*read)(const uint8_t *b, uint64_t *bytes);
    } table[] = {{"exfat", 0, read_exfat},
                 {"ntfs", 0, read_ntfs},
                 {"vfat", 0, read_fat},
                 {"ext2", EXT_SUPER_OFF, read_ext},
                 {"ext3", EXT_SUPER_OFF, read_ext},
                 {"ext4", EXT_SUPER_OFF, read_ext}};
    uint8_t b[512];

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (strcmp(table[i].fs, fs) == 0) {
            int rc = vtc_fdio_read(fd, off + table[i].at, b, sizeof(b));

            return rc ? rc : table[i].read(b, bytes);
        }
    return -EOPNOTSUPP;
}

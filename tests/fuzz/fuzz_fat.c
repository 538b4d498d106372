/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FAT: the boot sector, a path with a long name, and reading what it leads to. */
#include "fuzz_reader.h"

#include <stdlib.h>

#include <ventoc/fat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static const char *const paths[] = {"/EFI/BOOT/BOOTX64.EFI", "/a long name.txt", "/EFI", "/"};
    struct vtc_reader reader = fuzz_reader(data, bytes);
    struct vtc_fat fat;
    struct vtc_fat_node node;
    static uint8_t buf[65536];
    unsigned i;

    if (vtc_fat_open(&fat, &reader))
        return 0;
    for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        if (vtc_fat_find(&fat, paths[i], &node))
            continue;
        if (!memchr(node.name, '\0', sizeof(node.name)))
            abort();
        vtc_fat_read(&fat, &node, 0, buf, node.bytes < sizeof(buf) ? node.bytes : sizeof(buf));
        vtc_fat_read(&fat, &node, node.bytes / 2, buf, 1);
    }
    return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* exFAT: the whole input is a volume; look a few names up in it and map what is found. */
#include <ventoc/exfat.h>

#include "fuzz_reader.h"

static const char *const paths[] = {"/a.iso", "/d/b.iso", "/\xd0\x94.iso", "/d"};

static int visit(void *ctx, const char *name, const struct vtc_exfat_node *node)
{
    (void)node;
    return ++*(unsigned *)ctx > 1000 || strlen(name) >= VTC_EXFAT_NAME_BYTES;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vtc_reader disk = fuzz_reader(data, size);
    struct vtc_exfat_node root;
    struct vtc_exfat fs;
    unsigned count = 0;

    if (vtc_exfat_open(&fs, &disk, 0, size))
        return 0;
    for (unsigned i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
        struct vtc_extent storage[64];
        struct vtc_extents list;
        struct vtc_exfat_node node;
        const char *why = NULL;
        uint8_t work[512];

        vtc_extents_init(&list, storage, 64, NULL);
        if (vtc_exfat_lookup(&fs, paths[i], &node) == VTC_OK)
            vtc_exfat_extents(&fs, &node, work, sizeof(work), &list, &why);
    }
    vtc_exfat_root(&fs, &root);
    vtc_exfat_list(&fs, &root, visit, &count);
    return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FAT: the boot sector, folders, a path with a long name, and reading what it leads to. */
#include "fuzz_reader.h"

#include <stdlib.h>

#include <ventoc/fat.h>

static int visit(void *ctx, const struct vtc_fat_node *node)
{
    if (!memchr(node->name, '\0', sizeof(node->name)) || !node->name[0] ||
        strchr(node->name, '/') || !strcmp(node->name, ".") || !strcmp(node->name, ".."))
        abort();
    return ++*(unsigned *)ctx > 2000;
}

/* Its last cluster is one of the volume's. */
static void check_chain(const struct vtc_fat *fat, const struct vtc_fat_node *node)
{
    uint32_t last = 0, count = 0;
    int rc = vtc_fat_last_cluster(fat, node, &last, &count);

    if (node->is_dir != (rc == VTC_EINVAL))
        abort();
    if (!rc && ((last == 0) != (count == 0) || last > fat->cluster_count + 1 || last == 1 ||
                count > fat->cluster_count))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static const char *const paths[] = {"/EFI/BOOT/BOOTX64.EFI", "/a long name.txt", "/EFI", "/"};
    struct vtc_reader reader = fuzz_reader(data, bytes);
    struct vtc_fat fat;
    struct vtc_fat_node node;
    static uint8_t buf[65536];
    unsigned i, count;
    int is_dir;

    if (vtc_fat_open(&fat, &reader))
        return 0;
    for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        if (vtc_fat_find(&fat, paths[i], &node))
            continue;
        if (!memchr(node.name, '\0', sizeof(node.name)))
            abort();
        vtc_fat_read(&fat, &node, 0, buf, node.bytes < sizeof(buf) ? node.bytes : sizeof(buf));
        vtc_fat_read(&fat, &node, node.bytes / 2, buf, 1);
        check_chain(&fat, &node);
        count = 0;
        is_dir = node.is_dir;
        if (vtc_fat_list(&fat, &node, visit, &count) == VTC_OK && !is_dir)
            abort();
    }
    return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ISO 9660: the descriptors, the tree to a small depth, and a path. */
#include "fuzz_reader.h"

#include <stdlib.h>

#include <ventoc/iso9660.h>

struct walk {
    const struct vtc_iso9660 *iso;
    unsigned depth, node_count;
};

static int visit(void *ctx, const struct vtc_iso9660_node *node)
{
    struct walk *w = ctx;

    if (!memchr(node->name, '\0', sizeof(node->name)) || strchr(node->name, '/'))
        abort();
    if (++w->node_count > 500)
        return 1;
    if (node->is_dir && w->depth < 4) {
        w->depth++;
        vtc_iso9660_list(w->iso, node, visit, w);
        w->depth--;
    }
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct vtc_reader reader = fuzz_reader(data, bytes);
    struct vtc_iso9660 iso;
    struct vtc_iso9660_node node;
    struct walk w = {.iso = &iso};

    if (vtc_iso9660_open(&iso, &reader))
        return 0;
    if (strlen(iso.volume_id) > 32)
        abort();
    vtc_iso9660_root(&iso, &node);
    vtc_iso9660_list(&iso, &node, visit, &w);
    vtc_iso9660_find(&iso, "/boot/grub/GRUB.CFG;1", &node);
    return 0;
}

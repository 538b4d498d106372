/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Payload manifest: the input is the text. Every entry is found again by its name. */
#include "fuzz_reader.h"

#include <stdlib.h>

#include <ventoc/manifest.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct vtc_manifest_entry e, found;
    struct vtc_manifest m;
    uint32_t i;

    if (vtc_manifest_parse((const char *)data, bytes, &m))
        return 0;
    for (i = 0; i < m.count; i++) {
        memset(&e, 0, sizeof e);
        memset(&found, 0, sizeof found);
        if (vtc_manifest_entry(&m, i, &e) || vtc_manifest_find(&m, e.kind, e.name, &found) ||
            memcmp(&e, &found, sizeof e) != 0)
            abort();
    }
    if (vtc_manifest_entry(&m, m.count, &e) != VTC_ENOENT)
        abort();
    return 0;
}

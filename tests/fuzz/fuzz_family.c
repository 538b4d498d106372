/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The family of an ISO: it is one whose mark can be found; none means that no mark can. */
#include "fuzz_reader.h"

#include <stdlib.h>

#include <ventoc/family.h>

static int has_mark(const struct vtc_iso9660 *iso, const struct vtc_family *row)
{
    struct vtc_iso9660_node node;
    uint32_t i;

    for (i = 0; i < VTC_FAMILY_MARKS_MAX && row->mark[i]; i++)
        if (vtc_iso9660_find(iso, row->mark[i], &node) == VTC_OK)
            return 1;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct vtc_reader reader = fuzz_reader(data, bytes);
    const struct vtc_family *family = NULL;
    struct vtc_iso9660 iso;
    uint32_t i;

    if (vtc_iso9660_open(&iso, &reader) || vtc_family_of(&iso, &family))
        return 0;
    if (family && (!has_mark(&iso, family) || vtc_family_by_name(family->name) != family))
        abort();
    for (i = 0; !family && i < vtc_family_row_count; i++)
        if (has_mark(&iso, &vtc_family_rows[i]))
            abort();
    return 0;
}

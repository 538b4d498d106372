/* SPDX-License-Identifier: GPL-3.0-or-later */
/* El Torito: the catalog at the beginning of the input; every kept entry lies inside it. */
#include "fuzz_reader.h"

#include <stdlib.h>

#include <ventoc/eltorito.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct vtc_reader reader = fuzz_reader(data, bytes);
    struct vtc_eltorito et;
    uint32_t i;

    vtc_eltorito_read(&reader, 0, &et);
    if (et.count > VTC_ELTORITO_MAX_ENTRIES)
        abort();
    for (i = 0; i < et.count; i++) {
        const struct vtc_eltorito_entry *e = &et.entry[i];
        uint64_t off = (uint64_t)e->load_lba2048 * 2048;

        if (off >= bytes || e->image_bytes > bytes - off || e->record_off > bytes - 32)
            abort();
    }
    vtc_eltorito_find(&et, VTC_ELTORITO_EFI);
    return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Classification of any file: facts must agree with one another. */
#include "fuzz_reader.h"

#include <stdlib.h>

#include <ventoc/classify.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct vtc_reader reader = fuzz_reader(data, bytes);
    struct vtc_boot_facts facts;
    int rc = vtc_classify(&reader, &facts);

    if ((rc == VTC_ETRUNC) != (facts.declared_bytes > bytes))
        abort();
    if (!memchr(facts.label, '\0', sizeof(facts.label)))
        abort();
    if (facts.efi_bytes && (facts.efi_lba2048 * 2048ull >= bytes ||
                            facts.efi_bytes > bytes - facts.efi_lba2048 * 2048ull))
        abort();
    if (rc == VTC_OK && !facts.is_iso && !facts.is_udf && !facts.is_disk && !facts.is_pe)
        abort();
    return 0;
}

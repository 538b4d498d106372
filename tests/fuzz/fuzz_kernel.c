/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Headers of kernels: what is said to fit its memory does. */
#include "fuzz_reader.h"

#include <stdlib.h>

#include <ventoc/bytes.h>
#include <ventoc/kernel.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct vtc_reader reader = fuzz_reader(data, bytes);

    vtc_kernel_bits(&reader);
    if (vtc_kernel_fits(data, bytes) != VTC_OK)
        return 0;
    if (bytes < 0x268 || (data[0x1f1] + 1u) * 512 > bytes)
        abort();
    if (bytes - (data[0x1f1] + 1u) * 512 > vtc_le32(data + 0x260))
        abort();
    return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ventoc/floppy.h>

static const struct vtc_floppy formats[] = {
    {720, 40, 2, 9, 1},   {1440, 80, 2, 9, 3},  {2400, 80, 2, 15, 2}, {2880, 80, 2, 18, 4},
    {3360, 80, 2, 21, 4}, {3444, 82, 2, 21, 4}, {5760, 80, 2, 36, 6},
};

const struct vtc_floppy *vtc_floppy_of(uint64_t bytes)
{
    for (unsigned i = 0; i < sizeof(formats) / sizeof(*formats); i++)
        if (formats[i].sectors * 512ull == bytes)
            return &formats[i];
    return NULL;
}

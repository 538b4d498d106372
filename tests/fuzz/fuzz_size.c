/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sizes as people write them: a byte for the unit (a power of two), then the text; against arithmetic
 * of 128 bits. */
#include "fuzz_reader.h"

#include <stdlib.h>

#include "../../src/cli/size.c"

#if defined(__SIZEOF_INT128__)
typedef unsigned __int128 wide;
#else
typedef long double wide; /* of 64 bits, as on a PC; enough for what is compared */
#endif

/* The slow way. Returns 0 when it is no size. */
static int slowly(const char *text, uint64_t unit_bytes, wide *bytes)
{
    static const char units[] = "kmgt";
    wide value = 0;
    unsigned i;

    if (!(*text >= '0' && *text <= '9'))
        return 0;
    for (; *text >= '0' && *text <= '9'; text++)
        if (value <= UINT64_MAX)
            value = value * 10 + (unsigned)(*text - '0');
    for (i = 0; *text && units[i]; i++)
        if (*text == units[i] || *text == units[i] - 32) {
            unit_bytes = 1024ull << (10 * i);
            text += strcmp(text + 1, "iB") ? 1 : 3;
            break;
        }
    *bytes = value * unit_bytes;
    return !*text && value <= UINT64_MAX && *bytes <= INT64_MAX;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    uint64_t unit = bytes ? 1ull << (data[0] % 41) : 1, got = 0;
    char *text;
    wide want;
    int is_size;

    if (!bytes)
        return 0;
    text = malloc(bytes);
    if (!text)
        return 0;
    memcpy(text, data + 1, bytes - 1);
    text[bytes - 1] = '\0';
    is_size = slowly(text, unit, &want);
    if (vtc_size_parse(text, unit, &got) != is_size || (is_size && got != want))
        abort();
    free(text);
    return 0;
}

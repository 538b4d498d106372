/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The order of names is total: three names, NUL between them, compared every way. */
#include "fuzz_reader.h"

#include <stdlib.h>

#include <ventoc/natsort.h>

static int sign(int v)
{
    return (v > 0) - (v < 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    char *text = malloc(bytes + 3), *name[3];
    int order[3][3];
    unsigned i, j, k;

    if (!text)
        return 0;
    memcpy(text, data, bytes);
    memset(text + bytes, 0, 3);
    name[0] = text;
    for (i = 1; i < 3; i++)
        name[i] =
            name[i - 1] + strlen(name[i - 1]) + (name[i - 1] + strlen(name[i - 1]) < text + bytes);
    for (i = 0; i < 3; i++)
        for (j = 0; j < 3; j++)
            order[i][j] = sign(vtc_natsort_compare(name[i], name[j]));
    for (i = 0; i < 3; i++)
        for (j = 0; j < 3; j++) {
            if (order[i][j] != -order[j][i] || (order[i][j] == 0) != !strcmp(name[i], name[j]))
                abort();
            for (k = 0; k < 3; k++)
                if (order[i][j] < 0 && order[j][k] < 0 && order[i][k] >= 0)
                    abort();
        }
    free(text);
    return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/size.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int vtc_size_parse(const char *text, uint64_t unit_bytes, uint64_t *bytes)
{
    static const char units[] = "KMGT";
    unsigned long long value;
    const char *found;
    char *end;

    errno = 0;
    value = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || errno)
        return 0;
    if (*end && (found = strchr(units, *end >= 'a' ? *end - 'a' + 'A' : *end))) {
        unit_bytes = 1024ull << (10 * (found - units));
        end++;
        if (strcmp(end, "iB") == 0)
            end += 2;
    }
    if (*end || value > INT64_MAX / unit_bytes)
        return 0;
    *bytes = value * unit_bytes;
    return 1;
}

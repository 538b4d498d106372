/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checksum files: the input is the text, and its first line a file's name. */
#include "fuzz_reader.h"

#include <stdlib.h>

#include "host/sums.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    const char *text = (const char *)data;
    struct vtc_sums_line line;
    char name[256] = {0};
    size_t at = 0, before = 0, stem;

    for (size_t i = 0; i < bytes && i < sizeof name - 1 && data[i] != '\n'; i++)
        name[i] = text[i];
    if (vtc_sums_file_of(name, &stem) == VTC_SUMS_FILE_SIDECAR ? !stem || stem >= strlen(name)
                                                               : stem != 0)
        abort();
    while (!vtc_sums_next(text, bytes, &at, &line)) {
        if (at <= before || at > bytes || line.kind >= VTC_SUMS_KIND_COUNT || line.name < text ||
            line.name > text + bytes || line.name_bytes > (size_t)(text + bytes - line.name))
            abort();
        vtc_sums_is_about(&line, name);
        /* A plain name is about itself. */
        if (!line.is_escaped && line.name_bytes > 2 && line.name_bytes < sizeof name &&
            line.name[1] != '/' && !memchr(line.name, 0, line.name_bytes)) {
            memcpy(name, line.name, line.name_bytes);
            name[line.name_bytes] = '\0';
            if (!vtc_sums_is_about(&line, name))
                abort();
        }
        before = at;
    }
    return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names for exFAT: the decoder of UTF-8 against the core's, a name to an entry set and back, and the
 * set, changed as the input says, checked. The first byte is where it is changed, the second how. */
#include "fuzz_reader.h"

#include <stdlib.h>

#include <ventoc/utf8.h>

#include "host/exfat_names.h"
#include "host/utf8.h"

static void check_utf8(const uint8_t *text)
{
    const uint8_t *end = text + strlen((const char *)text);
    uint32_t code;

    for (; text < end; text++)
        if (vtc_utf8_decode(text, &code) != vtc_utf8_bytes(text, end))
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static uint16_t upcase[65536];
    struct vtc_exfat_set fields = {.attributes = VTC_EXFAT_ATTRIBUTE_ARCHIVE, .bytes = 5};
    uint8_t set[VTC_EXFAT_SET_BYTES_MAX];
    struct vtc_error err = {0};
    struct vtc_exfat_name name;
    uint32_t set_bytes, i;
    char *text;

    if (bytes < 2)
        return 0;
    for (i = upcase[1] ? 65536 : 0; i < 65536; i++)
        upcase[i] = (uint16_t)(i >= 'a' && i <= 'z' ? i - 32 : i);
    text = malloc(bytes - 1);
    if (!text)
        return 0;
    memcpy(text, data + 2, bytes - 2);
    text[bytes - 2] = '\0';
    check_utf8((const uint8_t *)text);
    if (vtc_exfat_name_make(text, strlen(text), &name, &err)) {
        if (!err.text[0])
            abort();
        free(text);
        return 0;
    }
    free(text);
    memset(set, 0xa5, sizeof set);
    set_bytes = vtc_exfat_set_make(&name, &fields, upcase, set);
    if (!name.count || set_bytes > sizeof set || set_bytes != vtc_exfat_set_bytes(&name) ||
        vtc_exfat_set_check(set, set_bytes) != set_bytes || !vtc_exfat_name_is(&name, set, upcase))
        abort();
    if (vtc_exfat_set_check(set, set_bytes - 1))
        abort();                            /* cut */
    for (i = 64; i + 1 < set_bytes; i += 2) /* another case is the same name */
        if (i % 32 >= 2 && set[i + 1] == 0 && set[i] >= 'a' && set[i] <= 'z')
            set[i] -= 32;
    if (!vtc_exfat_name_is(&name, set, upcase))
        abort();
    set[data[0] % set_bytes] ^= data[1];
    vtc_exfat_set_seal(set, set_bytes);
    if (vtc_exfat_set_check(set, set_bytes))
        vtc_exfat_name_is(&name, set, upcase);
    return 0;
}

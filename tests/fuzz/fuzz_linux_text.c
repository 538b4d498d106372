/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The guest's init: kernel events, numbers and lines of text. */
#include "fuzz_reader.h"

#include <stdlib.h>

#include "../../grub-payload/linux/text.h"
#include "../../grub-payload/linux/uevent.h"

/* A string of the message, as a whole. */
static int holds(const char *message, size_t bytes, const char *want)
{
    size_t at, n;

    for (at = 0; at < bytes; at += n + 1) {
        const char *end = memchr(message + at, '\0', bytes - at);

        n = end ? (size_t)(end - (message + at)) : bytes - at;
        if (n == strlen(want) && !memcmp(message + at, want, n))
            return 1;
    }
    return 0;
}

static void check_number(const char *s)
{
    const char *p = s, *q;
    uint64_t v = vtc_text_number(&p);
    struct vtc_text t;

    if (p < s || (*p >= '0' && *p <= '9'))
        abort();
    vtc_text_start(&t);
    vtc_text_dec(&t, v);
    q = t.s;
    if (vtc_text_number(&q) != v || *q)
        abort();
    while (p > s && s[0] == '0' && s + 1 < p)
        s++;
    if (p > s && v != UINT64_MAX && (strlen(t.s) != (size_t)(p - s) || memcmp(t.s, s, strlen(t.s))))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    const char *message = (const char *)data;
    char *text = malloc(bytes + 1);
    struct vtc_text t;

    if (!text)
        return 0;
    if (vtc_uevent_is_disk(message, bytes) !=
        (holds(message, bytes, "SUBSYSTEM=block") && holds(message, bytes, "DEVTYPE=disk")))
        abort();
    memcpy(text, data, bytes);
    text[bytes] = '\0';
    check_number(text);
    vtc_text_make(&t, text, " (", text, ")", NULL);
    vtc_text_hex(&t, data, (uint32_t)bytes);
    if (t.n >= VTC_TEXT_BYTES || t.s[t.n] || strlen(t.s) != t.n ||
        memcmp(t.s, text, strlen(text) < t.n ? strlen(text) : t.n) != 0)
        abort();
    if (!vtc_text_starts(t.s, "") || (strlen(text) < t.n && !vtc_text_starts(t.s, text)))
        abort();
    free(text);
    return 0;
}

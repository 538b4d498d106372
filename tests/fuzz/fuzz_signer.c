/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The input is a PKCS#7 signature, a certificate, and one DER value after the other. What comes
 * out as text can be shown. */
#include "fuzz_reader.h"

#include <stdlib.h>

#include <ventoc/signer.h>
#include <ventoc/utf8.h>

static void check_text(const char *text, size_t capacity)
{
    const uint8_t *p = (const uint8_t *)text, *end = p + strnlen(text, capacity);

    if (end == p + capacity)
        abort();
    while (p < end) {
        unsigned n = vtc_utf8_bytes(p, end);

        if (!n || *p < ' ' || *p == 0x7f || (n == 2 && p[0] == 0xc2 && p[1] < 0xa0))
            abort();
        p += n;
    }
}

static void check_signer(const struct vtc_signer *s, const uint8_t *data, size_t bytes)
{
    check_text(s->subject, sizeof s->subject);
    check_text(s->issuer, sizeof s->issuer);
    check_text(s->not_before, sizeof s->not_before);
    check_text(s->not_after, sizeof s->not_after);
    if (s->cert && (s->cert < data || s->cert > data + bytes ||
                    s->cert_bytes > (size_t)(data + bytes - s->cert)))
        abort();
    if (s->cert && (strlen(s->not_before) != 19 || strlen(s->not_after) != 19))
        abort();
}

static void check_values(const uint8_t *data, size_t bytes)
{
    struct vtc_der d = vtc_der_over(data, bytes), before = d;
    struct vtc_der_item item;
    char text[32], small[8];

    while (!vtc_der_next(&d, &item)) {
        if (d.p <= before.p || vtc_der_whole(&item) != before.p ||
            vtc_der_whole_bytes(&item) != (size_t)(d.p - before.p))
            abort();
        before = d;
        if (!vtc_der_text(&item, text, sizeof text))
            check_text(text, sizeof text);
        if (!vtc_der_text(&item, small, sizeof small))
            check_text(small, sizeof small);
        if (!vtc_der_time(&item, text))
            check_text(text, VTC_DER_TIME_BYTES);
    }
    if (d.p != before.p)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct vtc_signer s;

    if (!vtc_signer_read(data, bytes, &s))
        check_signer(&s, data, bytes);
    if (!vtc_signer_cert(data, bytes, &s))
        check_signer(&s, data, bytes);
    check_values(data, bytes);
    return 0;
}

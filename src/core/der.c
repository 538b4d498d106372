/* SPDX-License-Identifier: GPL-3.0-or-later */
/* DER: identifier, length, contents; one value at a time. */
#include <ventoc/der.h>

#include <ventoc/mem.h>

/* The length octets at p (X.690 8.1.3, 10.1: the shortest form), which end before end. */
static int read_length(const uint8_t **p, const uint8_t *end, size_t *bytes)
{
    unsigned count, i;
    uint32_t v = 0;

    if (*p == end)
        return VTC_EFORMAT;
    count = *(*p)++;
    if (count < 0x80) {
        *bytes = count;
        return VTC_OK;
    }
    count &= 0x7f;
    if (!count || count > 4) /* indefinite, 4 GiB and more */
        return VTC_ENOTSUP;
    if (count > (size_t)(end - *p))
        return VTC_EFORMAT;
    for (i = 0; i < count; i++)
        v = v << 8 | *(*p)++;
    if (v < 0x80 || (count > 1 && !(v >> (8 * (count - 1)))))
        return VTC_EFORMAT;
    *bytes = v;
    return VTC_OK;
}

int vtc_der_next(struct vtc_der *d, struct vtc_der_item *item)
{
    const uint8_t *p = d->p;
    int rc;

    if (p == d->end)
        return VTC_ENOENT;
    item->tag = *p++;
    if ((item->tag & 0x1f) == 0x1f) /* more identifier octets follow */
        return VTC_ENOTSUP;
    rc = read_length(&p, d->end, &item->bytes);
    if (rc)
        return rc;
    if (item->bytes > (size_t)(d->end - p))
        return VTC_EFORMAT;
    item->data = p;
    item->head_bytes = (uint8_t)(p - d->p);
    d->p = p + item->bytes;
    return VTC_OK;
}

int vtc_der_take(struct vtc_der *d, unsigned tag, struct vtc_der_item *item)
{
    struct vtc_der after = *d;
    int rc = vtc_der_next(&after, item);

    if (rc)
        return rc == VTC_ENOENT ? VTC_EFORMAT : rc;
    if (item->tag != tag)
        return VTC_EFORMAT;
    *d = after;
    return VTC_OK;
}

int vtc_der_take_optional(struct vtc_der *d, unsigned tag, struct vtc_der_item *item)
{
    if (!vtc_der_take(d, tag, item))
        return 1;
    memset(item, 0, sizeof *item);
    return 0;
}

int vtc_der_is_oid(const struct vtc_der_item *item, const uint8_t *oid, size_t bytes)
{
    return item->tag == VTC_DER_OID && item->bytes == bytes && !memcmp(item->data, oid, bytes);
}

/* ---- times --------------------------------------------------------------------------------- */

/* The two digits at p, or a number above any limit. */
static unsigned two_digits(const uint8_t *p)
{
    return p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9'
               ? 100
               : (unsigned)(p[0] - '0') * 10 + (p[1] - '0');
}

int vtc_der_time(const struct vtc_der_item *item, char out[VTC_DER_TIME_BYTES])
{
    static const uint8_t least[] = {1, 1, 0, 0, 0}, most[] = {12, 31, 23, 59, 59};
    static const char before[] = "-- ::";
    size_t year_bytes = item->tag == VTC_DER_GENERALIZED_TIME ? 4 : 2;
    const uint8_t *p = item->data;
    unsigned i, n;

    if ((item->tag != VTC_DER_GENERALIZED_TIME && item->tag != VTC_DER_UTC_TIME) ||
        item->bytes != year_bytes + 11 || p[year_bytes + 10] != 'Z')
        return VTC_EFORMAT;
    if (two_digits(p) > 99 || two_digits(p + year_bytes - 2) > 99)
        return VTC_EFORMAT;
    memcpy(out, two_digits(p) < 50 ? "20" : "19", 2);
    memcpy(out + 4 - year_bytes, p, year_bytes);
    p += year_bytes;
    out += 4;
    for (i = 0; i < sizeof least; i++, p += 2, out += 3) {
        n = two_digits(p);
        if (n < least[i] || n > most[i])
            return VTC_EFORMAT;
        out[0] = before[i];
        memcpy(out + 1, p, 2);
    }
    out[0] = '\0';
    return VTC_OK;
}

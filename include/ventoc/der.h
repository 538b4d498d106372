/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ASN.1 values in DER (ITU-T X.690), one after the other: a cursor, no recursion, no memory. */
#ifndef VENTOC_DER_H
#define VENTOC_DER_H

#include <ventoc/types.h>

/* Identifier octets; those of class "context" carry 0xa0 when constructed, 0x80 when not. */
#define VTC_DER_BOOLEAN          0x01u
#define VTC_DER_INTEGER          0x02u
#define VTC_DER_OCTET_STRING     0x04u
#define VTC_DER_OID              0x06u
#define VTC_DER_UTF8_STRING      0x0cu
#define VTC_DER_NUMERIC_STRING   0x12u
#define VTC_DER_PRINTABLE_STRING 0x13u
#define VTC_DER_T61_STRING       0x14u
#define VTC_DER_IA5_STRING       0x16u
#define VTC_DER_UTC_TIME         0x17u
#define VTC_DER_GENERALIZED_TIME 0x18u
#define VTC_DER_VISIBLE_STRING   0x1au
#define VTC_DER_UNIVERSAL_STRING 0x1cu
#define VTC_DER_BMP_STRING       0x1eu
#define VTC_DER_SEQUENCE         0x30u
#define VTC_DER_SET              0x31u
#define VTC_DER_CONTEXT(n)       (0xa0u | (n))

/* Where the next value begins, and where the ones of this level end. */
struct vtc_der {
    const uint8_t *p, *end;
};

/* One value. data points into the caller's bytes. */
struct vtc_der_item {
    const uint8_t *data; /* the contents */
    size_t bytes;
    uint8_t tag;        /* the identifier octet */
    uint8_t head_bytes; /* identifier and length octets, in front of data */
};

/* The whole of it, with identifier and length. */
static inline const uint8_t *vtc_der_whole(const struct vtc_der_item *item)
{
    return item->data - item->head_bytes;
}

static inline size_t vtc_der_whole_bytes(const struct vtc_der_item *item)
{
    return item->bytes + item->head_bytes;
}

/* The values within data[0..bytes), or within a constructed item. */
static inline struct vtc_der vtc_der_over(const uint8_t *data, size_t bytes)
{
    struct vtc_der d = {data, data + bytes};

    return d;
}

static inline struct vtc_der vtc_der_in(const struct vtc_der_item *item)
{
    return vtc_der_over(item->data, item->bytes);
}

/*
 * Take the next value and step over it. d is left alone on any error.
 * Returns 0; VTC_ENOENT at the end of the level; VTC_EFORMAT: it does not fit into the level, or
 * its length is not in the shortest form; VTC_ENOTSUP: an indefinite length (BER), a tag number
 * above 30, or 4 GiB and more.
 */
int vtc_der_next(struct vtc_der *d, struct vtc_der_item *item);

/* Take the next value, which must have this tag. Returns what vtc_der_next() does, and VTC_EFORMAT
 * for another tag and for the end. */
int vtc_der_take(struct vtc_der *d, unsigned tag, struct vtc_der_item *item);

/* Take the next value if it has this tag. Returns 1 when it was taken, 0 when not; item is zeroed
 * then. An error is left for the next call to find. */
int vtc_der_take_optional(struct vtc_der *d, unsigned tag, struct vtc_der_item *item);

/* Is it an OBJECT IDENTIFIER with these contents? */
int vtc_der_is_oid(const struct vtc_der_item *item, const uint8_t *oid, size_t bytes);

/*
 * A character string as printable UTF-8, NUL-terminated, in out[capacity] (capacity >= 8).
 * T61String is read as ISO 8859-1. Control characters, those that change the direction of writing
 * or are not seen, and what is no character become '?'; what does not fit ends in "...".
 * Returns 0, or VTC_EFORMAT when it is no string.
 */
int vtc_der_text(const struct vtc_der_item *item, char *out, size_t capacity);

/* A UTCTime or GeneralizedTime, as RFC 5280 4.1.2.5 allows them, as "2026-07-23 17:42:00" (UTC),
 * which sorts by age. Returns 0 or VTC_EFORMAT. */
#define VTC_DER_TIME_BYTES 20u
int vtc_der_time(const struct vtc_der_item *item, char out[VTC_DER_TIME_BYTES]);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of an X.509 certificate that Secure Boot's people ask for (RFC 5280). Nothing is
 * verified here. */
#ifndef VENTOC_X509_H
#define VENTOC_X509_H

#include <ventoc/der.h>

/* Parts of a certificate; they point into its bytes. */
struct vtc_x509 {
    struct vtc_der_item whole;
    struct vtc_der_item serial;          /* INTEGER */
    struct vtc_der_item issuer, subject; /* Name */
    struct vtc_der_item not_before, not_after;
    struct vtc_der_item extensions; /* the SEQUENCE of them; tag 0: there are none */
};

/* What its extensions say. */
struct vtc_x509_usage {
    uint8_t is_ca;              /* basicConstraints */
    uint8_t has_eku;            /* extendedKeyUsage is there: it is for nothing but what it names */
    uint8_t has_code_signing;   /* it names 1.3.6.1.5.5.7.3.3 */
    uint8_t has_module_signing; /* it names 1.3.6.1.4.1.2312.16.1.2: shim won't boot with it */
};

/* Find the parts of one certificate in DER. Bytes behind it are ignored.
 * Returns 0, VTC_EFORMAT, or VTC_ENOTSUP (vtc_der_next()). */
int vtc_x509_parse(const uint8_t *der, size_t bytes, struct vtc_x509 *cert);

/* Read its extensions. Returns 0, VTC_EFORMAT or VTC_ENOTSUP. */
int vtc_x509_usage(const struct vtc_x509 *cert, struct vtc_x509_usage *usage);

/* The most specific common name of a Name; without one its organization or unit, else "".
 * out: see vtc_der_text(). Returns 0, VTC_EFORMAT or VTC_ENOTSUP. */
int vtc_x509_name(const struct vtc_der_item *name, char *out, size_t capacity);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who signed a file: what the signature itself says, as text for people. Nothing is verified: this
 * is for a message, never for a decision. */
#ifndef VENTOC_SIGNER_H
#define VENTOC_SIGNER_H

#include <ventoc/der.h>
#include <ventoc/x509.h>

#define VTC_SIGNER_NAME_BYTES 128u

/* Names are printable UTF-8 (vtc_der_text()), times "2026-07-23 17:42:00" in UTC. */
struct vtc_signer {
    char subject[VTC_SIGNER_NAME_BYTES]; /* common name; "" when the certificate is not there */
    char issuer[VTC_SIGNER_NAME_BYTES];
    char not_before[VTC_DER_TIME_BYTES]; /* "" when the certificate is not there */
    char not_after[VTC_DER_TIME_BYTES];
    struct vtc_x509_usage usage;
    const uint8_t *cert; /* the signer's certificate in the caller's bytes; NULL: not in there */
    size_t cert_bytes;
    uint8_t has_image_sha256; /* it is an Authenticode signature with SHA-256 ... */
    uint8_t image_sha256[32]; /* ... over a file with this vtc_pe_authenticode_sha256() */
};

/*
 * Read the first SignerInfo of a PKCS#7 SignedData (RFC 2315 section 9; Authenticode:
 * SpcIndirectDataContent) and the certificate it names. Bytes behind the signature are ignored.
 * s points into pkcs7_der afterwards.
 * Returns 0; VTC_EFORMAT; VTC_ENOTSUP: BER, no SignedData, or a signer not named by issuer and
 * serial number; VTC_ENOENT: nobody signed.
 */
int vtc_signer_read(const uint8_t *pkcs7_der, size_t bytes, struct vtc_signer *s);

/* The same of a bare certificate: s->cert is the certificate, image_sha256 is not there.
 * Returns 0, VTC_EFORMAT or VTC_ENOTSUP. */
int vtc_signer_cert(const uint8_t *der, size_t bytes, struct vtc_signer *s);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* PKCS#7 SignedData: the first signer and his certificate. */
#include <ventoc/signer.h>

#include <ventoc/mem.h>

static const uint8_t oid_signed_data[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2};
static const uint8_t oid_indirect_data[] = {0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 1, 4};
static const uint8_t oid_sha256[] = {0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1};

/* Parts of the SignedData. */
struct signed_data {
    struct vtc_der_item content;      /* ContentInfo */
    struct vtc_der_item certificates; /* tag 0: there are none */
    struct vtc_der_item signers;      /* SET OF SignerInfo */
};

/* ContentInfo ::= SEQUENCE { signedData, [0] SEQUENCE { version, digestAlgorithms, contentInfo,
 * [0] certificates OPTIONAL, [1] crls OPTIONAL, signerInfos } } */
static int find_parts(struct vtc_der d, struct signed_data *parts)
{
    struct vtc_der_item item;
    int rc;

    if ((rc = vtc_der_take(&d, VTC_DER_SEQUENCE, &item)))
        return rc;
    d = vtc_der_in(&item);
    if ((rc = vtc_der_take(&d, VTC_DER_OID, &item)))
        return rc;
    if (!vtc_der_is_oid(&item, oid_signed_data, sizeof oid_signed_data))
        return VTC_ENOTSUP;
    if ((rc = vtc_der_take(&d, VTC_DER_CONTEXT(0), &item)))
        return rc;
    d = vtc_der_in(&item);
    if ((rc = vtc_der_take(&d, VTC_DER_SEQUENCE, &item)))
        return rc;
    d = vtc_der_in(&item);
    if ((rc = vtc_der_take(&d, VTC_DER_INTEGER, &item)) ||
        (rc = vtc_der_take(&d, VTC_DER_SET, &item)) ||
        (rc = vtc_der_take(&d, VTC_DER_SEQUENCE, &parts->content)))
        return rc;
    vtc_der_take_optional(&d, VTC_DER_CONTEXT(0), &parts->certificates);
    vtc_der_take_optional(&d, VTC_DER_CONTEXT(1), &item);
    return vtc_der_take(&d, VTC_DER_SET, &parts->signers);
}

/* SignerInfo ::= SEQUENCE { version, SEQUENCE { issuer, serialNumber }, ... }: the first one's. */
static int find_signer(const struct signed_data *parts, struct vtc_der_item *issuer,
                       struct vtc_der_item *serial)
{
    struct vtc_der d = vtc_der_in(&parts->signers);
    struct vtc_der_item item;
    int rc = vtc_der_next(&d, &item);

    if (rc)
        return rc;
    if (item.tag != VTC_DER_SEQUENCE)
        return VTC_EFORMAT;
    d = vtc_der_in(&item);
    if ((rc = vtc_der_take(&d, VTC_DER_INTEGER, &item)))
        return rc;
    if ((rc = vtc_der_next(&d, &item)))
        return rc == VTC_ENOENT ? VTC_EFORMAT : rc;
    if (item.tag != VTC_DER_SEQUENCE) /* CMS: a key identifier */
        return VTC_ENOTSUP;
    d = vtc_der_in(&item);
    if ((rc = vtc_der_take(&d, VTC_DER_SEQUENCE, issuer)))
        return rc;
    return vtc_der_take(&d, VTC_DER_INTEGER, serial);
}

static int is_same(const struct vtc_der_item *a, const struct vtc_der_item *b)
{
    return a->bytes == b->bytes && !memcmp(a->data, b->data, a->bytes);
}

/* The certificate of that issuer and number among those of the bundle; others, also such as cannot
 * be read, are stepped over. */
static int find_certificate(const struct signed_data *parts, const struct vtc_der_item *issuer,
                            const struct vtc_der_item *serial, struct vtc_x509 *cert)
{
    struct vtc_der d;
    struct vtc_der_item item;
    int rc;

    if (!parts->certificates.tag)
        return VTC_ENOENT;
    d = vtc_der_in(&parts->certificates);
    while (!(rc = vtc_der_next(&d, &item)))
        if (!vtc_x509_parse(vtc_der_whole(&item), vtc_der_whole_bytes(&item), cert) &&
            is_same(&cert->issuer, issuer) && is_same(&cert->serial, serial))
            return VTC_OK;
    return rc;
}

static int describe(const struct vtc_x509 *cert, struct vtc_signer *s)
{
    int rc;

    s->cert = vtc_der_whole(&cert->whole);
    s->cert_bytes = vtc_der_whole_bytes(&cert->whole);
    if ((rc = vtc_x509_name(&cert->subject, s->subject, sizeof s->subject)) ||
        (rc = vtc_x509_name(&cert->issuer, s->issuer, sizeof s->issuer)) ||
        (rc = vtc_der_time(&cert->not_before, s->not_before)) ||
        (rc = vtc_der_time(&cert->not_after, s->not_after)))
        return rc;
    return vtc_x509_usage(cert, &s->usage);
}

/* SpcIndirectDataContent ::= SEQUENCE { data, DigestInfo }, DigestInfo ::= SEQUENCE {
 * AlgorithmIdentifier, digest OCTET STRING }. Other contents are no error. */
static void read_image_sha256(const struct signed_data *parts, struct vtc_signer *s)
{
    struct vtc_der d = vtc_der_in(&parts->content), algorithm;
    struct vtc_der_item item;

    if (vtc_der_take(&d, VTC_DER_OID, &item) ||
        !vtc_der_is_oid(&item, oid_indirect_data, sizeof oid_indirect_data) ||
        vtc_der_take(&d, VTC_DER_CONTEXT(0), &item))
        return;
    d = vtc_der_in(&item);
    if (vtc_der_take(&d, VTC_DER_SEQUENCE, &item))
        return;
    d = vtc_der_in(&item);
    if (vtc_der_take(&d, VTC_DER_SEQUENCE, &item) || vtc_der_take(&d, VTC_DER_SEQUENCE, &item))
        return;
    d = vtc_der_in(&item);
    if (vtc_der_take(&d, VTC_DER_SEQUENCE, &item))
        return;
    algorithm = vtc_der_in(&item);
    if (vtc_der_take(&algorithm, VTC_DER_OID, &item) ||
        !vtc_der_is_oid(&item, oid_sha256, sizeof oid_sha256) ||
        vtc_der_take(&d, VTC_DER_OCTET_STRING, &item) || item.bytes != sizeof s->image_sha256)
        return;
    memcpy(s->image_sha256, item.data, item.bytes);
    s->has_image_sha256 = 1;
}

int vtc_signer_read(const uint8_t *pkcs7_der, size_t bytes, struct vtc_signer *s)
{
    struct vtc_der_item issuer, serial;
    struct signed_data parts;
    struct vtc_x509 cert;
    int rc;

    memset(s, 0, sizeof *s);
    if ((rc = find_parts(vtc_der_over(pkcs7_der, bytes), &parts)) ||
        (rc = find_signer(&parts, &issuer, &serial)))
        return rc;
    read_image_sha256(&parts, s);
    rc = find_certificate(&parts, &issuer, &serial, &cert);
    if (!rc)
        return describe(&cert, s);
    return rc == VTC_ENOENT ? vtc_x509_name(&issuer, s->issuer, sizeof s->issuer) : rc;
}

int vtc_signer_cert(const uint8_t *der, size_t bytes, struct vtc_signer *s)
{
    struct vtc_x509 cert;
    int rc;

    memset(s, 0, sizeof *s);
    rc = vtc_x509_parse(der, bytes, &cert);
    return rc ? rc : describe(&cert, s);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* X.509 certificates: where their parts lie, and the two extensions that matter for signing. */
#include <ventoc/x509.h>

#include <ventoc/mem.h>

static const uint8_t oid_basic_constraints[] = {0x55, 0x1d, 0x13};
static const uint8_t oid_ext_key_usage[] = {0x55, 0x1d, 0x25};
static const uint8_t oid_code_signing[] = {0x2b, 6, 1, 5, 5, 7, 3, 3};
static const uint8_t oid_module_signing[] = {0x2b, 6, 1, 4, 1, 0x92, 8, 0x10, 1, 2};

/* Validity ::= SEQUENCE { notBefore, notAfter } */
static int parse_validity(struct vtc_der *tbs, struct vtc_x509 *cert)
{
    struct vtc_der_item validity;
    struct vtc_der times;
    int rc = vtc_der_take(tbs, VTC_DER_SEQUENCE, &validity);

    if (rc)
        return rc;
    times = vtc_der_in(&validity);
    if (vtc_der_next(&times, &cert->not_before) || vtc_der_next(&times, &cert->not_after))
        return VTC_EFORMAT;
    return VTC_OK;
}

/* What follows the subject: key, optional unique identifiers, optional extensions. */
static int parse_extensions(struct vtc_der *tbs, struct vtc_x509 *cert)
{
    struct vtc_der_item item;
    struct vtc_der wrapped;
    int rc = vtc_der_take(tbs, VTC_DER_SEQUENCE, &item);

    while (!rc) {
        rc = vtc_der_next(tbs, &item);
        if (!rc && item.tag == VTC_DER_CONTEXT(3)) {
            wrapped = vtc_der_in(&item);
            return vtc_der_take(&wrapped, VTC_DER_SEQUENCE, &cert->extensions);
        }
    }
    return rc == VTC_ENOENT ? VTC_OK : rc;
}

int vtc_x509_parse(const uint8_t *der, size_t bytes, struct vtc_x509 *cert)
{
    struct vtc_der d = vtc_der_over(der, bytes), tbs;
    struct vtc_der_item item;
    int rc;

    memset(cert, 0, sizeof *cert);
    rc = vtc_der_take(&d, VTC_DER_SEQUENCE, &cert->whole);
    if (rc)
        return rc;
    d = vtc_der_in(&cert->whole);
    rc = vtc_der_take(&d, VTC_DER_SEQUENCE, &item);
    if (rc)
        return rc;
    tbs = vtc_der_in(&item);
    vtc_der_take_optional(&tbs, VTC_DER_CONTEXT(0), &item); /* version */
    if ((rc = vtc_der_take(&tbs, VTC_DER_INTEGER, &cert->serial)) ||
        (rc = vtc_der_take(&tbs, VTC_DER_SEQUENCE, &item)) || /* algorithm */
        (rc = vtc_der_take(&tbs, VTC_DER_SEQUENCE, &cert->issuer)) ||
        (rc = parse_validity(&tbs, cert)) ||
        (rc = vtc_der_take(&tbs, VTC_DER_SEQUENCE, &cert->subject)))
        return rc;
    return parse_extensions(&tbs, cert);
}

/* BasicConstraints ::= SEQUENCE { cA BOOLEAN DEFAULT FALSE, ... } */
static int read_basic_constraints(struct vtc_der value, struct vtc_x509_usage *usage)
{
    struct vtc_der_item item;
    int rc = vtc_der_take(&value, VTC_DER_SEQUENCE, &item);

    if (rc)
        return rc;
    value = vtc_der_in(&item);
    usage->is_ca = vtc_der_take_optional(&value, VTC_DER_BOOLEAN, &item) && item.bytes == 1 &&
                   item.data[0] != 0;
    return VTC_OK;
}

/* ExtKeyUsageSyntax ::= SEQUENCE OF OBJECT IDENTIFIER */
static int read_ext_key_usage(struct vtc_der value, struct vtc_x509_usage *usage)
{
    struct vtc_der_item item;
    int rc = vtc_der_take(&value, VTC_DER_SEQUENCE, &item);

    if (rc)
        return rc;
    usage->has_eku = 1;
    value = vtc_der_in(&item);
    while (!(rc = vtc_der_next(&value, &item))) {
        if (vtc_der_is_oid(&item, oid_code_signing, sizeof oid_code_signing))
            usage->has_code_signing = 1;
        if (vtc_der_is_oid(&item, oid_module_signing, sizeof oid_module_signing))
            usage->has_module_signing = 1;
    }
    return rc == VTC_ENOENT ? VTC_OK : rc;
}

/* Extension ::= SEQUENCE { extnID, critical BOOLEAN DEFAULT FALSE, extnValue OCTET STRING } */
static int read_extension(struct vtc_der extension, struct vtc_x509_usage *usage)
{
    struct vtc_der_item oid, item;
    int rc = vtc_der_take(&extension, VTC_DER_OID, &oid);

    if (rc)
        return rc;
    vtc_der_take_optional(&extension, VTC_DER_BOOLEAN, &item);
    rc = vtc_der_take(&extension, VTC_DER_OCTET_STRING, &item);
    if (rc)
        return rc;
    if (vtc_der_is_oid(&oid, oid_basic_constraints, sizeof oid_basic_constraints))
        return read_basic_constraints(vtc_der_in(&item), usage);
    if (vtc_der_is_oid(&oid, oid_ext_key_usage, sizeof oid_ext_key_usage))
        return read_ext_key_usage(vtc_der_in(&item), usage);
    return VTC_OK;
}

int vtc_x509_usage(const struct vtc_x509 *cert, struct vtc_x509_usage *usage)
{
    struct vtc_der_item item;
    struct vtc_der d;
    int rc;

    memset(usage, 0, sizeof *usage);
    if (!cert->extensions.tag)
        return VTC_OK;
    d = vtc_der_in(&cert->extensions);
    while (!(rc = vtc_der_next(&d, &item))) {
        if (item.tag != VTC_DER_SEQUENCE)
            return VTC_EFORMAT;
        rc = read_extension(vtc_der_in(&item), usage);
        if (rc)
            return rc;
    }
    return rc == VTC_ENOENT ? VTC_OK : rc;
}

/* ---- names --------------------------------------------------------------------------------- */

/* How well an attribute (2.5.4.X) names somebody; 0: not at all. */
static int name_rank(const struct vtc_der_item *oid)
{
    static const uint8_t ranks[][2] = {{11, 1}, {10, 2}, {3, 3}}; /* unit, organization, CN */
    size_t i;

    if (oid->bytes != 3 || oid->data[0] != 0x55 || oid->data[1] != 4)
        return 0;
    for (i = 0; i < sizeof ranks / sizeof *ranks; i++)
        if (oid->data[2] == ranks[i][0])
            return ranks[i][1];
    return 0;
}

/* RelativeDistinguishedName ::= SET OF SEQUENCE { type, value }: keep the best value so far, the
 * later one of two alike. */
static int read_rdn(struct vtc_der rdn, struct vtc_der_item *value, int *rank)
{
    struct vtc_der_item item, oid, found;
    struct vtc_der d;
    int rc;

    while (!(rc = vtc_der_next(&rdn, &item))) {
        if (item.tag != VTC_DER_SEQUENCE)
            return VTC_EFORMAT;
        d = vtc_der_in(&item);
        if ((rc = vtc_der_take(&d, VTC_DER_OID, &oid)))
            return rc;
        if ((rc = vtc_der_next(&d, &found)))
            return rc == VTC_ENOENT ? VTC_EFORMAT : rc;
        if (name_rank(&oid) && name_rank(&oid) >= *rank) {
            *rank = name_rank(&oid);
            *value = found;
        }
    }
    return rc == VTC_ENOENT ? VTC_OK : rc;
}

int vtc_x509_name(const struct vtc_der_item *name, char *out, size_t capacity)
{
    struct vtc_der d = vtc_der_in(name);
    struct vtc_der_item item, value;
    int rc, rank = 0;

    out[0] = '\0';
    while (!(rc = vtc_der_next(&d, &item))) {
        if (item.tag != VTC_DER_SET)
            return VTC_EFORMAT;
        rc = read_rdn(vtc_der_in(&item), &value, &rank);
        if (rc)
            return rc;
    }
    if (rc != VTC_ENOENT)
        return rc;
    return rank ? vtc_der_text(&value, out, capacity) : VTC_OK;
}

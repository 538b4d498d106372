/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signatures and certificates, against what openssl and sbverify say of the same. */
#include "fixture.h"

#include <unistd.h>

#include <ventoc/pe.h>
#include <ventoc/signer.h>

/* A certificate by openssl, in cert.der; string_mask: of its configuration; the key stays in key. */
static void make_cert(const char *mask, const char *subject, const char *extensions)
{
    fixture_run(
        "printf '[req]\\ndistinguished_name=dn\\nprompt=no\\nstring_mask=%s\\n[dn]\\nCN=x\\n"
        "[x]\\n%s\\n' >config",
        mask, extensions);
    fixture_run("openssl req -new -x509 -newkey rsa:2048 -nodes -sha256 -days 30 -utf8 -config "
                "config -extensions x -subj '%s' -keyout key -out cert.pem 2>/dev/null",
                subject);
    fixture_run("openssl x509 -in cert.pem -outform DER -out cert.der");
}

static void read_cert(struct vtc_signer *s)
{
    size_t bytes;
    uint8_t *der = fixture_load("cert.der", &bytes);

    assert_int_equal(vtc_signer_cert(der, bytes, s), VTC_OK);
    assert_ptr_equal(s->cert, der);
    assert_int_equal(s->cert_bytes, bytes);
    free(der);
}

static void string_types(void **state)
{
    static const struct {
        const char *mask, *type, *name;
    } cases[] = {
        {"utf8only", "UTF8STRING", "Käse 😀"},
        {"MASK:0x2", "PRINTABLESTRING", "plain name"},
        {"MASK:0x4", "T61STRING", "Käse"},
        {"MASK:0x800", "BMPSTRING", "Käse Ω 漢"},
    };
    struct vtc_signer s;
    char subject[64];
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(cases); i++) {
        char *types;

        snprintf(subject, sizeof subject, "/CN=%s", cases[i].name);
        make_cert(cases[i].mask, subject, "");
        types = fixture_output("openssl asn1parse -inform DER -in cert.der");
        assert_non_null(strstr(types, cases[i].type));
        free(types);
        read_cert(&s);
        assert_string_equal(s.subject, cases[i].name);
        assert_string_equal(s.issuer, cases[i].name);
    }
}

static void usages(void **state)
{
    static const struct {
        const char *extensions;
        struct vtc_x509_usage usage;
    } cases[] = {
        {"subjectKeyIdentifier=hash", {0, 0, 0, 0}},
        {"basicConstraints=critical,CA:TRUE", {1, 0, 0, 0}},
        {"basicConstraints=CA:FALSE\\nextendedKeyUsage=critical,codeSigning", {0, 1, 1, 0}},
        {"extendedKeyUsage=serverAuth", {0, 1, 0, 0}},
        {"extendedKeyUsage=serverAuth,codeSigning,1.3.6.1.4.1.2312.16.1.2", {0, 1, 1, 1}},
    };
    struct vtc_signer s;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(cases); i++) {
        make_cert("utf8only", "/CN=x", cases[i].extensions);
        read_cert(&s);
        assert_memory_equal(&s.usage, &cases[i].usage, sizeof s.usage);
    }
}

static void dates_and_names(void **state)
{
    struct vtc_signer s;
    char *want;

    (void)state;
    make_cert("utf8only", "/C=DE/O=organization/OU=unit", "");
    read_cert(&s);
    assert_string_equal(s.subject, "organization");
    want = fixture_output("date -u -d \"$(openssl x509 -in cert.pem -noout -startdate | "
                          "cut -d= -f2)\" '+%%F %%T'");
    want[strcspn(want, "\n")] = '\0';
    assert_string_equal(s.not_before, want);
    free(want);
    want = fixture_output("date -u -d \"$(openssl x509 -in cert.pem -noout -enddate | "
                          "cut -d= -f2)\" '+%%F %%T'");
    want[strcspn(want, "\n")] = '\0';
    assert_string_equal(s.not_after, want);
    free(want);
}

/* A signature by openssl, with and without the certificate; each cut of it is refused or says the
 * same. */
static void signatures(void **state)
{
    struct vtc_signer s, cut;
    size_t bytes, cert_bytes, n;
    uint8_t *der, *cert, *part;

    (void)state;
    make_cert("utf8only", "/CN=who signed", "extendedKeyUsage=codeSigning");
    fixture_run("openssl smime -sign -binary -in config -signer cert.pem -inkey key -outform DER "
                "-out with.p7 && openssl smime -sign -binary -nocerts -in config -signer cert.pem "
                "-inkey key -outform DER -out without.p7");
    der = fixture_load("with.p7", &bytes);
    cert = fixture_load("cert.der", &cert_bytes);
    assert_int_equal(vtc_signer_read(der, bytes, &s), VTC_OK);
    assert_string_equal(s.subject, "who signed");
    assert_int_equal(s.usage.has_code_signing, 1);
    assert_int_equal(s.has_image_sha256, 0);
    assert_int_equal(s.cert_bytes, cert_bytes);
    assert_memory_equal(s.cert, cert, cert_bytes);
    for (n = 0; n < bytes; n++) {
        part = malloc(n + !n);
        assert_non_null(part);
        memcpy(part, der, n);
        assert_int_equal(vtc_signer_read(part, n, &cut), VTC_EFORMAT);
        free(part);
    }
    free(cert);
    free(der);
    der = fixture_load("without.p7", &bytes);
    assert_int_equal(vtc_signer_read(der, bytes, &s), VTC_OK);
    assert_string_equal(s.subject, "");
    assert_string_equal(s.issuer, "who signed");
    assert_string_equal(s.not_after, "");
    assert_null(s.cert);
    free(der);
}

/* BER and CMS's other way to name a signer. */
static void not_supported(void **state)
{
    struct vtc_signer s;
    size_t bytes;
    uint8_t *der;

    (void)state;
    make_cert("utf8only", "/CN=x", "subjectKeyIdentifier=hash");
    fixture_run("openssl cms -sign -binary -stream -nodetach -in config -signer cert.pem -inkey "
                "key -outform DER -out ber.p7");
    der = fixture_load("ber.p7", &bytes);
    assert_int_equal(der[1], 0x80);
    assert_int_equal(vtc_signer_read(der, bytes, &s), VTC_ENOTSUP);
    free(der);
    fixture_run("openssl cms -sign -binary -keyid -in config -signer cert.pem -inkey key -outform "
                "DER -out keyid.p7");
    der = fixture_load("keyid.p7", &bytes);
    assert_int_equal(vtc_signer_read(der, bytes, &s), VTC_ENOTSUP);
    free(der);
    der = fixture_load("cert.der", &bytes); /* a certificate is no signature */
    assert_true(vtc_signer_read(der, bytes, &s) != VTC_OK);
    free(der);
}

/* The issuers of each signature, in the order of sbverify. */
static void shim_signatures(void **state)
{
    static const char shim[] = "/usr/lib/shim/shimx64.efi.signed";
    struct vtc_signer s;
    struct vtc_pe pe;
    char *list, *line;
    uint8_t *file;
    const uint8_t *der;
    size_t bytes, n;
    uint32_t i;

    (void)state;
    if (access(shim, R_OK))
        fixture_skip("no shim", "shim-signed");
    list = fixture_output("sbverify --list %s 2>/dev/null | sed -n '/subject:/d; s,^ - .*/CN=,,p'",
                          shim);
    file = fixture_load(shim, &bytes);
    assert_int_equal(vtc_pe_parse(file, bytes, &pe), VTC_OK);
    /* the list has one line of issuers per signature; certificates are left out */
    for (i = 0, line = list; !vtc_pe_signature(&pe, i, &der, &n); i++) {
        assert_int_equal(vtc_signer_read(der, n, &s), VTC_OK);
        assert_int_equal(strncmp(line, s.issuer, strlen(s.issuer)), 0);
        assert_int_equal(line[strlen(s.issuer)], '\n');
        assert_non_null(s.cert);
        line += strlen(s.issuer) + 1;
    }
    assert_int_equal(*line, '\0');
    assert_true(i >= 1);
    free(file);
    free(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(string_types),    cmocka_unit_test(usages),
        cmocka_unit_test(dates_and_names), cmocka_unit_test(signatures),
        cmocka_unit_test(not_supported),   cmocka_unit_test(shim_signatures),
    };

    return cmocka_run_group_tests_name("signer", tests, fixture_enter_tmpdir, fixture_leave_tmpdir);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/openssl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/fdio.h"
#include "host/run.h"
#include "host/scratch.h"

#define TEXT_MAX 65536u

/* Names of the files handed down: what vtc_scratch_path() gives for VTC_RUN_FD and so on. */
#define FILE_1              "/proc/self/fd/3"
#define FILE_2              "/proc/self/fd/4"
#define FILE_3              "/proc/self/fd/5"
#define PASS_1              "fd:3"
#define PASS_3              "fd:5"
#define PASS_4              "fd:6"

#define FAIL(rc, hint, ...) vtc_error_set(err, VTC_ERROR_FAILED, rc, hint, __VA_ARGS__)

/* An openssl with an empty passphrase would go and ask for one: a pipe with an empty line is given in
 * any case. */
static int pass_pipe(const struct vtc_secret *secret, struct vtc_error *err)
{
    static const struct vtc_secret none;
    int fd = vtc_secret_pipe(secret ? secret : &none);

    return fd < 0 ? FAIL(fd, NULL, "cannot make a pipe: %s", strerror(-fd)) : fd;
}

/* What is in a temporary file, as a string; freed by the caller. */
static char *take_text(int fd, size_t *bytes)
{
    struct stat st;
    char *text = NULL;

    if (fstat(fd, &st) || st.st_size < 0 || st.st_size > TEXT_MAX)
        return NULL;
    text = malloc((size_t)st.st_size + 1);
    if (text && vtc_fdio_read(fd, 0, text, (size_t)st.st_size)) {
        free(text);
        return NULL;
    }
    if (text)
        text[st.st_size] = '\0';
    *bytes = (size_t)st.st_size;
    return text;
}

/* ---- new ones ------------------------------------------------------------------------------ */

static int generate(int fd, struct vtc_error *err)
{
    static const char *const argv[] = {"openssl", "genpkey",  "-algorithm",
                                       "RSA",     "-pkeyopt", "rsa_keygen_bits:2048",
                                       "-out",    FILE_1,     NULL};
    struct vtc_run run = {.argv = argv, .package = VTC_OPENSSL_PACKAGE, .fd = {fd}, .fd_count = 1};

    return vtc_run(&run, err);
}

int vtc_openssl_new_key(const struct vtc_secret *secret, int fd, struct vtc_error *err)
{
    static const char *const argv[] = {"openssl",     "pkcs8",  "-topk8",         "-v2",
                                       "aes-256-cbc", "-v2prf", "hmacWithSHA256", "-iter",
                                       "600000",      "-in",    FILE_1,           "-passout",
                                       PASS_3,        "-out",   FILE_2,           NULL};
    int plain[2], pass, rc;

    if (!secret || !secret->bytes)
        return generate(fd, err);
    if (pipe2(plain, O_CLOEXEC))
        return FAIL(-errno, NULL, "cannot make a pipe: %s", strerror(errno));
    rc = generate(plain[1], err);
    close(plain[1]);
    pass = rc ? rc : pass_pipe(secret, err);
    if (pass >= 0) {
        struct vtc_run run = {.argv = argv,
                              .package = VTC_OPENSSL_PACKAGE,
                              .fd = {plain[0], fd, pass},
                              .fd_count = 3};

        rc = vtc_run(&run, err);
        close(pass);
    }
    close(plain[0]);
    return pass < 0 ? pass : rc;
}

int vtc_openssl_new_cert(int key_fd, const struct vtc_secret *secret, const char *name,
                         unsigned days, int fd, struct vtc_error *err)
{
    char day_count[16], config[1024];
    const char *const argv[] = {"openssl", "req",     "-new", "-x509", "-sha256", "-days",
                                day_count, "-config", FILE_1, "-key",  FILE_2,    "-passin",
                                PASS_4,    "-out",    FILE_3, NULL};
    int pass, config_fd = vtc_scratch_open(0, err), rc;
    int n = snprintf(config, sizeof(config),
                     "[req]\nprompt = no\nutf8 = yes\nstring_mask = utf8only\n"
                     "distinguished_name = subject\nx509_extensions = extensions\n"
                     "[subject]\nCN = \"%s\"\n"
                     "[extensions]\nbasicConstraints = critical,CA:FALSE\n"
                     "extendedKeyUsage = codeSigning\nkeyUsage = critical,digitalSignature\n"
                     "subjectKeyIdentifier = hash\n",
                     name);

    snprintf(day_count, sizeof(day_count), "%u", days);
    if (config_fd < 0)
        return config_fd;
    rc = vtc_scratch_write(config_fd, 0, config, (size_t)n);
    pass = rc ? FAIL(rc, NULL, "cannot write a temporary file: %s", strerror(-rc))
              : pass_pipe(secret, err);
    if (pass >= 0) {
        struct vtc_run run = {.argv = argv,
                              .package = VTC_OPENSSL_PACKAGE,
                              .fd = {config_fd, key_fd, fd, pass},
                              .fd_count = 4};

        rc = vtc_run(&run, err);
        close(pass);
    }
    close(config_fd);
    return pass < 0 ? pass : rc;
}

/* ---- certificates -------------------------------------------------------------------------- */

/* The rest of the first line that begins with these words, or "". */
static void take_line(const char *text, const char *words, char *out, size_t size)
{
    const char *at = strstr(text, words);
    size_t n = 0;

    if (at) {
        at += strlen(words);
        n = strcspn(at, "\n");
        n = n < size ? n : size - 1;
        memcpy(out, at, n);
    }
    out[n] = '\0';
}

static void read_facts(const char *text, struct vtc_openssl_cert *cert)
{
    const char *bits = strstr(text, "Public-Key: (");

    take_line(text, "\n    commonName=", cert->name, sizeof(cert->name));
    take_line(text, "notBefore=", cert->not_before, sizeof(cert->not_before));
    take_line(text, "notAfter=", cert->not_after, sizeof(cert->not_after));
    if (bits && strstr(text, "Public Key Algorithm: rsaEncryption"))
        cert->rsa_bits = (unsigned)strtoul(bits + strlen("Public-Key: ("), NULL, 10);
    cert->is_ca = strstr(text, "CA:TRUE") != NULL;
    cert->for_modules = strstr(text, "1.3.6.1.4.1.2312.16.1.2") != NULL;
}

/* One run for what it says, one for its bytes. */
static int read_cert(int fd, int text_fd, int der_fd, struct vtc_error *err)
{
    static const char *const say[] = {"openssl",    "x509",     "-in",
                                      FILE_1,       "-noout",   "-text",
                                      "-subject",   "-nameopt", "utf8,esc_ctrl,sep_multiline,lname",
                                      "-startdate", "-enddate", "-dateopt",
                                      "iso_8601",   NULL};
    static const char *const der[] = {"openssl", "x509", "-in",  FILE_1, "-outform",
                                      "DER",     "-out", FILE_2, NULL};
    struct vtc_run run = {.argv = say,
                          .package = VTC_OPENSSL_PACKAGE,
                          .fd = {fd, der_fd},
                          .fd_count = 1,
                          .out_fd = text_fd};
    int rc = vtc_run(&run, err);

    if (rc)
        return rc;
    run.argv = der;
    run.fd_count = 2;
    run.out_fd = 0;
    return vtc_run(&run, err);
}

int vtc_openssl_read_cert(int fd, const char *what, struct vtc_openssl_cert *cert,
                          struct vtc_error *err)
{
    int text_fd = vtc_scratch_open(0, err), der_fd = text_fd < 0 ? -1 : vtc_scratch_open(0, err);
    int rc = text_fd < 0 ? text_fd : der_fd < 0 ? der_fd : read_cert(fd, text_fd, der_fd, err);
    char *text = NULL;
    size_t bytes;

    memset(cert, 0, sizeof(*cert));
    if (rc == -EIO)
        rc = FAIL(-EBADMSG, "It has to be an X.509 certificate, PEM or DER.",
                  "%s: is no certificate that openssl can read", what);
    if (!rc) {
        text = take_text(text_fd, &bytes);
        cert->der = (uint8_t *)take_text(der_fd, &cert->der_bytes);
        if (!text || !cert->der)
            rc = FAIL(-EBADMSG, NULL, "%s: the certificate is too long, or there is no memory",
                      what);
    }
    if (!rc)
        read_facts(text, cert);
    free(text);
    if (text_fd >= 0)
        close(text_fd);
    if (der_fd >= 0)
        close(der_fd);
    return rc;
}

void vtc_openssl_cert_free(struct vtc_openssl_cert *cert)
{
    free(cert->der);
    cert->der = NULL;
}

int vtc_openssl_cert_to_pem(int fd, int out_fd, struct vtc_error *err)
{
    static const char *const argv[] = {"openssl", "x509", "-in", FILE_1, "-out", FILE_2, NULL};
    struct vtc_run run = {
        .argv = argv, .package = VTC_OPENSSL_PACKAGE, .fd = {fd, out_fd}, .fd_count = 2};

    return vtc_run(&run, err);
}

/* ---- private keys -------------------------------------------------------------------------- */

int vtc_openssl_key_is_encrypted(int fd)
{
    size_t bytes;
    char *text = take_text(fd, &bytes);
    int encrypted;

    if (!text)
        return -EFBIG;
    /* PKCS#8 says so in its first line, the older form in its second (RFC 7468, RFC 1421). */
    encrypted = strstr(text, "-----BEGIN ENCRYPTED PRIVATE KEY-----") ||
                strstr(text, "Proc-Type: 4,ENCRYPTED");
    explicit_bzero(text, bytes);
    free(text);
    return encrypted;
}

/* A run that gets the key's passphrase: fd[0] is the pipe, fd[1] the key. */
static int run_with_key(const char *const *argv, int key_fd, const struct vtc_secret *secret,
                        int fd, struct vtc_error *err)
{
    int pass = pass_pipe(secret, err), rc;
    struct vtc_run run = {
        .argv = argv, .package = VTC_OPENSSL_PACKAGE, .fd = {pass, key_fd, fd}, .fd_count = 3};

    if (pass < 0)
        return pass;
    rc = vtc_run(&run, err);
    close(pass);
    return rc;
}

/* The public halves of a key and of a certificate, as text. */
static int public_halves(int key_fd, const struct vtc_secret *secret, int cert_fd, int of_key,
                         int of_cert, const char *what, struct vtc_error *err)
{
    static const char *const key[] = {"openssl", "pkey",    "-passin", PASS_1, "-in",
                                      FILE_2,    "-pubout", "-out",    FILE_3, NULL};
    static const char *const cert[] = {"openssl", "x509", "-in", FILE_1, "-noout", "-pubkey", NULL};
    struct vtc_run run = {.argv = cert,
                          .package = VTC_OPENSSL_PACKAGE,
                          .fd = {cert_fd},
                          .fd_count = 1,
                          .out_fd = of_cert};
    int rc = run_with_key(key, key_fd, secret, of_key, err);

    if (rc != -EIO)
        return rc ? rc : vtc_run(&run, err);
    if (vtc_openssl_key_is_encrypted(key_fd) == 1)
        return FAIL(-EACCES, "Nobody can tell you a forgotten one: make a new key then.",
                    "%s: the passphrase is wrong", what);
    return FAIL(-EBADMSG, "It has to be a private key, PEM.",
                "%s: is no private key that openssl can read", what);
}

int vtc_openssl_match(int key_fd, const struct vtc_secret *secret, int cert_fd, const char *what,
                      struct vtc_error *err)
{
    int of_key = vtc_scratch_open(0, err), of_cert = of_key < 0 ? -1 : vtc_scratch_open(0, err);
    int rc = of_key < 0 ? of_key : of_cert < 0 ? of_cert : 0;
    char *a = NULL, *b = NULL;
    size_t a_bytes = 0, b_bytes = 0;

    if (!rc)
        rc = public_halves(key_fd, secret, cert_fd, of_key, of_cert, what, err);
    if (!rc) {
        a = take_text(of_key, &a_bytes);
        b = take_text(of_cert, &b_bytes);
        if (!a || !b || !a_bytes || strcmp(a, b) != 0)
            rc = vtc_error_set(err, VTC_ERROR_REFUSED, -EKEYREJECTED,
                               "What it signs would not be accepted. Bring the two that belong "
                               "together.",
                               "%s: the private key does not belong to the certificate", what);
    }
    free(a);
    free(b);
    if (of_key >= 0)
        close(of_key);
    if (of_cert >= 0)
        close(of_cert);
    return rc;
}

int vtc_openssl_open_key(int key_fd, const struct vtc_secret *secret, struct vtc_error *err)
{
    static const char *const argv[] = {"openssl", "pkey", "-passin", PASS_1, "-in",
                                       FILE_2,    "-out", FILE_3,    NULL};
    int end[2], rc;

    if (pipe2(end, O_CLOEXEC))
        return FAIL(-errno, NULL, "cannot make a pipe: %s", strerror(errno));
    /* A key of up to 4096 bits fits into the smallest pipe, a page. */
    rc = run_with_key(argv, key_fd, secret, end[1], err);
    close(end[1]);
    if (!rc)
        return end[0];
    close(end[0]);
    return rc;
}

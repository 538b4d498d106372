/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keys and certificates, by the openssl command. Private keys pass from one run of it to the next
 * through pipes, passphrases reach it through pipes: neither is ever an argument or in a file. */
#ifndef VTC_HOST_OPENSSL_H
#define VTC_HOST_OPENSSL_H

#include <stddef.h>
#include <stdint.h>

#include "host/error.h"
#include "host/secret.h"

#define VTC_OPENSSL_PACKAGE "openssl"

/* An X.509 certificate (RFC 5280). */
struct vtc_openssl_cert {
    char name[256];                     /* the subject's common name, or "" */
    char not_before[24], not_after[24]; /* "2026-11-30 10:00:43Z", which sort as dates do */
    unsigned rsa_bits;                  /* length of its RSA key; 0: a key of another kind */
    int is_ca;                          /* basicConstraints CA:TRUE */
    int for_modules; /* has the EKU 1.3.6.1.4.1.2312.16.1.2, which shim takes for kernel modules only */
    uint8_t *der; /* from malloc() */
    size_t der_bytes;
};

/* Make an RSA-2048 key as PKCS#8 PEM in the empty file fd; with a secret encrypted (PBES2, AES-256-CBC,
 * 600,000 rounds of PBKDF2 with HMAC-SHA-256; RFC 8018). Returns 0 or -errno. */
int vtc_openssl_new_key(const struct vtc_secret *secret, int fd, struct vtc_error *err);

/* Make a self-signed certificate for the key in key_fd, PEM, in the empty file fd: code signing, no CA,
 * SHA-256. name: up to 64 bytes, printable ASCII without quotes and '\'. Returns 0 or -errno. */
int vtc_openssl_new_cert(int key_fd, const struct vtc_secret *secret, const char *name,
                         unsigned days, int fd, struct vtc_error *err);

/* Read the certificate, PEM or DER, in fd; what: how to call it in messages. Free cert with
 * vtc_openssl_cert_free() in any case. Returns 0; -EBADMSG when it is none; -errno. */
int vtc_openssl_read_cert(int fd, const char *what, struct vtc_openssl_cert *cert,
                          struct vtc_error *err);
void vtc_openssl_cert_free(struct vtc_openssl_cert *cert);

/* Write the certificate in fd as PEM into the empty file out_fd. Returns 0 or -errno. */
int vtc_openssl_cert_to_pem(int fd, int out_fd, struct vtc_error *err);

/* Is the private key in fd (PEM) encrypted? Returns 1, 0, or -errno. */
int vtc_openssl_key_is_encrypted(int fd);

/* Does the private key in key_fd belong to the certificate in cert_fd? what: how to call the key in
 * messages. Returns 0; -EKEYREJECTED when it does not; -EACCES when the secret is wrong; -EBADMSG when
 * it is no private key; -errno. */
int vtc_openssl_match(int key_fd, const struct vtc_secret *secret, int cert_fd, const char *what,
                      struct vtc_error *err);

/* The private key without encryption, to be read once. Returns the end of a pipe (close-on-exec) or
 * -errno. */
int vtc_openssl_open_key(int key_fd, const struct vtc_secret *secret, struct vtc_error *err);

#endif

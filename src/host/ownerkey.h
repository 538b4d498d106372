/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The owner's key: what signs the boot files of sticks for Secure Boot. Its private half never leaves the
 * key folder. */
#ifndef VTC_HOST_OWNERKEY_H
#define VTC_HOST_OWNERKEY_H

#include "host/keyfolder.h"
#include "host/openssl.h"

#define VTC_OWNERKEY_KEY  "owner.key" /* PEM, mode 600 */
#define VTC_OWNERKEY_CERT "owner.pem"
#define VTC_OWNERKEY_DAYS 3650u

struct vtc_ownerkey {
    struct vtc_keyfolder folder;
    char key_path[PATH_MAX + 16]; /* for messages */
    int key_fd, cert_fd;
    int encrypted;
    struct vtc_openssl_cert cert;
};

/*
 * Find the key and its certificate and look at both, without the passphrase. folder: as for
 * vtc_keyfolder_open(). Close with vtc_ownerkey_close() in any case. Returns 0; -ENOKEY when there is no
 * key (kind VTC_ERROR_FAILED); what vtc_keyfolder_read() refuses; -EKEYREJECTED (VTC_ERROR_REFUSED): no
 * RSA key of 2048 to 4096 bits, or for kernel modules only; -errno.
 */
int vtc_ownerkey_open(const char *folder, struct vtc_ownerkey *key, struct vtc_error *err);
void vtc_ownerkey_close(struct vtc_ownerkey *key);

/* Can it be used now: is its certificate valid today (else -EKEYEXPIRED, VTC_ERROR_REFUSED), and does the
 * key, with this secret, belong to it (vtc_openssl_match())? Returns 0 or -errno. */
int vtc_ownerkey_check(const struct vtc_ownerkey *key, const struct vtc_secret *secret,
                       struct vtc_error *err);

/* Is the certificate valid today? 0: yes; -1: not yet; 1: no more. */
int vtc_ownerkey_validity(const struct vtc_openssl_cert *cert);

/* What to do about a key that is there when another one is to be put in its place. */
struct vtc_ownerkey_place {
    const char *folder;  /* as for vtc_keyfolder_open() */
    int force;           /* keep the old one beside, under kept_as, instead of refusing */
    char kept_as[64];    /* out: "owner.key.2026-11-30", or "" */
    char kept_name[256]; /* out: its common name */
};

/* Make a key with a certificate "ventoc key of USER at HOST, DATE". secret: of length 0, the key is not
 * encrypted. On any error what was there is still there. Returns 0; -EEXIST (VTC_ERROR_REFUSED); -errno. */
int vtc_ownerkey_create(struct vtc_ownerkey_place *place, const struct vtc_secret *secret,
                        struct vtc_error *err);

/* Is there a place for a key? Asked before a passphrase is. Returns as vtc_ownerkey_create(). */
int vtc_ownerkey_check_place(struct vtc_ownerkey_place *place, struct vtc_error *err);

/*
 * Take over a key that another machine has made. vtc_ownerkey_import_open() fills in key with the files
 * as they are where they are (to be closed as above); when vtc_ownerkey_check() was content with it,
 * vtc_ownerkey_import() copies them. An encrypted key stays encrypted. Return 0 or -errno.
 */
int vtc_ownerkey_import_open(const char *key_path, const char *cert_path,
                             const struct vtc_ownerkey_place *place, struct vtc_ownerkey *key,
                             struct vtc_error *err);
int vtc_ownerkey_import(const struct vtc_ownerkey *key, struct vtc_ownerkey_place *place,
                        struct vtc_error *err);

/* Write the certificate, DER, to the new file path. Returns 0; -EEXIST; -errno. */
int vtc_ownerkey_export(const struct vtc_ownerkey *key, const char *path, struct vtc_error *err);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/ownerkey.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "host/ownername.h"
#include "host/scratch.h"

#define RSA_BITS_MIN          2048u
#define RSA_BITS_MAX          4096u

#define REFUSE(rc, hint, ...) vtc_error_set(err, VTC_ERROR_REFUSED, rc, hint, __VA_ARGS__)
#define FAIL(rc, hint, ...)   vtc_error_set(err, VTC_ERROR_FAILED, rc, hint, __VA_ARGS__)

static const char none_hint[] =
    "Make one: ventoc key create. To use one that was made elsewhere: ventoc key import. To do "
    "without a key: --secure-boot=hash.";

/* ---- looking at one ------------------------------------------------------------------------ */

static void begin(struct vtc_ownerkey *key)
{
    memset(key, 0, sizeof(*key));
    key->folder.fd = key->key_fd = key->cert_fd = -1;
}

static int look_at_files(struct vtc_ownerkey *key, const char *cert_path, struct vtc_error *err)
{
    int rc = vtc_openssl_read_cert(key->cert_fd, cert_path, &key->cert, err);

    if (rc)
        return rc;
    if (key->cert.rsa_bits < RSA_BITS_MIN || key->cert.rsa_bits > RSA_BITS_MAX)
        return REFUSE(
            -EKEYREJECTED, "What checks boot files on a PC knows RSA keys of 2048 bits best.",
            "%s: is not for an RSA key of %u to %u bits", cert_path, RSA_BITS_MIN, RSA_BITS_MAX);
    if (key->cert.for_modules)
        return REFUSE(-EKEYREJECTED, "Make a key for boot files: ventoc key create",
                      "%s: is for kernel modules only, shim does not take it for boot files",
                      cert_path);
    key->encrypted = vtc_openssl_key_is_encrypted(key->key_fd);
    return key->encrypted >= 0 ? 0
                               : FAIL(key->encrypted, NULL, "%s: cannot be read: %s", key->key_path,
                                      strerror(-key->encrypted));
}

int vtc_ownerkey_open(const char *folder, struct vtc_ownerkey *key, struct vtc_error *err)
{
    char cert_path[PATH_MAX + 16];
    int rc;

    begin(key);
    rc = vtc_keyfolder_open(folder, 0, &key->folder, err);
    if (rc)
        return rc;
    snprintf(key->key_path, sizeof(key->key_path), "%s/" VTC_OWNERKEY_KEY, key->folder.path);
    snprintf(cert_path, sizeof(cert_path), "%s/" VTC_OWNERKEY_CERT, key->folder.path);
    key->key_fd = vtc_keyfolder_read(&key->folder, VTC_OWNERKEY_KEY, 1, err);
    if (key->key_fd == -ENOENT)
        return FAIL(-ENOKEY, none_hint, "there is no owner key in %s", key->folder.path);
    if (key->key_fd < 0)
        return key->key_fd;
    key->cert_fd = vtc_keyfolder_read(&key->folder, VTC_OWNERKEY_CERT, 0, err);
    if (key->cert_fd == -ENOENT)
        return FAIL(-ENOENT, "Put it back, or make a new key: ventoc key create --force",
                    "%s: the certificate of the key beside it is missing", cert_path);
    return key->cert_fd < 0 ? key->cert_fd : look_at_files(key, cert_path, err);
}

void vtc_ownerkey_close(struct vtc_ownerkey *key)
{
    vtc_openssl_cert_free(&key->cert);
    vtc_keyfolder_close(&key->folder);
    if (key->key_fd >= 0)
        close(key->key_fd);
    if (key->cert_fd >= 0)
        close(key->cert_fd);
    key->key_fd = key->cert_fd = -1;
}

int vtc_ownerkey_validity(const struct vtc_openssl_cert *cert)
{
    char now[24] = "";
    time_t seconds = time(NULL);
    struct tm tm;

    if (gmtime_r(&seconds, &tm))
        strftime(now, sizeof(now), "%Y-%m-%d %H:%M:%SZ", &tm);
    return strcmp(now, cert->not_before) < 0 ? -1 : strcmp(now, cert->not_after) > 0;
}

int vtc_ownerkey_check(const struct vtc_ownerkey *key, const struct vtc_secret *secret,
                       struct vtc_error *err)
{
    int validity = vtc_ownerkey_validity(&key->cert);

    if (validity < 0)
        return REFUSE(-EKEYEXPIRED, "Is the clock of this machine right?",
                      "the certificate of the key \"%s\" is not valid before %s", key->cert.name,
                      key->cert.not_before);
    if (validity > 0)
        return REFUSE(
            -EKEYEXPIRED,
            "Make a new one, which machines have to be told about again: ventoc key create "
            "--force",
            "the certificate of the key \"%s\" has expired: %s", key->cert.name,
            key->cert.not_after);
    return vtc_openssl_match(key->key_fd, secret, key->cert_fd, key->key_path, err);
}

/* ---- a place for a new one ----------------------------------------------------------------- */

static int has_files(const struct vtc_keyfolder *folder)
{
    return vtc_keyfolder_has(folder, VTC_OWNERKEY_KEY) ||
           vtc_keyfolder_has(folder, VTC_OWNERKEY_CERT);
}

/* The name of the key that is there, as far as it can be told. */
static void name_old(const struct vtc_keyfolder *folder, char *name, size_t size)
{
    struct vtc_openssl_cert cert = {0};
    int fd = vtc_keyfolder_read(folder, VTC_OWNERKEY_CERT, 0, NULL);

    if (fd >= 0 && vtc_openssl_read_cert(fd, "", &cert, NULL) == 0)
        snprintf(name, size, "%s", cert.name);
    vtc_openssl_cert_free(&cert);
    if (fd >= 0)
        close(fd);
}

static int open_place(struct vtc_ownerkey_place *place, struct vtc_keyfolder *folder,
                      struct vtc_error *err)
{
    int rc = vtc_keyfolder_open(place->folder, 1, folder, err);

    if (rc || !has_files(folder))
        return rc;
    name_old(folder, place->kept_name, sizeof(place->kept_name));
    if (place->force)
        return 0;
    return REFUSE(
        -EEXIST,
        "Sticks signed with it could not be upgraded any more without enrolling the new key "
        "on every machine. If that is wanted: --force keeps the old one beside it.",
        "%s: there is a key already: \"%s\"", folder->path, place->kept_name);
}

int vtc_ownerkey_check_place(struct vtc_ownerkey_place *place, struct vtc_error *err)
{
    struct vtc_keyfolder folder;
    int rc = open_place(place, &folder, err);

    vtc_keyfolder_close(&folder);
    return rc;
}

/* Rename the old files: owner.key.DATE and owner.pem.DATE, or .DATE-2 and so on. */
static int set_aside(const struct vtc_keyfolder *folder, struct vtc_ownerkey_place *place,
                     struct vtc_error *err)
{
    char date[16], suffix[32], key[64], cert[64];
    time_t seconds = time(NULL);
    struct tm tm;
    int rc;

    strftime(date, sizeof(date), "%Y-%m-%d", localtime_r(&seconds, &tm));
    for (unsigned n = 1;; n++) {
        snprintf(suffix, sizeof(suffix), n > 1 ? "%s-%u" : "%s", date, n);
        snprintf(key, sizeof(key), VTC_OWNERKEY_KEY ".%s", suffix);
        snprintf(cert, sizeof(cert), VTC_OWNERKEY_CERT ".%s", suffix);
        if (!vtc_keyfolder_has(folder, key) && !vtc_keyfolder_has(folder, cert))
            break;
    }
    rc = vtc_keyfolder_set_aside(folder, VTC_OWNERKEY_KEY, suffix, err);
    if (!rc)
        rc = vtc_keyfolder_set_aside(folder, VTC_OWNERKEY_CERT, suffix, err);
    snprintf(place->kept_as, sizeof(place->kept_as), "%s", key);
    return rc;
}

/* The certificate first: a key without one is none, and the other way round is seen at once. */
static int put(struct vtc_ownerkey_place *place, int key_fd, int cert_fd, struct vtc_error *err)
{
    struct vtc_keyfolder folder;
    int rc = open_place(place, &folder, err);

    if (!rc && has_files(&folder))
        rc = set_aside(&folder, place, err);
    if (!rc)
        rc = vtc_keyfolder_write(&folder, VTC_OWNERKEY_CERT, cert_fd, 0644, err);
    if (!rc)
        rc = vtc_keyfolder_write(&folder, VTC_OWNERKEY_KEY, key_fd, 0600, err);
    vtc_keyfolder_close(&folder);
    return rc;
}

/* ---- making one ---------------------------------------------------------------------------- */

int vtc_ownerkey_create(struct vtc_ownerkey_place *place, const struct vtc_secret *secret,
                        struct vtc_error *err)
{
    int key_fd = vtc_scratch_open(0, err), cert_fd = key_fd < 0 ? -1 : vtc_scratch_open(0, err);
    char name[VTC_OWNERNAME_BYTES];
    int rc = key_fd < 0 ? key_fd : cert_fd < 0 ? cert_fd : vtc_ownerkey_check_place(place, err);

    if (!rc)
        rc = vtc_openssl_new_key(secret, key_fd, err);
    if (!rc) {
        vtc_ownername_make(name);
        rc = vtc_openssl_new_cert(key_fd, secret, name, VTC_OWNERKEY_DAYS, cert_fd, err);
    }
    if (!rc)
        rc = put(place, key_fd, cert_fd, err);
    if (key_fd >= 0)
        close(key_fd);
    if (cert_fd >= 0)
        close(cert_fd);
    return rc;
}

/* ---- bringing one in, and out -------------------------------------------------------------- */

static int open_plain(const struct vtc_keyfolder *folder, const char *path, struct vtc_error *err)
{
    int fd = vtc_keyfolder_open_other(folder, path, O_RDONLY | O_NONBLOCK, 0);
    struct stat st;

    if (fd < 0)
        return FAIL(fd, NULL, "%s: cannot be opened: %s", path, strerror(-fd));
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= VTC_KEYFOLDER_FILE_MAX)
        return fd;
    close(fd);
    return FAIL(-EINVAL, NULL, "%s: is not a plain, small file", path);
}

int vtc_ownerkey_import_open(const char *key_path, const char *cert_path,
                             const struct vtc_ownerkey_place *place, struct vtc_ownerkey *key,
                             struct vtc_error *err)
{
    int rc;

    begin(key);
    snprintf(key->key_path, sizeof(key->key_path), "%s", key_path);
    rc = vtc_keyfolder_open(place->folder, 0, &key->folder, err);
    if (rc)
        return rc;
    key->key_fd = open_plain(&key->folder, key_path, err);
    if (key->key_fd < 0)
        return key->key_fd;
    key->cert_fd = open_plain(&key->folder, cert_path, err);
    return key->cert_fd < 0 ? key->cert_fd : look_at_files(key, cert_path, err);
}

int vtc_ownerkey_import(const struct vtc_ownerkey *key, struct vtc_ownerkey_place *place,
                        struct vtc_error *err)
{
    int pem_fd = vtc_scratch_open(0, err);
    int rc = pem_fd < 0 ? pem_fd : vtc_openssl_cert_to_pem(key->cert_fd, pem_fd, err);

    if (!rc)
        rc = put(place, key->key_fd, pem_fd, err);
    if (pem_fd >= 0)
        close(pem_fd);
    return rc;
}

int vtc_ownerkey_export(const struct vtc_ownerkey *key, const char *path, struct vtc_error *err)
{
    int fd = vtc_keyfolder_open_other(&key->folder, path, O_WRONLY | O_CREAT | O_EXCL, 0644), rc;

    if (fd == -EEXIST)
        return REFUSE(fd, "Remove it, or name another file.", "%s: exists already", path);
    if (fd < 0)
        return FAIL(fd, NULL, "%s: cannot be made: %s", path, strerror(-fd));
    rc = vtc_scratch_write(fd, 0, key->cert.der, key->cert.der_bytes);
    if (!rc && fsync(fd) && errno != EINVAL)
        rc = -errno;
    close(fd);
    if (!rc)
        return 0;
    vtc_keyfolder_unlink_other(&key->folder, path);
    return FAIL(rc, NULL, "%s: cannot be written: %s", path, strerror(-rc));
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/secureboot.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ventoc/layout.h>
#include <ventoc/pe.h>

#include "host/ownerkey.h"
#include "host/run.h"
#include "host/scratch.h"
#include "host/sign.h"
#include "host/slotfile.h"
#include "host/slotimage.h"

#define REFUSE(rc, hint, ...)       vtc_error_set(err, VTC_ERROR_REFUSED, rc, hint, __VA_ARGS__)
#define FAIL_PAYLOAD(rc, hint, ...) vtc_error_set(err, VTC_ERROR_PAYLOAD, rc, hint, __VA_ARGS__)

/* One run. */
struct job {
    const struct vtc_secureboot_want *want;
    const struct vtc_secureboot_stick *stick; /* or NULL */
    struct vtc_payload *payload;
    struct vtc_secureboot_made *made;
    struct vtc_secureboot_facts old; /* of the live slot */
    struct vtc_slotimage slot;
    struct vtc_ownerkey key;
    struct vtc_error *err;
};

/* Are there programs for this kind of machine, and a shim? */
static int has_arch(const struct job *job, const struct vtc_secureboot_arch *arch)
{
    const struct vtc_manifest *manifest = &job->payload->manifest;
    struct vtc_manifest_entry entry;

    return !vtc_manifest_find(manifest, VTC_MANIFEST_IMAGE, arch->shim_image, &entry) &&
           !vtc_manifest_find(manifest, VTC_MANIFEST_IMAGE, arch->mok_image, &entry) &&
           !vtc_manifest_find(manifest, VTC_MANIFEST_FILE, arch->boot, &entry);
}

/* What will be needed in any case, before anybody is asked for anything. */
static int check_means(const struct job *job)
{
    struct vtc_error *err = job->err;
    int rc;

    if (!has_arch(job, &vtc_secureboot_arch[0]))
        return FAIL_PAYLOAD(
            -ENOENT,
            "Install the packages shim-signed and (Debian) "
            "shim-helpers-amd64-signed and build ventoc again; or do without: "
            "--secure-boot=off.",
            "%s: these boot files were built without a shim, which Secure Boot needs",
            job->payload->dir);
    rc = vtc_run_check("mcopy", VTC_SLOTIMAGE_PACKAGE, err);
    if (!rc)
        rc = vtc_run_check("mmd", VTC_SLOTIMAGE_PACKAGE, err);
    if (!rc && job->made->mode == VTC_SECUREBOOT_KEY)
        rc = vtc_run_check("openssl", VTC_OPENSSL_PACKAGE, err);
    return rc;
}

/* ---- signing ------------------------------------------------------------------------------- */

/* Is signed the same program, and by the key of this certificate? */
static int is_same(const struct vtc_slotimage_file *program, const uint8_t *signed_one,
                   size_t bytes, int cert_fd)
{
    uint8_t a[VTC_SHA256_BYTES], b[VTC_SHA256_BYTES];
    struct vtc_pe pe;

    return vtc_pe_parse(program->bytes, program->count, &pe) == 0 &&
           vtc_pe_authenticode_sha256(&pe, a) == 0 && vtc_pe_parse(signed_one, bytes, &pe) == 0 &&
           vtc_pe_authenticode_sha256(&pe, b) == 0 && memcmp(a, b, sizeof(a)) == 0 &&
           vtc_sign_verify(cert_fd, signed_one, bytes, NULL) == 0;
}

/* Replace a program by what a slot has of it, signed. Returns 1 when there was one. */
static int reuse_one(const struct job *job, struct vtc_slotimage_file *program, const char *name,
                     int cert_fd)
{
    for (unsigned i = 0; job->stick && i < VTC_SLOT_COUNT; i++) {
        unsigned slot = i ? !job->stick->live : job->stick->live;
        uint8_t *bytes;
        size_t count;

        if (vtc_slotfile_read(job->stick->fd, job->stick->record, slot, name,
                              VTC_SECUREBOOT_MAX_BYTES, &bytes, &count))
            continue;
        if (is_same(program, bytes, count, cert_fd)) {
            free(program->bytes);
            program->bytes = bytes;
            program->count = count;
            return 1;
        }
        free(bytes);
    }
    return 0;
}

/* Returns how many programs are still to be signed; those that are not are renamed. */
static unsigned reuse(struct job *job, int cert_fd)
{
    unsigned left = 0;

    for (unsigned i = 0; i < VTC_SECUREBOOT_ARCH_COUNT; i++) {
        const struct vtc_secureboot_arch *arch = &vtc_secureboot_arch[i];
        struct vtc_slotimage_file *program = vtc_slotimage_find(&job->slot, arch->boot);

        if (!has_arch(job, arch))
            continue;
        if (program && reuse_one(job, program, arch->grub, cert_fd))
            snprintf(program->name, sizeof(program->name), "%s", arch->grub);
        else
            left++;
    }
    return left;
}

/* The same with a certificate as the stick has it. */
static unsigned reuse_with(struct job *job, const uint8_t *cert, size_t bytes)
{
    int der_fd = vtc_scratch_open(0, NULL), pem_fd = vtc_scratch_open(0, NULL);
    unsigned left = 1;

    if (der_fd >= 0 && pem_fd >= 0 && vtc_scratch_write(der_fd, 0, cert, bytes) == 0 &&
        vtc_openssl_cert_to_pem(der_fd, pem_fd, NULL) == 0)
        left = reuse(job, pem_fd);
    if (der_fd >= 0)
        close(der_fd);
    if (pem_fd >= 0)
        close(pem_fd);
    return left;
}

static int sign_one(struct job *job, struct vtc_slotimage_file *program, const char *name,
                    const struct vtc_secret *secret)
{
    size_t bytes;
    uint8_t *out;
    int rc = vtc_sign(&job->key, secret, program->bytes, program->count, &out, &bytes, job->err);

    if (rc)
        return rc;
    free(program->bytes);
    program->bytes = out;
    program->count = bytes;
    snprintf(program->name, sizeof(program->name), "%s", name);
    return 0;
}

/* Sign what reuse() has left. */
static int sign(struct job *job)
{
    const struct vtc_secureboot_want *want = job->want;
    struct vtc_secret secret = {.bytes = 0};
    int rc = vtc_run_check("sbsign", VTC_SIGN_PACKAGE, job->err);

    if (!rc)
        rc = vtc_run_check("sbverify", VTC_SIGN_PACKAGE, job->err);
    if (!rc && job->key.encrypted)
        rc = want->passphrase(want->ctx, job->key.key_path, &secret, job->err);
    if (!rc)
        rc = vtc_ownerkey_check(&job->key, &secret, job->err);
    for (unsigned i = 0; !rc && i < VTC_SECUREBOOT_ARCH_COUNT; i++) {
        const struct vtc_secureboot_arch *arch = &vtc_secureboot_arch[i];
        struct vtc_slotimage_file *program = vtc_slotimage_find(&job->slot, arch->boot);

        if (program && has_arch(job, arch))
            rc = sign_one(job, program, arch->grub, &secret);
    }
    vtc_secret_forget(&secret);
    return rc;
}

/* ---- with which key ------------------------------------------------------------------------ */

/* own_rc, own_err: of vtc_ownerkey_open(). */
static int refuse_other(const struct job *job, int own_rc, const struct vtc_error *own_err)
{
    const char *name = job->old.owner.subject[0] ? job->old.owner.subject : "unknown";
    struct vtc_error *err = job->err;
    int rc;

    if (own_rc && own_rc != -ENOKEY) { /* it may be the right one */
        *err = *own_err;
        return own_rc;
    }
    if (own_rc)
        rc = REFUSE(-EKEYREJECTED, NULL,
                    "%s: is signed by the key \"%s\", which is not on this machine",
                    job->stick->path, name);
    else
        rc = REFUSE(-EKEYREJECTED, NULL,
                    "%s: is signed by another key, \"%s\"; this machine's is \"%s\"",
                    job->stick->path, name, job->key.cert.name);
    vtc_error_hint(
        err,
        "Upgrade it where that key is, or bring the key here: ventoc key import, --key-folder. "
        "Or, with a new enrolment on each machine: --other-key (this machine's key), "
        "--secure-boot=hash. Or --secure-boot=off.");
    return rc;
}

static int add_copy(struct vtc_slotimage *slot, const char *name, const uint8_t *bytes,
                    size_t count)
{
    uint8_t *copy = malloc(count + 1);

    if (copy)
        memcpy(copy, bytes, count);
    return vtc_slotimage_add(slot, name, copy, count);
}

/* Sign, or take what is signed, and add the certificate. */
static int use_key(struct job *job)
{
    const struct vtc_secureboot_facts *old = &job->old;
    struct vtc_secureboot_made *made = job->made;
    struct vtc_error own_err = {0};
    int own_rc = vtc_ownerkey_open(job->want->key_folder, &job->key, &own_err), rc = 0;
    const struct vtc_openssl_cert *own = &job->key.cert;
    int is_ours = !own_rc && old->cert && old->cert_bytes == own->der_bytes &&
                  memcmp(old->cert, own->der, own->der_bytes) == 0;

    if (old->mode == VTC_SECUREBOOT_KEY && !is_ours && !job->want->other_key) {
        /* With nothing to sign no key is needed. */
        if (job->want->mode == VTC_SECUREBOOT_KEY || !old->cert ||
            reuse_with(job, old->cert, old->cert_bytes))
            return refuse_other(job, own_rc, &own_err);
        snprintf(made->key, sizeof(made->key), "%s", old->owner.subject);
        snprintf(made->not_after, sizeof(made->not_after), "%s", old->owner.not_after);
        rc = add_copy(&job->slot, VTC_SECUREBOOT_CERT, old->cert, old->cert_bytes);
    } else if (own_rc) {
        *job->err = own_err;
        return own_rc;
    } else {
        if (reuse(job, job->key.cert_fd))
            rc = sign(job);
        if (rc)
            return rc;
        made->enrol = !is_ours;
        snprintf(made->key, sizeof(made->key), "%s", own->name);
        snprintf(made->not_after, sizeof(made->not_after), "%s", own->not_after);
        rc = add_copy(&job->slot, VTC_SECUREBOOT_CERT, own->der, own->der_bytes);
    }
    return rc ? vtc_error_set(job->err, VTC_ERROR_FAILED, rc, NULL, "out of memory") : 0;
}

/* ---- shim ---------------------------------------------------------------------------------- */

static int add_image(struct job *job, const char *image_name, const char *name)
{
    struct vtc_payload_image image;
    int rc = vtc_payload_extra(job->payload, image_name, &image, job->err);

    if (rc) {
        free(image.bytes);
        return rc;
    }
    rc = vtc_slotimage_add(&job->slot, name, image.bytes, image.count);
    return rc ? vtc_error_set(job->err, VTC_ERROR_FAILED, rc, NULL, "out of memory for %s", name)
              : 0;
}

/* Shim takes the place of our GRUB, which is beside it under the name that shim looks for. */
static int add_shims(struct job *job)
{
    int rc = 0;

    for (unsigned i = 0; !rc && i < VTC_SECUREBOOT_ARCH_COUNT; i++) {
        const struct vtc_secureboot_arch *arch = &vtc_secureboot_arch[i];
        struct vtc_slotimage_file *program = vtc_slotimage_find(&job->slot, arch->boot);

        if (!has_arch(job, arch))
            continue;
        if (program)
            snprintf(program->name, sizeof(program->name), "%s", arch->grub);
        job->made->has_ia32 |= i == 1;
        rc = add_image(job, arch->shim_image, arch->boot);
        if (!rc)
            rc = add_image(job, arch->mok_image, arch->mok_manager);
    }
    return rc;
}

static int take_hash(struct job *job)
{
    const struct vtc_slotimage_file *grub = vtc_slotimage_find(&job->slot, VTC_SECUREBOOT_GRUB);
    struct vtc_error *err = job->err;
    struct vtc_pe pe;

    if (!grub || vtc_pe_parse(grub->bytes, grub->count, &pe) ||
        vtc_pe_shim_sha256(&pe, job->made->sha256))
        return FAIL_PAYLOAD(-EBADMSG, "Build or install ventoc again.",
                            "%s: %s is not an EFI program", job->payload->dir,
                            vtc_secureboot_arch[0].boot);
    if (job->made->mode == VTC_SECUREBOOT_HASH)
        job->made->enrol = job->old.mode != VTC_SECUREBOOT_HASH || !job->old.has_grub ||
                           memcmp(job->old.grub_sha256, job->made->sha256, VTC_SHA256_BYTES) != 0;
    return 0;
}

/* ---- all ----------------------------------------------------------------------------------- */

static enum vtc_secureboot_mode choose(const struct job *job)
{
    if (job->want->mode != VTC_SECUREBOOT_KEEP)
        return job->want->mode;
    if (job->want->other_key)
        return VTC_SECUREBOOT_KEY;
    return job->stick ? job->old.mode : VTC_SECUREBOOT_OFF;
}

static int make(struct job *job)
{
    int rc = check_means(job);

    if (!rc)
        rc = vtc_slotimage_read(job->payload, &job->slot, job->err);
    if (!rc && job->made->mode == VTC_SECUREBOOT_KEY)
        rc = use_key(job);
    if (!rc)
        rc = add_shims(job);
    if (!rc)
        rc = take_hash(job);
    return rc ? rc : vtc_slotimage_write(&job->slot, job->payload, job->err);
}

int vtc_secureboot_make(const struct vtc_secureboot_want *want,
                        const struct vtc_secureboot_stick *stick, struct vtc_payload *payload,
                        struct vtc_secureboot_made *made, struct vtc_error *err)
{
    struct job *job = calloc(1, sizeof(*job));
    int rc = 0;

    memset(made, 0, sizeof(*made));
    if (!job)
        return vtc_error_set(err, VTC_ERROR_FAILED, -ENOMEM, NULL, "out of memory");
    *job = (struct job){.want = want, .stick = stick, .payload = payload, .made = made, .err = err};
    job->key.folder.fd = job->key.key_fd = job->key.cert_fd = -1;
    if (stick)
        rc = vtc_secureboot_read(stick->fd, stick->record, stick->live, &job->old);
    if (rc)
        vtc_error_set(err, VTC_ERROR_FAILED, rc, NULL, "out of memory");
    made->old_mode = stick ? job->old.mode : VTC_SECUREBOOT_KEEP;
    made->mode = choose(job);
    if (!rc && made->mode != VTC_SECUREBOOT_OFF)
        rc = make(job);
    vtc_ownerkey_close(&job->key);
    vtc_slotimage_free(&job->slot);
    vtc_secureboot_forget(&job->old);
    free(job);
    return rc;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a stick starts where Secure Boot is on: the distribution's shim first, then our GRUB, which is signed
 * with the owner's key, or enrolled by its hash. */
#ifndef VTC_HOST_SECUREBOOT_H
#define VTC_HOST_SECUREBOOT_H

#include <ventoc/manifest.h>
#include <ventoc/record.h>
#include <ventoc/sha256.h>
#include <ventoc/signer.h>

#include "host/payload.h"
#include "host/secret.h"

/* What the owner of another machine chooses there. */
#define VTC_SECUREBOOT_CERT      "ENROLL_THIS_KEY_ventoc.cer"
#define VTC_SECUREBOOT_GRUB      "EFI/BOOT/grubx64.efi"
#define VTC_SECUREBOOT_MAX_BYTES (16u * 1024 * 1024) /* of one EFI program */

enum vtc_secureboot_mode {
    VTC_SECUREBOOT_KEEP, /* as the stick is; a new one: off */
    VTC_SECUREBOOT_OFF,  /* our GRUB alone, not signed */
    VTC_SECUREBOOT_HASH, /* shim, and our GRUB not signed */
    VTC_SECUREBOOT_KEY,  /* shim, our GRUB signed, and the owner's certificate */
};

/* "off", "hash", "key". */
const char *vtc_secureboot_mode_name(enum vtc_secureboot_mode mode);

/* What a slot with this manifest is. */
enum vtc_secureboot_mode vtc_secureboot_mode_of(const struct vtc_manifest *manifest);

/* The programs of one kind of machine. */
struct vtc_secureboot_arch {
    const char *boot, *grub, *mok_manager; /* in the slot */
    const char *shim_image, *mok_image;    /* in the payload */
};
#define VTC_SECUREBOOT_ARCH_COUNT 2u /* 64-bit UEFI, which is needed, and 32-bit UEFI */
extern const struct vtc_secureboot_arch vtc_secureboot_arch[VTC_SECUREBOOT_ARCH_COUNT];

/* ---- what is on a stick -------------------------------------------------------------------- */

#define VTC_SECUREBOOT_SHIM_SIGNERS 4u

struct vtc_secureboot_facts {
    enum vtc_secureboot_mode mode;
    uint8_t *cert; /* KEY: the certificate on the stick, DER, from malloc() */
    size_t cert_bytes;
    struct vtc_signer owner;               /* what it says; points into cert */
    int has_grub;                          /* grubx64.efi can be read and is a program */
    uint8_t grub_sha256[VTC_SHA256_BYTES]; /* the hash that MokManager enrols */
    int grub_is_signed;                    /* by somebody */
    int grub_matches;                      /* the signature names cert and this very file */
    char grub_signer[VTC_SIGNER_NAME_BYTES];
    char shim_signer[VTC_SECUREBOOT_SHIM_SIGNERS]
                    [VTC_SIGNER_NAME_BYTES]; /* who issued the signers */
    unsigned shim_signers;
    char sbat_level[11];    /* that shim carries: "2025021800", or "" */
    char grub_revoked[160]; /* why shim's own level refuses GRUB, or "" */
    int has_ia32;           /* 32-bit UEFI has a shim, too */
};

/* Read a slot, which may be damaged, as far as it goes; without its manifest the mode is guessed by its
 * files. fd: the disk. Free with vtc_secureboot_forget() in any case. Returns 0 or -ENOMEM. */
int vtc_secureboot_read(int fd, const struct vtc_record *record, unsigned slot,
                        struct vtc_secureboot_facts *facts);
void vtc_secureboot_forget(struct vtc_secureboot_facts *facts);

/* ---- what comes on a stick ----------------------------------------------------------------- */

struct vtc_secureboot_want {
    enum vtc_secureboot_mode mode;
    int other_key;          /* a stick that another key has signed may get this machine's */
    const char *key_folder; /* as for vtc_keyfolder_open() */
    /* Ask for the passphrase of the key in this file. Returns 0 or -errno with err. */
    int (*passphrase)(void *ctx, const char *path, struct vtc_secret *secret,
                      struct vtc_error *err);
    void *ctx;
};

/* The stick that is upgraded or mended. */
struct vtc_secureboot_stick {
    int fd;
    const char *path; /* for messages */
    const struct vtc_record *record;
    unsigned live;
};

struct vtc_secureboot_made {
    enum vtc_secureboot_mode mode;
    enum vtc_secureboot_mode old_mode; /* KEEP: it is a new stick */
    int enrol;                         /* other machines have to be told about it (again) */
    char key[256], not_after[24];
    uint8_t sha256[VTC_SHA256_BYTES]; /* of grubx64.efi */
    int has_ia32;
};

/*
 * Make the payload's slot image what is wanted, in memory; stick: NULL for a new one. Where KEEP or KEY meets
 * a stick that a key has signed, it is signed with that key again, and refused (VTC_ERROR_REFUSED) when this
 * machine has another or none. A GRUB that the stick has signed already is taken as it is: signatures of the
 * same bytes differ by their date. The payload is as it was on failure. Returns 0; -ENOENT (VTC_ERROR_PAYLOAD)
 * when the payload has no shim; as vtc_ownerkey_check(); -errno.
 */
int vtc_secureboot_make(const struct vtc_secureboot_want *want,
                        const struct vtc_secureboot_stick *stick, struct vtc_payload *payload,
                        struct vtc_secureboot_made *made, struct vtc_error *err);

#endif

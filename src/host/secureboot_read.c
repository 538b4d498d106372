/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a slot of a stick is for Secure Boot. */
#include "host/secureboot.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ventoc/pe.h>
#include <ventoc/sbat.h>

#include "host/slotfile.h"

const struct vtc_secureboot_arch vtc_secureboot_arch[VTC_SECUREBOOT_ARCH_COUNT] = {
    {"EFI/BOOT/BOOTX64.EFI", VTC_SECUREBOOT_GRUB, "EFI/BOOT/mmx64.efi", "shimx64.efi", "mmx64.efi"},
    {"EFI/BOOT/BOOTIA32.EFI", "EFI/BOOT/grubia32.efi", "EFI/BOOT/mmia32.efi", "shimia32.efi",
     "mmia32.efi"},
};

const char *vtc_secureboot_mode_name(enum vtc_secureboot_mode mode)
{
    static const char *const names[] = {"as it is", "off", "hash", "key"};

    return names[mode];
}

enum vtc_secureboot_mode vtc_secureboot_mode_of(const struct vtc_manifest *manifest)
{
    struct vtc_manifest_entry entry;

    if (vtc_manifest_find(manifest, VTC_MANIFEST_FILE, VTC_SECUREBOOT_GRUB, &entry))
        return VTC_SECUREBOOT_OFF;
    return vtc_manifest_find(manifest, VTC_MANIFEST_FILE, VTC_SECUREBOOT_CERT, &entry)
               ? VTC_SECUREBOOT_HASH
               : VTC_SECUREBOOT_KEY;
}

/* Of a slot whose manifest is damaged, by the files that are there. */
static enum vtc_secureboot_mode guess_mode(int fd, const struct vtc_record *record, unsigned slot)
{
    uint8_t *bytes;
    size_t count;
    int has_grub = !vtc_slotfile_read(fd, record, slot, VTC_SECUREBOOT_GRUB,
                                      VTC_SECUREBOOT_MAX_BYTES, &bytes, &count);
    int has_cert;

    free(bytes);
    has_cert = !vtc_slotfile_read(fd, record, slot, VTC_SECUREBOOT_CERT, 65536, &bytes, &count);
    free(bytes);
    return has_cert ? VTC_SECUREBOOT_KEY : has_grub ? VTC_SECUREBOOT_HASH : VTC_SECUREBOOT_OFF;
}

static int read_mode(int fd, const struct vtc_record *record, unsigned slot,
                     struct vtc_secureboot_facts *facts)
{
    struct vtc_manifest_entry entry;
    struct vtc_manifest manifest;
    uint8_t *text;
    size_t bytes;
    int rc = vtc_slotfile_read(fd, record, slot, "ventoc/manifest", VTC_MANIFEST_MAX_BYTES, &text,
                               &bytes);

    if (rc || vtc_manifest_parse((char *)text, bytes, &manifest)) {
        facts->mode = guess_mode(fd, record, slot);
    } else {
        facts->mode = vtc_secureboot_mode_of(&manifest);
        facts->has_ia32 =
            !vtc_manifest_find(&manifest, VTC_MANIFEST_FILE, vtc_secureboot_arch[1].grub, &entry);
    }
    free(text);
    return rc == -ENOMEM ? rc : 0;
}

static int read_cert(int fd, const struct vtc_record *record, unsigned slot,
                     struct vtc_secureboot_facts *facts)
{
    int rc = vtc_slotfile_read(fd, record, slot, VTC_SECUREBOOT_CERT, 65536, &facts->cert,
                               &facts->cert_bytes);

    if (!rc && vtc_signer_cert(facts->cert, facts->cert_bytes, &facts->owner))
        memset(&facts->owner, 0, sizeof(facts->owner));
    return rc == -ENOMEM ? rc : 0;
}

/* Does the first signature name the certificate on the stick and the file that it is in? */
static void read_signature(const struct vtc_pe *pe, struct vtc_secureboot_facts *facts)
{
    uint8_t sum[VTC_SHA256_BYTES];
    struct vtc_signer signer;
    const uint8_t *der;
    size_t bytes;

    if (vtc_pe_signature(pe, 0, &der, &bytes))
        return;
    facts->grub_is_signed = 1;
    if (vtc_signer_read(der, bytes, &signer))
        return;
    snprintf(facts->grub_signer, sizeof(facts->grub_signer), "%s", signer.subject);
    facts->grub_matches = facts->cert && signer.cert && signer.cert_bytes == facts->cert_bytes &&
                          memcmp(signer.cert, facts->cert, facts->cert_bytes) == 0 &&
                          signer.has_image_sha256 && vtc_pe_authenticode_sha256(pe, sum) == 0 &&
                          memcmp(sum, signer.image_sha256, sizeof(sum)) == 0;
}

static int read_grub(int fd, const struct vtc_record *record, unsigned slot,
                     struct vtc_secureboot_facts *facts)
{
    struct vtc_pe pe;
    uint8_t *file;
    size_t bytes;
    int rc = vtc_slotfile_read(fd, record, slot, VTC_SECUREBOOT_GRUB, VTC_SECUREBOOT_MAX_BYTES,
                               &file, &bytes);

    if (!rc && vtc_pe_parse(file, bytes, &pe) == 0 &&
        vtc_pe_shim_sha256(&pe, facts->grub_sha256) == 0) {
        facts->has_grub = 1;
        read_signature(&pe, facts);
    }
    free(file);
    return rc == -ENOMEM ? rc : 0;
}

static void read_shim_signers(const struct vtc_pe *pe, struct vtc_secureboot_facts *facts)
{
    struct vtc_signer signer;
    const uint8_t *der;
    size_t bytes;

    for (uint32_t i = 0; facts->shim_signers < VTC_SECUREBOOT_SHIM_SIGNERS &&
                         vtc_pe_signature(pe, i, &der, &bytes) == 0;
         i++)
        if (vtc_signer_read(der, bytes, &signer) == 0)
            memcpy(facts->shim_signer[facts->shim_signers++], signer.issuer, sizeof(signer.issuer));
}

static int read_shim(int fd, const struct vtc_record *record, unsigned slot,
                     struct vtc_secureboot_facts *facts)
{
    struct vtc_pe pe;
    const char *level;
    uint8_t *file;
    size_t bytes, level_bytes;
    int rc = vtc_slotfile_read(fd, record, slot, vtc_secureboot_arch[0].boot,
                               VTC_SECUREBOOT_MAX_BYTES, &file, &bytes);

    if (!rc && vtc_pe_parse(file, bytes, &pe) == 0) {
        read_shim_signers(&pe, facts);
        if (vtc_sbat_level(&pe, 1, &level, &level_bytes) ||
            vtc_sbat_date(level, level_bytes, facts->sbat_level))
            facts->sbat_level[0] = '\0';
    }
    free(file);
    return rc == -ENOMEM ? rc : 0;
}

int vtc_secureboot_read(int fd, const struct vtc_record *record, unsigned slot,
                        struct vtc_secureboot_facts *facts)
{
    int rc;

    memset(facts, 0, sizeof(*facts));
    rc = read_mode(fd, record, slot, facts);
    if (rc || facts->mode == VTC_SECUREBOOT_OFF)
        return rc;
    if (facts->mode == VTC_SECUREBOOT_KEY)
        rc = read_cert(fd, record, slot, facts);
    if (!rc)
        rc = read_grub(fd, record, slot, facts);
    return rc ? rc : read_shim(fd, record, slot, facts);
}

void vtc_secureboot_forget(struct vtc_secureboot_facts *facts)
{
    free(facts->cert);
    facts->cert = NULL;
}

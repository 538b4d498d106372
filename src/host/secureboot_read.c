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

static void read_grub(const struct vtc_pe *pe, struct vtc_secureboot_facts *facts)
{
    if (vtc_pe_shim_sha256(pe, facts->grub_sha256) == 0) {
        facts->has_grub = 1;
        read_signature(pe, facts);
    }
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

static void read_shim(const struct vtc_pe *pe, struct vtc_secureboot_facts *facts)
{
    const char *level;
    size_t bytes;

    read_shim_signers(pe, facts);
    if (vtc_sbat_level(pe, 1, &level, &bytes) || vtc_sbat_date(level, bytes, facts->sbat_level))
        facts->sbat_level[0] = '\0';
}

/* Would a shim with this list start GRUB, whoever signed it? */
static void compare_sbat(const struct vtc_pe *shim, const struct vtc_pe *grub,
                         struct vtc_secureboot_facts *facts)
{
    size_t level_bytes, bytes, size = sizeof(facts->grub_revoked);
    const char *level, *text;
    struct vtc_sbat_row row;
    uint32_t needed;
    int rc;

    if (vtc_sbat_level(shim, 1, &level, &level_bytes))
        return;
    rc = vtc_sbat_section(grub, &text, &bytes);
    if (rc == VTC_ENOENT) {
        snprintf(facts->grub_revoked, size, "it has no SBAT generations");
        return;
    }
    if (!rc)
        rc = vtc_sbat_refused(level, level_bytes, text, bytes, &row, &needed);
    if (!rc)
        snprintf(facts->grub_revoked, size,
                 "its component \"%.*s\" is of generation %u, and %u is demanded",
                 row.component_bytes < 64 ? (int)row.component_bytes : 64, row.component,
                 row.generation, needed);
    else if (rc != VTC_ENOENT)
        snprintf(facts->grub_revoked, size, "its SBAT generations are not understood");
}

/* A program of the slot: its file, from malloc(), as well. Returns 1; 0 when it cannot be read or is none;
 * -ENOMEM. */
static int open_program(int fd, const struct vtc_record *record, unsigned slot, const char *name,
                        uint8_t **file, struct vtc_pe *pe)
{
    size_t bytes;
    int rc = vtc_slotfile_read(fd, record, slot, name, VTC_SECUREBOOT_MAX_BYTES, file, &bytes);

    return rc == -ENOMEM ? rc : !rc && vtc_pe_parse(*file, bytes, pe) == 0;
}

static int read_programs(int fd, const struct vtc_record *record, unsigned slot,
                         struct vtc_secureboot_facts *facts)
{
    uint8_t *grub_file, *shim_file = NULL;
    struct vtc_pe grub, shim;
    int has_grub = open_program(fd, record, slot, VTC_SECUREBOOT_GRUB, &grub_file, &grub);
    int has_shim = has_grub < 0 ? has_grub
                                : open_program(fd, record, slot, vtc_secureboot_arch[0].boot,
                                               &shim_file, &shim);

    if (has_grub > 0)
        read_grub(&grub, facts);
    if (has_shim > 0)
        read_shim(&shim, facts);
    if (has_grub > 0 && has_shim > 0)
        compare_sbat(&shim, &grub, facts);
    free(grub_file);
    free(shim_file);
    return has_shim < 0 ? has_shim : 0;
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
    return rc ? rc : read_programs(fd, record, slot, facts);
}

void vtc_secureboot_forget(struct vtc_secureboot_facts *facts)
{
    free(facts->cert);
    facts->cert = NULL;
}

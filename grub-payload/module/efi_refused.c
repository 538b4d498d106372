/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was refused, who signed it, its hash, and the ways out. */
#include <grub/misc.h>
#include <grub/mm.h>
#include <grub/term.h>

#include <ventoc/pe.h>
#include <ventoc/sha256.h>
#include <ventoc/signer.h>

#include "efi_enrol.h"
#include "efi_file.h"
#include "efi_refused.h"
#include "efi_secure.h"
#include "vtc.h"

#define SIGNERS_MAX  3u /* that the page has room for */
#define COLUMNS_NAME 66u

/* What is known of a refused program. */
struct refused {
    int is_known;   /* it is a program whose hash could be made */
    int is_changed; /* it is not what was signed */
    int can_enrol;
    unsigned signer_count;
    struct vtc_signer signers[SIGNERS_MAX];
    grub_uint8_t sha256[VTC_SHA256_BYTES]; /* what db and MokList would hold */
};

static void look_at(const grub_uint8_t *file, grub_size_t bytes, struct refused *r)
{
    grub_uint8_t authenticode[VTC_SHA256_BYTES];
    struct vtc_pe pe;
    const grub_uint8_t *der;
    size_t der_bytes;

    grub_memset(r, 0, sizeof(*r));
    if (!file || vtc_pe_parse(file, bytes, &pe) != VTC_OK ||
        vtc_pe_authenticode_sha256(&pe, authenticode) != VTC_OK)
        return;
    r->is_known = 1;
    r->can_enrol = vtc_efi_enrol_possible();
    if (!r->can_enrol || vtc_pe_shim_sha256(&pe, r->sha256) != VTC_OK)
        grub_memcpy(r->sha256, authenticode, sizeof(authenticode));
    while (r->signer_count < SIGNERS_MAX &&
           vtc_pe_signature(&pe, r->signer_count, &der, &der_bytes) == VTC_OK) {
        struct vtc_signer *s = &r->signers[r->signer_count++];

        if (vtc_signer_read(der, der_bytes, s) != VTC_OK)
            grub_memset(s, 0, sizeof(*s));
        if (s->has_image_sha256 &&
            grub_memcmp(s->image_sha256, authenticode, sizeof(authenticode)) != 0)
            r->is_changed = 1;
    }
}

/* A line "  LABEL    text"; no control character of text gets to the terminal. */
static void print_line(const char *label, const char *text)
{
    char cut[COLUMNS_NAME + 1];

    grub_strncpy(cut, text, COLUMNS_NAME);
    cut[COLUMNS_NAME] = '\0';
    grub_printf("  %-10s", label);
    vtc_print_name(cut);
    grub_printf("\n");
}

static void print_signers(const struct refused *r)
{
    if (!r->signer_count)
        print_line("Signed", "not signed");
    for (unsigned i = 0; i < r->signer_count; i++) {
        const struct vtc_signer *s = &r->signers[i];

        print_line(i ? "and by" : "Signed by", s->subject[0] ? s->subject : "(unreadable)");
        if (s->issuer[0])
            print_line("  issuer", s->issuer);
    }
    if (r->signer_count)
        print_line("", "(so says the file; nobody checked these names)");
}

static const char *reason(const struct refused *r)
{
    if (!r->is_known)
        return "It cannot be read as an EFI program: copy the image again.";
    if (r->is_changed)
        return "It is not what was signed: damaged or changed. Copy the image again and\n"
               "compare its checksum before you do anything else.";
    if (!r->signer_count)
        return "Nobody vouches for it, so this machine does not start it.";
    return "This machine does not trust that signer, or the loader was revoked: then a\n"
           "newer version of the image helps.";
}

static const char *advice(const struct refused *r)
{
    switch (vtc_efi_secure_state()) {
    case VTC_EFI_SECURE_SHIM:
        if (r->can_enrol)
            return "  E       trust this one loader on this machine: enrol its hash\n";
        if (r->is_known)
            return "  The shim on this stick cannot load images; it is older than version 16.\n"
                   "  Make the stick's boot files anew: ventoc -u\n";
        return "";
    case VTC_EFI_SECURE_FIRMWARE:
        return "  This machine's own db decides: add the signer's certificate or the hash\n"
               "  there (firmware settings), or switch Secure Boot off.\n";
    case VTC_EFI_SECURE_INSECURE:
        return "  The shim's checks are disabled here, so the firmware's db alone decides, and\n"
               "  enrolled hashes do not count. Enable them (mokutil --enable-validation) and\n"
               "  enrol the hash then, or switch Secure Boot off.\n";
    default:
        return "  Secure Boot is off: the firmware refuses it by another rule of its own.\n";
    }
}

static void show_page(const char *name, const char *file, const struct refused *r)
{
    char hex[65];

    grub_cls();
    grub_printf("\nSecure Boot refused this boot loader.\n\n");
    print_line("Image", name);
    if (file)
        print_line("Loader", file);
    if (r->is_known) {
        print_signers(r);
        vtc_sha256_hex(r->sha256, hex);
        print_line("SHA-256", hex);
    }
    grub_printf("\n%s\n\n%s  Enter   back to the menu\n", reason(r), advice(r));
    grub_refresh();
}

grub_err_t vtc_efi_refused(const char *name, grub_efi_device_path_t *path, const void *source,
                           grub_size_t source_bytes)
{
    struct vtc_efi_file read = {NULL, 0};
    struct refused *r = grub_malloc(sizeof(*r));
    char *file = vtc_efi_file_name(path);
    int key;

    if (!r)
        return grub_errno;
    if (!source && vtc_efi_file_read(path, VTC_EFI_FILE_MAX_BYTES, &read)) {
        source = read.data;
        source_bytes = read.bytes;
    }
    look_at(source, source_bytes, r);
    do {
        show_page(name, file, r);
        key = grub_getkey();
        if (r->can_enrol && (key == 'e' || key == 'E') && vtc_efi_enrol(r->sha256)) {
            grub_print_error();
            grub_errno = GRUB_ERR_NONE;
            grub_printf("\nPress any key.\n");
            grub_refresh();
            grub_getkey();
        }
    } while (key != '\r' && key != '\n' && key != GRUB_TERM_ESC);
    vtc_efi_file_free(&read);
    grub_free(file);
    grub_free(r);
    grub_errno = GRUB_ERR_NONE;
    return grub_error(GRUB_ERR_TEST_FAILURE, "refused by Secure Boot");
}

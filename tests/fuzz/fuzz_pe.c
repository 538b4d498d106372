/* SPDX-License-Identifier: GPL-3.0-or-later */
/* PE images: the input is the file. What is found lies inside it; the hashes don't depend on the
 * checksum and the certificates. */
#include "fuzz_reader.h"

#include <stdlib.h>

#include <ventoc/sbat.h>

static void check_inside(const struct vtc_pe *pe, const void *data, size_t bytes)
{
    size_t off = (size_t)((const uint8_t *)data - pe->file);

    if (off > pe->bytes || bytes > pe->bytes - off)
        abort();
}

static void check_sections(const struct vtc_pe *pe)
{
    static const char *const names[] = {".text", ".sbat", ".sbatlevel", ".linux", ""};
    const uint8_t *data;
    const char *text;
    size_t bytes, i;

    for (i = 0; i < sizeof names / sizeof *names; i++)
        if (!vtc_pe_section(pe, names[i], &data, &bytes))
            check_inside(pe, data, bytes);
    if (!vtc_sbat_section(pe, &text, &bytes))
        check_inside(pe, text, bytes);
    for (i = 0; i < 2; i++)
        if (!vtc_sbat_level(pe, (int)i, &text, &bytes)) {
            check_inside(pe, text, bytes + 1);
            if (text[bytes])
                abort();
        }
}

static void check_signatures(const struct vtc_pe *pe)
{
    const uint8_t *der, *last = pe->file;
    size_t bytes;
    uint32_t i;
    int rc;

    for (i = 0; !(rc = vtc_pe_signature(pe, i, &der, &bytes)); i++) {
        check_inside(pe, der, bytes);
        if (der < last)
            abort();
        last = der + bytes;
    }
    if (i > VTC_PE_SIGNATURES_MAX || (rc != VTC_ENOENT && rc != VTC_EFORMAT))
        abort();
}

static void check_hashes(const struct vtc_pe *pe)
{
    uint8_t first[32], again[32], shim[32], *copy = malloc(pe->bytes);
    struct vtc_pe changed;
    int rc = vtc_pe_authenticode_sha256(pe, first), i;

    if (!copy || vtc_pe_shim_sha256(pe, shim) != (pe->cert_entry_off ? rc : VTC_ENOTSUP))
        abort();
    if (!rc) {
        memcpy(copy, pe->file, pe->bytes);
        for (i = 0; i < 4; i++)
            copy[pe->checksum_off + i] ^= 0xff;
        memset(copy + pe->certs_off, 0x5a, pe->certs_bytes);
        if (vtc_pe_parse(copy, pe->bytes, &changed) || vtc_pe_authenticode_sha256(&changed, again))
            abort();
        /* A section, a signature or the header itself may hold the checksum a second time. */
        if (pe->section_count == 0 && memcmp(first, again, 32))
            abort();
        if (pe->cert_entry_off && (pe->certs_bytes || pe->bytes % 8 == 0) &&
            memcmp(first, shim, 32))
            abort();
    }
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct vtc_pe pe;

    if (vtc_pe_parse(data, bytes, &pe))
        return 0;
    check_sections(&pe);
    check_signatures(&pe);
    check_hashes(&pe);
    return 0;
}

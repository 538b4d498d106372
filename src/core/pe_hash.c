/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Authenticode hash of a PE image: everything but the checksum, the certificate table's entry
 * and the table itself; sections in the order of their places in the file. */
#include <ventoc/pe.h>

#include <ventoc/bytes.h>
#include <ventoc/sha256.h>

#define SECTION_BYTES 40u

static void add(struct vtc_sha256 *s, const struct vtc_pe *pe, uint32_t from, uint32_t to)
{
    vtc_sha256_update(s, pe->file + from, to - from);
}

static void add_headers(struct vtc_sha256 *s, const struct vtc_pe *pe)
{
    uint32_t behind_checksum = pe->checksum_off + 4;

    add(s, pe, 0, pe->checksum_off);
    if (pe->cert_entry_off) {
        add(s, pe, behind_checksum, pe->cert_entry_off);
        add(s, pe, pe->cert_entry_off + 8, pe->headers_bytes);
    } else {
        add(s, pe, behind_checksum, pe->headers_bytes);
    }
}

/* Of the sections with data behind (off, number) the one in front; sections at the same place are
 * in the order of the table. Returns its index or section_count. */
static uint32_t next_section(const struct vtc_pe *pe, uint32_t off, uint32_t number, int is_first)
{
    uint32_t best = pe->section_count, best_off = 0, i;

    for (i = 0; i < pe->section_count; i++) {
        const uint8_t *header = pe->file + pe->sections_off + i * SECTION_BYTES;
        uint32_t here = vtc_le32(header + 20);

        if (!vtc_le32(header + 16))
            continue;
        if (!is_first && (here < off || (here == off && i <= number)))
            continue;
        if (best == pe->section_count || here < best_off) {
            best = i;
            best_off = here;
        }
    }
    return best;
}

/* Returns the sum of their bytes, which is_sum_possible() found to fit. */
static uint32_t add_sections(struct vtc_sha256 *s, const struct vtc_pe *pe)
{
    uint32_t number = next_section(pe, 0, 0, 1);
    uint32_t sum = 0;

    while (number < pe->section_count) {
        const uint8_t *header = pe->file + pe->sections_off + number * SECTION_BYTES;
        uint32_t off = vtc_le32(header + 20), bytes = vtc_le32(header + 16);

        add(s, pe, off, off + bytes);
        sum += bytes;
        number = next_section(pe, off, number, 0);
    }
    return sum;
}

/* The sections' sizes, before any is hashed: overlapping ones could keep us busy for hours. */
static int is_sum_possible(const struct vtc_pe *pe, uint32_t end)
{
    uint32_t left = end - pe->headers_bytes, i;

    for (i = 0; i < pe->section_count; i++) {
        uint32_t bytes = vtc_le32(pe->file + pe->sections_off + i * SECTION_BYTES + 16);

        if (bytes > left)
            return 0;
        left -= bytes;
    }
    return 1;
}

static int hash(const struct vtc_pe *pe, int is_for_shim, uint8_t sha256[32])
{
    static const uint8_t zeros[8];
    uint32_t end = pe->bytes - pe->certs_bytes, sum;
    struct vtc_sha256 s;

    /* Nothing lies behind the certificates. */
    if (pe->certs_bytes && pe->certs_off != end)
        return VTC_EFORMAT;
    if (!is_sum_possible(pe, end))
        return VTC_EFORMAT;
    vtc_sha256_init(&s);
    add_headers(&s, pe);
    /* What follows is found by the sum of all bytes, not by the last section's end: so says the
     * specification, and so do firmware and signing tools where there are gaps. */
    sum = pe->headers_bytes + add_sections(&s, pe);
    add(&s, pe, sum, end);
    if (is_for_shim && !pe->certs_bytes && sum < end)
        vtc_sha256_update(&s, zeros, (8 - end % 8) % 8);
    vtc_sha256_final(&s, sha256);
    return VTC_OK;
}

int vtc_pe_authenticode_sha256(const struct vtc_pe *pe, uint8_t sha256[32])
{
    return hash(pe, 0, sha256);
}

int vtc_pe_shim_sha256(const struct vtc_pe *pe, uint8_t sha256[32])
{
    return pe->cert_entry_off ? hash(pe, 1, sha256) : VTC_ENOTSUP;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* PE images: headers, sections, the certificate table. */
#include <ventoc/pe.h>

#include <ventoc/bytes.h>
#include <ventoc/mem.h>

#define COFF_BYTES           20u /* file header */
#define SECTION_BYTES        40u
#define SYMBOL_BYTES         18u

#define MAGIC_PE32           0x10bu
#define MAGIC_PE32_PLUS      0x20bu

#define CERT_ENTRY           4u /* of the data directory */

#define WIN_CERT_BYTES       8u
#define WIN_CERT_SIGNED_DATA 2u

static int is_inside(const struct vtc_pe *pe, uint32_t off, uint32_t bytes)
{
    return off <= pe->bytes && bytes <= pe->bytes - off;
}

/* The COFF header behind "PE\0\0". */
static int parse_coff(struct vtc_pe *pe, uint32_t *coff_off)
{
    uint32_t off;

    if (pe->bytes < 64 || pe->file[0] != 'M' || pe->file[1] != 'Z')
        return VTC_EFORMAT;
    off = vtc_le32(pe->file + 60);
    if (!is_inside(pe, off, 4 + COFF_BYTES) || vtc_le32(pe->file + off) != 0x4550)
        return VTC_EFORMAT;
    *coff_off = off + 4;
    pe->machine = vtc_le16(pe->file + *coff_off);
    pe->section_count = vtc_le16(pe->file + *coff_off + 2);
    return pe->section_count > VTC_PE_SECTIONS_MAX ? VTC_ENOTSUP : VTC_OK;
}

/* The optional header [off, off + bytes). */
static int parse_optional(struct vtc_pe *pe, uint32_t off, uint32_t bytes)
{
    const uint8_t *h = pe->file + off;
    uint32_t fixed, entries;

    if (bytes < 2)
        return VTC_EFORMAT;
    pe->is_64 = vtc_le16(h) == MAGIC_PE32_PLUS;
    fixed = pe->is_64 ? 112 : 96; /* up to the data directory */
    if ((!pe->is_64 && vtc_le16(h) != MAGIC_PE32) || bytes < fixed)
        return VTC_EFORMAT;
    pe->headers_bytes = vtc_le32(h + 60);
    pe->checksum_off = off + 64;
    pe->subsystem = vtc_le16(h + 68);
    pe->dll_characteristics = vtc_le16(h + 70);
    entries = vtc_le32(h + fixed - 4);
    if (entries > (bytes - fixed) / 8)
        return VTC_EFORMAT;
    if (entries > CERT_ENTRY) {
        pe->cert_entry_off = off + fixed + 8 * CERT_ENTRY;
        pe->certs_off = vtc_le32(pe->file + pe->cert_entry_off);
        pe->certs_bytes = vtc_le32(pe->file + pe->cert_entry_off + 4);
    }
    return VTC_OK;
}

/* The place of a section's data in the file. */
static int check_section(const struct vtc_pe *pe, const uint8_t *section)
{
    uint32_t bytes = vtc_le32(section + 16);

    return !bytes || is_inside(pe, vtc_le32(section + 20), bytes) ? VTC_OK : VTC_ETRUNC;
}

/* The sections' headers are inside the headers, what they and the data directory name is inside
 * the file. */
static int check_places(const struct vtc_pe *pe)
{
    uint32_t table_bytes = pe->section_count * SECTION_BYTES, i;

    if (!is_inside(pe, pe->sections_off, table_bytes) || pe->headers_bytes > pe->bytes)
        return VTC_ETRUNC;
    if (pe->headers_bytes < pe->sections_off + table_bytes)
        return VTC_EFORMAT;
    for (i = 0; i < pe->section_count; i++)
        if (check_section(pe, pe->file + pe->sections_off + i * SECTION_BYTES))
            return VTC_ETRUNC;
    if (pe->certs_bytes && pe->certs_off < pe->headers_bytes)
        return VTC_EFORMAT;
    return !pe->certs_bytes || is_inside(pe, pe->certs_off, pe->certs_bytes) ? VTC_OK : VTC_ETRUNC;
}

int vtc_pe_parse(const uint8_t *file, size_t bytes, struct vtc_pe *pe)
{
    uint32_t coff_off, optional_bytes;
    int rc;

    memset(pe, 0, sizeof *pe);
    if (bytes >> 16 >> 16)
        return VTC_ENOTSUP;
    pe->file = file;
    pe->bytes = (uint32_t)bytes;
    rc = parse_coff(pe, &coff_off);
    if (rc)
        return rc;
    optional_bytes = vtc_le16(file + coff_off + 16);
    if (!is_inside(pe, coff_off + COFF_BYTES, optional_bytes))
        return VTC_ETRUNC;
    rc = parse_optional(pe, coff_off + COFF_BYTES, optional_bytes);
    if (rc)
        return rc;
    pe->sections_off = coff_off + COFF_BYTES + optional_bytes;
    return check_places(pe);
}

/* ---- sections ------------------------------------------------------------------------------ */

/* Is the string at p, which ends at a NUL or at limit, this name? */
static int is_string(const uint8_t *p, uint32_t limit, const char *name)
{
    uint32_t i;

    for (i = 0; i < limit && p[i] && p[i] == (uint8_t)name[i]; i++)
        ;
    return name[i] == '\0' && (i == limit || !p[i]);
}

/* The same for a string at off of the COFF string table, which lies behind the symbols. */
static int is_long_name(const struct vtc_pe *pe, uint32_t off, const char *name)
{
    const uint8_t *coff = pe->file + vtc_le32(pe->file + 60) + 4;
    uint64_t table_off =
        (uint64_t)vtc_le32(coff + 12) * SYMBOL_BYTES + vtc_le32(coff + 8); /* 2^32 * 19 at most */
    uint32_t table_bytes;

    if (!vtc_le32(coff + 8) || table_off > pe->bytes || pe->bytes - table_off < 4)
        return 0;
    table_bytes = vtc_le32(pe->file + table_off);
    if (table_bytes > pe->bytes - table_off || off < 4 || off >= table_bytes)
        return 0;
    return is_string(pe->file + table_off + off, table_bytes - off, name);
}

/* The number of a long name, "/1234"; 0 for another name. */
static uint32_t long_name_off(const uint8_t *header)
{
    uint32_t off = 0, i;

    if (header[0] != '/')
        return 0;
    for (i = 1; i < 8 && header[i]; i++) {
        if (header[i] < '0' || header[i] > '9')
            return 0;
        off = off * 10 + (header[i] - '0');
    }
    return off;
}

int vtc_pe_section(const struct vtc_pe *pe, const char *name, const uint8_t **data, size_t *bytes)
{
    uint32_t i;

    for (i = 0; i < pe->section_count; i++) {
        const uint8_t *header = pe->file + pe->sections_off + i * SECTION_BYTES;
        uint32_t off = long_name_off(header), virtual_bytes = vtc_le32(header + 8);

        if (!is_string(header, 8, name) && !(off && is_long_name(pe, off, name)))
            continue;
        *bytes = vtc_le32(header + 16);
        *data = pe->file + (*bytes ? vtc_le32(header + 20) : 0);
        if (virtual_bytes && virtual_bytes < *bytes)
            *bytes = virtual_bytes;
        return VTC_OK;
    }
    return VTC_ENOENT;
}

/* ---- signatures ---------------------------------------------------------------------------- */

int vtc_pe_signature(const struct vtc_pe *pe, uint32_t index, const uint8_t **der, size_t *bytes)
{
    const uint8_t *p = pe->file + pe->certs_off;
    uint32_t left = pe->certs_bytes, entries;

    for (entries = 0; left >= WIN_CERT_BYTES && entries < VTC_PE_SIGNATURES_MAX; entries++) {
        uint32_t length = vtc_le32(p);

        if (length < WIN_CERT_BYTES || length > left)
            return VTC_EFORMAT;
        if (vtc_le16(p + 6) == WIN_CERT_SIGNED_DATA && index-- == 0) {
            *der = p + WIN_CERT_BYTES;
            *bytes = length - WIN_CERT_BYTES;
            return VTC_OK;
        }
        if (left - length < 8) /* what is left is padding */
            break;
        length = (length + 7) & ~7u;
        p += length;
        left -= length;
    }
    return VTC_ENOENT;
}

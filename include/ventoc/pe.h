/* SPDX-License-Identifier: GPL-3.0-or-later */
/* PE images (EFI programs) in memory: sections, signatures, and the hash that signatures and the
 * lists of Secure Boot hold. */
#ifndef VENTOC_PE_H
#define VENTOC_PE_H

#include <ventoc/types.h>

#define VTC_PE_MACHINE_IA32              0x014cu
#define VTC_PE_MACHINE_X64               0x8664u
#define VTC_PE_MACHINE_ARM64             0xaa64u

#define VTC_PE_SUBSYSTEM_EFI_APPLICATION 10u

#define VTC_PE_SECTIONS_MAX              1024u /* more are refused: each hash sorts them without memory */
#define VTC_PE_SIGNATURES_MAX            64u /* entries of the certificate table that are looked at */

/* A parsed header. It points into the file, which the caller owns and keeps unchanged. */
struct vtc_pe {
    const uint8_t *file;
    uint32_t bytes; /* of the file */
    uint16_t machine, subsystem;
    uint16_t dll_characteristics; /* 0x0100: the program bears non-executable data */
    uint8_t is_64;                /* PE32+ */
    uint32_t headers_bytes;       /* SizeOfHeaders */
    uint32_t checksum_off;
    uint32_t cert_entry_off; /* the certificate table's entry of the data directory; 0: none */
    uint32_t sections_off, section_count;
    uint32_t certs_off, certs_bytes; /* the certificate table; certs_bytes 0: not signed */
};

/*
 * Parse a whole file in memory (Microsoft PE Format: MS-DOS stub, COFF file header, optional
 * header PE32 or PE32+, section table). Every section's data and the certificate table were found
 * to be inside the file.
 * Returns 0; VTC_EFORMAT: no PE image or one that contradicts itself; VTC_ETRUNC: a section or the
 * certificate table ends behind the file; VTC_ENOTSUP: 4 GiB or more, or too many sections.
 */
int vtc_pe_parse(const uint8_t *file, size_t bytes, struct vtc_pe *pe);

/*
 * The first section of that name; names longer than 8 bytes are those of the COFF string table.
 * *data points into the file; *bytes is the smaller one of its virtual size and its size in the
 * file. Returns 0 or VTC_ENOENT.
 */
int vtc_pe_section(const struct vtc_pe *pe, const char *name, const uint8_t **data, size_t *bytes);

/*
 * The index-th (0-based) PKCS#7 signature of the certificate table (PE Format, "The Attribute
 * Certificate Table"; WIN_CERT_TYPE_PKCS_SIGNED_DATA). *der points into the file; padding may
 * follow the signature within *bytes.
 * Returns 0; VTC_ENOENT: there are not so many; VTC_EFORMAT: an entry has an impossible length.
 */
int vtc_pe_signature(const struct vtc_pe *pe, uint32_t index, const uint8_t **der, size_t *bytes);

/*
 * The Authenticode hash by SHA-256 (Windows Authenticode Portable Executable Signature Format,
 * "Calculating the PE Image Hash"): what a signature is over, and what firmware looks for in db
 * and dbx.
 * Returns 0, or VTC_EFORMAT when sections overlap so much or the certificate table lies so that
 * what is to be hashed is not defined; firmware and shim refuse such a file, too.
 */
int vtc_pe_authenticode_sha256(const struct vtc_pe *pe, uint8_t sha256[32]);

/*
 * The hash by which shim 16 looks for a file in MokList and MokListX, and which MokManager enrols:
 * it differs from the one above for an unsigned file only. One that has data behind its sections
 * (gnu-efi's programs) is taken as filled up with zeros to a multiple of 8 bytes, as
 * hash-to-efi-sig-list does. Shims before 16 may leave that data out.
 * Returns 0; VTC_EFORMAT, as above; VTC_ENOTSUP: a data directory without a place for certificates,
 * which shim misreads.
 */
int vtc_pe_shim_sha256(const struct vtc_pe *pe, uint8_t sha256[32]);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small PE images in memory, made byte by byte, for tests that break them. */
#ifndef TESTS_UNIT_PE_FILE_H
#define TESTS_UNIT_PE_FILE_H

#include "fixture.h"

#include <ventoc/pe.h>

#define PE_FILE_BYTES 4096u
#define PE_HEADERS    512u /* SizeOfHeaders */
#define PE_COFF       68u  /* the COFF header; the optional header is 20 bytes behind it */
#define PE_OPTIONAL   88u

struct pe_file_section {
    const char *name; /* at most 8 bytes */
    uint32_t off, bytes;
};

struct pe_file {
    uint8_t v[PE_FILE_BYTES];
    size_t bytes; /* of them in use: up to the last section's end */
    uint32_t sections_off, cert_entry_off;
};

/* Headers, and each section behind them filled with a letter of its own. */
void pe_file_make(struct pe_file *f, int is_64, const struct pe_file_section *sections,
                  uint32_t count);

/* Put bytes behind the last one. */
void pe_file_append(struct pe_file *f, const void *bytes, size_t count);

/* Add an entry to the certificate table, which is to be the last thing of the file. */
void pe_file_sign(struct pe_file *f, uint16_t type, const void *der, uint32_t bytes);

/* Parse a copy that has exactly that size. free() file. */
int pe_file_parse(const struct pe_file *f, struct vtc_pe *pe, uint8_t **file);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pe_file.h"

#include <ventoc/bytes.h>

static void put_headers(struct pe_file *f, int is_64, uint32_t count)
{
    uint32_t fixed = is_64 ? 112 : 96;
    uint8_t *optional = f->v + PE_OPTIONAL;

    memcpy(f->v, "MZ", 2);
    vtc_put_le32(f->v + 60, PE_COFF - 4);
    memcpy(f->v + PE_COFF - 4, "PE\0\0", 4);
    vtc_put_le16(f->v + PE_COFF, is_64 ? VTC_PE_MACHINE_X64 : VTC_PE_MACHINE_IA32);
    vtc_put_le16(f->v + PE_COFF + 2, (uint16_t)count);
    vtc_put_le16(f->v + PE_COFF + 16, (uint16_t)(fixed + 16 * 8));
    vtc_put_le16(f->v + PE_COFF + 18, 0x22e);
    vtc_put_le16(optional, is_64 ? 0x20b : 0x10b);
    vtc_put_le32(optional + 32, 4096);
    vtc_put_le32(optional + 36, 512);
    vtc_put_le32(optional + 56, 65536);
    vtc_put_le32(optional + 60, PE_HEADERS);
    vtc_put_le32(optional + 64, 0x12345678);
    vtc_put_le16(optional + 68, VTC_PE_SUBSYSTEM_EFI_APPLICATION);
    vtc_put_le16(optional + 70, 0x100);
    vtc_put_le32(optional + fixed - 4, 16);
    f->cert_entry_off = PE_OPTIONAL + fixed + 4 * 8;
    f->sections_off = PE_OPTIONAL + fixed + 16 * 8;
}

void pe_file_make(struct pe_file *f, int is_64, const struct pe_file_section *sections,
                  uint32_t count)
{
    uint32_t i;

    memset(f, 0, sizeof *f);
    put_headers(f, is_64, count);
    f->bytes = PE_HEADERS;
    for (i = 0; i < count; i++) {
        const struct pe_file_section *s = &sections[i];
        uint8_t *header = f->v + f->sections_off + i * 40;

        assert_true(f->sections_off + (i + 1) * 40 <= PE_HEADERS);
        assert_true(s->off + s->bytes <= PE_FILE_BYTES);
        memcpy(header, s->name, strlen(s->name));
        vtc_put_le32(header + 8, s->bytes);
        vtc_put_le32(header + 12, 4096 * (i + 1));
        vtc_put_le32(header + 16, s->bytes);
        vtc_put_le32(header + 20, s->off);
        if (s->off >= PE_HEADERS)
            memset(f->v + s->off, (int)('a' + i), s->bytes);
        if (s->off + s->bytes > f->bytes)
            f->bytes = s->off + s->bytes;
    }
}

void pe_file_append(struct pe_file *f, const void *bytes, size_t count)
{
    assert_true(count <= PE_FILE_BYTES - f->bytes);
    memcpy(f->v + f->bytes, bytes, count);
    f->bytes += count;
}

void pe_file_sign(struct pe_file *f, uint16_t type, const void *der, uint32_t bytes)
{
    static const uint8_t zeros[8];
    uint8_t head[8], *entry = f->v + f->cert_entry_off;

    pe_file_append(f, zeros, (8 - f->bytes % 8) % 8);
    if (!vtc_le32(entry + 4))
        vtc_put_le32(entry, (uint32_t)f->bytes);
    vtc_put_le32(head, bytes + 8);
    vtc_put_le16(head + 4, 0x200);
    vtc_put_le16(head + 6, type);
    pe_file_append(f, head, sizeof head);
    pe_file_append(f, der, bytes);
    pe_file_append(f, zeros, (8 - f->bytes % 8) % 8);
    vtc_put_le32(entry + 4, (uint32_t)f->bytes - vtc_le32(entry));
}

int pe_file_parse(const struct pe_file *f, struct vtc_pe *pe, uint8_t **file)
{
    *file = malloc(f->bytes + !f->bytes);
    assert_non_null(*file);
    memcpy(*file, f->v, f->bytes);
    return vtc_pe_parse(*file, f->bytes, pe);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pe_file.h"

#include <ventoc/bytes.h>

static const struct pe_file_section two[] = {{".text", 512, 512}, {"eightlen", 1024, 256}};

/* The result of parsing f, once its bytes are freed. */
static int parse(const struct pe_file *f)
{
    struct vtc_pe pe;
    uint8_t *file;
    int rc = pe_file_parse(f, &pe, &file);

    free(file);
    return rc;
}

static void header_fields(void **state)
{
    struct pe_file f;
    struct vtc_pe pe;
    uint8_t *file;
    int is_64;

    (void)state;
    for (is_64 = 0; is_64 < 2; is_64++) {
        pe_file_make(&f, is_64, two, 2);
        pe_file_sign(&f, 2, "12345", 5);
        assert_int_equal(pe_file_parse(&f, &pe, &file), VTC_OK);
        assert_int_equal(pe.is_64, is_64);
        assert_int_equal(pe.machine, is_64 ? VTC_PE_MACHINE_X64 : VTC_PE_MACHINE_IA32);
        assert_int_equal(pe.subsystem, VTC_PE_SUBSYSTEM_EFI_APPLICATION);
        assert_int_equal(pe.dll_characteristics, 0x100);
        assert_int_equal(pe.headers_bytes, PE_HEADERS);
        assert_int_equal(pe.section_count, 2);
        assert_int_equal(pe.certs_off, 1280);
        assert_int_equal(pe.certs_bytes, 16);
        free(file);
    }
}

/* A file that is cut anywhere is not taken for a whole one. */
static void every_cut(void **state)
{
    struct pe_file f;

    (void)state;
    pe_file_make(&f, 1, two, 2);
    pe_file_sign(&f, 2, "12345", 5);
    assert_int_equal(parse(&f), VTC_OK);
    while (f.bytes-- > 0)
        assert_true(parse(&f) == VTC_ETRUNC || (f.bytes < 92 && parse(&f) == VTC_EFORMAT));
}

static void refused(void **state)
{
    static const struct {
        uint32_t off, value, bytes; /* bytes: 2 or 4 of the value */
        int rc;
    } cases[] = {
        {0, 0x4d5a, 2, VTC_EFORMAT},                         /* ZM */
        {60, 0xfffffffc, 4, VTC_EFORMAT},                    /* the PE header outside */
        {60, 65, 4, VTC_EFORMAT},                            /* and beside */
        {PE_COFF - 4, 0x454e, 4, VTC_EFORMAT},               /* NE */
        {PE_COFF + 2, 1025, 2, VTC_ENOTSUP},                 /* sections */
        {PE_COFF + 2, 1024, 2, VTC_ETRUNC},                  /* whose headers don't fit */
        {PE_COFF + 16, 1, 2, VTC_EFORMAT},                   /* optional header: no magic */
        {PE_COFF + 16, 111, 2, VTC_EFORMAT},                 /* cut */
        {PE_COFF + 16, 0xffff, 2, VTC_ETRUNC},               /* behind the end */
        {PE_OPTIONAL, 0x107, 2, VTC_EFORMAT},                /* a ROM image */
        {PE_OPTIONAL + 60, 300, 4, VTC_EFORMAT},             /* SizeOfHeaders: cuts the table */
        {PE_OPTIONAL + 60, 0xffffffff, 4, VTC_ETRUNC},       /* 4 GiB */
        {PE_OPTIONAL + 108, 17, 4, VTC_EFORMAT},             /* entries of the data directory */
        {PE_OPTIONAL + 108, 0x20000001, 4, VTC_EFORMAT},     /* whose size wraps */
        {PE_OPTIONAL + 240 + 16, 0xffffffff, 4, VTC_ETRUNC}, /* a section's size */
        {PE_OPTIONAL + 240 + 20, 0xffffff00, 4, VTC_ETRUNC}, /* and its place, which wraps */
        {PE_OPTIONAL + 144, 64, 4, VTC_EFORMAT},             /* certificates within the headers */
        {PE_OPTIONAL + 144, 1281, 4, VTC_ETRUNC},            /* and behind the end */
        {PE_OPTIONAL + 144, 0xfffffff8, 4, VTC_ETRUNC},      /* and such that they wrap */
        {PE_OPTIONAL + 148, 0xffffffff, 4, VTC_ETRUNC},
    };
    struct pe_file f;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(cases); i++) {
        pe_file_make(&f, 1, two, 2);
        pe_file_sign(&f, 2, "12345", 5);
        if (cases[i].bytes == 2)
            vtc_put_le16(f.v + cases[i].off, (uint16_t)cases[i].value);
        else
            vtc_put_le32(f.v + cases[i].off, cases[i].value);
        if (parse(&f) != cases[i].rc)
            fail_msg("case %zu: %d", i, parse(&f));
    }
}

static void assert_section(const struct vtc_pe *pe, const char *name, uint32_t off, size_t want)
{
    const uint8_t *data;
    size_t bytes;

    assert_int_equal(vtc_pe_section(pe, name, &data, &bytes), VTC_OK);
    assert_int_equal(data - pe->file, off);
    assert_int_equal(bytes, want);
}

static void assert_no_section(const struct vtc_pe *pe, const char *name)
{
    const uint8_t *data;
    size_t bytes;

    assert_int_equal(vtc_pe_section(pe, name, &data, &bytes), VTC_ENOENT);
}

static void sections_by_name(void **state)
{
    struct pe_file f;
    struct vtc_pe pe;
    uint8_t *file;

    (void)state;
    pe_file_make(&f, 1, two, 2);
    vtc_put_le32(f.v + f.sections_off + 8, 100);      /* virtual size below that in the file */
    vtc_put_le32(f.v + f.sections_off + 40 + 8, 999); /* and above it */
    assert_int_equal(pe_file_parse(&f, &pe, &file), VTC_OK);
    assert_section(&pe, ".text", 512, 100);
    assert_section(&pe, "eightlen", 1024, 256);
    assert_no_section(&pe, ".tex");
    assert_no_section(&pe, ".textt");
    assert_no_section(&pe, "eightlen9");
    assert_no_section(&pe, "eightle");
    assert_no_section(&pe, "");
    free(file);
}

/* Names of the string table, behind two symbols at 1280. */
static void long_names(void **state)
{
    static const struct pe_file_section named[] = {
        {"/4", 512, 256}, {"/19", 768, 256}, {"/x", 1024, 128}, {"/9999999", 1152, 128}};
    static const char table[] = "\x1e\0\0\0a.long.section\0another.one"; /* the last: no NUL */
    struct pe_file f;
    struct vtc_pe pe;
    uint8_t *file;

    (void)state;
    pe_file_make(&f, 1, named, 4);
    vtc_put_le32(f.v + PE_COFF + 8, 1280);
    vtc_put_le32(f.v + PE_COFF + 12, 2);
    f.bytes += 2 * 18;
    pe_file_append(&f, table, sizeof table - 1);
    assert_int_equal(pe_file_parse(&f, &pe, &file), VTC_OK);
    assert_section(&pe, "a.long.section", 512, 256);
    assert_section(&pe, "another.one", 768, 256);
    assert_section(&pe, "/x", 1024, 128);
    assert_no_section(&pe, "a.long.sectio");
    assert_no_section(&pe, "another.one2");
    assert_no_section(&pe, "another.on");
    free(file);
    vtc_put_le32(f.v + PE_COFF + 12, 0xffffffff); /* symbols up to far behind the end */
    assert_int_equal(pe_file_parse(&f, &pe, &file), VTC_OK);
    assert_no_section(&pe, "a.long.section");
    free(file);
    vtc_put_le32(f.v + PE_COFF + 12, 2);
    vtc_put_le32(f.v + 1280 + 36, 31); /* a table one byte longer than the file */
    assert_int_equal(pe_file_parse(&f, &pe, &file), VTC_OK);
    assert_no_section(&pe, "a.long.section");
    free(file);
}

static void signatures(void **state)
{
    struct pe_file f;
    struct vtc_pe pe;
    const uint8_t *der;
    uint8_t *file;
    size_t bytes;

    (void)state;
    pe_file_make(&f, 1, two, 2);
    assert_int_equal(pe_file_parse(&f, &pe, &file), VTC_OK);
    assert_int_equal(vtc_pe_signature(&pe, 0, &der, &bytes), VTC_ENOENT);
    free(file);
    pe_file_sign(&f, 2, "first", 5);
    pe_file_sign(&f, 0xef1, "of another type", 15);
    pe_file_sign(&f, 2, "second..", 8);
    assert_int_equal(pe_file_parse(&f, &pe, &file), VTC_OK);
    assert_int_equal(vtc_pe_signature(&pe, 0, &der, &bytes), VTC_OK);
    assert_int_equal(bytes, 5);
    assert_memory_equal(der, "first", 5);
    assert_int_equal(vtc_pe_signature(&pe, 1, &der, &bytes), VTC_OK);
    assert_int_equal(bytes, 8);
    assert_memory_equal(der, "second..", 8);
    assert_int_equal(vtc_pe_signature(&pe, 2, &der, &bytes), VTC_ENOENT);
    assert_int_equal(vtc_pe_signature(&pe, UINT32_MAX, &der, &bytes), VTC_ENOENT);
    free(file);
}

static void signature_lengths(void **state)
{
    static const uint32_t lengths[] = {0, 7, 17, 0xfffffff9, 0xffffffff};
    struct pe_file f;
    struct vtc_pe pe;
    const uint8_t *der;
    uint8_t *file;
    size_t bytes, i;

    (void)state;
    for (i = 0; i < COUNT_OF(lengths); i++) {
        pe_file_make(&f, 1, two, 2);
        pe_file_sign(&f, 2, "12345", 5);
        vtc_put_le32(f.v + 1280, lengths[i]);
        assert_int_equal(pe_file_parse(&f, &pe, &file), VTC_OK);
        assert_int_equal(vtc_pe_signature(&pe, 0, &der, &bytes), VTC_EFORMAT);
        free(file);
    }
}

static void many_signatures(void **state)
{
    struct pe_file f;
    struct vtc_pe pe;
    const uint8_t *der;
    uint8_t *file;
    size_t bytes, i;

    (void)state;
    pe_file_make(&f, 1, two, 2);
    for (i = 0; i < VTC_PE_SIGNATURES_MAX + 1; i++)
        pe_file_sign(&f, 2, "", 0);
    assert_int_equal(pe_file_parse(&f, &pe, &file), VTC_OK);
    assert_int_equal(vtc_pe_signature(&pe, VTC_PE_SIGNATURES_MAX - 1, &der, &bytes), VTC_OK);
    assert_int_equal(vtc_pe_signature(&pe, VTC_PE_SIGNATURES_MAX, &der, &bytes), VTC_ENOENT);
    free(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_fields),     cmocka_unit_test(every_cut),
        cmocka_unit_test(refused),           cmocka_unit_test(sections_by_name),
        cmocka_unit_test(long_names),        cmocka_unit_test(signatures),
        cmocka_unit_test(signature_lengths), cmocka_unit_test(many_signatures),
    };

    return cmocka_run_group_tests_name("pe", tests, NULL, NULL);
}

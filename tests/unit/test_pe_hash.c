/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Authenticode hash, against the tools that sign and enrol. */
#include "pe_file.h"

#include <unistd.h>

#include <ventoc/bytes.h>
#include <ventoc/sha256.h>
#include <ventoc/signer.h>

static const struct pe_file_section plain[] = {{".text", 512, 512}, {".data", 1024, 256}};

static void hashes(const uint8_t *file, size_t bytes, char authenticode[65], char shim[65])
{
    uint8_t digest[32];
    struct vtc_pe pe;

    assert_int_equal(vtc_pe_parse(file, bytes, &pe), VTC_OK);
    assert_int_equal(vtc_pe_authenticode_sha256(&pe, digest), VTC_OK);
    vtc_sha256_hex(digest, authenticode);
    assert_int_equal(vtc_pe_shim_sha256(&pe, digest), VTC_OK);
    vtc_sha256_hex(digest, shim);
}

/* What a tool prints: the last word of a command's output is the hash. */
static void assert_tool(const char *path, const char *tool, const char *hash)
{
    char *said = fixture_output("%s %s 2>/dev/null | tail -n 1", tool, path), *word;

    said[strcspn(said, "\n")] = '\0';
    word = strrchr(said, ' ');
    if (!word || strcmp(word + 1, hash) != 0)
        fail_msg("%s: %s says \"%s\", we say %s", path, tool, said, hash);
    free(said);
}

/* pesign takes a file as it is, hash-to-efi-sig-list an unsigned one as shim does. */
static void compare_file(const char *path)
{
    char authenticode[65], shim[65];
    struct vtc_signer signer;
    struct vtc_pe pe;
    const uint8_t *der;
    uint8_t *file;
    size_t bytes;

    file = fixture_load(path, &bytes);
    hashes(file, bytes, authenticode, shim);
    assert_tool(path, "pesign --hash --in", authenticode);
    assert_int_equal(vtc_pe_parse(file, bytes, &pe), VTC_OK);
    if (!pe.certs_bytes) {

        assert_tool(path, "sh -c 'hash-to-efi-sig-list $0 list'", shim);
    } else {
        assert_string_equal(shim, authenticode);
    }
    for (uint32_t i = 0; !vtc_pe_signature(&pe, i, &der, &bytes); i++) {
        char hex[65];

        assert_int_equal(vtc_signer_read(der, bytes, &signer), VTC_OK);
        assert_true(signer.has_image_sha256);
        vtc_sha256_hex(signer.image_sha256, hex);
        assert_string_equal(hex, authenticode);
    }
    free(file);
}

static void files_of_packages(void **state)
{
    static const char *const paths[] = {
        "/usr/lib/shim/shimx64.efi.signed", /* two signatures */
        "/usr/lib/shim/mmx64.efi.signed",
        "/usr/lib/shim/fbx64.efi.signed",
        "/usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed",
        "/usr/lib/grub/x86_64-efi-signed/gcdx64.efi.signed",
        "/boot/memtest86+x64.efi",
        "/boot/memtest86+ia32.efi", /* PE32 */
        "/boot/ipxe.efi",
        "/usr/share/refind/refind/refind_x64.efi",
        "/usr/lib/systemd/boot/efi/systemd-bootx64.efi", /* symbols behind it, an odd size */
        "/usr/lib/efitools/x86_64-linux-gnu/HashTool.efi",
        "/usr/lib/efitools/x86_64-linux-gnu/KeyTool.efi",
        "/usr/lib/debian-installer/images/12/amd64/text/debian-installer/amd64/linux",
        "/usr/lib/debian-installer/images/12/i386/text/debian-installer/i386/linux",
    };
    size_t i, found = 0;

    (void)state;
    for (i = 0; i < COUNT_OF(paths); i++)
        if (access(paths[i], R_OK) == 0) {
            compare_file(paths[i]);
            found++;
        }
    if (!found)
        fixture_skip("no EFI programs to compare", "shim-signed, memtest86+ ...");
}

/* GRUB images like ours, as they are and signed. */
static void grub_images(void **state)
{
    static const char *const formats[] = {"x86_64-efi", "i386-efi"};
    size_t i;

    (void)state;
    fixture_run("openssl req -new -x509 -newkey rsa:2048 -nodes -sha256 -subj '/CN=fixture' "
                "-keyout key -out cert.pem 2>/dev/null");
    fixture_run("printf 'sbat,1,SBAT Version\\ngrub,5,x\\n' >sbat.csv");
    for (i = 0; i < COUNT_OF(formats); i++) {
        fixture_run("grub-mkimage -O %s -o grub.efi -p /x --sbat sbat.csv normal fat", formats[i]);
        compare_file("grub.efi");
        fixture_run("sbsign --key key --cert cert.pem --output signed.efi grub.efi 2>/dev/null");
        compare_file("signed.efi");
    }
}

/* Sections in another order than in the table, gaps, data behind them, and sizes that are no
 * multiple of 8: what sbsign signs is what we compute. (pesign does not sort.) */
static void made_up(void **state)
{
    static const struct {
        struct pe_file_section v[3];
        uint32_t tail_bytes;
    } cases[] = {
        {{{"c", 1024, 256}, {"a", 512, 256}, {"b", 768, 256}}, 0},
        {{{"c", 1536, 256}, {"a", 512, 128}, {"b", 1024, 256}}, 64},
        {{{"a", 512, 16}, {"b", 512, 16}, {"c", 512, 512}}, 100},
        {{{"a", 512, 512}, {"none", 0, 0}, {"c", 1024, 512}}, 13},
        {{{"headers", 0, 64}, {"b", 512, 512}, {"overlaps", 768, 512}}, 1001},
    };
    char authenticode[65], shim[65], tail[1001], again[65];
    struct pe_file f;
    uint8_t *file;
    size_t i, bytes;

    (void)state;
    for (i = 0; i < sizeof tail; i++)
        tail[i] = (char)(i * 7);
    for (i = 0; i < 2 * COUNT_OF(cases); i++) {
        pe_file_make(&f, i % 2, cases[i / 2].v, 3);
        pe_file_append(&f, tail, cases[i / 2].tail_bytes);
        fixture_save("made.efi", f.v, f.bytes);
        hashes(f.v, f.bytes, authenticode, shim);
        assert_tool("made.efi", "sh -c 'hash-to-efi-sig-list $0 list'", shim);
        assert_int_equal(strcmp(authenticode, shim) == 0, f.bytes % 8 == 0);
        fixture_run("sbsign --key key --cert cert.pem --output signed.efi made.efi 2>/dev/null");
        file = fixture_load("signed.efi", &bytes);
        hashes(file, bytes, authenticode, again);
        assert_string_equal(authenticode, shim);
        assert_string_equal(again, shim);
        free(file);
    }
}

/* Which byte counts: all but the checksum, the table's entry and the table. */
static void every_byte(void **state)
{
    char before[65], shim[65], after[65];
    struct pe_file f;
    uint32_t i;

    (void)state;
    pe_file_make(&f, 1, plain, 2);
    pe_file_sign(&f, 2, "12345", 5);
    hashes(f.v, f.bytes, before, shim);
    for (i = PE_OPTIONAL + 64; i < 1280 + 16; i++) {
        int is_out = i < PE_OPTIONAL + 68 || i >= 1280;

        if ((i >= PE_OPTIONAL + 108 && i < PE_OPTIONAL + 112) ||
            (i >= f.cert_entry_off && i < f.cert_entry_off + 8) ||
            (i >= f.sections_off && i < f.sections_off + 80))
            continue; /* these would make another file of it */
        f.v[i] ^= 1;
        hashes(f.v, f.bytes, after, shim);
        f.v[i] ^= 1;
        if ((strcmp(before, after) == 0) != is_out)
            fail_msg("byte %u", i);
    }
}

static void not_defined(void **state)
{
    static const struct pe_file_section overlapping[] = {{"a", 512, 512}, {"b", 768, 256}};
    uint8_t digest[32];
    struct pe_file f;
    struct vtc_pe pe;
    uint8_t *file;

    (void)state;
    pe_file_make(&f, 1, overlapping, 2); /* a sum of bytes beyond the end */
    assert_int_equal(pe_file_parse(&f, &pe, &file), VTC_OK);
    assert_int_equal(vtc_pe_authenticode_sha256(&pe, digest), VTC_EFORMAT);
    assert_int_equal(vtc_pe_shim_sha256(&pe, digest), VTC_EFORMAT);
    free(file);
    pe_file_make(&f, 1, plain, 2); /* data behind the certificates */
    pe_file_sign(&f, 2, "12345", 5);
    pe_file_append(&f, "x", 1);
    assert_int_equal(pe_file_parse(&f, &pe, &file), VTC_OK);
    assert_int_equal(vtc_pe_authenticode_sha256(&pe, digest), VTC_EFORMAT);
    free(file);
    pe_file_make(&f, 1, plain, 2); /* the last section is the certificate table */
    vtc_put_le32(f.v + f.cert_entry_off, 1024);
    vtc_put_le32(f.v + f.cert_entry_off + 4, 256);
    assert_int_equal(pe_file_parse(&f, &pe, &file), VTC_OK);
    assert_int_equal(vtc_pe_authenticode_sha256(&pe, digest), VTC_EFORMAT);
    free(file);
}

/* Without a place for certificates nothing is left out but the checksum. */
static void no_certificate_entry(void **state)
{
    uint8_t digest[32], want[32];
    struct vtc_sha256 s;
    struct pe_file f;
    struct vtc_pe pe;
    uint8_t *file;

    (void)state;
    pe_file_make(&f, 1, plain, 2);
    vtc_put_le32(f.v + PE_OPTIONAL + 108, 4);
    assert_int_equal(pe_file_parse(&f, &pe, &file), VTC_OK);
    assert_int_equal(vtc_pe_authenticode_sha256(&pe, digest), VTC_OK);
    vtc_sha256_init(&s);
    vtc_sha256_update(&s, file, PE_OPTIONAL + 64);
    vtc_sha256_update(&s, file + PE_OPTIONAL + 68, f.bytes - PE_OPTIONAL - 68);
    vtc_sha256_final(&s, want);
    assert_memory_equal(digest, want, 32);
    assert_int_equal(vtc_pe_shim_sha256(&pe, digest), VTC_ENOTSUP);
    free(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_of_packages), cmocka_unit_test(grub_images),
        cmocka_unit_test(made_up),           cmocka_unit_test(every_byte),
        cmocka_unit_test(not_defined),       cmocka_unit_test(no_certificate_entry),
    };

    return cmocka_run_group_tests_name("pe_hash", tests, fixture_enter_tmpdir,
                                       fixture_leave_tmpdir);
}

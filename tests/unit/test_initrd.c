/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <unistd.h>

#include <ventoc/cpio.h>
#include <ventoc/initrd.h>

#include "fixture.h"

#define XZ                                                                                         \
    "\xfd"                                                                                         \
    "7zXZ\0"
#define LZ4 "\x02\x21\x4c\x18"

static void kinds(void **state)
{
    static const struct {
        const char *head;
        uint32_t bytes;
        enum vtc_initrd_kind kind;
        const char *name;
    } cases[] = {
        {"070701", 6, VTC_INITRD_NEWC, "newc"},
        {"070702", 6, VTC_INITRD_NEWC, "newc"},
        {"\x1f\x8b\x08", 3, VTC_INITRD_GZIP, "gzip"},
        {"\x1f\x9e", 2, VTC_INITRD_GZIP, "gzip"},
        {"BZh9", 4, VTC_INITRD_BZIP2, "bzip2"},
        {"\x5d\0\0\0\x80", 5, VTC_INITRD_LZMA, "lzma"},
        {XZ, 6, VTC_INITRD_XZ, "xz"},
        {"\x89LZO\0", 5, VTC_INITRD_LZO, "lzo"},
        {LZ4, 4, VTC_INITRD_LZ4, "lz4"},
        {"\x28\xb5\x2f\xfd", 4, VTC_INITRD_ZSTD, "zstd"},
        {"070707", 6, VTC_INITRD_NONE, "none"}, /* odc */
        {"\xc7\x71", 2, VTC_INITRD_NONE, "none"},
        {"\x04\x22\x4d\x18", 4, VTC_INITRD_NONE, "none"}, /* lz4 frame: the kernel has none */
        {"BZ", 2, VTC_INITRD_NONE, "none"},
        {XZ, 5, VTC_INITRD_NONE, "none"},
        {"07070", 5, VTC_INITRD_NONE, "none"},
        {"\x1f", 1, VTC_INITRD_NONE, "none"},
        {"", 0, VTC_INITRD_NONE, "none"},
        {"\x7f"
         "ELF\2\1",
         6, VTC_INITRD_NONE, "none"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(cases); i++) {
        uint8_t *head = malloc(cases[i].bytes + 1);

        memcpy(head + 1, cases[i].head, cases[i].bytes); /* ends where the allocation does */
        assert_int_equal(vtc_initrd_kind(head + 1, cases[i].bytes), cases[i].kind);
        assert_string_equal(vtc_initrd_kind_name(cases[i].kind), cases[i].name);
        free(head);
    }
    assert_string_equal(vtc_initrd_kind_name((enum vtc_initrd_kind)99), "none");
}

/* A file is put together from words: a path is an entry of a plain archive, with content of a few
 * KiB when it ends in "!"; "." is the entry "."; "T" the trailer; "0" pads with zeros to 512 bytes;
 * "z" is one zero byte, "Z" 64 KiB of them; "L", "X", "J" are an lz4, an xz archive, junk. */
static struct vtc_reader make(struct fixture_memdisk *disk, const char *words)
{
    struct vtc_reader reader = fixture_memdisk_make(disk, 1u << 20);
    static const uint8_t content[5000] = "content";
    uint64_t at = 0;
    char word[64];
    int n;

    for (; sscanf(words, " %63s%n", word, &n) == 1; words += n) {
        uint8_t *p = disk->bytes + at;
        struct vtc_cpio cpio;

        vtc_cpio_init(&cpio, p, (uint32_t)(disk->size - at));
        if (strcmp(word, "0") == 0) {
            at = (at + 511) & ~511ull;
        } else if (strcmp(word, "z") == 0) {
            at++;
        } else if (strcmp(word, "Z") == 0) {
            at += 65536;
        } else if (strcmp(word, "L") == 0) {
            memcpy(p, LZ4 "....", 8);
            at += 8;
        } else if (strcmp(word, "X") == 0) {
            memcpy(p, XZ "..", 8);
            at += 8;
        } else if (strcmp(word, "J") == 0) {
            memcpy(p, "junk", 4);
            at += 4;
        } else if (strcmp(word, "T") == 0) {
            assert_int_equal(vtc_cpio_finish(&cpio, 4), VTC_OK);
            at += cpio.bytes;
        } else {
            int is_big = word[strlen(word) - 1] == '!';
            struct vtc_cpio_entry entry = {.name = word, .mode = VTC_CPIO_REGULAR | 0644};

            if (is_big) {
                word[strlen(word) - 1] = '\0';
                entry.data = content;
                entry.data_bytes = sizeof content;
            }
            vtc_cpio_add(&cpio, &entry);
            assert_int_equal(cpio.rc, VTC_OK);
            at += cpio.bytes;
        }
    }
    reader.bytes = disk->size = at;
    return reader;
}

#define UCODE "kernel kernel/x86 kernel/x86/microcode kernel/x86/microcode/AuthenticAMD.bin! T"

static void files(void **state)
{
    static const struct {
        const char *words;
        int rc;
        enum vtc_initrd_kind kind;
        int has_early, only_microcode;
        uint32_t reads_max;
    } cases[] = {
        {"", VTC_ENOENT, VTC_INITRD_NONE, 0, 0, 0},
        {"J", VTC_ENOENT, VTC_INITRD_NONE, 0, 0, 1},
        {"0 z z L", VTC_ENOENT, VTC_INITRD_NONE, 0, 0, 1},
        {"L", VTC_OK, VTC_INITRD_LZ4, 0, 0, 1},
        {"X", VTC_OK, VTC_INITRD_XZ, 0, 0, 1},
        /* a whole initramfs, plain; what follows is not looked at */
        {". bin bin/sh! init! T 0", VTC_OK, VTC_INITRD_NEWC, 0, 0, 2},
        {"init! T L", VTC_OK, VTC_INITRD_NEWC, 0, 0, 1},
        {"kernels T", VTC_OK, VTC_INITRD_NEWC, 0, 0, 1},
        {"kernel kernel/x T", VTC_OK, VTC_INITRD_NEWC, 0, 1, 1},
        {"T", VTC_OK, VTC_INITRD_NEWC, 0, 0, 1},
        {"kernel T", VTC_OK, VTC_INITRD_NEWC, 0, 0, 1},
        /* microcode alone, and two of them */
        {UCODE, VTC_OK, VTC_INITRD_NEWC, 0, 1, 4},
        {UCODE " 0", VTC_OK, VTC_INITRD_NEWC, 0, 1, 4},
        {UCODE " 0 " UCODE " 0", VTC_OK, VTC_INITRD_NEWC, 1, 1, 8},
        {". early_cpio ./kernel ./kernel/a! T z z z z", VTC_OK, VTC_INITRD_NEWC, 0, 1, 4},
        /* microcode, then the real one */
        {UCODE " 0 L", VTC_OK, VTC_INITRD_LZ4, 1, 0, 6},
        {UCODE " L", VTC_OK, VTC_INITRD_LZ4, 1, 0, 6},
        {UCODE " 0 " UCODE " 0 0 X", VTC_OK, VTC_INITRD_XZ, 1, 0, 10},
        {UCODE " 0 init T", VTC_OK, VTC_INITRD_NEWC, 1, 0, 5},
        {UCODE " z z z z L", VTC_OK, VTC_INITRD_LZ4, 1, 0, 6},
        /* what the kernel refuses */
        {UCODE " z L", VTC_EFORMAT, VTC_INITRD_NEWC, 0, 0, 6},
        {UCODE " J", VTC_EFORMAT, VTC_INITRD_NEWC, 0, 0, 6},
        {UCODE " 0 J", VTC_EFORMAT, VTC_INITRD_NEWC, 0, 0, 6},
        {"kernel kernel/a!", VTC_EFORMAT, VTC_INITRD_NEWC, 0, 0, 4},
        {"kernel J", VTC_EFORMAT, VTC_INITRD_NEWC, 0, 0, 4},
        {"kernel 0 0 T", VTC_EFORMAT, VTC_INITRD_NEWC, 0, 0, 4},
        /* given up: zeros without end */
        {UCODE " Z 0 L", VTC_OK, VTC_INITRD_NEWC, 0, 0, 140},
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(cases); i++) {
        struct vtc_initrd_facts facts;
        struct fixture_memdisk disk;
        struct vtc_reader reader = make(&disk, cases[i].words);
        int rc = vtc_initrd_probe(&reader, &facts);

        if (rc != cases[i].rc || facts.kind != cases[i].kind ||
            facts.has_early != cases[i].has_early ||
            facts.only_microcode != cases[i].only_microcode || disk.reads > cases[i].reads_max)
            fail_msg("%s: %d, kind %s, early %d, microcode %d, %u reads", cases[i].words, rc,
                     vtc_initrd_kind_name(facts.kind), facts.has_early, facts.only_microcode,
                     disk.reads);
        fixture_memdisk_free(&disk);
    }
}

/* 64 entries are looked at, not one more. */
static void entries_bounded(void **state)
{
    static const struct {
        unsigned entries;
        enum vtc_initrd_kind kind;
    } cases[] = {{63, VTC_INITRD_LZ4}, {64, VTC_INITRD_NEWC}, {4000, VTC_INITRD_NEWC}};
    size_t i, j;

    (void)state;
    for (i = 0; i < COUNT_OF(cases); i++) {
        char *words = calloc(cases[i].entries + 2, 16);
        struct vtc_initrd_facts facts;
        struct fixture_memdisk disk;
        struct vtc_reader reader;

        for (j = 0; j < cases[i].entries; j++)
            strcpy(words + strlen(words), "kernel/f ");
        strcat(words, "T L");
        reader = make(&disk, words);
        assert_int_equal(vtc_initrd_probe(&reader, &facts), VTC_OK);
        assert_int_equal(facts.kind, cases[i].kind);
        assert_int_equal(facts.only_microcode, 0);
        assert_true(disk.reads <= 64 * 128 / 512 + 4);
        free(words);
        fixture_memdisk_free(&disk);
    }
}

/* Cut anywhere, an early archive and what follows never pass for something else, and nothing
 * behind the end is read (the memory disk would say so). */
static void truncated_anywhere(void **state)
{
    struct fixture_memdisk disk;
    struct vtc_reader reader = make(&disk, UCODE " 0 L"), cut;
    struct vtc_initrd_facts facts;
    uint64_t full = reader.bytes, n, early_end;

    (void)state;
    for (early_end = full - 8; !disk.bytes[early_end - 1]; early_end--)
        ;
    early_end++; /* the trailer's NUL; its padding may be missing */
    for (n = 0; n < full; n++) {
        int rc, want = n < 6 ? VTC_ENOENT : n < early_end || n > full - 8 ? VTC_EFORMAT : VTC_OK;

        cut = reader;
        cut.bytes = disk.size = n;
        rc = vtc_initrd_probe(&cut, &facts);
        if (n > full - 8 && n >= full - 4)
            want = VTC_OK; /* the magic is whole */
        if (rc != want)
            fail_msg("%llu of %llu bytes: %d, not %d", (unsigned long long)n,
                     (unsigned long long)full, rc, want);
        if (!rc)
            assert_int_equal(facts.only_microcode, n <= full - 8);
    }
    for (n = 0; n < 3; n++) {
        disk.size = reader.bytes;
        disk.reads = 0;
        disk.fail_after = (uint32_t)n;
        assert_int_equal(vtc_initrd_probe(&reader, &facts), VTC_EIO);
    }
    fixture_memdisk_free(&disk);
}

/* What GNU cpio and the compressors themselves make. */
static void real_files(void **state)
{
    static const struct {
        const char *tool;
        enum vtc_initrd_kind kind;
    } tools[] = {
        {"cat", VTC_INITRD_NEWC},      {"gzip", VTC_INITRD_GZIP},
        {"bzip2", VTC_INITRD_BZIP2},   {"xz --check=crc32", VTC_INITRD_XZ},
        {"lz4 -q -l", VTC_INITRD_LZ4}, {"xz --format=lzma", VTC_INITRD_LZMA},
    };
    size_t i;
    int early;

    (void)state;
    fixture_run(
        "mkdir -p early/kernel/x86/microcode main/bin && "
        "head -c 100000 /dev/zero >early/kernel/x86/microcode/GenuineIntel.bin && "
        "echo x >main/init && echo x >main/bin/sh && "
        "(cd early && find . -print0 | sort -z | cpio -0 -o --quiet -H newc >../early.cpio) "
        "&& (cd main && find . -print0 | cpio -0 -o --quiet -H newc >../main.cpio)");
    for (i = 0; i < COUNT_OF(tools); i++)
        for (early = 0; early <= 1; early++) {
            struct vtc_initrd_facts facts;
            struct fixture_file file;
            struct vtc_reader reader;

            fixture_run("{ %s %s <main.cpio; } >initrd", early ? "cat early.cpio;" : "",
                        tools[i].tool);
            reader = fixture_file_open(&file, "initrd");
            assert_int_equal(vtc_initrd_probe(&reader, &facts), VTC_OK);
            assert_int_equal(facts.kind, tools[i].kind);
            assert_int_equal(facts.has_early, early);
            assert_int_equal(facts.only_microcode, 0);
            assert_true(file.reads <= 8);
            fixture_file_close(&file);
        }
}

static void debian_installer(void **state)
{
    static const char path[] =
        "/usr/lib/debian-installer/images/12/amd64/text/debian-installer/amd64/initrd.gz";
    struct vtc_initrd_facts facts;
    struct fixture_file file;
    struct vtc_reader reader;

    (void)state;
    if (access(path, R_OK))
        fixture_skip("no debian-installer-12-netboot-amd64:", path);
    reader = fixture_file_open(&file, path);
    assert_int_equal(vtc_initrd_probe(&reader, &facts), VTC_OK);
    assert_int_equal(facts.kind, VTC_INITRD_GZIP);
    assert_int_equal(facts.has_early, 0);
    assert_int_equal(file.reads, 1);
    fixture_file_close(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds),           cmocka_unit_test(files),
        cmocka_unit_test(entries_bounded), cmocka_unit_test(truncated_anywhere),
        cmocka_unit_test(real_files),      cmocka_unit_test(debian_installer),
    };

    return cmocka_run_group_tests(tests, fixture_enter_tmpdir, fixture_leave_tmpdir);
}

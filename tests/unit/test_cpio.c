/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ventoc/cpio.h>

#include "fixture.h"

#define ZEROS2  "0000000000000000"
#define TRAILER "070701" ZEROS2 ZEROS2 "00000001" ZEROS2 ZEROS2 ZEROS2 "0000000b00000000TRAILER!!!"

/* Everything of one entry, byte for byte, padding included. */
static const char one_file[] = "070701"
                               "00000007" /* ino */
                               "000081ed" /* mode */
                               "00000000" /* uid */
                               "00000000" /* gid */
                               "00000002" /* nlink */
                               "00000000" /* mtime */
                               "00000005" /* filesize */
                               "0000000a" /* devmajor */
                               "0000000b" /* devminor */
                               "00000000" /* rdevmajor */
                               "00000000" /* rdevminor */
                               "00000004" /* namesize */
                               "00000000" /* check */
                               "a/b\0\0\0hello\0\0\0" TRAILER "\0\0\0\0";

static const struct vtc_cpio_entry file = {
    .name = "a/b",
    .data = "hello",
    .data_bytes = 5,
    .mode = VTC_CPIO_REGULAR | 0755,
    .ino = 7,
    .dev_major = 10,
    .dev_minor = 11,
    .link_count = 2,
};

static void writes_expected_bytes(void **state)
{
    uint32_t want = sizeof one_file - 1, room;
    struct vtc_cpio cpio;

    (void)state;
    for (room = 0; room <= want + 4; room++) {
        uint8_t *buf = malloc(room + 1); /* of just that size: the sanitizer guards its end */

        assert_non_null(buf);
        buf[room] = 0xa5;
        vtc_cpio_init(&cpio, buf, room);
        vtc_cpio_add(&cpio, &file);
        if (room < want) {
            assert_int_equal(vtc_cpio_finish(&cpio, 4), VTC_ENOSPC);
        } else {
            assert_int_equal(vtc_cpio_finish(&cpio, 4), VTC_OK);
            assert_int_equal(cpio.bytes, want);
            assert_memory_equal(buf, one_file, want);
        }
        assert_int_equal(buf[room], 0xa5);
        free(buf);
    }
}

static void refuses(void **state)
{
    char name[VTC_CPIO_NAME_BYTES_MAX + 1];
    const struct {
        struct vtc_cpio_entry entry;
        int rc;
    } cases[] = {
        {{.name = ""}, VTC_EINVAL},
        {{.name = name}, VTC_EINVAL},
        {{.name = name + 1}, VTC_OK},
        {{.name = "a", .data = name, .data_bytes = UINT32_MAX}, VTC_ENOSPC},
        {{.name = "a", .data = name, .data_bytes = UINT32_MAX - 120}, VTC_ENOSPC},
        {{.name = "a", .data = name, .data_bytes = 0x7fffffff}, VTC_ENOSPC},
    };
    uint8_t buf[8192];
    struct vtc_cpio cpio;
    size_t i;

    (void)state;
    memset(name, 'x', sizeof name);
    name[VTC_CPIO_NAME_BYTES_MAX] = '\0';
    for (i = 0; i < COUNT_OF(cases); i++) {
        vtc_cpio_init(&cpio, buf, sizeof buf);
        vtc_cpio_add(&cpio, &cases[i].entry);
        assert_int_equal(cpio.rc, cases[i].rc);
        vtc_cpio_add(&cpio, &file); /* the first error stays */
        assert_int_equal(vtc_cpio_finish(&cpio, 512), cases[i].rc);
        if (!cases[i].rc)
            assert_int_equal(cpio.bytes % 512, 0);
    }
}

static void parses(void **state)
{
    struct vtc_cpio_header h;
    uint8_t bad[VTC_CPIO_HEADER_BYTES];
    size_t i;

    (void)state;
    assert_int_equal(vtc_cpio_parse((const uint8_t *)one_file, &h), VTC_OK);
    assert_int_equal(h.mode, 0100755);
    assert_int_equal(h.data_bytes, 5);
    assert_int_equal(h.name_bytes, 4);
    assert_int_equal(h.data_off, 116);
    for (i = 0; i < sizeof bad; i++) { /* no character may be another */
        static const char wrong[] = "/:@`gG \x10\xff";
        size_t j;

        for (j = 0; j < sizeof wrong; j++) {
            memcpy(bad, one_file, sizeof bad);
            bad[i] = (uint8_t)wrong[j];
            assert_int_equal(vtc_cpio_parse(bad, &h), VTC_EFORMAT);
        }
    }
    memcpy(bad, one_file, sizeof bad);
    memcpy(bad, "070702", 6);
    memcpy(bad + 14, "0000ABCDEF", 8);
    assert_int_equal(vtc_cpio_parse(bad, &h), VTC_OK);
    assert_int_equal(h.mode, 0xabcd);
    memcpy(bad + 94, "00001000", 8);
    assert_int_equal(vtc_cpio_parse(bad, &h), VTC_OK);
    assert_int_equal(h.name_bytes, 4096);
    memcpy(bad + 94, "00001001", 8);
    assert_int_equal(vtc_cpio_parse(bad, &h), VTC_EFORMAT);
    memcpy(bad + 94, "00000000", 8);
    assert_int_equal(vtc_cpio_parse(bad, &h), VTC_EFORMAT);
}

/* GNU cpio reads what is written, and what GNU cpio writes has the fields read here. */
static void gnu_cpio_agrees(void **state)
{
    static const struct vtc_cpio_entry entries[] = {
        {.name = "d", .mode = VTC_CPIO_DIRECTORY | 0750},
        {.name = "d/f", .mode = VTC_CPIO_REGULAR | 0640, .data = "text\n", .data_bytes = 5},
        {.name = "d/l", .mode = VTC_CPIO_SYMLINK | 0777, .data = "../d/f", .data_bytes = 6},
        {.name = "d/s", .mode = VTC_CPIO_SOCKET | 0600},
    };
    struct vtc_cpio_header h;
    uint8_t buf[4096], *archive;
    struct vtc_cpio cpio;
    size_t i, bytes;
    char *said;

    (void)state;
    vtc_cpio_init(&cpio, buf, sizeof buf);
    for (i = 0; i < COUNT_OF(entries); i++)
        vtc_cpio_add(&cpio, &entries[i]);
    assert_int_equal(vtc_cpio_finish(&cpio, 512), VTC_OK);
    fixture_save("a.cpio", buf, cpio.bytes);
    fixture_run("rm -rf x && mkdir x && cd x && umask 0 && cpio -i --quiet <../a.cpio");
    said = fixture_output(
        "cd x && stat -c '%%n %%F %%a %%s' d d/f d/l d/s | sed '/direct/s/ [0-9]*$//'"
        " && readlink d/l && cat d/f");
    assert_string_equal(said, "d directory 750\nd/f regular file 640 5\nd/l symbolic link 777 6\n"
                              "d/s socket 600 0\n../d/f\ntext\n");
    free(said);
    fixture_run("cd x && echo d/f | cpio -o --quiet -H newc >../b.cpio");
    archive = fixture_load("b.cpio", &bytes);
    assert_int_equal(vtc_cpio_parse(archive, &h), VTC_OK);
    assert_int_equal(h.mode, 0100640);
    assert_int_equal(h.data_bytes, 5);
    assert_int_equal(h.name_bytes, 4);
    assert_memory_equal(archive + h.data_off, "text\n", 5);
    free(archive);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_expected_bytes),
        cmocka_unit_test(refuses),
        cmocka_unit_test(parses),
        cmocka_unit_test(gnu_cpio_agrees),
    };

    return cmocka_run_group_tests(tests, fixture_enter_tmpdir, fixture_leave_tmpdir);
}

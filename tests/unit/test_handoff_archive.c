/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <sys/stat.h>
#include <unistd.h>

#include <ventoc/handoff.h>

#include "fixture.h"
#include "unpack.h"

/* An entry of mode, links, device, content and name lengths. */
#define ENTRY(ino, mode, links, major, minor, bytes, name_bytes)                                   \
    "070701" ino mode "00000000"                                                                   \
    "00000000" links "00000000" bytes major minor "00000000"                                       \
    "00000000" name_bytes "00000000"
#define PLAIN(mode, bytes, name_bytes)                                                             \
    ENTRY("00000000", mode, "00000001", "00000000", "00000000", bytes, name_bytes)
#define PAIR(ino, name_bytes)                                                                      \
    ENTRY(ino, "0000c180", "00000002", "00007674", "00006f63", "00000000", name_bytes)

/* clang-format off */
static const char swap_47_32[] =
    PLAIN("000041ed", "00000000", "00000007") "ventoc\0\0\0\0"
    PLAIN("000041ed", "00000000", "00000009") "ventoc/t\0\0"
    PLAIN("000041ed", "00000000", "0000000d") "ventoc/t/etc\0\0"
    PLAIN("0000a1ff", "00000001", "00000009") "ventoc/a\0\0" "t\0\0\0"
    PAIR("76746f2f", "0000000e") "ventoc/a/init\0"
    PAIR("76746f5f", "00000012") "ventoc/a/etc/init\0"
    PLAIN("0000a1ff", "00000001", "00000009") "ventoc/a\0\0" "/\0\0\0"
    PAIR("76746f2f", "00000010") ".ventoc-init-47\0\0\0"
    PAIR("76746f5f", "0000000f") ".ventoc-etc-47\0\0\0\0"
    PLAIN("0000a1ff", "0000000e", "00000005") "init\0\0" "/ventoc/init32\0\0"
    PLAIN("0000a1ff", "0000000e", "00000009") "etc/init\0\0" "/ventoc/init64\0\0"
    PLAIN("00000000", "00000000", "0000000b") "TRAILER!!!\0\0\0\0";
/* clang-format on */

static void expected_bytes(void **state)
{
    uint32_t want = sizeof swap_47_32 - 1, room, bytes;
    uint8_t buf[VTC_HANDOFF_SWAP_BYTES_MAX];

    (void)state;
    assert_int_equal(vtc_handoff_swap_archive(buf, sizeof buf, 47, 32, &bytes), VTC_OK);
    assert_int_equal(bytes, want);
    assert_memory_equal(buf, swap_47_32, want);
    for (room = 0; room < want; room++) {
        uint8_t *small = malloc(room + 1);

        assert_int_equal(vtc_handoff_swap_archive(small + 1, room, 47, 32, &bytes), VTC_ENOSPC);
        assert_int_equal(bytes, 0);
        free(small);
    }
    assert_int_equal(vtc_handoff_swap_archive(buf, sizeof buf, 48, 32, &bytes), VTC_EINVAL);
    assert_int_equal(vtc_handoff_swap_archive(buf, sizeof buf, 0, 16, &bytes), VTC_EINVAL);
}

static void gnu_cpio_lists(void **state)
{
    static const char want[] = "drwxr-xr-x ventoc\n"
                               "drwxr-xr-x ventoc/t\n"
                               "drwxr-xr-x ventoc/t/etc\n"
                               "lrwxrwxrwx ventoc/a -> t\n"
                               "srw------- ventoc/a/init\n"
                               "srw------- ventoc/a/etc/init\n"
                               "lrwxrwxrwx ventoc/a -> /\n"
                               "srw------- .ventoc-init-0\n"
                               "srw------- .ventoc-etc-0\n"
                               "lrwxrwxrwx init -> /ventoc/init64\n"
                               "lrwxrwxrwx etc/init -> /ventoc/init32\n";
    static const unsigned bits[] = {0, 64};
    uint8_t buf[VTC_HANDOFF_SWAP_BYTES_MAX];
    uint32_t bytes;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(bits); i++) {
        char *said;

        assert_int_equal(vtc_handoff_swap_archive(buf, sizeof buf, 0, bits[i], &bytes), VTC_OK);
        fixture_save("swap", buf, bytes);
        said = fixture_output("cpio -itv --quiet <swap | awk '{ $2 = $3 = $4 = $5 = $6 = $7 = $8 = "
                              "\"\"; gsub(/ +/, \" \"); print }'");
        assert_string_equal(said, want);
        free(said);
    }
}

static void body(void **state)
{
    uint8_t *programs = malloc(30000), *buf;
    uint32_t bytes, sum = 20001 + 9999 + 77, room, full;
    uint64_t seed = 5;
    size_t i;

    (void)state;
    for (i = 0; i < 30000; i++)
        programs[i] = (uint8_t)fixture_random(&seed);
    buf = malloc(sum + VTC_HANDOFF_BODY_BYTES);
    assert_int_equal(vtc_handoff_body_archive(buf, sum + VTC_HANDOFF_BODY_BYTES, programs, 20001,
                                              programs + 20001, 9999, programs + 100, 77, &bytes),
                     VTC_OK);
    assert_int_equal(bytes % 512, 0);
    fixture_save("body", buf, bytes);
    fixture_save("all", programs, 30000);
    fixture_run("rm -rf b && mkdir b && cd b && cpio -i --quiet <../body && "
                "head -c 20001 ../all | cmp - ventoc/init64 && "
                "tail -c 9999 ../all | cmp - ventoc/init32 && "
                "tail -c +101 ../all | head -c 77 | cmp - ventoc/conf && "
                "test $(stat -c %%a ventoc/init64 ventoc/init32 | sort -u) = 755 && "
                "test $(find . | wc -l) = 5");
    for (room = bytes - 512, full = bytes; room < full; room += 51)
        assert_int_equal(vtc_handoff_body_archive(buf, room, programs, 20001, programs + 20001,
                                                  9999, programs + 100, 77, &bytes),
                         VTC_ENOSPC);
    assert_int_equal(vtc_handoff_body_archive(buf, sum, NULL, 0, programs, 5, NULL, 0, &bytes),
                     VTC_OK);
    fixture_save("body", buf, bytes);
    fixture_run("test \"$(cpio -it --quiet <body | tr '\\n' ' ')\" = "
                "'ventoc ventoc/init32 ventoc/conf '");
    free(buf);
    free(programs);
}

/* ---- unpacked behind an original, as the kernel would ---- */

/* Append a file of the host, or memory, at a multiple of 512. */
static void join(uint8_t **all, size_t *bytes, const void *data, size_t more)
{
    size_t at = (*bytes + 511) & ~(size_t)511;

    *all = realloc(*all, at + more);
    assert_non_null(*all);
    memset(*all + *bytes, 0, at - *bytes);
    memcpy(*all + at, data, more);
    *bytes = at + more;
}

static void join_file(uint8_t **all, size_t *bytes, const char *path)
{
    size_t more;
    uint8_t *data = fixture_load(path, &more);

    join(all, bytes, data, more);
    free(data);
}

static void join_swap(uint8_t **all, size_t *bytes, unsigned number)
{
    uint8_t buf[VTC_HANDOFF_SWAP_BYTES_MAX];
    uint32_t more;

    assert_int_equal(vtc_handoff_swap_archive(buf, sizeof buf, number, 64, &more), VTC_OK);
    join(all, bytes, buf, more);
}

static void join_body(uint8_t **all, size_t *bytes)
{
    uint8_t buf[4096];
    uint32_t more;

    assert_int_equal(
        vtc_handoff_body_archive(buf, sizeof buf, "OURS64", 6, "OURS32", 6, "c", 1, &more), VTC_OK);
    join(all, bytes, buf, more);
}

/* The tree a command makes in its working directory, as NAME.cpio. */
static void make_original(const char *name, const char *command)
{
    fixture_run("rm -rf o && mkdir o && cd o && { %s; } && "
                "find . -print0 | sort -z | cpio -0 -o --quiet -H newc >../%s.cpio",
                command, name);
}

/* A fresh root with all that unpacked in it. */
static void unpack_into(const char *root, const uint8_t *all, size_t bytes)
{
    const char *complaint;

    fixture_run("rm -rf %s && mkdir %s", root, root);
    complaint = unpack(root, all, bytes);
    if (complaint)
        fail_msg("%s: %s", root, complaint);
}

static void assert_leads_to(const char *root, const char *path, const char *content)
{
    char host[4096];
    uint8_t *data;
    size_t bytes;

    if (unpack_resolve(root, path, 1, host))
        fail_msg("%s leads nowhere", path);
    data = fixture_load(host, &bytes);
    assert_int_equal(bytes, strlen(content));
    assert_memory_equal(data, content, bytes);
    free(data);
}

/* Everything of the tree "before" is in "after" as it was: types, modes, times, link targets,
 * contents; but for /init and /etc/init. */
static void assert_untouched(const char *before, const char *after)
{
    fixture_run("list() { (cd $1 && find . -mindepth 1 ! -path './ventoc*' ! -path './.ventoc-*' "
                "! -path ./init ! -path '*/etc/init' ! -type d -printf '%%p %%y %%m "
                "%%l %%s\\n' "
                "-o -type d ! -path './ventoc*' ! -path . -printf '%%p %%y %%m\\n' | sort && "
                "find . -type f ! -path './ventoc*' ! -path './.ventoc-*' ! -path ./init "
                "! -path '*/etc/init' "
                "-exec cksum {} + | sort); }; list %s >l1; list %s >l2; test -s l1; diff l1 l2",
                before, after);
}

#define TREE                                                                                       \
    "mkdir -p usr/bin usr/lib && echo sh >usr/bin/sh && ln -s usr/bin bin && ln -s usr/lib lib"

static const struct {
    const char *name, *command, *init;
    const char *target; /* of a symbolic link; NULL: a file */
    int has_etc;
    const char *etc_init; /* NULL: there is none */
} originals[] = {
    {"file", TREE " && mkdir etc && echo A >init && chmod 750 init", "A\n", NULL, 1, NULL},
    {"file-no-etc", TREE " && echo A >init && chmod 755 init", "A\n", NULL, 0, NULL},
    {"relative",
     TREE " && mkdir -p etc usr/lib/systemd && echo A >usr/lib/systemd/systemd && "
          "chmod 711 usr/lib/systemd/systemd && ln -s usr/lib/systemd/systemd init",
     "A\n", "usr/lib/systemd/systemd", 1, NULL},
    {"absolute", TREE " && mkdir etc && echo A >usr/bin/busybox && ln -s /bin/busybox init", "A\n",
     "/bin/busybox", 1, NULL},
    {"chain",
     TREE " && mkdir etc && echo A >usr/bin/init && ln -s init2 init && ln -s bin/init init2",
     "A\n", "init2", 1, NULL},
    {"dangling", TREE " && mkdir etc && ln -s /no/such init", NULL, "/no/such", 1, NULL},
    {"dangling-in-dir", TREE " && mkdir etc && ln -s /usr/none init", NULL, "/usr/none", 1, NULL},
    {"etc-link", TREE " && mkdir usr/etc && ln -s usr/etc etc && echo A >init", "A\n", NULL, 1,
     NULL},
    {"etc-init-dir", TREE " && mkdir -p etc/init && echo j >etc/init/job && echo A >init", "A\n",
     NULL, 0, NULL},
    {"hard-links", TREE " && mkdir etc && echo A >init && ln init usr/bin/init", "A\n", NULL, 1,
     NULL},
    {"etc-init", TREE " && mkdir etc && echo A >init && echo E >etc/init", "A\n", NULL, 1, "E\n"},
    {"etc-init-link",
     TREE " && mkdir usr/etc && ln -s usr/etc etc && echo A >init && "
          "echo E >usr/bin/e && ln -s ../bin/e etc/init",
     "A\n", NULL, 1, "E\n"},
};

/* /init is ours; the saved name is what it was, in its own place in the tree. */
static void swapped(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(originals); i++) {
        uint8_t *all = NULL;
        size_t bytes = 0;
        struct stat before, after;
        char target[4096] = {0};

        make_original("o", originals[i].command);
        join_file(&all, &bytes, "o.cpio");
        unpack_into("before", all, bytes);
        join_swap(&all, &bytes, 0);
        join_body(&all, &bytes);
        unpack_into("after", all, bytes);
        assert_untouched("before", "after");
        assert_leads_to("after", "/init", "OURS64");
        if (originals[i].has_etc)
            assert_leads_to("after", "/etc/init", "OURS32");
        assert_int_equal(lstat("before/init", &before), 0);
        assert_int_equal(lstat("after" VTC_HANDOFF_SAVED_PREFIX "0", &after), 0);
        assert_int_equal(before.st_mode, after.st_mode);
        assert_int_equal(before.st_nlink, after.st_nlink);
        if (originals[i].target) {
            assert_true(S_ISLNK(after.st_mode));
            assert_true(readlink("after" VTC_HANDOFF_SAVED_PREFIX "0", target, 4095) > 0);
            assert_string_equal(target, originals[i].target);
        }
        if (originals[i].init)
            assert_leads_to("after", VTC_HANDOFF_SAVED_PREFIX "0", originals[i].init);
        assert_int_equal(lstat("after" VTC_HANDOFF_SAVED_ETC_PREFIX "0", &after) == 0,
                         originals[i].etc_init != NULL);
        if (originals[i].etc_init && S_ISREG(after.st_mode))
            assert_leads_to("after", VTC_HANDOFF_SAVED_ETC_PREFIX "0", originals[i].etc_init);
        free(all);
    }
}

/* The body may come first; an initrd without /init leaves no saved name behind. */
static void other_orders(void **state)
{
    uint8_t *all = NULL;
    size_t bytes = 0;
    struct stat st;

    (void)state;
    make_original("o", "mkdir -p kernel/x86 etc && echo u >kernel/x86/ucode");
    join_file(&all, &bytes, "o.cpio");
    unpack_into("before", all, bytes);
    join_body(&all, &bytes);
    join_swap(&all, &bytes, 9);
    unpack_into("after", all, bytes);
    assert_untouched("before", "after");
    assert_leads_to("after", "/init", "OURS64");
    assert_int_not_equal(lstat("after" VTC_HANDOFF_SAVED_PREFIX "9", &st), 0);
    free(all);
}

/* Two initrds in one boot, each with its archive. The one whose /init counts keeps it; of the saved
 * names that are not links to us, one is the original that would have run. */
static void two_initrds(void **state)
{
    static const struct {
        size_t first;
        const char *second;     /* command */
        unsigned of;            /* number whose saved name is the original */
        unsigned other;         /* and of the other one: */
        const char *other_init; /* its content: an earlier original, or ours */
        const char *init;
    } cases[] = {
        {0, "mkdir -p lib2 && echo m >lib2/module", 3, 12, "OURS64", "A\n"},
        {2, "mkdir -p lib2 && echo m >lib2/module", 3, 12, "OURS64", "A\n"},
        {3, "mkdir -p lib2 && echo m >lib2/module", 3, 12, "OURS64", "A\n"},
        {0, "echo B >init", 12, 3, "A\n", "B\n"},
        {2, "echo B >init", 12, 3, "A\n", "B\n"},
        {0, "echo B >b && ln -s b init", 12, 3, "A\n", "B\n"},
        {3, "echo B >b && ln -s /b init", 12, 3, "A\n", "B\n"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(cases); i++) {
        uint8_t *all = NULL, *plain = NULL;
        size_t bytes = 0, plain_bytes = 0;
        char path[64];

        make_original("o1", originals[cases[i].first].command);
        make_original("o2", cases[i].second);
        join_file(&plain, &plain_bytes, "o1.cpio");
        join_file(&plain, &plain_bytes, "o2.cpio");
        unpack_into("before", plain, plain_bytes);
        join_file(&all, &bytes, "o1.cpio");
        join_swap(&all, &bytes, 3);
        join_file(&all, &bytes, "o2.cpio");
        join_swap(&all, &bytes, 12);
        join_body(&all, &bytes);
        unpack_into("after", all, bytes);
        assert_untouched("before", "after");
        assert_leads_to("before", "/init", cases[i].init);
        assert_leads_to("after", "/init", "OURS64");
        snprintf(path, sizeof path, VTC_HANDOFF_SAVED_PREFIX "%u", cases[i].of);
        assert_leads_to("after", path, cases[i].init);
        snprintf(path, sizeof path, VTC_HANDOFF_SAVED_PREFIX "%u", cases[i].other);
        assert_leads_to("after", path, cases[i].other_init);
        free(all);
        free(plain);
    }
}

/* The model itself: it must see a swap that follows links, or that removes one. */
static void model_can_fail(void **state)
{
    static const uint8_t cut[] = "070701";
    uint8_t *all = NULL;
    size_t bytes = 0;
    char host[4096];

    (void)state;
    make_original("o", TREE " && mkdir etc && echo A >init");
    join_file(&all, &bytes, "o.cpio");
    make_original("o2", "mkdir bin etc && ln -s nowhere init");
    join_file(&all, &bytes, "o2.cpio");
    unpack_into("after", all, bytes);
    assert_int_not_equal(unpack_resolve("after", "/bin/sh", 1, host) || access(host, R_OK), 0);
    assert_string_equal(unpack("after", cut, sizeof cut), "no cpio magic");
    assert_string_equal(unpack("after", all, 100), "no cpio magic");
    assert_string_equal(unpack("after", all, 112), "no trailer");
    free(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(expected_bytes), cmocka_unit_test(gnu_cpio_lists),
        cmocka_unit_test(body),           cmocka_unit_test(swapped),
        cmocka_unit_test(other_orders),   cmocka_unit_test(two_initrds),
        cmocka_unit_test(model_can_fail),
    };

    return cmocka_run_group_tests(tests, fixture_enter_tmpdir, fixture_leave_tmpdir);
}

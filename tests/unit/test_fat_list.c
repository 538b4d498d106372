/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Listing FAT directories that mtools filled. */
#include "fixture.h"

#include <ventoc/fat.h>
#include <ventoc/fat_name.h>

struct names {
    char text[65536];
    size_t used;
    unsigned stop_at; /* 0: never */
    const struct vtc_fat *fat;
};

/* "NAME/" or "NAME BYTES", one a line. */
static int take(void *ctx, const struct vtc_fat_node *node)
{
    struct names *n = ctx;

    if (node->is_dir)
        n->used += (size_t)sprintf(n->text + n->used, "%s/\n", node->name);
    else
        n->used += (size_t)sprintf(n->text + n->used, "%s %u\n", node->name, node->bytes);
    assert_true(n->used < sizeof(n->text) - 1024);
    return n->stop_at && --n->stop_at == 0 ? 9 : 0;
}

static int list(const struct vtc_fat *fat, const char *path, struct names *names)
{
    struct vtc_fat_node node;

    names->used = 0;
    names->text[0] = '\0';
    if (!path)
        vtc_fat_root(fat, &node);
    else if (vtc_fat_find(fat, path, &node))
        return VTC_ENOENT;
    return vtc_fat_list(fat, &node, take, names);
}

/* The same tree in FAT12, 16 and 32, with clusters small enough that the long directory has several. */
static void test_list(void **state)
{
    static const char *const options[] = {"-F 12 -s 1 -C x.img 1440", "-F 16 -s 1 -C x.img 8192",
                                          "-F 32 -s 1 -C x.img 40960"};
    static const char root[] = "EFI/\nlong name of a file.txt 6\nSHORT.TXT 6\n"
                               "\xc3\x9cn\xc3\xaf.txt 6\n";
    static struct names names;

    (void)state;
    fixture_run(
        "rm -rf d && mkdir -p d/EFI/many && echo hello >'d/long name of a file.txt' &&"
        "echo hello >d/SHORT.TXT && echo hello >d/gone && echo hello >'d/\xc3\x9cn\xc3\xaf.txt' &&"
        "for i in $(seq 300); do : >d/EFI/many/a-long-name-$i; done");
    for (size_t i = 0; i < COUNT_OF(options); i++) {
        struct fixture_file file;
        struct vtc_reader reader;
        struct vtc_fat_node node;
        struct vtc_fat fat;
        char line[32];

        fixture_run("rm -f x.img && mkfs.fat -n LABEL %s >/dev/null && export LC_ALL=C.UTF-8 &&"
                    "mcopy -s -i x.img d/EFI d/gone 'd/long name of a file.txt' d/SHORT.TXT "
                    "'d/\xc3\x9cn\xc3\xaf.txt' :: && mdel -i x.img ::gone",
                    options[i]);
        reader = fixture_file_open(&file, "x.img");
        assert_int_equal(vtc_fat_open(&fat, &reader), 0);
        assert_int_equal(list(&fat, NULL, &names), 0);
        assert_string_equal(names.text, root);
        assert_int_equal(list(&fat, "/EFI", &names), 0);
        assert_string_equal(names.text, "many/\n");
        assert_int_equal(list(&fat, "/EFI/many", &names), 0);
        for (unsigned f = 1; f <= 300; f++) {
            snprintf(line, sizeof(line), "a-long-name-%u 0\n", f);
            assert_non_null(strstr(names.text, line));
        }
        names.stop_at = 3;
        assert_int_equal(list(&fat, NULL, &names), 9);
        names.stop_at = 0;
        assert_int_equal(vtc_fat_find(&fat, "/SHORT.TXT", &node), 0);
        assert_int_equal(vtc_fat_list(&fat, &node, take, &names), VTC_EINVAL);
        node.is_dir = 1;
        node.first_cluster = 0; /* of a folder that is not the root */
        assert_int_equal(vtc_fat_list(&fat, &node, take, &names), VTC_EFORMAT);
        node.first_cluster = fat.cluster_count + 2;
        assert_int_equal(vtc_fat_list(&fat, &node, take, &names), VTC_EFORMAT);
        fixture_file_close(&file);
    }
}

/* Names that a path would take for something else are none: the short name is used, or the entry is
 * passed over. */
static void test_odd_names(void **state)
{
    static const struct {
        const char *units; /* of the long name */
        int is_usable;
    } longs[] = {
        {".", 0},   {"..", 0}, {"a/b", 0}, {"/", 0}, {"../x", 0},
        {"...", 1}, {".a", 1}, {"..a", 1}, {" ", 1}, {"a\\b", 1},
    };
    static const struct {
        const char *entry, *name;
    } shorts[] = {
        {"A/B     TXT", "A_B.TXT"},
        {"A       /..", "A._.."},
        {"A       . .", "A.. ."},
    };
    static const uint8_t entry[32] = "A       TXT";
    static struct names names;
    struct fixture_file file;
    struct vtc_reader reader;
    struct vtc_fat fat;
    uint8_t sum = 0, e[32] = {0};
    char name[256 * 3];

    (void)state;
    for (int i = 0; i < 11; i++)
        sum = (uint8_t)((sum & 1 ? 0x80 : 0) + (sum >> 1) + entry[i]);
    for (size_t i = 0; i < COUNT_OF(longs); i++) {
        struct vtc_fat_name l = {.unit_count = 13, .checksum = sum};

        for (size_t k = 0; longs[i].units[k]; k++)
            l.unit[k] = (uint8_t)longs[i].units[k];
        assert_int_equal(vtc_fat_name_long(&l, entry, name), longs[i].is_usable);
        if (longs[i].is_usable)
            assert_string_equal(name, longs[i].units);
    }
    for (size_t i = 0; i < COUNT_OF(shorts); i++) {
        memcpy(e, shorts[i].entry, 11);
        vtc_fat_name_short(e, name);
        assert_string_equal(name, shorts[i].name);
    }
    /* In a directory: blanks instead of a name, an extension that would read as "..". */
    fixture_run(
        "rm -f x.img && mkfs.fat -C x.img 64 >/dev/null && echo hello >one && echo hello >two &&"
        "mcopy -i x.img one ::ONE && mcopy -i x.img two ::TWO.A &&"
        "python3 -c \"d = open('x.img', 'rb').read().replace(b'TWO     A  ', b'        .  ');"
        "open('x.img', 'wb').write(d)\"");
    reader = fixture_file_open(&file, "x.img");
    assert_int_equal(vtc_fat_open(&fat, &reader), 0);
    assert_int_equal(list(&fat, NULL, &names), 0);
    assert_string_equal(names.text, "ONE 6\n");
    fixture_file_close(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list),
        cmocka_unit_test(test_odd_names),
    };

    return cmocka_run_group_tests(tests, fixture_enter_tmpdir, fixture_leave_tmpdir);
}

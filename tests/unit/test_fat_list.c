/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Listing FAT directories that mtools filled. */
#include "fixture.h"

#include <ventoc/fat.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list),
    };

    return cmocka_run_group_tests(tests, fixture_enter_tmpdir, fixture_leave_tmpdir);
}

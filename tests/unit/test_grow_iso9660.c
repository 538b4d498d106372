/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Growing files of real ISO images; xorriso reads the outcome back, through each of its trees. */
#include "grow_image.h"

#include <ventoc/iso9660.h>

#define ARENA_BYTES (1u << 20)

static uint8_t head[3000], body[5000];

static void fill(void)
{
    uint64_t seed = 77;

    for (size_t i = 0; i < sizeof head; i++)
        head[i] = (uint8_t)(fixture_random(&seed) >> 13 | 1);
    for (size_t i = 0; i < sizeof body; i++)
        body[i] = (uint8_t)(fixture_random(&seed) >> 13 | 1);
}

#define TAIL(zeros, align, h, b)                                                                   \
    {                                                                                              \
        zeros, align, head, h, body, b                                                             \
    }

static const struct vtc_grow_tail tails[] = {
    TAIL(8, 4, 100, 4096), TAIL(0, 1, 0, 0),      TAIL(0, 1, 10, 0),      TAIL(0, 1, 0, 5000),
    TAIL(8, 4, 3000, 512), TAIL(5000, 512, 1, 1), TAIL(0, 4096, 2048, 0), TAIL(3, 2, 2047, 2049),
};

/* A tree with files of awkward lengths, a directory of several sectors, depth and a hard link. */
static void make_tree(void)
{
    fixture_run("rm -rf tree want && mkdir -p tree/boot/grub tree/a/b/c/d/e/f/g/h/deep &&"
                "for i in $(seq 200); do echo $i >tree/boot/file-$i; done &&"
                "echo u >'tree/\xc3\x9cn\xc3\xaf.txt' && : >tree/empty && echo x >tree/zz");
    fixture_save_random("tree/boot/initrd.img", 5, 100001);
    fixture_save_random("tree/boot/initrd-2048.img", 6, 4 * 2048);
    fixture_save_random("tree/a/b/c/d/e/f/g/h/deep/one", 7, 1);
    fixture_save_random("tree/boot/vmlinuz", 8, 30000);
    fixture_run("ln tree/boot/initrd.img tree/a/link.img && cp -a tree want");
}

#define SUMS "find %s -type f -exec sha256sum {} + | cut -c1-64 | sort"

/* The image's files, read through a tree, are those of the directory want. */
static void judge_tree(const char *iso, const char *read_fs)
{
    char *want, *got;

    fixture_run("chmod -R u+rwX got 2>/dev/null; rm -rf got && mkdir got && xorriso -report_about "
                "WARNING -osirrox on -read_fs %s "
                "-indev %s -extract / got",
                read_fs, iso);
    fixture_run("chmod -R u+rwX got && rm -f got/boot.catalog");
    want = fixture_output(SUMS, "want");
    got = fixture_output(SUMS, "got");
    if (strcmp(want, got))
        fail_msg("the tree %s of %s differs", read_fs, iso);
    free(want);
    free(got);
}

static void judge(struct grow_image *m, int joliet)
{
    grow_image_dump(m, "out.iso");
    judge_tree("out.iso", "any");
    fixture_run("diff -r want got");
    if (joliet) {
        judge_tree("out.iso", "norock");
        fixture_run("test -f got/boot/initrd-2048.img"); /* it was the Joliet tree */
    }
}

static void grow(struct grow_image *m, const char *path, const struct vtc_grow_tail *tail)
{
    assert_int_equal(vtc_grow_iso_file(&m->g, path, tail), VTC_OK);
}

static const struct {
    const char *options;
    int joliet;
} layouts[] = {
    {"-R", 0},
    {"-R -J -joliet-long -b boot/vmlinuz -no-emul-boot -boot-load-size 4", 1},
    {"-R -J -iso-level 4 -eltorito-alt-boot -e boot/vmlinuz -no-emul-boot "
     "-isohybrid-gpt-basdat -append_partition 2 0xef tree/boot/vmlinuz",
     1},
    {"--norock -J -iso-level 3", 1},
};

static void make_iso(size_t layout)
{
    fixture_run("rm -f in.iso && xorriso -as mkisofs -quiet --hardlinks %s -o in.iso tree",
                layouts[layout].options);
}

/* Every layout: two files, one of them twice, one of them with two names. */
static void test_layouts(void **state)
{
    (void)state;
    fill();
    for (size_t i = 0; i < COUNT_OF(layouts); i++) {
        struct grow_image m;

        make_tree();
        make_iso(i);
        grow_image_open(&m, "in.iso", ARENA_BYTES);
        grow(&m, "/boot/initrd.img", &tails[0]);
        grow_append_tail("want/boot/initrd.img", &tails[0]);
        judge(&m, layouts[i].joliet);
        grow(&m, "/a/b/c/d/e/f/g/h/deep/one", &tails[4]);
        grow_append_tail("want/a/b/c/d/e/f/g/h/deep/one", &tails[4]);
        grow(&m, "/BOOT/INITRD.IMG", &tails[7]);
        grow_append_tail("want/boot/initrd.img", &tails[7]);
        judge(&m, layouts[i].joliet);
        grow_image_close(&m);
    }
}

/* Every tail, behind a file that fills its sectors and behind one that does not. */
static void test_tails(void **state)
{
    (void)state;
    fill();
    make_tree();
    make_iso(1);
    for (size_t i = 0; i < COUNT_OF(tails); i++) {
        struct grow_image m;

        fixture_run("rm -rf want && cp -a tree want");
        grow_image_open(&m, "in.iso", ARENA_BYTES);
        grow(&m, "/boot/initrd.img", &tails[i]);
        grow(&m, "/boot/initrd-2048.img", &tails[i]);
        grow_append_tail("want/boot/initrd.img", &tails[i]);
        grow_append_tail("want/boot/initrd-2048.img", &tails[i]);
        judge(&m, 1);
        grow_image_close(&m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layouts),
        cmocka_unit_test(test_tails),
    };

    return cmocka_run_group_tests(tests, fixture_enter_tmpdir, fixture_leave_tmpdir);
}

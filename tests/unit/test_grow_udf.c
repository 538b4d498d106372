/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Growing files of images that have a UDF tree, made by genisoimage; 7-Zip and xorriso are the
 * judges. */
#include "grow_image.h"

#include <ventoc/bytes.h>
#include <ventoc/udf.h>

#define ARENA_BYTES (1u << 20)

static uint8_t head[700], body[2500];

static const struct vtc_grow_tail tail = {8, 4, head, sizeof head, body, sizeof body};
static const struct vtc_grow_tail short_tail = {0, 1, head, 5, NULL, 0};

static void make_iso(const char *options)
{
    memset(head, 'h', sizeof head);
    memset(body, 'b', sizeof body);
    fixture_run("rm -rf tree want && mkdir -p tree/boot tree/a/b/c &&"
                "for i in $(seq 120); do echo $i >tree/boot/file-$i; done && echo z >tree/zz &&"
                "echo u >'tree/\xc3\x9cn\xc3\xaf \xe6\x97\xa5.txt'");
    fixture_save_random("tree/boot/initrd.img", 5, 100001);
    fixture_save_random("tree/a/b/c/A longer name.bin", 6, 8 * 2048);
    fixture_run("cp -a tree want && genisoimage -quiet -udf -input-charset utf-8 %s -o in.iso tree",
                options);
}

static void judge(struct grow_image *m, int rock_ridge)
{
    grow_image_dump(m, "out.iso");
    fixture_run("rm -rf got && mkdir got && 7zz x -y -tudf -ogot out.iso && diff -r want got");
    if (rock_ridge)
        fixture_run("rm -rf got && mkdir got && xorriso -report_about WARNING -osirrox on "
                    "-indev out.iso -extract / got && chmod -R u+rwX got && diff -r want got");
}

static void grow(struct grow_image *m, const char *path, const struct vtc_grow_tail *t)
{
    char want[256];

    assert_int_equal(vtc_grow_iso_file(&m->g, path, t), VTC_OK);
    snprintf(want, sizeof want, "want%s", path);
    grow_append_tail(want, t);
}

static void test_bridge(void **state)
{
    static const char *const options[] = {"-R", "-R -J -joliet-long"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(options); i++) {
        struct grow_image m;

        make_iso(options[i]);
        grow_image_open(&m, "in.iso", ARENA_BYTES);
        judge(&m, 1); /* the judges agree before */
        grow(&m, "/boot/initrd.img", &tail);
        judge(&m, 1);
        grow(&m, "/a/b/c/A longer name.bin", &short_tail);
        grow(&m, "/boot/initrd.img", &tail);
        judge(&m, 1);
        grow_image_close(&m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bridge),
    };

    return cmocka_run_group_tests(tests, fixture_enter_tmpdir, fixture_leave_tmpdir);
}

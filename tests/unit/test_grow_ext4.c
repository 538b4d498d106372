/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Growing files of ext2, ext3 and ext4 file systems in a partition, by overlay. The virtual disk is
 * written out; e2fsck must find nothing at all, and debugfs must read every file as it should be;
 * GRUB's own reader is asked as well. */
#include "grow_image.h"

#include <ventoc/bytes.h>
#include <ventoc/crc32c.h>
#include <ventoc/grow_disk.h>

#define ARENA_BYTES (4u << 20)
#define PART_BYTES  (12ull << 20)
#define SMALL       300

static uint8_t head[700], body[100001];

static const struct vtc_grow_tail tail = {8, 4, head, sizeof head, body, sizeof body};
static const struct vtc_grow_tail small_tail = {0, 1, head, 5, NULL, 0};
static const struct vtc_grow_tail head_tail = {8, 512, head, sizeof head, NULL, 0};
static const struct vtc_grow_tail body_tail = {4, 4, NULL, 0, body, 2048};

static uint64_t part_off; /* of the case at hand */

/* The tree on each volume, and the changes by debugfs that scatter files over it. */
static int make_tree(void **state)
{
    FILE *script;
    int i;

    if (fixture_enter_tmpdir(state))
        return -1;
    memset(head, 'h', sizeof head);
    for (size_t k = 0; k < sizeof body; k++)
        body[k] = (uint8_t)(k * 7 + k / 251);
    fixture_run("mkdir -p tree/boot/grub tree/many");
    fixture_save_random("tree/boot/initrd.img-6.1", 1, 1500001);
    fixture_save_random("tree/boot/vmlinuz-6.1", 2, 300000);
    fixture_save_random("tree/boot/aligned.img", 3, 262144);
    fixture_save("tree/boot/empty", "", 0);
    for (i = 0; i < SMALL; i++) {
        char path[32];

        snprintf(path, sizeof path, "tree/many/%03d.txt", i);
        fixture_save_random(path, 10 + (uint64_t)i, 1000);
    }
    fixture_run("ln -s boot/initrd.img-6.1 tree/initrd.img");
    fixture_save_random("four.img", 5, 3 * 4096 + 20000); /* three single blocks and a run */
    fixture_save_random("pieces.img", 6, 200001);
    fixture_save_random("behind.img", 7, 9000);

    script = fopen("fragment", "w");
    if (!script)
        return -1;
    for (i = 0; i < 6; i += 2)
        fprintf(script, "rm many/%03d.txt\n", i);
    fprintf(script, "write four.img boot/four.img\nwrite behind.img boot/behind.img\n");
    for (i = 10; i < SMALL; i += 2)
        fprintf(script, "rm many/%03d.txt\n", i);
    fprintf(script, "write pieces.img boot/pieces.img\nwrite behind.img boot/end.img\n");
    return fclose(script);
}

/* in.img: a disk whose partition holds the tree; want: what it should read as. */
static void make_disk(const char *options, uint64_t off)
{
    part_off = off;
    fixture_run("rm -rf in.img want; truncate -s %llu in.img; "
                "mke2fs -q -F %s -d tree -E offset=%llu in.img %lluK >log 2>&1 && "
                "debugfs -w -f fragment 'in.img?offset=%llu' >log 2>&1",
                (unsigned long long)(off + PART_BYTES + 3 * 512), options, (unsigned long long)off,
                (unsigned long long)PART_BYTES / 1024, (unsigned long long)off);
    fixture_run("cp -a tree want; cp four.img pieces.img behind.img want/boot; "
                "cp behind.img want/boot/end.img; cd want/many; "
                "for i in 000 002 004; do rm $i.txt; done; "
                "for i in $(seq -f %%03g 10 2 %d); do rm $i.txt; done",
                SMALL - 1);
}

/* The file system at part_off of a dumped image: sound, and the tree of want. */
static void judge(struct grow_image *m, const char *why)
{
    fixture_run("cd . # %s", why);
    grow_image_dump(m, "out.img");
    fixture_run("e2fsck -fn 'out.img?offset=%llu' >fsck 2>&1 || { cat fsck >&2; false; }",
                (unsigned long long)part_off);
    fixture_run("rm -rf got; mkdir got; debugfs -R 'rdump / got' 'out.img?offset=%llu' 2>log; "
                "rmdir got/lost+found && diff -r --no-dereference want got",
                (unsigned long long)part_off);
}

static void grow(struct grow_image *m, const char *path, const struct vtc_grow_tail *t)
{
    const char *why;
    char want[256];
    int rc = vtc_grow_ext4_file(&m->g, part_off, PART_BYTES, path, t, &why);

    if (rc)
        fail_msg("%s: %d (%s)", path, rc, why ? why : "-");
    snprintf(want, sizeof want, "want%s", path);
    grow_append_tail(want, t);
}

static void every_layout(void **state)
{
    static const struct {
        const char *options;
        uint64_t part_off;
    } cases[] = {
        {"-t ext4 -b 4096", 1 << 20},
        {"-t ext4 -b 1024", 1 << 20},
        {"-t ext4 -b 1024", 63 * 512},
        {"-t ext4 -b 2048 -O ^metadata_csum,uninit_bg", 63 * 512},
        {"-t ext4 -b 1024 -O ^metadata_csum,^64bit,^flex_bg -I 128", 1 << 20},
        {"-t ext4 -b 4096 -O ^metadata_csum,^uninit_bg,^has_journal", 1 << 20},
        {"-t ext4 -b 4096 -O metadata_csum_seed -I 1024", 1 << 20},
        {"-t ext4 -b 1024 -g 4096 -N 2048", 1 << 20}, /* groups with a part of a bitmap */
        {"-t ext4 -b 1024 -I 128 -O ^flex_bg", 1 << 20},
        {"-t ext4 -b 1024 -O ^extent,^64bit", 1 << 20},
        {"-t ext3 -b 4096", 1 << 20},
        {"-t ext3 -b 1024", 63 * 512},
        {"-t ext2 -b 1024 -I 128", 1 << 20},
        {"-r 0 -b 1024", 1 << 20},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct grow_image m;
        uint64_t bytes;

        print_message("# %s\n", cases[i].options);
        make_disk(cases[i].options, cases[i].part_off);
        grow_image_open(&m, "in.img", ARENA_BYTES);
        bytes = m.img.bytes;
        judge(&m, "before");
        grow(&m, "/boot/initrd.img-6.1", &tail);
        grow(&m, "/boot/end.img", &tail);
        grow(&m, "/boot/pieces.img", &tail);
        grow(&m, "/boot/four.img", &tail);
        judge(&m, "files of every shape, once");
        grow(&m, "/boot/four.img", &head_tail);
        grow(&m, "/boot/aligned.img", &small_tail);
        grow(&m, "/boot/aligned.img", &body_tail);
        grow(&m, "/boot/initrd.img-6.1", &small_tail);
        grow(&m, "/boot/empty", &tail);
        judge(&m, "several tails");
        assert_true(m.img.bytes == bytes);
        grow_image_close(&m);
    }
}

/* Tails that make the block map grow tables of every level. */
static void block_map_levels(void **state)
{
    static const size_t sizes[] = {11 * 1024, 12 * 1024, (12 + 255) * 1024, (12 + 256) * 1024,
                                   (12 + 256 + 65536) * 1024 - 512};
    struct vtc_grow_tail long_tail = {0, 1, NULL, 0, NULL, 0};
    uint8_t *bytes = calloc(1, 700 * 1024);

    (void)state;
    assert_non_null(bytes);
    memset(bytes, 0x5a, 700 * 1024);
    long_tail.body = bytes;
    long_tail.body_bytes = 700 * 1024;
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        struct grow_image m;
        const char *why;

        fixture_run("rm -rf want in.img; mkdir want; truncate -s 80M in.img");
        fixture_save_random("want/file", 9, sizes[i]);
        fixture_run("mke2fs -q -F -t ext2 -b 1024 -I 128 -d want in.img >log 2>&1");
        part_off = 0;
        grow_image_open(&m, "in.img", ARENA_BYTES);
        if (vtc_grow_ext4_file(&m.g, 0, m.img.bytes, "/file", &long_tail, &why))
            fail_msg("%zu: %s", sizes[i], why ? why : "-");
        grow_append_tail("want/file", &long_tail);
        judge(&m, "levels");
        fixture_run("grub-fstest out.img cmp '(loop0)/file' \"$PWD/want/file\" >log 2>&1");
        grow_image_close(&m);
    }
    free(bytes);
}

/* Tails that do not fit the first group, and go into one whose bitmap was never written. */
static void unwritten_bitmaps(void **state)
{
    static const struct {
        const char *options;
        unsigned group; /* the new blocks are in */
    } cases[] = {
        {"", 1},
        {"-O ^metadata_csum,uninit_bg,^64bit -I 128", 1},
        {"-O ^flex_bg", 1},
        {"-O ^flex_bg,^resize_inode,sparse_super2", 1},
        {"-O ^flex_bg,^resize_inode,^sparse_super", 1},
    };
    struct vtc_grow_tail long_tail = {0, 1, NULL, 0, NULL, 0};

    (void)state;
    long_tail.body_bytes = 2 << 20;
    long_tail.body = calloc(1, long_tail.body_bytes);
    assert_non_null(long_tail.body);
    fixture_run("rm -rf want; mkdir want");
    fixture_save_random("want/file", 9, 3000001);
    fixture_save_random("want/other", 10, 3500001);
    fixture_run("mv want kept");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct grow_image m;
        const char *why;
        char *block;
        int rc;

        fixture_run("rm -rf in.img want; cp -a kept want; truncate -s 20M in.img; "
                    "mke2fs -q -F -t ext4 -b 1024 -N 256 -O ^has_journal %s -d want in.img 20M "
                    ">log 2>&1 && "
                    "dumpe2fs in.img 2>/dev/null | grep -q 'Group 1:.*BLOCK_UNINIT'",
                    cases[i].options);
        part_off = 0;
        grow_image_open(&m, "in.img", ARENA_BYTES);
        rc = vtc_grow_ext4_file(&m.g, 0, m.img.bytes, "/file", &long_tail, &why);
        if (rc)
            fail_msg("%s: %d (%s)", cases[i].options, rc, why ? why : "-");
        grow_append_tail("want/file", &long_tail);
        assert_int_equal(vtc_grow_ext4_file(&m.g, 0, m.img.bytes, "/other", &tail, &why), VTC_OK);
        grow_append_tail("want/other", &tail);
        judge(&m, "unwritten bitmaps");
        fixture_run("grub-fstest out.img cmp '(loop0)/file' \"$PWD/want/file\" >log 2>&1");
        block = fixture_output("debugfs -R 'bmap /file 4000' out.img 2>log");
        assert_int_equal((strtoul(block, NULL, 10) - 1) / 8192, cases[i].group);
        free(block);
        grow_image_close(&m);
    }
    free((void *)(uintptr_t)long_tail.body);
}

/* What the extent trees become. */
static void tree_shapes(void **state)
{
    static const struct {
        const char *tree, *path, *say; /* of debugfs's ex */
    } cases[] = {
        {"tree", "/boot/four.img", " 1/ 1   5/  5"}, /* deeper */
        {"one", "/file", " 0/ 0   1/  1"},           /* longer */
    };

    (void)state;
    fixture_run("mkdir one; cp behind.img one/file");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct grow_image m;
        const char *why;
        char *said;

        if (i)
            fixture_run("rm in.img; truncate -s 13M in.img; "
                        "mke2fs -q -F -t ext4 -d %s -E offset=1048576 in.img 12M >log 2>&1",
                        cases[i].tree);
        else
            make_disk("-t ext4 -b 4096", 1 << 20);
        grow_image_open(&m, "in.img", ARENA_BYTES);
        assert_int_equal(vtc_grow_ext4_file(&m.g, part_off, PART_BYTES, cases[i].path, &tail, &why),
                         VTC_OK);
        grow_image_dump(&m, "out.img");
        said = fixture_output("debugfs -R 'ex %s' 'out.img?offset=%llu' 2>log", cases[i].path,
                              (unsigned long long)part_off);
        if (!strstr(said, cases[i].say))
            fail_msg("%s: no '%s' in\n%s", cases[i].path, cases[i].say, said);
        free(said);
        grow_image_close(&m);
    }
}

#define UNKNOWN_FEATURE "s_feature_ro_compat = 0x40000000"

static void refused(void **state)
{
    static const struct {
        const char *options, *change, *path; /* change: by debugfs */
        int rc;
        const char *why;
    } cases[] = {
        {"-t ext4 -b 4096", NULL, "/boot/none", VTC_ENOENT, NULL},
        {"-t ext4 -b 1024 -g 4088", NULL, "/initrd.img", VTC_ENOTSUP, "groups of an odd size"},
        {"-t ext4 -b 4096", NULL, "/boot", VTC_ENOTSUP, "not a regular file"},
        {"-t ext3 -b 4096", "feature needs_recovery", "/initrd.img", VTC_ENOTSUP,
         "not unmounted cleanly"},
        {"-t ext4 -b 4096", "ssv state 3", "/initrd.img", VTC_ENOTSUP, "not unmounted cleanly"},
        {"-t ext2 -b 4096", "ssv state 0", "/initrd.img", VTC_ENOTSUP, "not unmounted cleanly"},
        {"-t ext4 -b 4096 -O bigalloc -C 16384", NULL, "/initrd.img", VTC_ENOTSUP,
         "clusters of several blocks"},
        {"-t ext4 -b 4096 -O meta_bg,^resize_inode", NULL, "/initrd.img", VTC_ENOTSUP,
         "an unknown feature"},
        {"-t ext4 -b 4096", UNKNOWN_FEATURE, "/initrd.img", VTC_ENOTSUP, "an unknown feature"},
        {"-t ext4 -b 4096 -O encrypt", "sif /boot/initrd.img-6.1 flags 0x80800", "/initrd.img",
         VTC_ENOTSUP, "encrypted"},
        {"-t ext4 -b 4096 -O verity", "sif /boot/initrd.img-6.1 flags 0x180000", "/initrd.img",
         VTC_ENOTSUP, "protected by verity"},
        {"-t ext4 -b 4096", "sif /boot/initrd.img-6.1 size 100000", "/initrd.img", VTC_ENOTSUP,
         "preallocated"},
        {"-t ext2 -b 4096", "sif /boot/initrd.img-6.1 size 40000", "/initrd.img", VTC_ENOTSUP,
         "preallocated"},
        {"-t ext4 -b 4096", "punch /boot/initrd.img-6.1 3 4", "/initrd.img", VTC_ENOTSUP, "sparse"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct grow_image_state before, after;
        struct grow_image m;
        const char *why;
        int rc;

        make_disk(cases[i].options, 1 << 20);
        if (cases[i].change && strcmp(cases[i].change, UNKNOWN_FEATURE) == 0)
            fixture_overwrite("in.img", part_off + 1024 + 100, "\0\0\0\x40", 4);
        else if (cases[i].change)
            fixture_run("debugfs -w -R '%s' 'in.img?offset=%llu' >log 2>&1", cases[i].change,
                        (unsigned long long)part_off);
        grow_image_open(&m, "in.img", ARENA_BYTES);
        before = grow_image_state(&m);
        rc = vtc_grow_ext4_file(&m.g, part_off, PART_BYTES, cases[i].path, &tail, &why);
        if (rc != cases[i].rc || (why != NULL) != (cases[i].why != NULL) ||
            (why && strcmp(why, cases[i].why) != 0))
            fail_msg("%s, %s: %d (%s)", cases[i].options, cases[i].change, rc, why ? why : "-");
        after = grow_image_state(&m);
        grow_image_assert_same(&before, &after);
        grow_image_close(&m);
    }
}

/* A partition without room: refused; and arenas of every size: all of it, or nothing at all. */
static void no_room(void **state)
{
    struct grow_image_state before, after;
    struct grow_image m;
    struct vtc_grow_tail long_tail = tail;
    uint32_t arena_bytes;
    const char *why;
    int rc = VTC_ENOSPC;

    (void)state;
    make_disk("-t ext4 -b 4096", 1 << 20);
    grow_image_open(&m, "in.img", ARENA_BYTES);
    before = grow_image_state(&m);
    long_tail.body = m.disk.bytes;
    long_tail.body_bytes = PART_BYTES;
    assert_int_equal(
        vtc_grow_ext4_file(&m.g, part_off, PART_BYTES, "/initrd.img", &long_tail, &why),
        VTC_ENOTSUP);
    assert_string_equal(why, "not enough free blocks in one piece");
    after = grow_image_state(&m);
    grow_image_assert_same(&before, &after);
    assert_int_equal(vtc_grow_ext4_file(&m.g, part_off + 1, PART_BYTES, "/x", &tail, &why),
                     VTC_EINVAL);
    assert_int_equal(vtc_grow_ext4_file(&m.g, part_off, m.img.bytes, "/x", &tail, &why),
                     VTC_EINVAL);
    assert_int_equal(vtc_grow_ext4_file(&m.g, 0, part_off, "/x", &tail, &why), VTC_ENOENT);
    grow_image_close(&m);

    make_disk("-t ext4 -b 4096", 1 << 20);
    for (arena_bytes = 1024; rc; arena_bytes += 512) {
        grow_image_open(&m, "in.img", ARENA_BYTES);
        m.arena.capacity_bytes = arena_bytes;
        before = grow_image_state(&m);
        rc = vtc_grow_ext4_file(&m.g, part_off, PART_BYTES, "/boot/four.img", &tail, &why);
        after = grow_image_state(&m);
        if (rc) {
            assert_int_equal(rc, VTC_ENOSPC);
            grow_image_assert_same(&before, &after);
        }
        grow_image_close(&m);
    }
    assert_in_range(arena_bytes, 8192, 65536);
}

/* After a power cut: groups that the journal mentions are passed over, and the disk reads, as it
 * lies, as it did before. */
static void unclean(void **state)
{
    static const struct {
        const char *options, *logged; /* groups whose bitmaps go into the journal */
        const char *open;             /* options of debugfs's jo */
        int rc;
        unsigned group; /* the new blocks are in */
    } cases[] = {
        {"-O ^metadata_csum,^uninit_bg", "1", "", VTC_OK, 0},
        {"-O ^metadata_csum,^uninit_bg", "0", "", VTC_OK, 1},
        {"-O ^metadata_csum,^uninit_bg,64bit", "0", "", VTC_OK, 1},
        {"-O ^metadata_csum,^uninit_bg,64bit", "0", "-c -v 2", VTC_OK, 1},
        {"-O ^metadata_csum,^uninit_bg,^64bit", "0", "-c -v 2", VTC_OK, 1},
        {"-O ^metadata_csum,^uninit_bg,64bit", "0", "-c -v 3", VTC_OK, 1},
        {"-O ^metadata_csum,^uninit_bg", "0 1", "", VTC_ENOTSUP, 0},
        {"-O metadata_csum,64bit", "0 1", "", VTC_ENOTSUP, 0},
        {"-O metadata_csum,64bit", "0", "", VTC_OK, 1}, /* a bitmap that was never written */
        {"-O metadata_csum,64bit", "", "", VTC_OK, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct grow_image m;
        const char *why;
        char *block;
        int rc;

        fixture_run("rm -rf want in.img; mkdir want; truncate -s 17M in.img");
        fixture_save_random("want/file", 9, 300001);
        fixture_run(
            "mke2fs -q -F -t ext4 -b 1024 %s -E offset=1048576 -d want in.img 16M >log 2>&1 && "
            "dumpe2fs 'in.img?offset=1048576' 2>/dev/null | "
            "sed -n 's/.*[^e] [Bb]lock bitmap at \\([0-9]*\\).*/\\1/p' >bitmaps; "
            "blocks=7777; for g in %s; do blocks=$blocks,$(sed -n $((g + 1))p bitmaps); done; "
            "head -c 8192 /dev/zero >zeros; "
            "{ echo jo %s; echo jw -b $blocks zeros; echo jc; } >commands; "
            "debugfs -w -f commands 'in.img?offset=1048576' >log 2>&1",
            cases[i].options, cases[i].logged, cases[i].open);
        fixture_run("dumpe2fs -h 'in.img?offset=1048576' 2>/dev/null | grep -q needs_recovery");
        part_off = 1 << 20;
        grow_image_open(&m, "in.img", ARENA_BYTES);
        rc = vtc_grow_ext4_file(&m.g, part_off, 16 << 20, "/file", &tail, &why);
        if (rc != cases[i].rc || (rc && strcmp(why, "not unmounted cleanly") != 0))
            fail_msg("%s, logged %s: %d (%s)", cases[i].options, cases[i].logged, rc,
                     why ? why : "-");
        if (!rc) {
            grow_append_tail("want/file", &tail);
            judge(&m, "unclean");
            block = fixture_output("debugfs -R 'bmap /file 350' 'out.img?offset=1048576' 2>log");
            assert_int_equal((strtoul(block, NULL, 10) - 1) / 8192, cases[i].group);
            free(block);
        }
        grow_image_close(&m);
    }
}

static void known_checksums(void **state)
{
    (void)state;
    /* The check value of CRC-32/ISCSI is e3069283 after the final inversion. */
    assert_int_equal(vtc_crc32c(VTC_CRC32C_SEED, "123456789", 9), 0xffffffffu ^ 0xe3069283u);
    assert_int_equal(vtc_crc32c(vtc_crc32c(VTC_CRC32C_SEED, "1234", 4), "56789", 5), 0x1cf96d7cu);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_layout),      cmocka_unit_test(block_map_levels),
        cmocka_unit_test(unwritten_bitmaps), cmocka_unit_test(tree_shapes),
        cmocka_unit_test(refused),           cmocka_unit_test(unclean),
        cmocka_unit_test(no_room),           cmocka_unit_test(known_checksums),
    };

    return cmocka_run_group_tests_name("grow_ext4", tests, make_tree, fixture_leave_tmpdir);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ext2, ext3 and ext4 volumes made by mke2fs and debugfs: extents against the files' bytes. */
#include <ventoc/ext4.h>

#include "fixture.h"

#define MIB        (1024ull * 1024)
#define PART_OFF   MIB /* the partition on the disk image */
#define PART_BYTES (96 * MIB)
#define IMAGE      "disk.img?offset=1048576" /* as e2fsprogs call the partition */
#define SMALL      800                       /* files whose removal leaves gaps */
#define CAPACITY   4096u

struct volume {
    struct fixture_file file;
    struct vtc_reader disk;
    struct vtc_ext4 fs;
    struct vtc_extent v[CAPACITY];
    struct vtc_extents list;
};

/* The tree that goes onto each volume, made once. */
static int make_tree(void **state)
{
    FILE *script;
    int i;

    if (fixture_enter_tmpdir(state))
        return -1;
    fixture_run("mkdir -p tree/dir/sub tree/many");
    fixture_save_random("tree/whole.iso", 1, 1500001);
    fixture_save_random("tree/dir/sub/deep.iso", 2, 262144);
    fixture_save_random("tree/short.iso", 3, 10);
    fixture_save("tree/empty.iso", "", 0);
    for (i = 0; i < SMALL; i++) {
        char path[32];

        snprintf(path, sizeof path, "tree/many/%03d.txt", i);
        fixture_save_random(path, 10 + (uint64_t)i, 1000);
    }
    fixture_run("cd tree && ln -s dir/sub/deep.iso fast && ln -s /dir/sub up && "
                "ln -s dir/../dir/../dir/../dir/../dir/../dir/../dir/../dir/sub/deep.iso slow && "
                "ln -s up/../sub/../../slow chain && ln -s nowhere dangling && ln -s loop loop");
    fixture_save_random("pieces.iso", 5, 700001);

    script = fopen("fragment", "w");
    if (!script)
        return -1;
    for (i = 0; i < SMALL; i += 2)
        fprintf(script, "rm many/%03d.txt\n", i);
    fprintf(script, "write pieces.iso pieces.iso\n");
    return fclose(script);
}

static void make_volume(const char *options, const char *tree)
{
    fixture_run("rm -f disk.img; truncate -s 98M disk.img; "
                "mke2fs -q -F %s %s -E offset=1048576 disk.img 96M >log 2>&1",
                options, tree);
}

static void debugfs(const char *command)
{
    fixture_run("debugfs -w -R '%s' '" IMAGE "' >log 2>&1", command);
}

static void open_volume(struct volume *vol)
{
    vol->disk = fixture_file_open(&vol->file, "disk.img");
    assert_int_equal(vtc_ext4_open(&vol->fs, &vol->disk, PART_OFF, PART_BYTES), VTC_OK);
}

static int map_path(struct volume *vol, const char *path, const char **why)
{
    uint64_t bytes = 0;
    uint32_t inode;
    int rc = vtc_ext4_lookup(&vol->fs, path, &inode);

    if (rc)
        return rc;
    vtc_extents_init(&vol->list, vol->v, CAPACITY, NULL);
    *why = NULL;
    rc = vtc_ext4_extents(&vol->fs, inode, &bytes, &vol->list, why);
    if (!rc)
        assert_int_equal(bytes, vol->list.bytes);
    return rc;
}

/* The file at path on the volume has the bytes of the file `here`. Returns its extents. */
static uint32_t assert_same(struct volume *vol, const char *path, const char *here)
{
    const char *why;
    int rc = map_path(vol, path, &why);

    if (rc)
        fail_msg("%s: %d (%s)", path, rc, why ? why : "-");
    fixture_assert_extents(&vol->disk, &vol->list, here);
    return vol->list.count;
}

static void assert_refused(struct volume *vol, const char *path, int rc, const char *reason)
{
    const char *why = NULL;

    assert_int_equal(map_path(vol, path, &why), rc);
    if (!why || strcmp(why, reason) != 0)
        fail_msg("%s: %s, not %s", path, why ? why : "-", reason);
}

/* The block of each part of the file, as debugfs sees it: the second judge. */
static void assert_debugfs_agrees(struct volume *vol, const char *path)
{
    const uint32_t block_bytes = vol->fs.block_bytes;
    const uint64_t blocks = (vol->list.bytes + block_bytes - 1) / block_bytes;
    unsigned long block;
    uint64_t logical;
    uint32_t i = 0;
    FILE *answers;

    fixture_run("i=0; while [ $i -lt %u ]; do echo bmap %s $i; i=$((i+1)); done >bmap; "
                "debugfs -f bmap '" IMAGE "' 2>/dev/null | grep -v debugfs >blocks",
                (unsigned)blocks, path);
    answers = fopen("blocks", "r");
    assert_non_null(answers);
    for (logical = 0; fscanf(answers, "%lu", &block) == 1; logical++) {
        uint64_t off = logical * block_bytes;

        while (i < vol->list.count && off >= vol->v[i].file_off + vol->v[i].bytes)
            i++;
        assert_in_range(i, 0, vol->list.count - 1);
        assert_int_equal(vol->v[i].disk_off + (off - vol->v[i].file_off),
                         PART_OFF + block * (uint64_t)block_bytes);
    }
    fclose(answers);
    assert_int_equal(logical, blocks);
}

static void every_layout(void **state)
{
    static const struct {
        const char *options;
        uint32_t pieces; /* at least */
    } cases[] = {
        {"-t ext4 -b 1024", 350},
        {"-t ext4 -b 4096", 100},
        {"-t ext4 -b 1024 -O ^extent,^64bit", 350},
        {"-t ext4 -b 4096 -O ^64bit,^metadata_csum,^flex_bg -I 128", 100},
        {"-t ext4 -b 1024 -g 4096 -N 2048", 350}, /* inodes over many groups */
        {"-t ext4 -b 4096 -O bigalloc -C 16384", 1},
        {"-t ext4 -b 65536 -O ^has_journal", 1},
        {"-t ext4 -b 4096 -O casefold,encrypt", 100},
        {"-t ext3 -b 4096", 100},
        {"-t ext2 -b 1024 -I 128", 350},
        {"-r 0 -b 1024", 350},
    };
    struct volume *vol = calloc(1, sizeof *vol);
    size_t i;
    int k;

    (void)state;
    assert_non_null(vol);
    for (i = 0; i < COUNT_OF(cases); i++) {
        uint32_t inode, pieces;

        make_volume(cases[i].options, "-d tree");
        fixture_run("debugfs -w -f fragment '" IMAGE "' >log 2>&1");
        open_volume(vol);
        assert_same(vol, "/whole.iso", "tree/whole.iso");
        assert_same(vol, "/dir/sub/deep.iso", "tree/dir/sub/deep.iso");
        assert_int_equal(assert_same(vol, "/empty.iso", "tree/empty.iso"), 0);
        assert_same(vol, "/fast", "tree/dir/sub/deep.iso");
        assert_same(vol, "/slow", "tree/dir/sub/deep.iso");
        assert_same(vol, "/up/deep.iso", "tree/dir/sub/deep.iso");
        assert_same(vol, "/chain", "tree/dir/sub/deep.iso");
        assert_int_equal(vtc_ext4_lookup(&vol->fs, "/dangling", &inode), VTC_ENOENT);
        assert_int_equal(vtc_ext4_lookup(&vol->fs, "/loop", &inode), VTC_ENOTSUP);
        assert_same(vol, "/short.iso", "tree/short.iso");
        pieces = assert_same(vol, "/pieces.iso", "pieces.iso");
        if (pieces < cases[i].pieces)
            fail_msg("%s: %u pieces, not %u", cases[i].options, pieces, cases[i].pieces);
        assert_debugfs_agrees(vol, "/pieces.iso");
        for (k = 0; k < SMALL; k++) {
            char here[40];
            const char *path = here + strlen("tree");

            snprintf(here, sizeof here, "tree/many/%03d.txt", k);
            if (k & 1)
                assert_same(vol, path, here);
            else
                assert_int_equal(vtc_ext4_lookup(&vol->fs, path, &inode), VTC_ENOENT);
        }
        fixture_file_close(&vol->file);
    }
    free(vol);
}

/* e2fsck -D makes hash trees of directories; they still read as lists. */
static void hashed_directory(void **state)
{
    struct volume *vol = calloc(1, sizeof *vol);
    uint32_t inode;
    int k;

    (void)state;
    assert_non_null(vol);
    make_volume("-t ext4 -b 1024", "-d tree");
    fixture_run("e2fsck -fyD '" IMAGE "' >log 2>&1; test $? -le 1");
    fixture_run("debugfs -R 'htree_dump many' '" IMAGE "' 2>&1 | grep -q 'Root node'");
    open_volume(vol);
    for (k = 0; k < SMALL; k++) {
        char here[40];

        snprintf(here, sizeof here, "tree/many/%03d.txt", k);
        assert_same(vol, here + strlen("tree"), here);
    }
    assert_int_equal(vtc_ext4_lookup(&vol->fs, "/many/800.txt", &inode), VTC_ENOENT);
    fixture_file_close(&vol->file);
    free(vol);
}

static void holes_and_unwritten(void **state)
{
    static const char *const options[] = {"-t ext4 -b 1024", "-t ext2 -b 1024"};
    struct volume *vol = calloc(1, sizeof *vol);
    size_t i;

    (void)state;
    assert_non_null(vol);
    fixture_save_random("dense.iso", 6, 100000);
    fixture_run("rm -rf holes; mkdir holes; cd holes; cp ../dense.iso .; cp ../dense.iso tail.iso; "
                "truncate -s 200000 tail.iso; truncate -s 100000 front.iso; "
                "cat ../dense.iso >>front.iso; cp ../dense.iso middle.iso; "
                "truncate -s 200000 middle.iso; cat ../dense.iso >>middle.iso; "
                "truncate -s 100000 nothing.iso; cp ../dense.iso ahead.iso");
    for (i = 0; i < COUNT_OF(options); i++) {
        make_volume(options[i], "-d holes");
        if (i == 0) { /* blocks allocated, not written: behind the size, then before it */
            debugfs("fallocate ahead.iso 98 150");
            debugfs("fallocate middle.iso 98 195");
        }
        open_volume(vol);
        assert_same(vol, "/dense.iso", "dense.iso");
        assert_same(vol, "/ahead.iso", "dense.iso");
        assert_refused(vol, "/tail.iso", VTC_EHOLE, "sparse");
        assert_refused(vol, "/front.iso", VTC_EHOLE, "sparse");
        assert_refused(vol, "/nothing.iso", VTC_EHOLE, "sparse");
        assert_refused(vol, "/middle.iso", VTC_EHOLE, i == 0 ? "not fully written" : "sparse");
        fixture_file_close(&vol->file);
    }
    free(vol);
}

static void flags_refused_by_name(void **state)
{
    struct volume *vol = calloc(1, sizeof *vol);
    uint32_t inode;

    (void)state;
    assert_non_null(vol);
    make_volume("-t ext4 -b 4096 -O encrypt", "-d tree");
    debugfs("set_inode_field /whole.iso flags 0x80800");
    debugfs("set_inode_field /dir/sub/deep.iso flags 0x80200");
    open_volume(vol);
    assert_refused(vol, "/whole.iso", VTC_ENOTSUP, "encrypted");
    assert_refused(vol, "/dir/sub/deep.iso", VTC_ENOTSUP, "compressed");
    assert_refused(vol, "/dir", VTC_ENOTSUP, "not a regular file");
    fixture_file_close(&vol->file);

    make_volume("-t ext4 -b 4096 -O inline_data", "-d tree");
    open_volume(vol);
    assert_same(vol, "/whole.iso", "tree/whole.iso");
    assert_refused(vol, "/short.iso", VTC_ENOTSUP, "inline");
    /* So is the small directory "dir", which is refused without a word of it. */
    assert_int_equal(vtc_ext4_lookup(&vol->fs, "/dir/sub", &inode), VTC_ENOTSUP);
    fixture_file_close(&vol->file);
    free(vol);
}

static void other_volumes(void **state)
{
    static const struct {
        const char *command;
        int rc;
    } cases[] = {
        {"mke2fs -q -F -t ext4 -O meta_bg,^resize_inode o.img >log", VTC_ENOTSUP},
        {"mke2fs -q -F -O journal_dev o.img >log", VTC_ENOTSUP},
        {"mkfs.fat o.img >log", VTC_ENOENT},
        {"mkntfs -q -Q -F o.img >log 2>&1", VTC_ENOENT},
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(cases); i++) {
        struct fixture_file file;
        struct vtc_reader disk;
        struct vtc_ext4 fs;

        fixture_run("rm -f o.img; truncate -s 16M o.img; %s", cases[i].command);
        disk = fixture_file_open(&file, "o.img");
        assert_int_equal(vtc_ext4_open(&fs, &disk, 0, disk.bytes), cases[i].rc);
        fixture_file_close(&file);
    }
}

/* The cost of mapping a long file: a few reads of metadata, not one for each block. */
static void few_reads(void **state)
{
    struct volume *vol = calloc(1, sizeof *vol);
    const char *why;

    (void)state;
    assert_non_null(vol);
    fixture_run("rm -rf long; mkdir long");
    fixture_save_random("long/long.iso", 8, 40u << 20);
    make_volume("-t ext4 -b 4096", "-d long");
    open_volume(vol);
    vol->file.reads = 0;
    assert_int_equal(map_path(vol, "/long.iso", &why), VTC_OK);
    assert_in_range(vol->file.reads, 1, 12);
    assert_in_range(vol->file.read_bytes, 1, 8192);
    fixture_file_close(&vol->file);
    free(vol);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_layout),        cmocka_unit_test(hashed_directory),
        cmocka_unit_test(holes_and_unwritten), cmocka_unit_test(flags_refused_by_name),
        cmocka_unit_test(other_volumes),       cmocka_unit_test(few_reads),
    };

    return cmocka_run_group_tests_name("ext4_real", tests, make_tree, fixture_leave_tmpdir);
}

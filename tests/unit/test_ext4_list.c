/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ext4 folders and files that mke2fs made: what is listed, what is read, what is refused. */
#include <ventoc/ext4_map.h>

#include "fixture.h"

#define FILE_BYTES 20000u

struct volume {
    struct fixture_memdisk disk;
    struct vtc_reader reader;
    struct vtc_ext4 fs;
};

struct names {
    char text[4096];
    unsigned stop_at; /* 0: never */
};

static int take(void *ctx, const struct vtc_ext4_entry *e)
{
    struct names *n = ctx;

    assert_true(strlen(n->text) + strlen(e->name) + 16 < sizeof(n->text));
    sprintf(n->text + strlen(n->text), "%s %u\n", e->name, e->type);
    return n->stop_at && --n->stop_at == 0 ? 9 : 0;
}

static void make_volume(struct volume *v, const char *options)
{
    fixture_run("rm -rf tree x.img && mkdir -p tree/d && touch tree/d/a tree/d/odd-name && "
                "mkdir tree/d/sub && ln -s a tree/d/link && mkfifo tree/d/pipe");
    fixture_save_random("tree/file", 7, FILE_BYTES);
    fixture_run("mke2fs -q -F -t ext4 -b 1024 %s -d tree x.img 4M", options);
    fixture_run("debugfs -w -R 'punch file 5 6' x.img 2>/dev/null; cp tree/file whole; "
                "debugfs -w -R 'write whole whole' x.img >/dev/null 2>&1");
    v->reader = fixture_memdisk_load(&v->disk, "x.img");
    assert_int_equal(vtc_ext4_open(&v->fs, &v->reader, 0, v->reader.bytes), VTC_OK);
}

static uint32_t inode_of(const struct volume *v, const char *path)
{
    uint32_t inode = 0;

    assert_int_equal(vtc_ext4_lookup(&v->fs, path, &inode), VTC_OK);
    return inode;
}

static int list(const struct volume *v, uint32_t inode, struct names *names)
{
    names->text[0] = '\0';
    return vtc_ext4_list(&v->fs, inode, take, names);
}

/* The bytes of a name that is on the disk once in a directory. */
static uint8_t *find_name(struct volume *v, const char *name)
{
    for (uint64_t at = 8; at + strlen(name) < v->disk.size; at++)
        if (!memcmp(v->disk.bytes + at, name, strlen(name)) &&
            v->disk.bytes[at - 2] == strlen(name))
            return v->disk.bytes + at;
    fail_msg("no %s", name);
    return NULL;
}

static void folders(void **state)
{
    static struct names names;
    struct volume v;
    uint32_t d;

    (void)state;
    make_volume(&v, "-O ^metadata_csum");
    d = inode_of(&v, "/d");
    assert_int_equal(list(&v, d, &names), VTC_OK);
    assert_non_null(strstr(names.text, "a 1\n"));
    assert_non_null(strstr(names.text, "odd-name 1\n"));
    assert_non_null(strstr(names.text, "sub 2\n"));
    assert_non_null(strstr(names.text, "link 7\n"));
    assert_non_null(strstr(names.text, "pipe 5\n"));
    assert_null(strstr(names.text, ". "));
    names.stop_at = 2;
    assert_int_equal(list(&v, d, &names), 9);
    assert_int_equal(list(&v, inode_of(&v, "/file"), &names), VTC_ENOENT);
    assert_int_equal(list(&v, 0, &names), VTC_EFORMAT);
    assert_int_equal(list(&v, v.fs.inode_count + 1, &names), VTC_EFORMAT);

    /* names that no path can name are passed over */
    find_name(&v, "odd-name")[3] = '/';
    assert_int_equal(list(&v, d, &names), VTC_OK);
    assert_null(strstr(names.text, "name"));
    assert_non_null(strstr(names.text, "sub 2\n"));
    find_name(&v, "odd/name")[3] = '\0';
    assert_int_equal(list(&v, d, &names), VTC_OK);
    assert_null(strstr(names.text, "odd"));
    fixture_memdisk_free(&v.disk);
}

/* Entries whose lengths do not add up, a medium that fails. */
static void damaged_folders(void **state)
{
    static struct names names;
    static const struct {
        int at; /* relative to the name */
        uint8_t value;
    } cases[] = {
        {-4, 0},   /* rec_len 0 */
        {-4, 9},   /* not a multiple of 4 */
        {-3, 255}, /* beyond the block */
        {-2, 255}, /* a name longer than its entry */
    };
    struct volume v;
    uint32_t d;

    (void)state;
    make_volume(&v, "-O ^metadata_csum");
    d = inode_of(&v, "/d");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        uint8_t *name = find_name(&v, "odd-name"), old = name[cases[i].at];

        name[cases[i].at] = cases[i].value;
        assert_int_equal(list(&v, d, &names), VTC_EFORMAT);
        name[cases[i].at] = old;
    }
    assert_int_equal(list(&v, d, &names), VTC_OK);
    for (uint32_t reads = 0; reads < 3; reads++) {
        v.disk.reads = 0;
        v.disk.fail_after = reads;
        assert_int_equal(list(&v, d, &names), VTC_EIO);
    }
    fixture_memdisk_free(&v.disk);
}

static void files(void **state)
{
    static uint8_t want[FILE_BYTES], got[FILE_BYTES];
    struct vtc_ext4_inode inode;
    struct volume v;
    uint8_t *bytes;
    size_t count;

    (void)state;
    make_volume(&v, "");
    bytes = fixture_load("whole", &count);
    assert_int_equal(count, FILE_BYTES);
    memcpy(want, bytes, FILE_BYTES);
    free(bytes);
    assert_int_equal(vtc_ext4_inode_read(&v.fs, inode_of(&v, "/whole"), &inode), VTC_OK);
    assert_int_equal(inode.bytes, FILE_BYTES);
    for (uint32_t off = 0; off < FILE_BYTES; off += 777) {
        uint32_t n = FILE_BYTES - off < 3000 ? FILE_BYTES - off : 3000;

        assert_int_equal(vtc_ext4_read(&v.fs, &inode, off, got, n), VTC_OK);
        assert_memory_equal(got, want + off, n);
    }
    assert_int_equal(vtc_ext4_read(&v.fs, &inode, FILE_BYTES, got, 0), VTC_OK);
    assert_int_equal(vtc_ext4_read(&v.fs, &inode, FILE_BYTES, got, 1), VTC_EFORMAT);
    assert_int_equal(vtc_ext4_read(&v.fs, &inode, UINT64_MAX, got, 1), VTC_EFORMAT);
    v.disk.reads = 0;
    v.disk.fail_after = 0;
    assert_int_equal(vtc_ext4_read(&v.fs, &inode, 0, got, 1), VTC_EIO);
    v.disk.fail_after = UINT32_MAX;
    assert_int_equal(vtc_ext4_inode_read(&v.fs, inode_of(&v, "/file"), &inode), VTC_OK);
    assert_int_equal(vtc_ext4_read(&v.fs, &inode, 0, got, FILE_BYTES), VTC_EHOLE);
    assert_int_equal(vtc_ext4_inode_read(&v.fs, inode_of(&v, "/d"), &inode), VTC_OK);
    assert_int_equal(vtc_ext4_read(&v.fs, &inode, 0, got, 1), VTC_ENOTSUP);
    fixture_memdisk_free(&v.disk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folders),
        cmocka_unit_test(damaged_folders),
        cmocka_unit_test(files),
    };

    return cmocka_run_group_tests(tests, fixture_enter_tmpdir, fixture_leave_tmpdir);
}

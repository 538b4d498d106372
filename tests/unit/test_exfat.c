/* SPDX-License-Identifier: GPL-3.0-or-later */
/* exFAT lookups on file systems that mkfs.exfat made and scripts/exfat-put filled. */
#include <unistd.h>

#include <ventoc/bytes.h>
#include <ventoc/exfat.h>

#include "fixture.h"

#define PART_OFF   (1024u * 1024)
#define PART_BYTES (64u * 1024 * 1024)
#define WORK_BYTES 4096u

static char top[4096]; /* the source tree, before the tests enter their own directory */

/* A volume with every kind of file, in "disk.img" at PART_OFF. */
static int make_volume(void **state)
{
    static const char put[] = "python3 %s/scripts/exfat-put --offset %u %s disk.img %s >/dev/null";

    assert_non_null(getcwd(top, sizeof top));
    if (fixture_enter_tmpdir(state))
        return -1;
    fixture_save_random("a.bin", 1, 300000);
    fixture_save_random("b.bin", 2, 1000000);
    fixture_save("empty", "", 0);
    fixture_run("truncate -s %u part.img && mkfs.exfat -c 4096 part.img >/dev/null", PART_BYTES);
    fixture_run("truncate -s %u disk.img && dd if=part.img of=disk.img bs=1M seek=1 status=none",
                PART_OFF + PART_BYTES);
    fixture_run(put, top, PART_OFF, "", "a.bin plain.iso");
    fixture_run(put, top, PART_OFF, "--fragments 40", "b.bin 'dir/sub dir/Scattered.iso'");
    fixture_run(put, top, PART_OFF, "--chain", "a.bin chained.iso");
    fixture_run(put, top, PART_OFF, "--valid 100000", "a.bin half.iso");
    fixture_run(put, top, PART_OFF, "", "empty empty.iso");
    fixture_run(put, top, PART_OFF, "", "a.bin 'Дебиан 中文 \xf0\x9f\x92\xbf.iso'");
    fixture_run(put, top, PART_OFF, "",
                "a.bin this-name-is-much-longer-than-the-fifteen-units-of-one-name-record.iso");
    fixture_run("for i in $(seq 200); do printf 'empty\\tmany/file-%%03d.iso\\n' $i; done >list &&"
                " python3 %s/scripts/exfat-put --offset %u disk.img --many list >/dev/null",
                top, PART_OFF);
    fixture_run("dd if=disk.img of=part.img bs=1M skip=1 status=none && fsck.exfat -n part.img");
    return 0;
}

/* What every case starts with. */
struct volume {
    struct fixture_file file;
    struct vtc_reader disk;
    struct vtc_exfat fs;
};

static void open_volume(struct volume *v)
{
    v->disk = fixture_file_open(&v->file, "disk.img");
    assert_int_equal(vtc_exfat_open(&v->fs, &v->disk, PART_OFF, PART_BYTES), VTC_OK);
}

/* Do the extents of path hold exactly the bytes of host file? */
static uint32_t assert_same_bytes(struct volume *v, const char *path, const char *host)
{
    struct vtc_extent storage[128];
    struct vtc_extents list;
    struct vtc_exfat_node node;
    const char *why = NULL;
    uint8_t work[WORK_BYTES], *want, *got;
    size_t want_bytes;

    want = fixture_load(host, &want_bytes);
    vtc_extents_init(&list, storage, COUNT_OF(storage), NULL);
    assert_int_equal(vtc_exfat_lookup(&v->fs, path, &node), VTC_OK);
    assert_int_equal(node.bytes, want_bytes);
    assert_int_equal(vtc_exfat_extents(&v->fs, &node, work, sizeof work, &list, &why), VTC_OK);
    assert_int_equal(list.bytes, want_bytes);
    got = malloc(want_bytes);
    assert_non_null(got);
    for (uint32_t i = 0; i < list.count; i++)
        assert_int_equal(vtc_reader_read(&v->disk, list.v[i].disk_off, got + list.v[i].file_off,
                                         (uint32_t)list.v[i].bytes),
                         VTC_OK);
    assert_memory_equal(got, want, want_bytes);
    free(got);
    free(want);
    return list.count;
}

static void files_are_found_and_lie_where_it_says(void **state)
{
    static const struct {
        const char *path, *host;
        uint32_t extents;
    } cases[] = {
        {"/plain.iso", "a.bin", 1},
        {"/PLAIN.ISO", "a.bin", 1},
        {"//plain.iso", "a.bin", 1},
        {"/dir/sub dir/Scattered.iso", "b.bin", 40},
        {"/DIR/Sub Dir/scattered.ISO", "b.bin", 40},
        {"/chained.iso", "a.bin", 1},
        {"/Дебиан 中文 \xf0\x9f\x92\xbf.iso", "a.bin", 1},
        {"/this-name-is-much-longer-than-the-fifteen-units-of-one-name-record.iso", "a.bin", 1},
        {"/many/file-001.iso", "empty", 0},
        {"/many/file-200.iso", "empty", 0},
    };
    struct volume v;

    (void)state;
    open_volume(&v);
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_int_equal(assert_same_bytes(&v, cases[i].path, cases[i].host), cases[i].extents);
    fixture_file_close(&v.file);
}

static void what_is_not_there_is_not_found(void **state)
{
    static const char *const paths[] = {
        "/nothing.iso",        "/plain.is",         "/plain.isoo",   "/dir/plain.iso",
        "/plain.iso/inside",   "/dir/sub dir/x",    "/\xff\xfe.iso", "/\xc3",
        "/many/file-\xc0\xb1", "/\xf5\x80\x80\x80",
    };
    struct vtc_exfat_node node;
    struct volume v;

    (void)state;
    open_volume(&v);
    for (size_t i = 0; i < COUNT_OF(paths); i++)
        assert_int_equal(vtc_exfat_lookup(&v.fs, paths[i], &node), VTC_ENOENT);
    fixture_file_close(&v.file);
}

static void a_half_written_file_is_refused(void **state)
{
    struct vtc_extent storage[4];
    struct vtc_extents list;
    struct vtc_exfat_node node;
    const char *why = NULL;
    uint8_t work[WORK_BYTES];
    struct volume v;

    (void)state;
    open_volume(&v);
    vtc_extents_init(&list, storage, COUNT_OF(storage), NULL);
    assert_int_equal(vtc_exfat_lookup(&v.fs, "/half.iso", &node), VTC_OK);
    assert_int_equal(node.valid_bytes, 100000);
    assert_int_equal(vtc_exfat_extents(&v.fs, &node, work, sizeof work, &list, &why), VTC_EHOLE);
    assert_string_equal(why, "not fully written");
    assert_int_equal(vtc_exfat_lookup(&v.fs, "/dir", &node), VTC_OK);
    assert_true(node.is_dir);
    assert_int_equal(vtc_exfat_extents(&v.fs, &node, work, sizeof work, &list, &why), VTC_EINVAL);
    fixture_file_close(&v.file);
}

struct listing {
    unsigned count, folders;
    char names[256][64];
};

static int note(void *ctx, const char *name, const struct vtc_exfat_node *node)
{
    struct listing *l = ctx;

    assert_true(l->count < COUNT_OF(l->names));
    snprintf(l->names[l->count++], sizeof l->names[0], "%s", name);
    l->folders += node->is_dir;
    return 0;
}

static int stop_at_once(void *ctx, const char *name, const struct vtc_exfat_node *node)
{
    (void)name;
    (void)node;
    ++*(unsigned *)ctx;
    return 42;
}

static int ignore(void *ctx, const char *name, const struct vtc_exfat_node *node)
{
    (void)ctx;
    (void)name;
    (void)node;
    return 0;
}

static int has(const struct listing *l, const char *name)
{
    for (unsigned i = 0; i < l->count; i++)
        if (!strcmp(l->names[i], name))
            return 1;
    return 0;
}

static void directories_are_listed(void **state)
{
    static struct listing root, many;
    struct vtc_exfat_node node;
    unsigned calls = 0;
    struct volume v;

    (void)state;
    open_volume(&v);
    vtc_exfat_root(&v.fs, &node);
    assert_int_equal(vtc_exfat_list(&v.fs, &node, note, &root), VTC_OK);
    assert_int_equal(root.count, 8);
    assert_int_equal(root.folders, 2);
    assert_true(has(&root, "plain.iso"));
    assert_true(has(&root, "dir"));
    assert_true(has(&root, "Дебиан 中文 \xf0\x9f\x92\xbf.iso"));
    assert_int_equal(vtc_exfat_list(&v.fs, &node, stop_at_once, &calls), 42);
    assert_int_equal(calls, 1);
    assert_int_equal(vtc_exfat_lookup(&v.fs, "/many", &node), VTC_OK);
    assert_int_equal(vtc_exfat_list(&v.fs, &node, note, &many), VTC_OK);
    assert_int_equal(many.count, 200);
    for (unsigned i = 0; i < many.count; i++) {
        char want[32];

        snprintf(want, sizeof want, "file-%03u.iso", i + 1);
        assert_string_equal(many.names[i], want);
    }
    fixture_file_close(&v.file);
}

/* One byte or word of the volume changed, and what must come of it. */
static void damage_is_noticed(void **state)
{
    struct volume v;
    uint8_t boot[512], *disk;
    size_t disk_bytes;
    uint64_t root, heap;
    struct vtc_exfat_node node;
    struct vtc_exfat fs;

    (void)state;
    open_volume(&v);
    root = v.fs.root_cluster;
    heap = v.fs.geometry.heap_off;
    assert_int_equal(vtc_reader_read(&v.disk, PART_OFF, boot, sizeof boot), VTC_OK);
    fixture_file_close(&v.file);
    fixture_run("cp disk.img kept.img");

    vtc_put_le32(boot + 96, 1); /* the root directory's cluster: below the first */
    fixture_overwrite("disk.img", PART_OFF, boot, sizeof boot);
    v.disk = fixture_file_open(&v.file, "disk.img");
    assert_int_equal(vtc_exfat_open(&fs, &v.disk, PART_OFF, PART_BYTES), VTC_EFORMAT);
    fixture_file_close(&v.file);

    memcpy(boot + 3, "NTFS    ", 8);
    fixture_overwrite("disk.img", PART_OFF, boot, sizeof boot);
    v.disk = fixture_file_open(&v.file, "disk.img");
    assert_int_equal(vtc_exfat_open(&fs, &v.disk, PART_OFF, PART_BYTES), VTC_ENOENT);
    fixture_file_close(&v.file);
    fixture_run("cp kept.img disk.img");

    /* the root's chain made a loop, and the directory filled up to the end of its cluster */
    disk = fixture_load("disk.img", &disk_bytes);
    open_volume(&v);
    for (uint32_t off = 0; off < v.fs.geometry.cluster_bytes; off += 32) {
        uint8_t *entry = disk + PART_OFF + heap + (root - 2) * v.fs.geometry.cluster_bytes + off;

        if (entry[0] == 0)
            entry[0] = 5; /* an unused entry */
    }
    vtc_put_le32(disk + PART_OFF + v.fs.geometry.fat_off + root * 4, (uint32_t)root);
    fixture_file_close(&v.file);
    fixture_save("disk.img", disk, disk_bytes);
    free(disk);
    open_volume(&v);
    assert_int_equal(vtc_exfat_lookup(&v.fs, "/nothing.iso", &node), VTC_EFORMAT);
    vtc_exfat_root(&v.fs, &node);
    assert_int_equal(vtc_exfat_list(&v.fs, &node, ignore, NULL), VTC_EFORMAT);
    fixture_file_close(&v.file);
    fixture_run("cp kept.img disk.img");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_found_and_lie_where_it_says),
        cmocka_unit_test(what_is_not_there_is_not_found),
        cmocka_unit_test(a_half_written_file_is_refused),
        cmocka_unit_test(directories_are_listed),
        cmocka_unit_test(damage_is_noticed),
    };

    return cmocka_run_group_tests(tests, make_volume, fixture_leave_tmpdir);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Volumes without a mount, their images, and checksums. The judges: mkfs of each file system puts
 * the files there, the coreutils make the sums. */
#include <errno.h>
#include <unistd.h>

#include "exfat_disk.h"
#include "host/digest.h"
#include "host/filewalk.h"
#include "host/sumcheck.h"

#define PART_BYTES (80u * EXFAT_DISK_MIB)

/* What was visited, as lines of text, and each image compared with its sums. */
struct seen {
    const struct vtc_volume *volume;
    char text[4096];
    unsigned good, wrong;
};

static int see_folder(void *ctx, const struct vtc_filewalk_folder *folder)
{
    struct seen *seen = ctx;
    struct vtc_sumcheck sums;

    assert_int_equal(folder->rc, 0);
    assert_int_equal(vtc_sumcheck_read(seen->volume, folder, &sums), 0);
    for (size_t i = 0; i < folder->count; i++) {
        struct vtc_sumcheck_item item[VTC_SUMCHECK_MAX];
        struct vtc_volume_file file;
        const char *why;
        unsigned count;

        sprintf(seen->text + strlen(seen->text), "%s/%s%s\n", folder->path, folder->file[i].name,
                folder->file[i].is_sums ? " (sums)" : "");
        if (folder->file[i].is_sums)
            continue;
        count = vtc_sumcheck_find(&sums, folder->file[i].name, item);
        assert_int_equal(vtc_volume_open_file(seen->volume, &folder->file[i].node, &file, &why), 0);
        assert_int_equal(file.reader.bytes, folder->file[i].node.bytes);
        assert_int_equal(vtc_sumcheck_run(&file.reader, item, count, NULL, NULL, NULL), 0);
        vtc_volume_close_file(&file);
        for (unsigned k = 0; k < count; k++) {
            seen->good += item[k].result == VTC_SUMCHECK_GOOD;
            seen->wrong += item[k].result == VTC_SUMCHECK_WRONG;
        }
    }
    vtc_sumcheck_free(&sums);
    return 0;
}

/* The tree that is put on every file system. */
static void make_tree(void)
{
    fixture_run("rm -rf tree; mkdir -p tree/a/b tree/.hidden tree/'System Volume Information'");
    fixture_save_random("tree/x10.iso", 1, 300000);
    fixture_save_random("tree/a/x9.img", 2, 70001);
    fixture_save_random("tree/a/b/deep.efi", 3, 4096);
    fixture_save("tree/a/b/empty.iso", "", 0);
    fixture_run("cd tree; cp x10.iso x9.iso; cp x10.iso .hidden/; cp x10.iso 'System Volume "
                "Information'; echo text >readme.txt; sha256sum x10.iso x9.iso >SHA256SUMS; "
                "md5sum --tag x9.iso >x9.iso.md5; cd a; sha512sum x9.img | tr 1 2 >x9.img.sha512; "
                "cd b; sha1sum empty.iso | cut -c-40 >empty.iso.sha1");
}

static const char expected[] = "/SHA256SUMS (sums)\n/x9.iso\n/x9.iso.md5 (sums)\n/x10.iso\n"
                               "/a/x9.img\n/a/x9.img.sha512 (sums)\n"
                               "/a/b/deep.efi\n/a/b/empty.iso\n/a/b/empty.iso.sha1 (sums)\n";

static void walk(enum vtc_volume_kind kind)
{
    struct vtc_volume volume;
    struct fixture_file file;
    struct vtc_reader disk = fixture_file_open(&file, "disk");
    struct seen seen = {.volume = &volume};
    int cut;

    assert_int_equal(vtc_volume_open(&volume, &disk, EXFAT_DISK_PART_OFF, PART_BYTES), 0);
    assert_int_equal(volume.kind, kind);
    assert_int_equal(vtc_filewalk(&volume, NULL, see_folder, &seen, &cut), 0);
    assert_string_equal(seen.text, expected);
    assert_int_equal(seen.good, 4);
    assert_int_equal(seen.wrong, 1);
    assert_false(cut);
    fixture_file_close(&file);
}

static void on_exfat(void **state)
{
    (void)state;
    make_tree();
    exfat_disk_make(PART_BYTES, 4096);
    exfat_disk_put_with_script("--fragments 3", "tree/x10.iso /x10.iso");
    fixture_run("mv tree/x10.iso kept");
    exfat_disk_put_with_script("", "tree /");
    fixture_run("mv kept tree/x10.iso");
    walk(VTC_VOLUME_EXFAT);
}

/* Put the file system image "fs" onto the disk. */
static void put_fs(void)
{
    fixture_run("truncate -s %u disk && dd if=fs of=disk bs=1M seek=1 conv=notrunc,sparse "
                "status=none",
                PART_BYTES + 2 * EXFAT_DISK_MIB);
}

static void on_fat32(void **state)
{
    (void)state;
    make_tree();
    fixture_run("rm -f fs disk; truncate -s %u fs; mkfs.fat -F 32 -s 1 fs >/dev/null; cd tree; "
                "MTOOLS_SKIP_CHECK=1 LC_ALL=C.UTF-8 mcopy -s -i ../fs * .hidden ::",
                PART_BYTES);
    put_fs();
    walk(VTC_VOLUME_FAT32);
}

static void on_ext4(void **state)
{
    (void)state;
    make_tree();
    fixture_run("ln -s x10.iso tree/link.iso; rm -f fs disk; truncate -s %u fs; mke2fs -q -t ext4 "
                "-d tree fs",
                PART_BYTES);
    put_fs();
    walk(VTC_VOLUME_EXT4);
}

static int stop_now(void *ctx, const struct vtc_filewalk_folder *folder)
{
    (void)ctx;
    (void)folder;
    return 77;
}

static void stops(void **state)
{
    volatile sig_atomic_t stop = 1;
    struct vtc_volume volume;
    struct fixture_file file;
    struct vtc_reader disk;
    int cut;

    (void)state;
    exfat_disk_make(PART_BYTES, 4096);
    disk = fixture_file_open(&file, "disk");
    assert_int_equal(vtc_volume_open(&volume, &disk, EXFAT_DISK_PART_OFF, PART_BYTES), 0);
    assert_int_equal(vtc_filewalk(&volume, &stop, stop_now, NULL, &cut), -EINTR);
    assert_int_equal(vtc_filewalk(&volume, NULL, stop_now, NULL, &cut), 77);
    fixture_file_close(&file);
}

/* A folder that holds itself, again and again: as deep as the menu goes, and no deeper. */
static void folder_in_itself(void **state)
{
    struct vtc_volume volume;
    struct fixture_file file;
    struct vtc_reader disk;
    struct vtc_volume_node root;
    struct vtc_exfat_node node;
    uint8_t first[4];
    char *where;
    int cut;

    (void)state;
    exfat_disk_make(PART_BYTES, 4096);
    fixture_run("rm -rf loop; mkdir -p loop/d; echo x >loop/d/x.iso");
    exfat_disk_put_with_script("", "loop /");
    disk = fixture_file_open(&file, "disk");
    assert_int_equal(vtc_volume_open(&volume, &disk, EXFAT_DISK_PART_OFF, PART_BYTES), 0);
    assert_int_equal(vtc_exfat_lookup(&volume.exfat, "/d", &node), 0);
    vtc_volume_root(&volume, &root);
    /* x.iso becomes a folder whose first cluster is its parent's. */
    where = fixture_output("python3 -c 'd = open(\"disk\", \"rb\").read()\n"
                           "at = d.index(\"x.iso\".encode(\"utf-16le\")) - 2\n"
                           "print(at - 64)'");
    first[0] = 0x10;
    fixture_overwrite("disk", strtoull(where, NULL, 10) + 4, first, 1);
    for (unsigned i = 0; i < 4; i++)
        first[i] = (uint8_t)(node.first_cluster >> (8 * i));
    fixture_overwrite("disk", strtoull(where, NULL, 10) + 32 + 20, first, 4);
    free(where);
    {
        struct seen seen = {.volume = &volume};

        assert_int_equal(vtc_filewalk(&volume, NULL, see_folder, &seen, &cut), 0);
    }
    assert_true(cut);
    fixture_file_close(&file);
}

static void foreign(void **state)
{
    struct vtc_volume volume;
    struct fixture_file file;
    struct vtc_reader disk;

    (void)state;
    fixture_run("rm -f fs disk; truncate -s %u fs; mkntfs -q -F fs >/dev/null 2>&1", PART_BYTES);
    put_fs();
    disk = fixture_file_open(&file, "disk");
    assert_int_equal(vtc_volume_open(&volume, &disk, EXFAT_DISK_PART_OFF, PART_BYTES), VTC_ENOENT);
    fixture_file_close(&file);
}

/* All kinds, one beside the other, over a stream that no tool takes at once. */
static void digests(void **state)
{
    static const char *const tools[VTC_SUMS_KIND_COUNT] = {"md5sum",    "sha1sum",   "sha224sum",
                                                           "sha256sum", "sha384sum", "sha512sum"};
    struct vtc_digest digest[VTC_SUMS_KIND_COUNT];
    size_t bytes;
    uint8_t *content;

    (void)state;
    fixture_save_random("content", 9, 3000001);
    content = fixture_load("content", &bytes);
    for (unsigned k = 0; k < VTC_SUMS_KIND_COUNT; k++)
        assert_int_equal(vtc_digest_begin(&digest[k], (enum vtc_sums_kind)k), 0);
    for (size_t at = 0; at < bytes; at += 70001)
        for (unsigned k = 0; k < VTC_SUMS_KIND_COUNT; k++)
            assert_int_equal(vtc_digest_update(&digest[k], content + at,
                                               bytes - at < 70001 ? bytes - at : 70001),
                             0);
    for (unsigned k = 0; k < VTC_SUMS_KIND_COUNT; k++) {
        uint8_t out[VTC_SUMS_DIGEST_MAX_BYTES];
        char *text = fixture_output("%s content", tools[k]);
        struct vtc_sums_line line;
        size_t at = 0;

        assert_int_equal(vtc_digest_end(&digest[k], out), 0);
        assert_int_equal(vtc_sums_next(text, strlen(text), &at, &line), 0);
        assert_int_equal((int)line.kind, (int)k);
        assert_memory_equal(out, line.digest, vtc_sums_digest_bytes((enum vtc_sums_kind)k));
        free(text);
    }
    free(content);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(on_exfat), cmocka_unit_test(on_fat32), cmocka_unit_test(on_ext4),
        cmocka_unit_test(stops),    cmocka_unit_test(foreign),  cmocka_unit_test(folder_in_itself),
        cmocka_unit_test(digests),
    };

    return cmocka_run_group_tests(tests, exfat_disk_enter, fixture_leave_tmpdir);
}

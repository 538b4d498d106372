/* SPDX-License-Identifier: GPL-3.0-or-later */
/* New files on exFAT volumes that mkfs.exfat made, judged by fsck.exfat and by the core's reader. */
#include <errno.h>
#include <unistd.h>

#include "exfat_disk.h"

#include "host/exfat_check.h"

static void a_file_is_put_in_one_piece(void **state)
{
    static const uint32_t clusters[] = {512, 4096, 32768, 131072, 1024 * 1024};
    struct vtc_exfat_created created;
    struct vtc_error err = {0};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(clusters); i++) {
        exfat_disk_make(40 * EXFAT_DISK_MIB, clusters[i]);
        for (uint64_t n = 1; n <= 3; n++) {
            char path[32];

            snprintf(path, sizeof(path), "/Datei-%u.dat", (unsigned)n);
            assert_int_equal(exfat_disk_put(path, n, n * 1000003, n == 2, &created, &err), 0);
            assert_int_equal(created.pieces, 1);
            exfat_disk_check_file(path, n, n * 1000003, n == 2, 1);
        }
        exfat_disk_fsck();
        exfat_disk_check_file("/Datei-1.dat", 1, 1000003, 0, 1);
    }
}

struct file {
    char path[80];
    uint64_t seed, bytes;
    int sparse;
    uint32_t pieces;
};

/* The next file of the many: where and how long is random. */
static void choose(struct file *file, unsigned number, uint64_t *seed, int full)
{
    static const char *const folder[] = {"", "/a", "/a/Ünï/ð", "/東京"};
    static const char name[] = "a-long-name-to-fill-folders-0123456789";
    uint64_t r = fixture_random(seed);

    snprintf(file->path, sizeof(file->path), "%s/%u-%.*s", folder[r % COUNT_OF(folder)], number,
             (int)(r >> 8 & 31), name);
    file->seed = r | 1;
    file->bytes = 1 + (r >> 16) % (full ? 3000 : 60000);
    file->sparse = (r >> 4 & 1) != 0;
}

/* Many files in folders, some of them scattered over the disk by others that were there before,
 * until the volume is full: fsck.exfat stays content, every file keeps its content. */
static void fill(uint32_t cluster_bytes, uint64_t seed)
{
    static struct file file[400];
    struct vtc_exfat_created created;
    unsigned count = 0, full = 0, in_pieces = 0;

    exfat_disk_make(4 * EXFAT_DISK_MIB, cluster_bytes);
    exfat_disk_put_with_script("--mkdir /a/Ünï/ð", "");
    exfat_disk_put_with_script("--mkdir /東京", "");
    fixture_save_random("comb", 77, 30 * cluster_bytes);
    exfat_disk_put_with_script("--fragments 30", "comb /comb.bin");
    while (full < 20 && count < COUNT_OF(file)) {
        struct vtc_error err = {0};
        int rc;

        choose(&file[count], count, &seed, full > 0);
        rc = exfat_disk_put(file[count].path, file[count].seed, file[count].bytes,
                            file[count].sparse, &created, &err);
        if (rc) {
            assert_int_equal(rc, -ENOSPC);
            assert_int_equal(err.kind, VTC_ERROR_REFUSED);
            full++;
            continue;
        }
        file[count].pieces = created.pieces;
        in_pieces += created.pieces > 1;
        count++;
        if (count % 16 == 0)
            exfat_disk_fsck();
    }
    exfat_disk_fsck();
    assert_true(count > 40 && in_pieces > 0);
    for (unsigned i = 0; i < count; i++)
        exfat_disk_check_file(file[i].path, file[i].seed, file[i].bytes, file[i].sparse,
                              file[i].pieces);
}

static void volumes_are_filled(void **state)
{
    (void)state;
    fill(512, 11);
    fill(4096, 12);
    fill(16384, 13);
}

/* Folders grow: in place, by moving to a chain, along their chain. */
static void folders_grow(void **state)
{
    struct vtc_exfat_created created;
    struct vtc_error err = {0};
    char path[300];

    (void)state;
    exfat_disk_make(8 * EXFAT_DISK_MIB, 512);
    exfat_disk_put_with_script("--mkdir /f/g", "");
    for (unsigned i = 0; i < 60; i++) {
        /* the neighbour cluster is free at first; the files take it later */
        snprintf(path, sizeof(path), i % 3 ? "/f/g/%0*u" : "/%0*u", 3 + (int)i * 4, i);
        assert_int_equal(exfat_disk_put(path, i + 1, 1 + i * 700, 0, &created, &err), 0);
        exfat_disk_fsck();
    }
    for (unsigned i = 0; i < 60; i++) {
        snprintf(path, sizeof(path), i % 3 ? "/f/g/%0*u" : "/%0*u", 3 + (int)i * 4, i);
        exfat_disk_check_file(path, i + 1, 1 + i * 700, 0, 1);
    }
}

/* A folder whose entries fill its clusters to the last has no end mark; with a chain as without. */
static void full_folders(void **state)
{
    struct vtc_exfat_created created;
    struct exfat_disk_volume v;
    struct vtc_exfat_node node;
    struct vtc_error err = {0};
    char path[64];

    (void)state;
    exfat_disk_make(4 * EXFAT_DISK_MIB, 512);
    exfat_disk_put_with_script("--mkdir /f", "");
    for (unsigned i = 0; i < 12; i++) {
        /* four entries each, four of these a cluster; the first file takes the folder's neighbour */
        snprintf(path, sizeof(path), "/f/sixteen-letters-%02u", i);
        assert_int_equal(exfat_disk_put(path, i + 1, 600, 0, &created, &err), 0);
        assert_int_equal(exfat_disk_open(&v, &err), 0);
        assert_int_equal(vtc_exfat_lookup(&v.exfat.core, path, &node), VTC_OK);
        assert_int_equal(vtc_exfat_lookup(&v.exfat.core, "/f/none", &node), VTC_ENOENT);
        assert_int_equal(vtc_exfat_lookup(&v.exfat.core, "/f", &node), VTC_OK);
        assert_int_equal(node.bytes, (i / 4 + 1) * 512);
        assert_int_equal(node.no_fat_chain, i < 4);
        exfat_disk_close(&v);
    }
    exfat_disk_fsck();
}

/* No free run is long enough: the longest ones are taken. */
static void the_fewest_pieces(void **state)
{
    struct vtc_exfat_created created;
    struct vtc_error err = {0};
    struct exfat_disk_volume v;
    uint32_t free_count, longest = 0;

    (void)state;
    exfat_disk_make(8 * EXFAT_DISK_MIB, 4096);
    fixture_save_random("comb", 5, 300 * 4096);
    exfat_disk_put_with_script("--fragments 300", "comb /comb.bin");
    assert_int_equal(exfat_disk_open(&v, &err), 0);
    free_count = v.exfat.free_count;
    for (uint32_t n = 0, run = 0; n < v.exfat.core.geometry.cluster_count; n++) {
        run = vtc_exfat_volume_used(&v.exfat, n + 2) ? 0 : run + 1;
        longest = run > longest ? run : longest;
    }
    exfat_disk_close(&v);
    assert_true(longest < free_count - 200);
    assert_int_equal(exfat_disk_put("/two.dat", 3, (longest + 1) * 4096, 0, &created, &err), 0);
    assert_int_equal(created.pieces, 2);
    exfat_disk_check_file("/two.dat", 3, (longest + 1) * 4096, 0, 2);
    exfat_disk_fsck();
    assert_int_equal(
        exfat_disk_put("/rest.dat", 4, (free_count - longest - 1) * 4096, 0, &created, &err), 0);
    assert_int_equal(created.free_bytes, 0);
    exfat_disk_check_file("/rest.dat", 4, (free_count - longest - 1) * 4096, 0, created.pieces);
    exfat_disk_fsck();
    assert_int_equal(exfat_disk_put("/more.dat", 4, 1, 0, &created, &err), -ENOSPC);
    assert_non_null(strstr(err.hint, "0 MiB are free"));
    exfat_disk_check_file("/two.dat", 3, (longest + 1) * 4096, 0, 2);
}

static void names(void **state)
{
    static const struct {
        const char *path;
        int rc;
        enum vtc_error_kind kind;
    } cases[] = {{"/Größe.DAT", 0, VTC_ERROR_NONE},
                 {"/GRÖSSE.dat", 0, VTC_ERROR_NONE}, /* ß has no single capital */
                 {"/gRÖßE.dat", -EEXIST, VTC_ERROR_REFUSED},
                 {"/ΑΒΓ", 0, VTC_ERROR_NONE},
                 {"/αβγ", -EEXIST, VTC_ERROR_REFUSED},
                 {"/🎉.dat", 0, VTC_ERROR_NONE},
                 {"/folder", -EEXIST, VTC_ERROR_REFUSED},
                 {"/FOLDER/x.dat", 0, VTC_ERROR_NONE},
                 {"//folder///X.dat", -EEXIST, VTC_ERROR_REFUSED},
                 {"/nowhere/x.dat", -ENOENT, VTC_ERROR_FAILED},
                 {"/Größe.dat/x", -ENOTDIR, VTC_ERROR_FAILED},
                 {"/a:b", -EINVAL, VTC_ERROR_USAGE},
                 {"/a\tb", -EINVAL, VTC_ERROR_USAGE},
                 {"/a\xff", -EINVAL, VTC_ERROR_USAGE},
                 {"/dot.", -EINVAL, VTC_ERROR_USAGE},
                 {"/", -EINVAL, VTC_ERROR_USAGE},
                 {"/folder/", -EINVAL, VTC_ERROR_USAGE}};
    struct vtc_exfat_created created;

    (void)state;
    exfat_disk_make(8 * EXFAT_DISK_MIB, 4096);
    exfat_disk_put_with_script("--mkdir /folder", "");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct vtc_error err = {0};

        assert_int_equal(exfat_disk_put(cases[i].path, i + 1, 5000, 0, &created, &err),
                         cases[i].rc);
        assert_int_equal(err.kind, cases[i].kind);
        if (!cases[i].rc)
            exfat_disk_check_file(cases[i].path, i + 1, 5000, 0, 1);
    }
    exfat_disk_fsck();
}

static void name_lengths(void **state)
{
    struct vtc_exfat_created created;
    struct vtc_error err = {0};
    char path[300] = "/";

    (void)state;
    /* fsck.exfat 1.2.0 cannot read a set that lies in three clusters: they are longer than one */
    exfat_disk_make(8 * EXFAT_DISK_MIB, 1024);
    for (unsigned n = 1; n <= 256; n++) {
        path[n] = (char)('a' + n % 26);
        path[n + 1] = '\0';
        if (n % 15 > 1 && n < 250)
            continue;
        assert_int_equal(exfat_disk_put(path, n, n, 0, &created, &err), n == 256 ? -EINVAL : 0);
        if (n < 256)
            exfat_disk_check_file(path, n, n, 0, 1);
    }
    exfat_disk_fsck();
}

/* Deleted entries are used again, and what lies behind the end mark is no directory entry. */
static void places_in_a_folder(void **state)
{
    struct vtc_exfat_created created;
    struct vtc_error err = {0};
    struct exfat_disk_volume v;
    uint64_t root;
    uint8_t junk[4096];

    (void)state;
    exfat_disk_make(8 * EXFAT_DISK_MIB, 4096);
    assert_int_equal(exfat_disk_open(&v, &err), 0);
    root = vtc_exfat_volume_off(&v.exfat, v.exfat.core.root_cluster);
    exfat_disk_close(&v);
    memset(junk, 0x85, sizeof(junk));
    for (unsigned i = 0; i < 3; i++) {
        char path[16];

        snprintf(path, sizeof(path), "/%u", i);
        assert_int_equal(exfat_disk_put(path, i + 1, 100, 0, &created, &err), 0);
    }
    exfat_disk_fsck();
    /* mkfs.exfat's three entries, then three sets of three: the end mark is entry 12 */
    fixture_overwrite("disk", root + 13 * 32, junk, sizeof(junk) - 13 * 32);
    assert_int_equal(exfat_disk_put("/3", 4, 100, 0, &created, &err), 0);
    exfat_disk_fsck();
    for (unsigned i = 0; i < 3; i++) { /* delete "/1": its clusters stay in use */
        uint8_t type = i == 0 ? 0x05 : i == 1 ? 0x40 : 0x41;

        fixture_overwrite("disk", root + (6 + i) * 32, &type, 1);
    }
    assert_int_equal(exfat_disk_put("/4", 5, 100, 0, &created, &err), 0);
    for (unsigned i = 0; i < 5; i++) {
        char path[16];

        snprintf(path, sizeof(path), "/%u", i);
        if (i != 1)
            exfat_disk_check_file(path, i + 1, 100, 0, 1);
    }
    assert_int_equal(exfat_disk_open(&v, &err), 0);
    assert_int_equal(pread(v.fd, junk, 32, (off_t)(root + 6 * 32)), 32);
    assert_int_equal(junk[0], 0x85);
    exfat_disk_close(&v);
}

/* Two files on the same clusters: not to be believed, and not to be walked along once for each. */
static void clusters_of_two(void **state)
{
    struct vtc_exfat_created created;
    struct vtc_error err = {0};
    struct exfat_disk_volume v;
    uint8_t set[3 * 32];
    uint64_t root;

    (void)state;
    exfat_disk_make(8 * EXFAT_DISK_MIB, 4096);
    assert_int_equal(exfat_disk_put("/a", 1, 5 * EXFAT_DISK_MIB, 0, &created, &err), 0);
    assert_int_equal(exfat_disk_open(&v, &err), 0);
    assert_int_equal(vtc_exfat_check_used(&v.exfat, &err), 0);
    root = vtc_exfat_volume_off(&v.exfat, v.exfat.core.root_cluster);
    assert_int_equal(pread(v.fd, set, sizeof(set), (off_t)(root + 3 * 32)), sizeof(set));
    assert_int_equal(set[0], 0x85);
    exfat_disk_close(&v);
    fixture_overwrite("disk", root + 6 * 32, set, sizeof(set));
    assert_int_equal(exfat_disk_open(&v, &err), 0);
    assert_int_equal(vtc_exfat_check_used(&v.exfat, &err), -EBADMSG);
    exfat_disk_close(&v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_put_in_one_piece),
        cmocka_unit_test(volumes_are_filled),
        cmocka_unit_test(folders_grow),
        cmocka_unit_test(full_folders),
        cmocka_unit_test(the_fewest_pieces),
        cmocka_unit_test(names),
        cmocka_unit_test(name_lengths),
        cmocka_unit_test(places_in_a_folder),
        cmocka_unit_test(clusters_of_two),
    };

    return cmocka_run_group_tests(tests, exfat_disk_enter, fixture_leave_tmpdir);
}

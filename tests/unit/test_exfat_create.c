/* SPDX-License-Identifier: GPL-3.0-or-later */
/* New files on exFAT volumes that mkfs.exfat made, judged by fsck.exfat and by the core's reader. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <ventoc/bytes.h>

#include "fixture.h"
#include "host/apply.h"
#include "host/exfat_create.h"
#include "host/scratch.h"

#define PART_OFF (1024u * 1024)
#define MIB      (1024u * 1024)

/* A disk with a volume at PART_OFF, in the file "disk"; clusters of cluster_bytes. */
static void make_disk(uint64_t volume_bytes, uint32_t cluster_bytes)
{
    fixture_run("rm -f volume disk && truncate -s %llu volume && mkfs.exfat -c %u volume >mkfs.log "
                "&& truncate -s %u disk && cat volume >>disk",
                (unsigned long long)volume_bytes, cluster_bytes, PART_OFF);
}

static void fsck(void)
{
    fixture_run("tail -c +%u disk >volume && { fsck.exfat -n volume >fsck.log 2>&1 && "
                "grep -q clean fsck.log || { cat fsck.log; false; }; }",
                PART_OFF + 1);
}

struct volume {
    int fd;
    struct vtc_exfat_volume exfat;
};

static int open_volume(struct volume *v, struct vtc_error *err)
{
    uint64_t bytes;

    v->fd = open("disk", O_RDWR | O_CLOEXEC);
    assert_true(v->fd >= 0);
    bytes = (uint64_t)lseek(v->fd, 0, SEEK_END);
    return vtc_exfat_volume_open(&v->exfat, "disk", v->fd, bytes, PART_OFF, bytes - PART_OFF, err);
}

static void close_volume(struct volume *v)
{
    vtc_exfat_volume_close(&v->exfat);
    close(v->fd);
}

/* Random content of a file; what lies between the pieces is a hole. */
static int make_content(uint64_t seed, uint64_t bytes, int sparse)
{
    int fd = vtc_scratch_open(bytes, NULL);
    uint8_t block[4096];

    assert_true(fd >= 0);
    for (uint64_t at = 0; at < bytes; at += sizeof(block)) {
        size_t n = bytes - at < sizeof(block) ? (size_t)(bytes - at) : sizeof(block);

        if (sparse && fixture_random(&seed) % 8)
            continue;
        for (size_t i = 0; i < n; i++)
            block[i] = (uint8_t)fixture_random(&seed);
        assert_int_equal(vtc_scratch_write(fd, at, block, n), 0);
    }
    return fd;
}

/* Is the file there, with the content? sparse: only where that has data. */
static void check_file(const char *path, uint64_t seed, uint64_t bytes, int sparse, uint32_t pieces)
{
    struct fixture_file file;
    struct vtc_reader disk = fixture_file_open(&file, "disk");
    int fd = make_content(seed, bytes, sparse);
    uint8_t *want = malloc(bytes), *got = malloc(bytes);
    struct vtc_exfat_node node;
    struct vtc_extents list;
    struct vtc_exfat fs;
    const char *why = "";
    uint8_t buf[512];
    off_t data = 0, hole = 0;

    assert_true(want && got);
    assert_int_equal(vtc_exfat_open(&fs, &disk, PART_OFF, disk.bytes - PART_OFF), VTC_OK);
    assert_int_equal(vtc_exfat_lookup(&fs, path, &node), VTC_OK);
    assert_int_equal(node.bytes, bytes);
    assert_int_equal(node.valid_bytes, bytes);
    assert_false(node.is_dir);
    assert_int_equal(node.no_fat_chain, pieces == 1);
    vtc_extents_init(&list, NULL, 0, vtc_exfat_volume_grow);
    assert_int_equal(vtc_exfat_extents(&fs, &node, buf, sizeof(buf), &list, &why), VTC_OK);
    assert_int_equal(list.bytes, bytes);
    assert_int_equal(list.count, pieces);
    for (uint32_t i = 0; i < list.count; i++)
        assert_int_equal(vtc_reader_read(&disk, list.v[i].disk_off, got + list.v[i].file_off,
                                         (uint32_t)list.v[i].bytes),
                         VTC_OK);
    assert_int_equal(pread(fd, want, bytes, 0), bytes);
    while ((data = lseek(fd, hole, SEEK_DATA)) >= 0) {
        hole = lseek(fd, data, SEEK_HOLE);
        assert_memory_equal(got + data, want + data, hole - data);
    }
    free(list.v);
    free(want);
    free(got);
    close(fd);
    fixture_file_close(&file);
}

/* Put a file on the volume: rc 0, or what kept it off. */
static int put(const char *path, uint64_t seed, uint64_t bytes, int sparse,
               struct vtc_exfat_created *created, struct vtc_error *err)
{
    struct vtc_apply_options options = {.name = "disk"};
    struct vtc_apply_stats stats;
    struct vtc_apply_fd state;
    struct vtc_apply_io io;
    struct vtc_plan plan;
    struct volume v;
    int rc = open_volume(&v, err);

    vtc_plan_init(&plan);
    if (!rc)
        rc = vtc_exfat_create_plan(&v.exfat, path, make_content(seed, bytes, sparse), bytes, &plan,
                                   created, err);
    if (!rc) {
        io = vtc_apply_fd_io(&state, v.fd);
        rc = vtc_apply_run(&plan, &io, &options, &stats, err);
        vtc_apply_fd_close(&state);
    }
    vtc_plan_free(&plan);
    close_volume(&v);
    return rc;
}

static void a_file_is_put_in_one_piece(void **state)
{
    static const uint32_t clusters[] = {512, 4096, 32768, 131072, 1024 * 1024};
    struct vtc_exfat_created created;
    struct vtc_error err = {0};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(clusters); i++) {
        make_disk(40 * MIB, clusters[i]);
        for (uint64_t n = 1; n <= 3; n++) {
            char path[32];

            snprintf(path, sizeof(path), "/Datei-%u.dat", (unsigned)n);
            assert_int_equal(put(path, n, n * 1000003, n == 2, &created, &err), 0);
            assert_int_equal(created.pieces, 1);
            check_file(path, n, n * 1000003, n == 2, 1);
        }
        fsck();
        check_file("/Datei-1.dat", 1, 1000003, 0, 1);
    }
}

struct file {
    char path[80];
    uint64_t seed, bytes;
    int sparse;
    uint32_t pieces;
};

static char top[1024]; /* of the source tree */

static void put_with_script(const char *options, const char *paths)
{
    fixture_run("python3 '%s/scripts/exfat-put' --offset %u %s disk %s >/dev/null", top, PART_OFF,
                options, paths);
}

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

    make_disk(4 * MIB, cluster_bytes);
    put_with_script("--mkdir /a/Ünï/ð", "");
    put_with_script("--mkdir /東京", "");
    fixture_save_random("comb", 77, 30 * cluster_bytes);
    put_with_script("--fragments 30", "comb /comb.bin");
    while (full < 20 && count < COUNT_OF(file)) {
        struct vtc_error err = {0};
        int rc;

        choose(&file[count], count, &seed, full > 0);
        rc = put(file[count].path, file[count].seed, file[count].bytes, file[count].sparse,
                 &created, &err);
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
            fsck();
    }
    fsck();
    assert_true(count > 40 && in_pieces > 0);
    for (unsigned i = 0; i < count; i++)
        check_file(file[i].path, file[i].seed, file[i].bytes, file[i].sparse, file[i].pieces);
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
    make_disk(8 * MIB, 512);
    put_with_script("--mkdir /f/g", "");
    for (unsigned i = 0; i < 60; i++) {
        /* the neighbour cluster is free at first; the files take it later */
        snprintf(path, sizeof(path), i % 3 ? "/f/g/%0*u" : "/%0*u", 3 + (int)i * 4, i);
        assert_int_equal(put(path, i + 1, 1 + i * 700, 0, &created, &err), 0);
        fsck();
    }
    for (unsigned i = 0; i < 60; i++) {
        snprintf(path, sizeof(path), i % 3 ? "/f/g/%0*u" : "/%0*u", 3 + (int)i * 4, i);
        check_file(path, i + 1, 1 + i * 700, 0, 1);
    }
}

/* No free run is long enough: the longest ones are taken. */
static void the_fewest_pieces(void **state)
{
    struct vtc_exfat_created created;
    struct vtc_error err = {0};
    struct volume v;
    uint32_t free_count, longest = 0;

    (void)state;
    make_disk(8 * MIB, 4096);
    fixture_save_random("comb", 5, 300 * 4096);
    put_with_script("--fragments 300", "comb /comb.bin");
    assert_int_equal(open_volume(&v, &err), 0);
    free_count = v.exfat.free_count;
    for (uint32_t n = 0, run = 0; n < v.exfat.core.geometry.cluster_count; n++) {
        run = vtc_exfat_volume_used(&v.exfat, n + 2) ? 0 : run + 1;
        longest = run > longest ? run : longest;
    }
    close_volume(&v);
    assert_true(longest < free_count - 200);
    assert_int_equal(put("/two.dat", 3, (longest + 1) * 4096, 0, &created, &err), 0);
    assert_int_equal(created.pieces, 2);
    check_file("/two.dat", 3, (longest + 1) * 4096, 0, 2);
    fsck();
    assert_int_equal(put("/rest.dat", 4, (free_count - longest - 1) * 4096, 0, &created, &err), 0);
    assert_int_equal(created.free_bytes, 0);
    check_file("/rest.dat", 4, (free_count - longest - 1) * 4096, 0, created.pieces);
    fsck();
    assert_int_equal(put("/more.dat", 4, 1, 0, &created, &err), -ENOSPC);
    assert_non_null(strstr(err.hint, "0 MiB are free"));
    check_file("/two.dat", 3, (longest + 1) * 4096, 0, 2);
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
    make_disk(8 * MIB, 4096);
    put_with_script("--mkdir /folder", "");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct vtc_error err = {0};

        assert_int_equal(put(cases[i].path, i + 1, 5000, 0, &created, &err), cases[i].rc);
        assert_int_equal(err.kind, cases[i].kind);
        if (!cases[i].rc)
            check_file(cases[i].path, i + 1, 5000, 0, 1);
    }
    fsck();
}

static void name_lengths(void **state)
{
    struct vtc_exfat_created created;
    struct vtc_error err = {0};
    char path[300] = "/";

    (void)state;
    /* fsck.exfat 1.2.0 cannot read a set that lies in three clusters: they are longer than one */
    make_disk(8 * MIB, 1024);
    for (unsigned n = 1; n <= 256; n++) {
        path[n] = (char)('a' + n % 26);
        path[n + 1] = '\0';
        if (n % 15 > 1 && n < 250)
            continue;
        assert_int_equal(put(path, n, n, 0, &created, &err), n == 256 ? -EINVAL : 0);
        if (n < 256)
            check_file(path, n, n, 0, 1);
    }
    fsck();
}

/* Deleted entries are used again, and what lies behind the end mark is no directory entry. */
static void places_in_a_folder(void **state)
{
    struct vtc_exfat_created created;
    struct vtc_error err = {0};
    struct volume v;
    uint64_t root;
    uint8_t junk[4096];

    (void)state;
    make_disk(8 * MIB, 4096);
    assert_int_equal(open_volume(&v, &err), 0);
    root = vtc_exfat_volume_off(&v.exfat, v.exfat.core.root_cluster);
    close_volume(&v);
    memset(junk, 0x85, sizeof(junk));
    for (unsigned i = 0; i < 3; i++) {
        char path[16];

        snprintf(path, sizeof(path), "/%u", i);
        assert_int_equal(put(path, i + 1, 100, 0, &created, &err), 0);
    }
    fsck();
    /* mkfs.exfat's three entries, then three sets of three: the end mark is entry 12 */
    fixture_overwrite("disk", root + 13 * 32, junk, sizeof(junk) - 13 * 32);
    assert_int_equal(put("/3", 4, 100, 0, &created, &err), 0);
    fsck();
    for (unsigned i = 0; i < 3; i++) { /* delete "/1": its clusters stay in use */
        uint8_t type = i == 0 ? 0x05 : i == 1 ? 0x40 : 0x41;

        fixture_overwrite("disk", root + (6 + i) * 32, &type, 1);
    }
    assert_int_equal(put("/4", 5, 100, 0, &created, &err), 0);
    for (unsigned i = 0; i < 5; i++) {
        char path[16];

        snprintf(path, sizeof(path), "/%u", i);
        if (i != 1)
            check_file(path, i + 1, 100, 0, 1);
    }
    assert_int_equal(open_volume(&v, &err), 0);
    assert_int_equal(pread(v.fd, junk, 32, (off_t)(root + 6 * 32)), 32);
    assert_int_equal(junk[0], 0x85);
    close_volume(&v);
}

/* ---- what is refused ---- */

static void other_volumes_are_refused(void **state)
{
    static const struct {
        unsigned at;
        uint8_t value;
        int rc;
        enum vtc_error_kind kind;
    } cases[] = {{106, 2, -EUCLEAN, VTC_ERROR_REFUSED}, /* VolumeDirty */
                 {106, 4, -EUCLEAN, VTC_ERROR_REFUSED}, /* MediaFailure */
                 {110, 2, -ENOTSUP, VTC_ERROR_REFUSED}, /* two FATs, where there is room */
                 {3, 'N', -ENOTSUP, VTC_ERROR_REFUSED}, {80, 1, -EBADMSG, VTC_ERROR_FAILED},
                 {99, 0xff, -EBADMSG, VTC_ERROR_FAILED}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct vtc_exfat_created created;
        struct vtc_error err = {0};

        make_disk(8 * MIB, 4096);
        fixture_overwrite("disk", PART_OFF + cases[i].at, &cases[i].value, 1);
        if (cases[i].at == 110)
            fixture_overwrite("disk", PART_OFF + 84, "\x10\0\0\0", 4);
        assert_int_equal(put("/x", 1, 1, 0, &created, &err), cases[i].rc);
        assert_int_equal(err.kind, cases[i].kind);
    }
}

/* Any bytes whatever: an error or a file, but never outside the volume and never a file that is
 * already there. */
static void damaged_volumes(void **state)
{
    uint64_t seed = 99;
    size_t bytes;
    uint8_t *sound;
    unsigned refused = 0;

    (void)state;
    make_disk(4 * MIB, 512);
    put_with_script("--mkdir /f", "");
    fixture_save_random("old", 9, 200000);
    put_with_script("--fragments 9", "old /f/old.bin");
    sound = fixture_load("disk", &bytes);
    for (unsigned round = 0; round < 400; round++) {
        /* the boot sector, the FAT, the bitmap and the table or the root, or all of the front */
        static const uint32_t span[] = {128, 512, 24576, 98304, 400000};
        struct vtc_exfat_created created;
        struct vtc_error err = {0};
        struct vtc_plan plan;
        struct volume v;
        uint64_t at = 0;

        fixture_save("disk", sound, bytes);
        for (unsigned i = 0; i <= round % 5; i++) {
            uint8_t byte = (uint8_t)fixture_random(&seed);

            at = PART_OFF + fixture_random(&seed) % span[fixture_random(&seed) % COUNT_OF(span)];
            fixture_overwrite("disk", at, &byte, 1);
        }
        vtc_plan_init(&plan);
        if (open_volume(&v, &err) ||
            vtc_exfat_create_plan(&v.exfat, "/f/new.bin", make_content(5, 30000, 0), 30000, &plan,
                                  &created, &err)) {
            assert_true(err.kind != VTC_ERROR_NONE);
            refused++;
        } else {
            for (size_t i = 0; i < plan.count; i++)
                assert_true(plan.entry[i].off >= PART_OFF &&
                            plan.entry[i].bytes <= bytes - plan.entry[i].off);
        }
        vtc_plan_free(&plan);
        close_volume(&v);
    }
    assert_true(refused > 10 && refused < 400);
    free(sound);
}

/* ---- cuts ---- */

/* Writes until nothing is left of them. */
struct cut {
    int fd;
    unsigned left;
};

static int cut_write(void *ctx, uint64_t off, const void *buf, size_t bytes)
{
    struct cut *cut = ctx;

    if (!cut->left)
        return -EIO;
    cut->left--;
    return pwrite(cut->fd, buf, bytes, (off_t)off) == (ssize_t)bytes ? 0 : -EIO;
}

static int cut_flush(void *ctx)
{
    (void)ctx;
    return 0;
}

static int cut_read(void *ctx, uint64_t off, void *buf, size_t bytes)
{
    struct cut *cut = ctx;

    return pread(cut->fd, buf, bytes, (off_t)off) == (ssize_t)bytes ? 0 : -EIO;
}

/* The power goes away after every write: what was there stays readable, fsck.exfat can mend what
 * there is to mend, and before anything but free clusters was touched there is nothing. */
static void cut(const char *path, uint64_t bytes)
{
    unsigned clean = 0, n = 0;
    int rc;

    do {
        struct vtc_exfat_created created;
        struct vtc_apply_options options = {.name = "disk"};
        struct vtc_apply_stats stats;
        struct vtc_error err = {0};
        struct vtc_plan plan;
        struct volume v;
        struct cut state;
        struct vtc_apply_io io = {cut_write, cut_flush, cut_read, &state};

        fixture_run("cp before disk");
        vtc_plan_init(&plan);
        assert_int_equal(open_volume(&v, &err), 0);
        assert_int_equal(vtc_exfat_create_plan(&v.exfat, path, make_content(5, bytes, 0), bytes,
                                               &plan, &created, &err),
                         0);
        state = (struct cut){v.fd, n};
        rc = vtc_apply_run(&plan, &io, &options, &stats, &err);
        if (rc && stats.stage < created.meta_stage) {
            fsck();
            clean++;
        }
        vtc_plan_free(&plan);
        close_volume(&v);
        fixture_run("tail -c +%u disk >volume && { fsck.exfat -y volume >fsck.log 2>&1; "
                    "fsck.exfat -n volume >fsck.log 2>&1 || { cat fsck.log; false; }; } && "
                    "head -c %u before >disk && cat volume >>disk",
                    PART_OFF + 1, PART_OFF);
        check_file("/f/old.bin", 9, 200000, 0, 9);
        check_file("/keep.bin", 8, 3000, 0, 1);
        n++;
    } while (rc);
    assert_true(clean > 0 && n > clean + 4);
    check_file(path, 5, bytes, 0, 1);
}

static void power_cuts(void **state)
{
    struct vtc_exfat_created created;
    struct vtc_error err = {0};
    int fd;

    (void)state;
    make_disk(4 * MIB, 512);
    put_with_script("--mkdir /f", "");
    fd = make_content(9, 200000, 0);
    fixture_run("cat /proc/%d/fd/%d >old", (int)getpid(), fd);
    close(fd);
    put_with_script("--fragments 9", "old /f/old.bin");
    assert_int_equal(put("/keep.bin", 8, 3000, 0, &created, &err), 0);
    fsck();
    fixture_run("cp disk before");
    cut("/new.bin", 40000);
    cut("/f/new.bin", 40000);
    /* a name so long that the folder has to grow */
    cut("/f/012345678901234567890123456789012345678901234567890123456789012345678901234567890123456"
        "789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456"
        "78901234567890123456789012345678901234567890123456789",
        4000);
    cut("/012345678901234567890123456789012345678901234567890123456789012345678901234567890123456"
        "789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456"
        "78901234567890123456789012345678901234567890123456789",
        4000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_put_in_one_piece),
        cmocka_unit_test(volumes_are_filled),
        cmocka_unit_test(folders_grow),
        cmocka_unit_test(the_fewest_pieces),
        cmocka_unit_test(names),
        cmocka_unit_test(name_lengths),
        cmocka_unit_test(places_in_a_folder),
        cmocka_unit_test(other_volumes_are_refused),
        cmocka_unit_test(damaged_volumes),
        cmocka_unit_test(power_cuts),
    };

    if (!getcwd(top, sizeof(top)))
        return 1;
    return cmocka_run_group_tests(tests, fixture_enter_tmpdir, fixture_leave_tmpdir);
}

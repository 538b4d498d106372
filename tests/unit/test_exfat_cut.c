/* SPDX-License-Identifier: GPL-3.0-or-later */
/* exFAT volumes that are refused or damaged, and what a power cut leaves of one. */
#include <errno.h>
#include <unistd.h>

#include "exfat_disk.h"
#include "host/apply.h"

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

        exfat_disk_make(8 * EXFAT_DISK_MIB, 4096);
        fixture_overwrite("disk", EXFAT_DISK_PART_OFF + cases[i].at, &cases[i].value, 1);
        if (cases[i].at == 110)
            fixture_overwrite("disk", EXFAT_DISK_PART_OFF + 84, "\x10\0\0\0", 4);
        assert_int_equal(exfat_disk_put("/x", 1, 1, 0, &created, &err), cases[i].rc);
        assert_int_equal(err.kind, cases[i].kind);
    }
}

/* A bitmap that forgot a file or a folder: nothing is put over these. */
static void forgotten_clusters(void **state)
{
    static const char *const paths[] = {"/f/old.bin", "/f", "/empty/folder"};

    (void)state;
    exfat_disk_make(4 * EXFAT_DISK_MIB, 512);
    exfat_disk_put_with_script("--mkdir /f", "");
    exfat_disk_put_with_script("--mkdir /empty/folder", "");
    fixture_save_random("old", 9, 20000);
    exfat_disk_put_with_script("--fragments 3", "old /f/old.bin");
    fixture_run("cp disk before");
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        struct vtc_exfat_created created;
        struct vtc_exfat_node node;
        struct exfat_disk_volume v;
        struct vtc_error err = {0};
        uint64_t at;
        uint8_t byte;

        fixture_run("cp before disk");
        assert_int_equal(exfat_disk_put("/new", 1, 1, 0, &created, &err), 0);
        fixture_run("cp before disk");
        assert_int_equal(exfat_disk_open(&v, &err), 0);
        assert_int_equal(vtc_exfat_lookup(&v.exfat.core, paths[i], &node), 0);
        at = v.exfat.bitmap_at.v[0].disk_off + (node.first_cluster - 2) / 8;
        byte = (uint8_t)(v.exfat.bitmap[(node.first_cluster - 2) / 8] &
                         ~(1u << ((node.first_cluster - 2) % 8)));
        exfat_disk_close(&v);
        fixture_overwrite("disk", at, &byte, 1);
        assert_int_equal(exfat_disk_put("/new", 1, 1, 0, &created, &err), -EBADMSG);
        assert_non_null(strstr(err.text, "damaged"));
    }
}

/* Any bytes whatever: an error, or writes inside the volume. */
static void damaged_volumes(void **state)
{
    uint64_t seed = 99;
    size_t bytes;
    uint8_t *sound;
    unsigned refused = 0;

    (void)state;
    exfat_disk_make(4 * EXFAT_DISK_MIB, 512);
    exfat_disk_put_with_script("--mkdir /f", "");
    fixture_save_random("old", 9, 200000);
    exfat_disk_put_with_script("--fragments 9", "old /f/old.bin");
    sound = fixture_load("disk", &bytes);
    for (unsigned round = 0; round < 400; round++) {
        /* the boot sector, the FAT, the bitmap and the table or the root, or all of the front */
        static const uint32_t span[] = {128, 512, 24576, 98304, 400000};
        struct vtc_exfat_created created;
        struct vtc_error err = {0};
        struct vtc_plan plan;
        struct exfat_disk_volume v;
        uint64_t at = 0;

        fixture_save("disk", sound, bytes);
        for (unsigned i = 0; i <= round % 5; i++) {
            uint8_t byte = (uint8_t)fixture_random(&seed);

            at = EXFAT_DISK_PART_OFF +
                 fixture_random(&seed) % span[fixture_random(&seed) % COUNT_OF(span)];
            fixture_overwrite("disk", at, &byte, 1);
        }
        vtc_plan_init(&plan);
        if (exfat_disk_open(&v, &err) ||
            vtc_exfat_create_plan(&v.exfat, "/f/new.bin", exfat_disk_content(5, 30000, 0), 30000,
                                  &plan, &created, &err)) {
            assert_true(err.kind != VTC_ERROR_NONE);
            refused++;
        } else {
            for (size_t i = 0; i < plan.count; i++)
                assert_true(plan.entry[i].off >= EXFAT_DISK_PART_OFF &&
                            plan.entry[i].bytes <= bytes - plan.entry[i].off);
        }
        vtc_plan_free(&plan);
        exfat_disk_close(&v);
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
        struct exfat_disk_volume v;
        struct cut state;
        struct vtc_apply_io io = {cut_write, cut_flush, cut_read, &state};

        fixture_run("cp before disk");
        vtc_plan_init(&plan);
        assert_int_equal(exfat_disk_open(&v, &err), 0);
        assert_int_equal(vtc_exfat_create_plan(&v.exfat, path, exfat_disk_content(5, bytes, 0),
                                               bytes, &plan, &created, &err),
                         0);
        state = (struct cut){v.fd, n};
        rc = vtc_apply_run(&plan, &io, &options, &stats, &err);
        if (rc && stats.stage < created.meta_stage) {
            exfat_disk_fsck();
            clean++;
        }
        vtc_plan_free(&plan);
        exfat_disk_close(&v);
        fixture_run("tail -c +%u disk >volume && { fsck.exfat -y volume >fsck.log 2>&1; "
                    "fsck.exfat -n volume >fsck.log 2>&1 || { cat fsck.log; false; }; } && "
                    "head -c %u before >disk && cat volume >>disk",
                    EXFAT_DISK_PART_OFF + 1, EXFAT_DISK_PART_OFF);
        exfat_disk_check_file("/f/old.bin", 9, 200000, 0, 9);
        exfat_disk_check_file("/keep.bin", 8, 3000, 0, 1);
        n++;
    } while (rc);
    assert_true(clean > 0 && n > clean + 4);
    exfat_disk_check_file(path, 5, bytes, 0, 1);
}

static void power_cuts(void **state)
{
    struct vtc_exfat_created created;
    struct vtc_error err = {0};
    int fd;

    (void)state;
    exfat_disk_make(4 * EXFAT_DISK_MIB, 512);
    exfat_disk_put_with_script("--mkdir /f", "");
    fd = exfat_disk_content(9, 200000, 0);
    fixture_run("cat /proc/%d/fd/%d >old", (int)getpid(), fd);
    close(fd);
    exfat_disk_put_with_script("--fragments 9", "old /f/old.bin");
    assert_int_equal(exfat_disk_put("/keep.bin", 8, 3000, 0, &created, &err), 0);
    exfat_disk_fsck();
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
        cmocka_unit_test(other_volumes_are_refused),
        cmocka_unit_test(forgotten_clusters),
        cmocka_unit_test(damaged_volumes),
        cmocka_unit_test(power_cuts),
    };

    return cmocka_run_group_tests(tests, exfat_disk_enter, fixture_leave_tmpdir);
}

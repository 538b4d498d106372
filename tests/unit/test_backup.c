/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Backup files: which ranges a plan overwrites, the format, what is refused, and the order in which
 * a backup is put back. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ventoc/bytes.h>
#include <ventoc/sha256.h>

#include "fixture.h"
#include "host/backup.h"
#include "host/backup_file.h"
#include "host/backup_ranges.h"
#include "host/restore.h"

#define DISK_BYTES (6u << 20)

static const struct vtc_apply_options quiet;
static struct vtc_device dev;
static struct vtc_error err;

static void ranges_cover_the_plan_once(void **state)
{
    static const struct {
        uint64_t off, bytes;
        unsigned stage;
    } writes[] = {{0, 1 << 20, 0},       {600, 100, 0},    {700, 1000, 1},
                  {0, 512, 2},           {3 << 20, 10, 0}, {(3 << 20) + 10, 600, 0},
                  {DISK_BYTES - 1, 1, 1}},
      want[] = {{0, 512, 2},
                {512, 1536, 1},
                {2048, (1 << 20) - 2048, 0},
                {3 << 20, 1024, 0},
                {DISK_BYTES - 512, 512, 1}};
    struct vtc_backup_range *range;
    struct vtc_plan plan;
    uint32_t count;

    (void)state;
    vtc_plan_init(&plan);
    for (size_t i = 0; i < COUNT_OF(writes); i++) {
        plan.stage = writes[i].stage;
        assert_int_equal(vtc_plan_add_zero(&plan, writes[i].off, writes[i].bytes, "z"), 0);
    }
    assert_int_equal(vtc_backup_ranges(&plan, DISK_BYTES, 512, &range, &count), 0);
    assert_int_equal(count, COUNT_OF(want));
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(range[i].off, want[i].off);
        assert_int_equal(range[i].bytes, want[i].bytes);
        assert_int_equal(range[i].stage, want[i].stage);
    }
    free(range);
    vtc_plan_free(&plan);
    /* Long ones are divided, where a multiple of the longest range is. */
    assert_int_equal(vtc_plan_add_zero(&plan, 4096, DISK_BYTES - 4096, "z"), 0);
    assert_int_equal(vtc_backup_ranges(&plan, DISK_BYTES, 4096, &range, &count), 0);
    assert_int_equal(count, 6);
    assert_int_equal(range[0].bytes, (1 << 20) - 4096);
    assert_int_equal(range[5].off + range[5].bytes, DISK_BYTES);
    free(range);
    vtc_plan_free(&plan);
    assert_int_equal(vtc_backup_ranges(&plan, DISK_BYTES, 512, &range, &count), 0);
    assert_int_equal(count, 0);
    free(range);
}

/* More pieces than a backup may have. */
static void too_many_ranges_are_refused(void **state)
{
    struct vtc_backup_range *range;
    struct vtc_plan plan;
    uint32_t count;

    (void)state;
    vtc_plan_init(&plan);
    assert_int_equal(vtc_plan_add_zero(&plan, 0, 65537ull << 20, "z"), 0);
    assert_int_equal(vtc_backup_ranges(&plan, 1ull << 40, 512, &range, &count), -E2BIG);
    assert_null(range);
    vtc_plan_free(&plan);
}

/* A disk of noise with a hole, an open target on it, a plan of three stages. */
static void make_disk(struct vtc_target *target, struct vtc_plan *plan)
{
    static uint8_t text[5000];

    fixture_run("rm -f disk backup");
    fixture_save_random("disk", 7, DISK_BYTES);
    fixture_run("dd if=/dev/zero of=disk bs=1M seek=2 count=1 conv=notrunc status=none; "
                "cp disk before");
    assert_int_equal(vtc_device_inspect(&vtc_device_live_roots, "disk", 0, 512, &dev, &err), 0);
    snprintf(dev.serial, sizeof(dev.serial), "S-1");
    snprintf(dev.model, sizeof(dev.model), "Model");
    assert_int_equal(vtc_target_open(&dev, target, &err), 0);
    memset(text, 'x', sizeof(text));
    vtc_plan_init(plan);
    assert_int_equal(vtc_plan_add_zero(plan, 0, 1 << 20, "wipe"), 0);
    vtc_plan_barrier(plan);
    assert_int_equal(vtc_plan_add_memory(plan, 1000, text, 5000, "text"), 0);
    assert_int_equal(vtc_plan_add_memory(plan, (2 << 20) + 300000, text, 5000, "text"), 0);
    assert_int_equal(vtc_plan_add_memory(plan, DISK_BYTES - 100, text, 100, "tail"), 0);
    vtc_plan_barrier(plan);
    assert_int_equal(vtc_plan_add_memory(plan, 0, text, 512, "sector 0"), 0);
}

static void save(struct vtc_target *target, const struct vtc_plan *plan, uint32_t flags)
{
    struct vtc_backup backup;

    assert_int_equal(vtc_backup_create(&backup, "backup", &dev, &err), 0);
    if (vtc_backup_save(&backup, target, plan, "install", flags, &quiet, &err))
        fail_msg("%s", err.text);
    vtc_backup_close(&backup, 0);
}

static void apply(struct vtc_target *target, const struct vtc_plan *plan)
{
    struct vtc_apply_stats stats;

    if (vtc_target_apply(target, plan, &quiet, &stats, &err))
        fail_msg("%s", err.text);
}

static void what_was_there_comes_back(void **state)
{
    (void)state;
    for (uint32_t flags = 0; flags < 2; flags++) {
        struct vtc_backup_file file;
        struct vtc_restore restore;
        struct vtc_target target;
        struct vtc_plan plan, back;
        struct stat st;

        make_disk(&target, &plan);
        save(&target, &plan, flags);
        fixture_run("cmp disk before");
        assert_int_equal(stat("backup", &st), 0);
        assert_int_equal(st.st_mode & 07777, 0600);
        apply(&target, &plan);
        fixture_run("! cmp -s disk before");
        assert_int_equal(vtc_backup_file_open(&file, "backup", &quiet, &err), 0);
        assert_string_equal(file.header.operation, "install");
        assert_string_equal(file.header.serial, "S-1");
        assert_string_equal(file.header.model, "Model");
        assert_int_equal(file.header.disk_bytes, DISK_BYTES);
        assert_int_equal(vtc_restore_check(&file, &dev, &err), 0);
        vtc_plan_init(&back);
        assert_int_equal(vtc_restore_plan(&restore, &file, &target, &back, &quiet, &err), 0);
        assert_int_equal(restore.changed_count, 0);
        assert_int_equal(restore.before_count, 0);
        assert_int_equal(restore.written_count, file.header.range_count);
        if (flags & VTC_BACKUP_UNDO) {
            /* Last written, first undone. */
            assert_int_equal(back.entry[0].off, 0);
            assert_int_equal(back.entry[0].bytes, 512);
            assert_int_equal(back.entry[0].source, VTC_PLAN_BACKUP);
            assert_true(back.entry[1].stage > back.entry[0].stage);
        } else {
            assert_int_equal(back.entry[0].off, 0);
            assert_int_equal(back.entry[0].source, VTC_PLAN_ZERO);
            assert_int_equal(back.entry[back.count - 1].off, 0);
            assert_int_equal(back.entry[back.count - 1].bytes, 512);
            assert_true(back.entry[back.count - 1].stage > back.entry[back.count - 2].stage);
        }
        apply(&target, &back);
        fixture_run("cmp disk before");
        vtc_restore_free(&restore);
        vtc_plan_free(&back);
        /* Once more: nothing to do. */
        assert_int_equal(vtc_restore_plan(&restore, &file, &target, &back, &quiet, &err), 0);
        assert_int_equal(back.count, 0);
        assert_int_equal(restore.before_count, file.header.range_count);
        vtc_restore_free(&restore);
        vtc_plan_free(&back);
        vtc_backup_file_close(&file);
        vtc_plan_free(&plan);
        vtc_target_close(&target, 0);
    }
}

static void other_disks_are_refused(void **state)
{
    static const struct {
        uint64_t bytes;
        const char *serial;
        int rc;
    } cases[] = {{DISK_BYTES, "S-1", 0},
                 {DISK_BYTES, "S-2", -ESTALE},
                 {DISK_BYTES, "", -ESTALE},
                 {DISK_BYTES + 512, "S-1", -ESTALE},
                 {DISK_BYTES - 512, "S-1", -ENOSPC}};
    struct vtc_backup_file file;
    struct vtc_target target;
    struct vtc_plan plan;

    (void)state;
    make_disk(&target, &plan);
    save(&target, &plan, 0);
    assert_int_equal(vtc_backup_file_open(&file, "backup", &quiet, &err), 0);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        dev.bytes = cases[i].bytes;
        snprintf(dev.serial, sizeof(dev.serial), "%s", cases[i].serial);
        assert_int_equal(vtc_restore_check(&file, &dev, &err), cases[i].rc);
        if (cases[i].rc)
            assert_int_equal(err.kind, VTC_ERROR_REFUSED);
    }
    vtc_backup_file_close(&file);
    vtc_plan_free(&plan);
    vtc_target_close(&target, 0);
}

/* The whole backup of make_disk(), small enough to be damaged everywhere. */
static uint8_t *sound;
static size_t sound_bytes;

static int load_sound(void)
{
    struct vtc_target target;
    struct vtc_plan plan;

    make_disk(&target, &plan);
    vtc_plan_free(&plan);
    assert_int_equal(vtc_plan_add_zero(&plan, 0, 1024, "a"), 0);
    assert_int_equal(vtc_plan_add_zero(&plan, (2 << 20) + 512, 512, "b"), 0);
    assert_int_equal(vtc_plan_add_zero(&plan, DISK_BYTES - 512, 512, "c"), 0);
    save(&target, &plan, 0);
    vtc_plan_free(&plan);
    vtc_target_close(&target, 0);
    free(sound);
    sound = fixture_load("backup", &sound_bytes);
    return 0;
}

static int open_bytes(const uint8_t *bytes, size_t count)
{
    struct vtc_backup_file file;
    int rc;

    fixture_save("bad", bytes, count);
    rc = vtc_backup_file_open(&file, "bad", &quiet, &err);
    vtc_backup_file_close(&file);
    return rc;
}

static void every_damaged_byte_is_noticed(void **state)
{
    (void)state;
    load_sound();
    assert_int_equal(open_bytes(sound, sound_bytes), 0);
    for (size_t i = 0; i < sound_bytes; i++) {
        sound[i] ^= 1;
        if (open_bytes(sound, sound_bytes) >= 0)
            fail_msg("byte %zu of %zu", i, sound_bytes);
        sound[i] ^= 1;
    }
    for (size_t i = 0; i < sound_bytes; i += i < 900 ? 1 : 13)
        if (open_bytes(sound, i) >= 0)
            fail_msg("cut at %zu of %zu", i, sound_bytes);
    sound = realloc(sound, sound_bytes + 1);
    sound[sound_bytes] = 0;
    assert_int_equal(open_bytes(sound, sound_bytes + 1), -EBADMSG);
    assert_int_equal(open_bytes(sound, 0), -ENOENT);
    assert_int_equal(open_bytes((const uint8_t *)"text\n", 5), -ENOENT);
    sound[8] = 2;
    assert_int_equal(open_bytes(sound, sound_bytes), -ENOTSUP);
}

static void seal(uint8_t *bytes)
{
    struct vtc_sha256 sha;
    uint32_t count = vtc_le32(bytes + 36);
    size_t table = (size_t)(count > 3 ? 3 : count) * VTC_BACKUP_RANGE_BYTES;

    vtc_sha256_init(&sha);
    vtc_sha256_update(&sha, bytes + VTC_BACKUP_HEADER_BYTES, table);
    vtc_sha256_final(&sha, bytes + 448);
    vtc_sha256_init(&sha);
    vtc_sha256_update(&sha, bytes, 480);
    vtc_sha256_final(&sha, bytes + 480);
}

/* What somebody who can make sums could write. The ranges: 0+1024 and 5 MiB, packed, and a zero one
 * between them. */
static void hostile_files_are_refused(void **state)
{
    enum { R0 = 512, R1 = R0 + 96, R2 = R1 + 96 };
    static const struct {
        const char *name;
        size_t at;
        unsigned width;
        uint64_t value;
    } cases[] = {
        {"sector size", 12, 4, 1024},
        {"disk of 0 bytes", 16, 8, 0},
        {"disk of half a sector", 16, 8, DISK_BYTES + 1},
        {"disk that is shorter than a range", 16, 8, DISK_BYTES - 512},
        {"disk of 2^64 bytes", 16, 8, 0xfffffffffffffe00},
        {"unknown flag", 32, 4, 2},
        {"no ranges", 36, 4, 0},
        {"a range more than there is room", 36, 4, 4},
        {"2^32 ranges", 36, 4, 0xffffffff},
        {"wrong sum of bytes", 40, 8, 1},
        {"wrong sum of packed bytes", 48, 8, 1},
        {"operation without an end", 56 + 15, 1, 'x'},
        {"serial without an end", 232 + 127, 1, 'x'},
        {"offset behind the disk", R2, 8, DISK_BYTES},
        {"offset that wraps", R2, 8, 0xfffffffffffffe00},
        {"offset of no sector", R2, 8, 4097},
        {"overlap", R1, 8, 512},
        {"not sorted", R2, 8, 1024},
        {"no bytes", R1 + 8, 8, 0},
        {"bytes that wrap", R1 + 8, 8, 0xfffffffffffffe00},
        {"longer than a range may be", R1 + 8, 8, (1 << 20) + 512},
        {"part of a sector", R1 + 8, 8, 100},
        {"zeros with content", R1 + 16, 4, 1},
        {"nothing packed", R0 + 16, 4, 0},
        {"packed longer than possible", R0 + 16, 4, 0xfffffff0},
        {"unknown kind", R1 + 20, 4, 2},
        {"zeros where noise was", R0 + 20, 4, 0},
        {"stage", R0 + 24, 4, 65536},
        {"another sum of the content", R0 + 32, 1, 0},
        {"zeros, but another sum", R1 + 32, 1, 0},
        {"unpacks to more than it says", R0 + 8, 8, 512},
        {"unpacks to less than it says", R0 + 8, 8, 2048},
        {"no zlib stream", R2 + 96, 1, 0},
    };

    (void)state;
    load_sound();
    assert_int_equal(vtc_le32(sound + 36), 3);
    assert_int_equal(vtc_le32(sound + R1 + 20), VTC_BACKUP_ZERO);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        uint8_t *bad = malloc(sound_bytes);
        int rc;

        memcpy(bad, sound, sound_bytes);
        for (unsigned b = 0; b < cases[i].width; b++)
            bad[cases[i].at + b] = (uint8_t)(cases[i].value >> 8 * b);
        assert_memory_not_equal(bad, sound, sound_bytes);
        if (strcmp(cases[i].name, "unpacks to more than it says") == 0)
            vtc_put_le64(bad + 40, 512 + 512 + 512);
        if (strcmp(cases[i].name, "unpacks to less than it says") == 0)
            vtc_put_le64(bad + 40, 2048 + 512 + 512);
        seal(bad);
        rc = open_bytes(bad, sound_bytes);
        if (rc != -EBADMSG || err.kind != VTC_ERROR_FAILED || !strstr(err.text, "bad: the backup"))
            fail_msg("%s: %d %s", cases[i].name, rc, err.text);
        free(bad);
    }
    assert_int_equal(open_bytes(sound, sound_bytes), 0);
}

/* Random changes with good sums: refused or not, nothing is read or written out of bounds. */
static void random_files_do_no_harm(void **state)
{
    uint64_t seed = 11;

    (void)state;
    load_sound();
    for (int round = 0; round < 3000; round++) {
        uint8_t *bad = malloc(sound_bytes);
        size_t count = sound_bytes - (fixture_random(&seed) % 4 ? 0 : fixture_random(&seed) % 1400);

        memcpy(bad, sound, sound_bytes);
        for (uint64_t n = 1 + fixture_random(&seed) % 4; n; n--)
            bad[8 + fixture_random(&seed) % 900] = (uint8_t)fixture_random(&seed);
        seal(bad);
        open_bytes(bad, count);
        free(bad);
    }
}

static void files_that_are_in_the_way_stay(void **state)
{
    struct vtc_backup backup;
    struct vtc_target target;
    struct vtc_plan plan;

    (void)state;
    make_disk(&target, &plan);
    fixture_run("echo mine >backup; ln -sf nowhere dangling");
    assert_int_equal(vtc_backup_create(&backup, "backup", &dev, &err), -EEXIST);
    assert_int_equal(err.kind, VTC_ERROR_REFUSED);
    vtc_backup_close(&backup, 1);
    assert_int_equal(vtc_backup_create(&backup, "dangling", &dev, &err), -EEXIST);
    assert_int_equal(vtc_backup_create(&backup, "disk", &dev, &err), -EXDEV);
    assert_non_null(strstr(err.text, "the backup would be on"));
    assert_int_equal(vtc_backup_create(&backup, "none/backup", &dev, &err), -ENOENT);
    fixture_run("grep -q mine backup && test ! -e nowhere");
    /* Removed when it turns out not to be needed. */
    assert_int_equal(vtc_backup_create(&backup, "new", &dev, &err), 0);
    vtc_backup_close(&backup, 1);
    fixture_run("test ! -e new");
    vtc_plan_free(&plan);
    vtc_target_close(&target, 0);
}

static int leave(void **state)
{
    free(sound);
    return fixture_leave_tmpdir(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_cover_the_plan_once),
        cmocka_unit_test(too_many_ranges_are_refused),
        cmocka_unit_test(what_was_there_comes_back),
        cmocka_unit_test(other_disks_are_refused),
        cmocka_unit_test(every_damaged_byte_is_noticed),
        cmocka_unit_test(hostile_files_are_refused),
        cmocka_unit_test(random_files_do_no_harm),
        cmocka_unit_test(files_that_are_in_the_way_stay),
    };

    return cmocka_run_group_tests_name("backup", tests, fixture_enter_tmpdir, leave);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>

#include "fixture.h"
#include "host/apply.h"

#define DISK_BYTES (5u * 1024 * 1024)

/* A disk in memory whose nth operation fails, and which notes the order of things. */
struct disk {
    uint8_t bytes[DISK_BYTES];
    char trace[256]; /* w, f and r */
    unsigned writes, flushes, reads;
    unsigned fail_write, fail_flush, fail_read, corrupt_read; /* 1-based, 0: never */
    int rc;
    unsigned other_at_write; /* from this write on it is another disk; 1: before the first */
    unsigned asked;          /* how often it was asked for */
    unsigned stop_at_write;  /* sets stop when this write is done */
    volatile sig_atomic_t stop;
};

static void note(struct disk *disk, char c)
{
    size_t used = strlen(disk->trace);

    if (used + 1 < sizeof(disk->trace) && (!used || disk->trace[used - 1] != c))
        disk->trace[used] = c;
}

static int disk_write(void *ctx, uint64_t off, const void *buf, size_t bytes)
{
    struct disk *disk = ctx;

    note(disk, 'w');
    if (++disk->writes == disk->fail_write)
        return disk->rc;
    assert_true(off <= DISK_BYTES && bytes <= DISK_BYTES - off);
    memcpy(disk->bytes + off, buf, bytes);
    if (disk->writes == disk->stop_at_write)
        disk->stop = 1;
    return 0;
}

static int disk_flush(void *ctx)
{
    struct disk *disk = ctx;

    note(disk, 'f');
    return ++disk->flushes == disk->fail_flush ? disk->rc : 0;
}

static int disk_read(void *ctx, uint64_t off, void *buf, size_t bytes)
{
    struct disk *disk = ctx;

    note(disk, 'r');
    assert_true(off <= DISK_BYTES && bytes <= DISK_BYTES - off);
    memcpy(buf, disk->bytes + off, bytes);
    if (++disk->reads == disk->corrupt_read)
        ((uint8_t *)buf)[bytes / 2] ^= 1;
    return disk->reads == disk->fail_read ? disk->rc : 0;
}

static uint8_t content[2500000];

/* Two stages; the first writes zeros that its later entries cover in part. */
static void make_plan(struct vtc_plan *plan)
{
    uint64_t seed = 3;

    for (size_t i = 0; i < sizeof(content); i++)
        content[i] = (uint8_t)fixture_random(&seed);
    vtc_plan_init(plan);
    assert_int_equal(vtc_plan_add_zero(plan, 0, 4096, "zeros"), 0);
    assert_int_equal(vtc_plan_add_memory(plan, 512, content, 1000, "over the zeros"), 0);
    assert_int_equal(vtc_plan_add_memory(plan, 1000000, content, sizeof(content), "long"), 0);
    vtc_plan_barrier(plan);
    vtc_plan_barrier(plan); /* a stage may be empty */
    assert_int_equal(vtc_plan_add_memory(plan, 0, content + 5, 512, "switch"), 0);
}

struct result {
    int rc;
    struct vtc_apply_stats stats;
    struct vtc_error err;
    uint64_t last_done, total;
};

static void on_progress(void *ctx, enum vtc_apply_phase phase, uint64_t done, uint64_t total)
{
    struct result *result = ctx;

    (void)phase;
    assert_true(done >= result->last_done && done <= total);
    result->last_done = done;
    result->total = total;
}

static int is_same(void *ctx, struct vtc_error *err)
{
    struct disk *disk = ctx;

    disk->asked++;
    if (!disk->other_at_write || disk->writes + 1 < disk->other_at_write)
        return 0;
    return vtc_error_set(err, VTC_ERROR_REFUSED, -ESTALE, "Start over.",
                         "the disk: is another one now");
}

static void run_from(struct disk *disk, struct result *result, unsigned no_stop_stage)
{
    struct vtc_apply_io io = {disk_write, disk_flush, disk_read, disk};
    struct vtc_apply_options options = {.name = "the disk",
                                        .stop = &disk->stop,
                                        .no_stop_stage = no_stop_stage,
                                        .progress = on_progress,
                                        .progress_ctx = result,
                                        .same = is_same,
                                        .same_ctx = disk};
    struct vtc_plan plan;

    memset(result, 0, sizeof(*result));
    make_plan(&plan);
    result->rc = vtc_apply_run(&plan, &io, &options, &result->stats, &result->err);
    vtc_plan_free(&plan);
}

static void run(struct disk *disk, struct result *result)
{
    run_from(disk, result, 0);
}

static struct disk *new_disk(void)
{
    struct disk *disk = calloc(1, sizeof(*disk));

    assert_non_null(disk);
    memset(disk->bytes, 0xdd, DISK_BYTES);
    disk->rc = -EIO;
    return disk;
}

static void all_is_written_flushed_and_read_back_in_order(void **state)
{
    struct disk *disk = new_disk();
    struct result result;

    (void)state;
    run(disk, &result);
    assert_int_equal(result.rc, 0);
    assert_string_equal(disk->trace, "wfrwfr");
    assert_memory_equal(disk->bytes, content + 5, 512);
    assert_memory_equal(disk->bytes + 512, content, 1000);
    for (int i = 1512; i < 4096; i++)
        assert_int_equal(disk->bytes[i], 0);
    assert_int_equal(disk->bytes[4096], 0xdd);
    assert_memory_equal(disk->bytes + 1000000, content, sizeof(content));
    assert_int_equal(disk->bytes[1000000 + sizeof(content)], 0xdd);
    assert_int_equal(result.stats.write_count, 1 + 1 + 3 + 1);
    assert_int_equal(result.stats.written_bytes, 4096 + 1000 + sizeof(content) + 512);
    assert_int_equal(result.stats.verified_bytes, 4096 + sizeof(content) + 512);
    assert_int_equal(result.stats.flush_count, 2);
    free(disk);
}

/* Whatever operation fails: an error that names the disk, and the last stage is not begun before
 * the first is on the medium and verified. */
static void every_operation_may_fail(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < 4; kind++) {
        for (unsigned n = 1;; n++) {
            struct disk *disk = new_disk();
            struct result result;
            unsigned *const which[] = {&disk->fail_write, &disk->fail_flush, &disk->fail_read,
                                       &disk->corrupt_read};

            *which[kind] = n;
            run(disk, &result);
            if (result.rc == 0) {
                free(disk);
                assert_true(n > 2);
                break;
            }
            assert_int_equal(result.rc, kind == 3 ? -EILSEQ : -EIO);
            assert_int_equal(result.err.kind, VTC_ERROR_FAILED);
            assert_non_null(strstr(result.err.text, "the disk"));
            assert_true(result.err.hint[0] != '\0');
            if (result.stats.stage == 0)
                assert_memory_not_equal(disk->bytes, content + 5, 512);
            else
                assert_memory_equal(disk->bytes + 1000000, content, sizeof(content));
            free(disk);
        }
    }
}

static void it_can_be_stopped_between_writes(void **state)
{
    (void)state;
    for (unsigned n = 1; n <= 5; n++) {
        struct disk *disk = new_disk();
        struct result result;

        disk->stop_at_write = n;
        run(disk, &result);
        assert_int_equal(result.rc, -EINTR);
        assert_int_equal(result.err.kind, VTC_ERROR_INTERRUPTED);
        assert_int_equal(disk->writes, n);
        assert_memory_not_equal(disk->bytes, content + 5, 512);
        free(disk);
    }
}

/* The second stage that is not empty is stage 2: nothing stops it once it has begun. */
static void it_cannot_be_stopped_any_more(void **state)
{
    (void)state;
    for (unsigned n = 5; n <= 6; n++) {
        struct disk *disk = new_disk();
        struct result result;

        disk->stop_at_write = n;
        run_from(disk, &result, 2);
        assert_int_equal(result.rc, n == 5 ? -EINTR : 0);
        assert_int_equal(disk->writes, n);
        free(disk);
    }
}

static void errors_say_what_to_do(void **state)
{
    static const struct {
        int rc;
        const char *hint;
    } cases[] = {{-ENOSPC, "Free some space"},
                 {-EFBIG, "limit"},
                 {-ENODEV, "gone for a moment"},
                 {-EIO, "failing"}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct disk *disk = new_disk();
        struct result result;

        disk->fail_write = 2;
        disk->rc = cases[i].rc;
        run(disk, &result);
        assert_int_equal(result.rc, cases[i].rc);
        assert_non_null(strstr(result.err.text, "byte 512 (over the zeros)"));
        assert_non_null(strstr(result.err.hint, cases[i].hint));
        free(disk);
    }
}

/* Asked before the first write: nothing is written then. */
static void another_disk_is_not_written_to(void **state)
{
    struct disk *disk = new_disk();
    struct result result;

    (void)state;
    disk->other_at_write = 1;
    run(disk, &result);
    assert_int_equal(result.rc, -ESTALE);
    assert_string_equal(disk->trace, "");
    assert_false(result.stats.begun);
    assert_int_equal(disk->asked, 1);
    assert_string_equal(result.err.text, "the disk: is another one now");
    free(disk);
}

/* Asked after any error: the message tells the cause, and nothing more is written. */
static void an_error_of_another_disk_is_told_as_that(void **state)
{
    static const struct {
        unsigned write, flush, read, corrupt;
        const char *what, *trace;
    } cases[] = {
        {3, 0, 0, 0, "(cannot write at byte 1000000 (long): ", "w"},
        {0, 1, 0, 0, "(cannot flush at byte ", "wf"},
        {0, 0, 2, 0, "(cannot read back at byte 1512 (zeros): ", "wfr"},
        {0, 0, 0, 2, "(byte 2804 reads back differently from what was written (zeros", "wfr"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct disk *disk = new_disk();
        struct result result;

        for (int other = 0; other < 2; other++) {
            memset(disk, 0, sizeof(*disk));
            disk->rc = -EIO;
            disk->fail_write = cases[i].write;
            disk->fail_flush = cases[i].flush;
            disk->fail_read = cases[i].read;
            disk->corrupt_read = cases[i].corrupt;
            disk->other_at_write = other ? 3 : 0;
            run(disk, &result);
            assert_int_equal(result.rc, cases[i].corrupt ? -EILSEQ : -EIO);
            assert_int_equal(result.err.kind, VTC_ERROR_FAILED);
            assert_string_equal(disk->trace, cases[i].trace);
            assert_int_equal(disk->asked, 2);
            assert_true(result.stats.begun);
            assert_non_null(strstr(result.err.text, cases[i].what + 1));
            if (!!strstr(result.err.text, "is another one now") != other ||
                !!strstr(result.err.hint, "Start over") != other ||
                (other && !strstr(result.err.text, cases[i].what)))
                fail_msg("case %zu: %s (%s)", i, result.err.text, result.err.hint);
        }
        free(disk);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_is_written_flushed_and_read_back_in_order),
        cmocka_unit_test(every_operation_may_fail),
        cmocka_unit_test(it_can_be_stopped_between_writes),
        cmocka_unit_test(it_cannot_be_stopped_any_more),
        cmocka_unit_test(errors_say_what_to_do),
        cmocka_unit_test(another_disk_is_not_written_to),
        cmocka_unit_test(an_error_of_another_disk_is_told_as_that),
    };

    return cmocka_run_group_tests_name("apply", tests, NULL, NULL);
}

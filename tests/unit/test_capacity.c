/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The capacity test on models of disks, honest ones and fakes. */
#include <errno.h>

#include "fixture.h"
#include "host/capacity.h"

#define MIB      (1024ull * 1024)
#define GIB      (1024 * MIB)
#define PAGE     512u
#define NO_LIMIT UINT64_MAX

enum kind { HONEST, WRAPS, LOSES, REFUSES, FLIPS, ONE_BLOCK };

/* A sparse disk: an open hash table of its sectors. */
struct disk {
    enum kind kind;
    uint64_t real;
    uint64_t *key; /* sector number + 1 */
    uint8_t *data;
    size_t slots, used;
    uint64_t writes, reads, flushes, written, bad_off;
    int rc;           /* what the write at stop_at returns */
    uint64_t stop_at; /* counted in writes */
    volatile sig_atomic_t stop;
    uint64_t progress;
};

static uint8_t *sector(struct disk *disk, uint64_t n, int make)
{
    size_t i = (size_t)(n * 0x9e3779b97f4a7c15ull >> 20) % disk->slots;

    while (disk->key[i] && disk->key[i] != n + 1)
        i = (i + 1) % disk->slots;
    if (!disk->key[i]) {
        if (!make)
            return NULL;
        assert_true(++disk->used < disk->slots);
        disk->key[i] = n + 1;
        memset(disk->data + i * PAGE, 0, PAGE);
    }
    return disk->data + i * PAGE;
}

/* Where the sector at off really is; NO_LIMIT: nowhere. */
static uint64_t place(const struct disk *disk, uint64_t off)
{
    if (off < disk->real)
        return off;
    switch (disk->kind) {
    case WRAPS:
        return off % disk->real;
    case ONE_BLOCK:
        return disk->bad_off + off % 4096;
    case LOSES:
    case REFUSES:
        return NO_LIMIT;
    default:
        return off;
    }
}

static int disk_write(void *ctx, uint64_t off, const void *buf, size_t bytes)
{
    struct disk *disk = ctx;

    assert_int_equal(off % PAGE, 0);
    if (++disk->writes == disk->stop_at) {
        disk->stop = !disk->rc;
        if (disk->rc)
            return disk->rc;
    }
    if (disk->kind == REFUSES && off + bytes > disk->real)
        return -EIO;
    for (size_t i = 0; i < bytes; i += PAGE) {
        uint64_t at = place(disk, off + i);

        if (at != NO_LIMIT)
            memcpy(sector(disk, at / PAGE, 1), (const uint8_t *)buf + i, PAGE);
    }
    disk->written += bytes;
    return 0;
}

static int disk_flush(void *ctx)
{
    ((struct disk *)ctx)->flushes++;
    return 0;
}

static int disk_read(void *ctx, uint64_t off, void *buf, size_t bytes)
{
    struct disk *disk = ctx;

    disk->reads++;
    for (size_t i = 0; i < bytes; i += PAGE) {
        uint64_t at = place(disk, off + i);
        const uint8_t *from = at == NO_LIMIT ? NULL : sector(disk, at / PAGE, 0);
        uint8_t *to = (uint8_t *)buf + i;

        if (from)
            memcpy(to, from, PAGE);
        else
            memset(to, at == NO_LIMIT ? 0xff : 0, PAGE);
        if (disk->kind == FLIPS && disk->bad_off / PAGE == (off + i) / PAGE)
            to[disk->bad_off % PAGE] ^= 0x10;
    }
    return 0;
}

static void progress(void *ctx, enum vtc_apply_phase phase, uint64_t done, uint64_t total)
{
    struct disk *disk = ctx;

    (void)phase;
    assert_true(done >= disk->progress && done <= total);
    disk->progress = done;
}

static struct vtc_capacity result;
static struct vtc_error err;

static int run(struct disk *disk, uint64_t claimed, int full)
{
    struct vtc_apply_io io = {disk_write, disk_flush, disk_read, disk};
    struct vtc_apply_options options = {
        .name = "/dev/test", .stop = &disk->stop, .progress = progress, .progress_ctx = disk};
    int rc;

    /* Sectors: the beginning, a block for each thousandth, and room to look closer. */
    disk->slots = claimed > 20 * GIB || full ? 500009 : 100003;
    disk->key = calloc(disk->slots, sizeof(*disk->key));
    disk->data = malloc(disk->slots * PAGE);
    assert_true(disk->key && disk->data);
    memset(&err, 0, sizeof(err));
    rc = vtc_capacity_run(&io, claimed, full, 0x1234567, &options, &result, &err);
    free(disk->key);
    free(disk->data);
    return rc;
}

static void honest_disks_pass(void **state)
{
    static const struct {
        uint64_t bytes;
        int full;
    } cases[] = {
        {256 * MIB, 0}, {300 * MIB + 512, 0}, {16 * GIB + 1536, 0},
        {100 * MIB, 1}, {100 * MIB + 512, 1}, {32ull * 1000000000, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct disk disk = {.kind = HONEST, .real = NO_LIMIT};

        assert_int_equal(run(&disk, cases[i].bytes, cases[i].full), 0);
        assert_int_equal(result.verdict, VTC_CAPACITY_GOOD);
        assert_int_equal(result.good_bytes, cases[i].bytes);
        assert_int_equal(result.bad_bytes, 0);
        assert_int_equal(disk.written, vtc_capacity_bytes(cases[i].bytes, cases[i].full));
        assert_int_equal(disk.written, result.tested_bytes);
        assert_true(disk.flushes > 0);
        assert_int_equal(disk.progress, 2 * disk.written);
    }
    /* "full" leaves nothing out, the quick test is quick. */
    assert_int_equal(vtc_capacity_bytes(100 * MIB + 512, 1), 100 * MIB + 512);
    assert_true(vtc_capacity_bytes(64 * GIB, 0) < 70 * MIB);
    assert_true(vtc_capacity_bytes(1024 * GIB, 0) < 1100 * MIB);
}

/* How far the size that is found may be from the real one: nothing where a fake wraps around, the
 * distance of two blocks where it loses writes. */
static void fakes_are_found(void **state)
{
    static const struct {
        enum kind kind;
        uint64_t claimed, real, within;
        int full;
    } cases[] = {
        {WRAPS, 64 * GIB, 8 * GIB, 0, 0},
        {WRAPS, 16 * GIB, 4 * GIB, 0, 0},
        {WRAPS, 16 * GIB, 7 * GIB + 13 * MIB, 0, 0},
        {WRAPS, 16 * GIB, 7 * GIB + 3 * 4096, 0, 0},
        {WRAPS, 16 * GIB, 5 * GIB + 7 * 512, 0, 0},
        {WRAPS, 16 * GIB, 16 * GIB - MIB, 0, 0},
        {WRAPS, 15 * GIB + 512, 16 * MIB, 0, 0},
        {WRAPS, 15 * GIB, 6 * MIB, 0, 0},
        {WRAPS, 256 * MIB, 8 * MIB, 0, 0},
        {WRAPS, 300 * MIB, 128 * MIB, 0, 0},
        {WRAPS, 1000000000, 333000192, 0, 0},
        {WRAPS, 96 * MIB, 32 * MIB, 0, 1},
        {WRAPS, 128 * MIB, 16 * MIB, 0, 1},
        {WRAPS, 100 * MIB + 512, 33 * MIB, 0, 1},
        {LOSES, 16 * GIB, 8 * GIB, 64 * 1024, 0},
        {LOSES, 16 * GIB, 7 * GIB + 13 * MIB + 512, 64 * 1024, 0},
        {LOSES, 16 * GIB, 16 * GIB - 512, 64 * 1024, 0},
        {LOSES, 16 * GIB, 3 * MIB, 4096, 0},
        {LOSES, 16 * GIB, 0, 0, 0},
        {LOSES, 300 * MIB, 100 * MIB, 32 * 1024, 0},
        {LOSES, 128 * MIB, 100 * MIB + 4096, 0, 1},
        {REFUSES, 16 * GIB, 8 * GIB, 64 * 1024, 0},
        {REFUSES, 128 * MIB, 100 * MIB, MIB, 1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct disk disk = {.kind = cases[i].kind, .real = cases[i].real};
        int rc = run(&disk, cases[i].claimed, cases[i].full);
        enum vtc_capacity_verdict want =
            cases[i].kind == WRAPS ? VTC_CAPACITY_WRAPS : VTC_CAPACITY_LOSES;

        if (rc != -EILSEQ || result.verdict != want || result.good_bytes > cases[i].real ||
            cases[i].real - result.good_bytes > cases[i].within)
            fail_msg("case %zu: rc %d, verdict %d, %llu of %llu bytes: %s", i, rc, result.verdict,
                     (unsigned long long)result.good_bytes, (unsigned long long)cases[i].real,
                     err.text);
        assert_int_equal(err.kind, VTC_ERROR_FAILED);
        assert_non_null(strstr(err.text, "/dev/test: claims"));
        assert_non_null(strstr(err.hint, "give it back"));
    }
}

/* No size may be made up where it is not the size that is wrong. */
static void damage_is_no_fake(void **state)
{
    static const uint64_t bad[] = {0, 5 * MIB + 3, 3 * (16 * MIB - 4096) + 16 * MIB};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct disk disk = {.kind = FLIPS, .real = NO_LIMIT, .bad_off = bad[i]};

        assert_int_equal(run(&disk, 16 * GIB, 0), -EILSEQ);
        assert_int_equal(result.verdict, VTC_CAPACITY_DAMAGED);
        assert_int_equal(result.first_bad_off, bad[i] / 4096 * 4096);
        assert_int_equal(result.bad_bytes, 4096);
        assert_non_null(strstr(err.text, "does not keep what is written"));
    }
    /* All behind the end lands in one and the same block. */
    {
        struct disk disk = {.kind = ONE_BLOCK, .real = 8 * GIB, .bad_off = 8 * GIB};

        assert_int_equal(run(&disk, 16 * GIB, 0), -EILSEQ);
        assert_int_not_equal(result.verdict, VTC_CAPACITY_WRAPS);
        disk = (struct disk){.kind = ONE_BLOCK, .real = 8 * GIB, .bad_off = MIB};
        assert_int_equal(run(&disk, 16 * GIB, 0), -EILSEQ);
        assert_int_not_equal(result.verdict, VTC_CAPACITY_WRAPS);
    }
}

static void it_stops_when_told(void **state)
{
    static const uint64_t stops[] = {1, 16, 17, 30};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(stops); i++) {
        struct disk disk = {.kind = HONEST, .real = NO_LIMIT, .stop_at = stops[i]};

        assert_int_equal(run(&disk, 300 * MIB, 0), -EINTR);
        assert_int_equal(err.kind, VTC_ERROR_INTERRUPTED);
        assert_int_equal(disk.writes, stops[i]);
        assert_int_equal(disk.reads, 0);
    }
}

static void a_disk_that_goes_away_is_no_fake(void **state)
{
    struct disk disk = {.kind = HONEST, .real = NO_LIMIT, .stop_at = 20, .rc = -ENODEV};

    (void)state;
    assert_int_equal(run(&disk, 300 * MIB, 0), -ENODEV);
    assert_int_equal(err.kind, VTC_ERROR_FAILED);
    assert_non_null(strstr(err.text, "cannot write at byte"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(honest_disks_pass),
        cmocka_unit_test(fakes_are_found),
        cmocka_unit_test(damage_is_no_fake),
        cmocka_unit_test(it_stops_when_told),
        cmocka_unit_test(a_disk_that_goes_away_is_no_fake),
    };

    return cmocka_run_group_tests_name("capacity", tests, NULL, NULL);
}

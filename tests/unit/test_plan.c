/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "fixture.h"
#include "host/plan.h"
#include "host/scratch.h"

static void entries_keep_order_and_stage(void **state)
{
    struct vtc_plan plan;

    (void)state;
    vtc_plan_init(&plan);
    for (unsigned i = 0; i < 100; i++) {
        assert_int_equal(vtc_plan_add_zero(&plan, i * 10ull, i % 3, "reason"), 0);
        if (i == 49)
            vtc_plan_barrier(&plan);
    }
    /* Every third was empty and is not there. */
    assert_int_equal(plan.count, 66);
    for (size_t i = 0; i < plan.count; i++) {
        assert_int_equal(plan.entry[i].stage, plan.entry[i].off >= 500);
        if (i)
            assert_true(plan.entry[i].off > plan.entry[i - 1].off);
    }
    assert_int_equal(vtc_plan_bytes(&plan), 33 * 1 + 33 * 2);
    vtc_plan_free(&plan);
}

static void every_source_fills(void **state)
{
    static const uint8_t memory[] = "0123456789";
    struct vtc_plan plan;
    char buf[8];
    int fd = vtc_scratch_open(100, NULL);

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(vtc_scratch_write(fd, 50, "abcdefgh", 8), 0);
    vtc_plan_init(&plan);
    assert_int_equal(vtc_plan_own_fd(&plan, fd), 0);
    assert_int_equal(vtc_plan_add_memory(&plan, 0, memory, 10, "m"), 0);
    assert_int_equal(vtc_plan_add_scratch(&plan, 0, fd, 48, 20, "s"), 0);
    assert_int_equal(vtc_plan_add_zero(&plan, 0, 20, "z"), 0);
    assert_int_equal(vtc_plan_fill(&plan.entry[0], 3, buf, 4), 0);
    assert_memory_equal(buf, "3456", 4);
    assert_int_equal(vtc_plan_fill(&plan.entry[1], 2, buf, 8), 0);
    assert_memory_equal(buf, "abcdefgh", 8);
    assert_int_equal(vtc_plan_fill(&plan.entry[2], 5, buf, 8), 0);
    assert_memory_equal(buf, "\0\0\0\0\0\0\0\0", 8);
    assert_string_equal(vtc_plan_source_name(plan.entry[1].source), "scratch");
    vtc_plan_free(&plan);
    assert_int_equal(fcntl(fd, F_GETFD), -1); /* closed with the plan */
}

static void a_short_scratch_file_is_an_error(void **state)
{
    struct vtc_plan plan;
    char buf[8];
    int fd = vtc_scratch_open(10, NULL);

    (void)state;
    vtc_plan_init(&plan);
    assert_int_equal(vtc_plan_own_fd(&plan, fd), 0);
    assert_int_equal(vtc_plan_add_scratch(&plan, 0, fd, 5, 20, "s"), 0);
    assert_int_equal(vtc_plan_fill(&plan.entry[0], 0, buf, 8), -EIO);
    vtc_plan_free(&plan);
}

struct pieces {
    char text[200];
};

static int note_piece(void *ctx, uint64_t at, uint64_t bytes)
{
    struct pieces *pieces = ctx;
    size_t used = strlen(pieces->text);

    snprintf(pieces->text + used, sizeof(pieces->text) - used, "%d+%d ", (int)at, (int)bytes);
    return 0;
}

/* What of the first entry, [100, 200), is visible below later ones. */
static void later_entries_cover_earlier_ones(void **state)
{
    static const struct {
        struct {
            uint64_t off, bytes;
        } later[3];
        const char *visible;
    } cases[] = {
        {{{0, 0}}, "0+100 "},
        {{{100, 100}}, ""},
        {{{0, 1000}}, ""},
        {{{100, 10}}, "10+90 "},
        {{{190, 10}}, "0+90 "},
        {{{190, 100}}, "0+90 "},
        {{{50, 60}}, "10+90 "},
        {{{150, 10}}, "0+50 60+40 "},
        {{{150, 10}, {120, 10}}, "0+20 30+20 60+40 "},
        {{{120, 10}, {150, 10}}, "0+20 30+20 60+40 "},
        {{{120, 40}, {150, 10}}, "0+20 60+40 "},
        {{{150, 10}, {120, 40}, {180, 100}}, "0+20 60+20 "},
        {{{100, 50}, {150, 50}}, ""},
        {{{150, 50}, {100, 50}}, ""},
        {{{0, 100}, {200, 5}}, "0+100 "},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct pieces pieces = {""};
        struct vtc_plan plan;

        vtc_plan_init(&plan);
        assert_int_equal(vtc_plan_add_zero(&plan, 0, 1000, "before"), 0);
        assert_int_equal(vtc_plan_add_zero(&plan, 100, 100, "me"), 0);
        for (size_t k = 0; k < 3; k++)
            assert_int_equal(
                vtc_plan_add_zero(&plan, cases[i].later[k].off, cases[i].later[k].bytes, "later"),
                0);
        vtc_plan_barrier(&plan);
        assert_int_equal(vtc_plan_add_zero(&plan, 0, 1000, "another stage"), 0);
        assert_int_equal(vtc_plan_visible(&plan, 1, note_piece, &pieces), 0);
        if (strcmp(pieces.text, cases[i].visible) != 0)
            fail_msg("case %zu: \"%s\"", i, pieces.text);
        vtc_plan_free(&plan);
    }
}

static int stop_at_once(void *ctx, uint64_t at, uint64_t bytes)
{
    (void)ctx;
    (void)at;
    (void)bytes;
    return 42;
}

static void a_visitor_can_stop(void **state)
{
    struct vtc_plan plan;

    (void)state;
    vtc_plan_init(&plan);
    assert_int_equal(vtc_plan_add_zero(&plan, 100, 100, "me"), 0);
    assert_int_equal(vtc_plan_visible(&plan, 0, stop_at_once, NULL), 42);
    vtc_plan_free(&plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_keep_order_and_stage),
        cmocka_unit_test(every_source_fills),
        cmocka_unit_test(a_short_scratch_file_is_an_error),
        cmocka_unit_test(later_entries_cover_earlier_ones),
        cmocka_unit_test(a_visitor_can_stop),
    };

    return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}

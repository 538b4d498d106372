/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of the guest's init that only compute: the table for the device mapper, the way a map is
 * shown, when a stick is certain, the kernel's messages, texts. */
#include "fixture.h"

#include <linux/dm-ioctl.h>

#include <ventoc/bytes.h>

#include "../../grub-payload/linux/devices.h"
#include "../../grub-payload/linux/dm.h"
#include "../../grub-payload/linux/settle.h"
#include "../../grub-payload/linux/text.h"
#include "../../grub-payload/linux/uevent.h"

static const struct vtc_extent two_pieces[] = {
    {0, 0x4000000, 0x1000},
    {0x1000, 0x123456789200, 0x800},
};

/* dm-ioctl.h: struct dm_target_spec, then the parameters, padded to 8. */
static const uint8_t two_targets[] = {
    0,   0,   0,   0,   0,   0,   0,   0,                                         /* sector_start */
    8,   0,   0,   0,   0,   0,   0,   0,                                         /* length */
    0,   0,   0,   0,   56,  0,   0,   0,                                         /* status, next */
    'l', 'i', 'n', 'e', 'a', 'r', 0,   0,   0,   0,   0,   0,   0,   0,   0,   0, /* target_type */
    '7', ':', '2', '4', '0', ' ', '1', '3', '1', '0', '7', '2', 0,   0,   0,   0,
    8,   0,   0,   0,   0,   0,   0,   0,                                         /* sector_start */
    4,   0,   0,   0,   0,   0,   0,   0,                                         /* length */
    0,   0,   0,   0,   64,  0,   0,   0,                                         /* status, next */
    'l', 'i', 'n', 'e', 'a', 'r', 0,   0,   0,   0,   0,   0,   0,   0,   0,   0, /* target_type */
    '7', ':', '2', '4', '0', ' ', '3', '9', '0', '9', '3', '7', '4', '6', '7', '6',
    '1', 0,   0,   0,   0,   0,   0,   0,
};

static void table_bytes(void **state)
{
    const size_t capacity = vtc_dm_table_bytes(2);
    uint64_t buf[64] = {0};
    const struct dm_ioctl *io = (const void *)buf;

    (void)state;
    assert_true(capacity <= sizeof buf);
    assert_int_equal(vtc_dm_table(buf, capacity, "ventoc", 7, 240, two_pieces, 2, 0x1800, 0),
                     sizeof *io + sizeof two_targets);
    assert_int_equal(io->version[0], 4);
    assert_int_equal(io->data_size, sizeof *io + sizeof two_targets);
    assert_int_equal(io->data_start, sizeof *io);
    assert_int_equal(io->target_count, 2);
    assert_int_equal(io->flags, DM_READONLY_FLAG);
    assert_int_equal(io->event_nr, 0);
    assert_string_equal(io->name, "ventoc");
    assert_memory_equal(io + 1, two_targets, sizeof two_targets);
}

static void table_limits(void **state)
{
    static const struct {
        const char *what;
        struct vtc_extent extent;
        uint64_t bytes;
        int writable;
        size_t short_by;
        int ok;
    } cases[] = {
        {"whole", {0, 512, 1024}, 1024, 0, 0, 1},
        {"writable", {0, 512, 1024}, 1024, 1, 0, 1},
        {"cut", {0, 512, 1024}, 512, 0, 0, 1},
        {"no bytes", {0, 512, 1024}, 0, 0, 0, 0},
        {"pieces too short", {0, 512, 1024}, 1536, 0, 0, 0},
        {"half a sector long", {0, 512, 1280}, 1280, 0, 0, 0},
        {"not at a sector", {0, 256, 1024}, 1024, 0, 0, 0},
        {"no room", {0, 512, 1024}, 1024, 0, 8, 0},
        {"numbers as long as can be", {0, 0xfffffffffffffe00, 512}, 512, 0, 0, 1},
    };
    unsigned i;

    (void)state;
    for (i = 0; i < COUNT_OF(cases); i++) {
        uint64_t buf[64] = {0};
        const struct dm_ioctl *io = (const void *)buf;
        size_t n = vtc_dm_table(buf, vtc_dm_table_bytes(1) - cases[i].short_by, "n", UINT32_MAX,
                                UINT32_MAX, &cases[i].extent, 1, cases[i].bytes, cases[i].writable);

        if ((n != 0) != cases[i].ok)
            fail_msg("%s: %zu", cases[i].what, n);
        if (n)
            assert_int_equal(io->flags, cases[i].writable ? 0 : DM_READONLY_FLAG);
        assert_true(n <= vtc_dm_table_bytes(1));
    }
}

static void table_of_many(void **state)
{
    enum { MANY = 20000 };
    struct vtc_extent *e = calloc(MANY, sizeof *e);
    const size_t capacity = vtc_dm_table_bytes(MANY);
    char *buf = calloc(1, capacity);
    const struct dm_ioctl *io = (const void *)buf;
    uint64_t sector = 0;
    size_t at;
    uint32_t i;

    (void)state;
    for (i = 0; i < MANY; i++) {
        e[i].file_off = i * 4096ull;
        e[i].disk_off = (MANY - i) * 1048576ull;
        e[i].bytes = 4096;
    }
    at = vtc_dm_table(buf, capacity, "n", 7, 241, e, MANY, MANY * 4096ull, 1);
    assert_int_equal(at, io->data_size);
    at = sizeof *io;
    assert_int_equal(io->target_count, MANY);
    for (i = 0; i < MANY; i++) {
        const struct dm_target_spec *t = (const void *)(buf + at);
        char want[64];

        snprintf(want, sizeof want, "7:241 %u", (MANY - i) * 2048);
        assert_int_equal(t->sector_start, sector);
        assert_string_equal((const char *)(t + 1), want);
        sector += t->length;
        at += t->next;
    }
    assert_int_equal(at, io->data_size);
    free(e);
    free(buf);
}

static void ways(void **state)
{
    enum { L = VTC_DEVICES_LOOP, D = VTC_DEVICES_DM, B = VTC_DEVICES_BLKPG };
    static const struct {
        const char *what;
        uint32_t flags;
        uint64_t probe_off;
        uint32_t pieces, have;
        enum vtc_devices_way way;
    } cases[] = {
        {"an ISO", VTC_HANDOFF_MAP_MEDIUM, 32768, 1, L | D | B, VTC_DEVICES_BY_DM_LOOP},
        {"in pieces", VTC_HANDOFF_MAP_MEDIUM, 32768, 9, L | D | B, VTC_DEVICES_BY_DM_LOOP},
        {"no dm", VTC_HANDOFF_MAP_MEDIUM, 32768, 1, L | B, VTC_DEVICES_BY_LOOP},
        {"no dm, in pieces", VTC_HANDOFF_MAP_MEDIUM, 32768, 9, L | B, VTC_DEVICES_NONE},
        {"no loop", VTC_HANDOFF_MAP_MEDIUM, 32768, 1, D | B, VTC_DEVICES_BY_DM},
        {"no loop, in pieces", VTC_HANDOFF_MAP_MEDIUM, 32768, 9, D | B, VTC_DEVICES_BY_DM},
        {"neither", VTC_HANDOFF_MAP_MEDIUM, 32768, 1, B, VTC_DEVICES_BY_PARTITION},
        {"neither, in pieces", VTC_HANDOFF_MAP_MEDIUM, 32768, 9, B, VTC_DEVICES_NONE},
        {"all tried", VTC_HANDOFF_MAP_MEDIUM, 32768, 1, 0, VTC_DEVICES_NONE},
        {"a layer", VTC_HANDOFF_MAP_WRITABLE, 0, 1, L | D | B, VTC_DEVICES_BY_DM_LOOP},
        {"a disk image", VTC_HANDOFF_MAP_MEDIUM, 0, 1, L | D | B, VTC_DEVICES_BY_LOOP},
        {"a disk image in pieces", VTC_HANDOFF_MAP_MEDIUM, 0, 9, L | D | B, VTC_DEVICES_BY_LOOP_DM},
        {"a disk image, no loop", VTC_HANDOFF_MAP_MEDIUM, 0, 1, D | B, VTC_DEVICES_NONE},
        {"a disk image in pieces, no dm", VTC_HANDOFF_MAP_MEDIUM, 0, 9, L | B, VTC_DEVICES_NONE},
    };
    unsigned i;

    (void)state;
    for (i = 0; i < COUNT_OF(cases); i++) {
        struct vtc_handoff_map map = {.flags = cases[i].flags,
                                      .probe_off = cases[i].probe_off,
                                      .extent_count = cases[i].pieces};

        if (vtc_devices_choose(&map, cases[i].have) != cases[i].way)
            fail_msg("%s: %d", cases[i].what, vtc_devices_choose(&map, cases[i].have));
    }
}

/* Looks at the disks, one after the other, and what is decided after each. */
static void settling(void **state)
{
    static const struct {
        const char *what;
        uint32_t at_ms, matches;
        int appeared;
        enum vtc_settle_state want;
        uint32_t wait_ms;
    } steps[] = {
        {"nothing yet", 0, 0, 1, VTC_SETTLE_WAIT, 5000},
        {"before the report", 27000, 0, 1, VTC_SETTLE_WAIT, 3000},
        {"at the report", 30000, 0, 0, VTC_SETTLE_WAIT, 5000},
        {"the stick", 40000, 1, 1, VTC_SETTLE_WAIT, 1000},
        {"quiet, too short", 40999, 1, 0, VTC_SETTLE_WAIT, 1},
        {"another disk", 40999, 1, 1, VTC_SETTLE_WAIT, 1000},
        {"a third", 41900, 1, 1, VTC_SETTLE_WAIT, 1000},
        {"a fourth", 42800, 1, 1, VTC_SETTLE_WAIT, 200},
        {"its clone", 42900, 2, 1, VTC_SETTLE_SEVERAL, 5000},
        {"still two", 60000, 2, 0, VTC_SETTLE_SEVERAL, 5000},
        {"one is pulled out", 61000, 1, 0, VTC_SETTLE_GO, 0},
        {"both are", 61001, 0, 0, VTC_SETTLE_WAIT, 5000},
        {"one comes again", 62000, 1, 1, VTC_SETTLE_WAIT, 1000},
        {"and stays", 63000, 1, 0, VTC_SETTLE_GO, 0},
        {"near the end", 599000, 0, 0, VTC_SETTLE_WAIT, 1000},
        {"the end", 600000, 0, 0, VTC_SETTLE_END, 0},
    };
    const uint64_t base = 123456789;
    struct vtc_settle s;
    unsigned i, wait_ms, reports = 0;

    (void)state;
    vtc_settle_start(&s, base);
    for (i = 0; i < COUNT_OF(steps); i++) {
        enum vtc_settle_state got;

        wait_ms = 0;
        vtc_settle_seen(&s, base + steps[i].at_ms, steps[i].matches, steps[i].appeared);
        got = vtc_settle_next(&s, base + steps[i].at_ms, &wait_ms);
        reports += (unsigned)vtc_settle_report(&s, base + steps[i].at_ms);
        if (got != steps[i].want || wait_ms != steps[i].wait_ms)
            fail_msg("%s: state %d, wait %u", steps[i].what, got, wait_ms);
        assert_int_equal(reports, steps[i].at_ms >= 30000);
    }
}

static void messages(void **state)
{
#define MESSAGE(s, disk)                                                                           \
    {                                                                                              \
        s, sizeof(s), disk                                                                         \
    }
    static const struct {
        const char *s;
        size_t bytes;
        int disk;
    } cases[] = {
        MESSAGE("add@/devices/x/block/sda\0ACTION=add\0SUBSYSTEM=block\0DEVTYPE=disk", 1),
        MESSAGE("add@/devices/x/block/sda/sda1\0SUBSYSTEM=block\0DEVTYPE=partition", 0),
        MESSAGE("add@/devices/x/net/disk\0SUBSYSTEM=net\0DEVTYPE=disk", 0),
        MESSAGE("change@/a\0SUBSYSTEM=blocks\0DEVTYPE=disks", 0),
        {"add@/a\0SUBSYSTEM=block\0DEVTYPE=disk", 35, 1}, /* no NUL at the end */
        {"add@/a\0SUBSYSTEM=block\0DEVTYPE=disk", 34, 0},
        {"", 0, 0},
    };
    unsigned i;

    (void)state;
    for (i = 0; i < COUNT_OF(cases); i++)
        assert_int_equal(vtc_uevent_is_disk(cases[i].s, cases[i].bytes), cases[i].disk);
}

static void texts(void **state)
{
    static const uint8_t uuid[] = {0x00, 0x9f, 0xff};
    const char *p = "18446744073709551616x";
    struct vtc_text t;
    unsigned i;

    (void)state;
    vtc_text_make(&t, "a", "", "bc", NULL);
    vtc_text_dec(&t, 0);
    vtc_text_dec(&t, UINT64_MAX);
    vtc_text_hex(&t, uuid, sizeof uuid);
    assert_string_equal(t.s, "abc018446744073709551615009fff");
    for (i = 0; i < 100; i++)
        vtc_text_add(&t, "0123456789");
    assert_int_equal(t.n, VTC_TEXT_BYTES - 1);
    assert_int_equal(t.s[t.n], 0);
    assert_int_equal(vtc_text_number(&p), UINT64_MAX);
    assert_string_equal(p, "x");
    assert_true(vtc_text_starts("dm-3", "dm-"));
    assert_false(vtc_text_starts("dm", "dm-"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_bytes),   cmocka_unit_test(table_limits),
        cmocka_unit_test(table_of_many), cmocka_unit_test(ways),
        cmocka_unit_test(settling),      cmocka_unit_test(messages),
        cmocka_unit_test(texts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

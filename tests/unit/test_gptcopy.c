/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copies of a GPT. The judges: sfdisk made them, and sfdisk reads what was derived from them. */
#include <ventoc/bytes.h>
#include <ventoc/crc32.h>

#include "fixture.h"
#include "host/gptcopy.h"

#define DISK_BYTES (64u * 1024 * 1024)
#define LAST_LBA   (DISK_BYTES / 512 - 1)

static struct fixture_memdisk disk;
static struct vtc_reader reader;

static int make_disk(void **state)
{
    (void)state;
    fixture_run("rm -f d.img; truncate -s %u d.img", DISK_BYTES);
    fixture_run("printf 'label: gpt\\n2048,4096\\n8192,16384\\n' | sfdisk -q d.img");
    reader = fixture_memdisk_load(&disk, "d.img");
    return 0;
}

static int drop_disk(void **state)
{
    (void)state;
    fixture_memdisk_free(&disk);
    return 0;
}

static void reads_both_copies(void **state)
{
    struct vtc_gptcopy a, b;
    uint64_t off, bytes;

    (void)state;
    assert_int_equal(vtc_gptcopy_read(&reader, 512, 1, &a), 0);
    assert_int_equal(vtc_gptcopy_read(&reader, 512, LAST_LBA, &b), 0);
    assert_int_equal(a.state, VTC_GPTCOPY_GOOD);
    assert_int_equal(b.state, VTC_GPTCOPY_GOOD);
    assert_true(vtc_gptcopy_agree(&a, &b));
    assert_int_equal(a.alternate_lba, LAST_LBA);
    assert_int_equal(b.alternate_lba, 1);
    assert_true(vtc_gptcopy_entry(&a, 0, &off, &bytes));
    assert_int_equal(off, 2048 * 512);
    assert_int_equal(bytes, 4096 * 512);
    assert_true(vtc_gptcopy_entry(&b, 1, &off, &bytes));
    assert_int_equal(off, 8192 * 512);
    assert_false(vtc_gptcopy_entry(&a, 2, &off, &bytes));
    assert_false(vtc_gptcopy_entry(&a, 128, &off, &bytes));
    b.entries[200]++;
    assert_false(vtc_gptcopy_agree(&a, &b));
    vtc_gptcopy_free(&a);
    vtc_gptcopy_free(&b);
}

/* The primary from the backup, bit for bit as sfdisk made it. */
static void derives_one_from_the_other(void **state)
{
    struct vtc_gptcopy b;
    uint8_t header[512];

    (void)state;
    assert_int_equal(vtc_gptcopy_read(&reader, 512, LAST_LBA, &b), 0);
    vtc_gptcopy_at(&b, 1, LAST_LBA, 2, header);
    assert_memory_equal(header, disk.bytes + 512, 512);
    assert_memory_equal(b.entries, disk.bytes + 1024, b.entries_bytes);
    /* And for another table: entry 2 moved by a sector. */
    vtc_put_le64(b.entries + 128 + 32, 8193);
    vtc_gptcopy_seal(&b);
    vtc_gptcopy_at(&b, 1, LAST_LBA, 2, header);
    fixture_overwrite("d.img", 512, header, 512);
    fixture_overwrite("d.img", 1024, b.entries, b.entries_bytes);
    vtc_gptcopy_at(&b, LAST_LBA, 1, LAST_LBA - 32, header);
    fixture_overwrite("d.img", (uint64_t)LAST_LBA * 512, header, 512);
    fixture_overwrite("d.img", (uint64_t)(LAST_LBA - 32) * 512, b.entries, b.entries_bytes);
    fixture_run("sfdisk -V d.img 2>&1 | grep -q 'No errors'");
    fixture_run("sfdisk -J d.img | grep -q '\"start\": 8193'");
    vtc_gptcopy_free(&b);
}

/* Each single byte that is wrong is noticed. */
static void notices_every_byte(void **state)
{
    struct vtc_gptcopy a;

    (void)state;
    for (unsigned at = 512; at < 512 + 92; at++) {
        disk.bytes[at] ^= 0x40;
        assert_int_equal(vtc_gptcopy_read(&reader, 512, 1, &a), 0);
        assert_int_equal(a.state, at < 520 ? VTC_GPTCOPY_MISSING : VTC_GPTCOPY_BAD_HEADER);
        assert_null(a.entries);
        disk.bytes[at] ^= 0x40;
    }
    for (unsigned at = 1024; at < 1024 + 16384; at += 97) {
        disk.bytes[at] ^= 1;
        assert_int_equal(vtc_gptcopy_read(&reader, 512, 1, &a), 0);
        assert_int_equal(a.state, VTC_GPTCOPY_BAD_ENTRIES);
        vtc_gptcopy_free(&a);
        disk.bytes[at] ^= 1;
    }
}

/* Headers that are hostile, with the right CRC. */
static void survives_hostile_headers(void **state)
{
    static const struct {
        unsigned at, bytes;
        uint64_t value;
        enum vtc_gptcopy_state state;
    } cases[] = {
        {12, 4, 0, VTC_GPTCOPY_BAD_HEADER},
        {12, 4, 91, VTC_GPTCOPY_BAD_HEADER},
        {12, 4, 513, VTC_GPTCOPY_BAD_HEADER},
        {12, 4, 0xffffffff, VTC_GPTCOPY_BAD_HEADER},
        {24, 8, 2, VTC_GPTCOPY_BAD_HEADER},
        {72, 8, LAST_LBA, VTC_GPTCOPY_UNREADABLE},
        {72, 8, UINT64_MAX, VTC_GPTCOPY_UNREADABLE},
        {72, 8, UINT64_MAX / 512 + 3, VTC_GPTCOPY_UNREADABLE},
        {80, 4, 0, VTC_GPTCOPY_BAD_HEADER},
        {80, 4, 1, VTC_GPTCOPY_BAD_HEADER},
        {80, 4, 0xffffffff, VTC_GPTCOPY_BAD_HEADER},
        {84, 4, 0, VTC_GPTCOPY_BAD_HEADER},
        {84, 4, 96, VTC_GPTCOPY_BAD_HEADER},
        {84, 4, 192, VTC_GPTCOPY_BAD_HEADER},
        {84, 4, 0x80000000, VTC_GPTCOPY_BAD_HEADER},
        {84, 4, 256, VTC_GPTCOPY_BAD_ENTRIES},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        uint8_t kept[512], *h = disk.bytes + 512;
        struct vtc_gptcopy a;
        uint32_t bytes;

        memcpy(kept, h, sizeof(kept));
        if (cases[i].bytes == 4)
            vtc_put_le32(h + cases[i].at, (uint32_t)cases[i].value);
        else
            vtc_put_le64(h + cases[i].at, cases[i].value);
        bytes = vtc_le32(h + 12);
        vtc_put_le32(h + 16, 0);
        vtc_put_le32(h + 16, vtc_crc32(0, h, bytes > 512 ? 512 : bytes));
        assert_int_equal(vtc_gptcopy_read(&reader, 512, 1, &a), 0);
        assert_int_equal(a.state, cases[i].state);
        vtc_gptcopy_free(&a);
        memcpy(h, kept, sizeof(kept));
    }
    /* Entries whose ends are before their starts, or beyond 2^64 bytes. */
    for (unsigned i = 0; i < 2; i++) {
        struct vtc_gptcopy a;
        uint64_t off, length;

        assert_int_equal(vtc_gptcopy_read(&reader, 512, 1, &a), 0);
        vtc_put_le64(a.entries + 40, i ? UINT64_MAX : 5);
        assert_false(vtc_gptcopy_entry(&a, 0, &off, &length));
        vtc_gptcopy_free(&a);
    }
}

static void reads_beyond_the_disk(void **state)
{
    static const uint64_t lbas[] = {LAST_LBA + 1, LAST_LBA + 2, UINT64_MAX / 512, UINT64_MAX};
    struct vtc_gptcopy a;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(lbas); i++) {
        assert_int_equal(vtc_gptcopy_read(&reader, 512, lbas[i], &a), 0);
        assert_int_equal(a.state, VTC_GPTCOPY_UNREADABLE);
    }
    disk.fail_after = 0;
    disk.reads = 0;
    assert_int_equal(vtc_gptcopy_read(&reader, 512, 1, &a), 0);
    assert_int_equal(a.state, VTC_GPTCOPY_UNREADABLE);
    assert_non_null(vtc_gptcopy_state_words(a.state));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_both_copies, make_disk, drop_disk),
        cmocka_unit_test_setup_teardown(derives_one_from_the_other, make_disk, drop_disk),
        cmocka_unit_test_setup_teardown(notices_every_byte, make_disk, drop_disk),
        cmocka_unit_test_setup_teardown(survives_hostile_headers, make_disk, drop_disk),
        cmocka_unit_test_setup_teardown(reads_beyond_the_disk, make_disk, drop_disk),
    };

    return cmocka_run_group_tests(tests, fixture_enter_tmpdir, fixture_leave_tmpdir);
}

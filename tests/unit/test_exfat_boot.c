/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Volumes are made by mkfs.exfat; fsck.exfat judges what is left of them. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <ventoc/bytes.h>

#include "fixture.h"
#include "host/exfat_boot.h"

#define PART_OFF (64ull << 20)

static int open_volume(const char *name)
{
    int fd = open(name, O_RDWR);

    assert_true(fd >= 0);
    return fd;
}

static void make_volume(const char *name)
{
    fixture_run("rm -f %s; truncate -s 300M %s; mkfs.exfat -L TEST %s >/dev/null 2>&1", name, name,
                name);
}

static void partition_offset_is_set(void **state)
{
    size_t count;
    uint8_t *before, *after;
    int fd;

    (void)state;
    make_volume("a.img");
    before = fixture_load("a.img", &count);
    fd = open_volume("a.img");
    assert_int_equal(vtc_exfat_boot_rewrite(fd, PART_OFF, 512, NULL), 0);
    close(fd);
    after = fixture_load("a.img", &count);
    assert_int_equal(vtc_le64(after + 64), PART_OFF / 512);
    /* Nothing else changed in the boot sector, nothing behind the boot regions. */
    assert_memory_equal(before, after, 64);
    assert_memory_equal(before + 72, after + 72, 512 - 72);
    assert_memory_equal(after, after + 12 * 512, 12 * 512);
    assert_memory_equal(before + 24 * 512, after + 24 * 512, count - 24 * 512);
    free(before);
    free(after);
    fixture_run("fsck.exfat -n a.img >/dev/null");
}

static void sectors_become_larger(void **state)
{
    static const unsigned fields[][2] = {{72, 8}, {80, 4}, {84, 4}, {88, 4}}; /* counts */
    size_t count;
    uint8_t *before, *after;
    int fd;

    (void)state;
    make_volume("b.img");
    before = fixture_load("b.img", &count);
    fd = open_volume("b.img");
    assert_int_equal(vtc_exfat_boot_rewrite(fd, PART_OFF, 4096, NULL), 0);
    close(fd);
    after = fixture_load("b.img", &count);
    for (size_t i = 0; i < COUNT_OF(fields); i++)
        assert_int_equal(vtc_le32(after + fields[i][0]) * 8, vtc_le32(before + fields[i][0]));
    assert_int_equal(vtc_le64(after + 64), PART_OFF / 4096);
    assert_int_equal(after[108], 12);
    assert_int_equal(after[108] + after[109], before[108] + before[109]);
    for (int s = 1; s <= 8; s++)
        assert_int_equal(vtc_le32(after + (s + 1) * 4096 - 4), 0xaa550000);
    assert_int_equal(vtc_le32(after + 11 * 4096), vtc_exfat_boot_checksum(after, 4096));
    assert_memory_equal(after, after + 12 * 4096, 12 * 4096);
    assert_memory_equal(before + 24 * 4096, after + 24 * 4096, count - 24 * 4096);
    free(before);
    free(after);
    fixture_run("fsck.exfat -n b.img >/dev/null");
}

/* Our checksum of what mkfs.exfat wrote is the one that it wrote. */
static void checksum_agrees_with_mkfs(void **state)
{
    size_t count;
    uint8_t *bytes;

    (void)state;
    make_volume("c.img");
    bytes = fixture_load("c.img", &count);
    assert_int_equal(vtc_exfat_boot_checksum(bytes, 512), vtc_le32(bytes + 11 * 512));
    free(bytes);
}

static void what_does_not_fit_is_refused(void **state)
{
    static const struct {
        uint32_t sector_bytes;
        uint64_t part_off;
        int at;
        uint8_t value;
    } cases[] = {
        {512, PART_OFF, 3, 'X'},      /* no exFAT */
        {512, PART_OFF, 510, 0},      /* no signature */
        {4096, PART_OFF, 108, 10},    /* made for other sectors */
        {4096, PART_OFF, 109, 2},     /* clusters smaller than the sectors */
        {4096, PART_OFF, 80, 4},      /* the FAT does not begin on a sector */
        {4096, PART_OFF, 72, 1},      /* nor does the volume end on one */
        {512, PART_OFF + 1, 0, 0xeb}, /* nor the partition begin */
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct vtc_error err;
        int fd;

        make_volume("d.img");
        fixture_overwrite("d.img", (uint64_t)cases[i].at, &cases[i].value, 1);
        fd = open_volume("d.img");
        if (vtc_exfat_boot_rewrite(fd, cases[i].part_off, cases[i].sector_bytes, &err) != -EINVAL)
            fail_msg("case %zu was not refused", i);
        assert_true(err.text[0] != '\0');
        close(fd);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(partition_offset_is_set),
        cmocka_unit_test(sectors_become_larger),
        cmocka_unit_test(checksum_agrees_with_mkfs),
        cmocka_unit_test(what_does_not_fit_is_refused),
    };

    return cmocka_run_group_tests_name("exfat_boot", tests, fixture_enter_tmpdir,
                                       fixture_leave_tmpdir);
}

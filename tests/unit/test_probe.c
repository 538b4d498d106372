/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <fcntl.h>
#include <unistd.h>

#include "fixture.h"
#include "host/probe.h"

#define MIB_BYTES (1024ull * 1024)

static int open_image(const char *path)
{
    int fd = open(path, O_RDONLY);

    assert_true(fd >= 0);
    return fd;
}

/* NTFS and ext4 in one place: blkid names one of them first, both must be wiped. */
static void every_signature_is_found(void **state)
{
    struct vtc_probe_area whole = {0, 64 * MIB_BYTES};
    struct vtc_probe_list list = {NULL, 0};
    unsigned ntfs = 0, ext4 = 0;
    int fd;

    (void)state;
    fixture_run("truncate -s 64M a.img; mkntfs -qfF a.img >/dev/null 2>&1");
    fixture_run("truncate -s 64M e.img; mkfs.ext4 -q -F -L deep e.img 2>/dev/null");
    fixture_run("dd if=e.img of=a.img bs=1024 skip=1 seek=1 count=1 conv=notrunc status=none");
    fd = open_image("a.img");
    assert_int_equal(vtc_probe_area(fd, whole, 512, &list, NULL), 0);
    for (size_t i = 0; i < list.count; i++) {
        ntfs += strcmp(list.v[i].type, "ntfs") == 0;
        ext4 += strcmp(list.v[i].type, "ext4") == 0;
        assert_true(list.v[i].bytes > 0 && list.v[i].bytes < 64);
        if (strcmp(list.v[i].type, "ext4") == 0) {
            assert_int_equal(list.v[i].off, 1024 + 56);
            assert_string_equal(list.v[i].label, "deep");
        }
    }
    assert_int_equal(ext4, 1);
    assert_int_equal(ntfs, 1);
    close(fd);
    vtc_probe_free(&list);
}

static void offsets_are_those_of_the_disk(void **state)
{
    struct vtc_probe_area part = {10 * MIB_BYTES, 40 * MIB_BYTES}, before = {0, 10 * MIB_BYTES};
    struct vtc_probe_signature sig;
    int fd;

    (void)state;
    fixture_run("truncate -s 64M b.img; mkfs.ext4 -q -F -L here -E offset=%llu b.img 40M "
                "2>/dev/null",
                (unsigned long long)part.off);
    fd = open_image("b.img");
    assert_int_equal(vtc_probe_first(fd, part, 512, &sig), 1);
    assert_string_equal(sig.type, "ext4");
    assert_string_equal(sig.label, "here");
    assert_int_equal(sig.off, part.off + 1024 + 56);
    assert_int_equal(vtc_probe_first(fd, before, 512, &sig), 0);
    close(fd);
}

static void partitions_are_listed(void **state)
{
    struct vtc_probe_area area[8];
    int fd;

    (void)state;
    fixture_run(
        "truncate -s 64M c.img; printf 'label: gpt\\nstart=4096,size=8192\\nstart=20480\\n' "
        "| sfdisk -q --no-reread c.img");
    fd = open_image("c.img");
    assert_int_equal(vtc_probe_partitions(fd, 64 * MIB_BYTES, 512, area, 8), 2);
    assert_int_equal(area[0].off, 4096 * 512);
    assert_int_equal(area[0].bytes, 8192 * 512);
    assert_int_equal(area[1].off, 20480 * 512);
    assert_int_equal(vtc_probe_partitions(fd, 64 * MIB_BYTES, 512, area, 1), 1);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_signature_is_found),
        cmocka_unit_test(offsets_are_those_of_the_disk),
        cmocka_unit_test(partitions_are_listed),
    };

    return cmocka_run_group_tests_name("probe", tests, fixture_enter_tmpdir, fixture_leave_tmpdir);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The length of file systems as their own mkfs made them, and of what only looks like one. */
#include "fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "host/fssize.h"

static int size_of(const char *path, const char *fs, uint64_t *bytes)
{
    int fd = open(path, O_RDONLY), rc;

    assert_true(fd >= 0);
    *bytes = 0;
    rc = vtc_fssize_read(fd, 0, fs, bytes);
    close(fd);
    return rc;
}

static void test_made(void **state)
{
    static const struct {
        const char *fs, *make;
        uint64_t bytes;
    } row[] = {
        {"vfat", "mkfs.fat -F 32", 100u << 20},
        {"vfat", "mkfs.fat -F 16", 20u << 20},
        {"exfat", "mkfs.exfat", 100u << 20},
        {"ntfs", "mkntfs -q -F -Q", 20u << 20},
        {"ext4", "mkfs.ext4 -q -F", 100u << 20},
        {"ext2", "mkfs.ext2 -q -F -b 1024", 20u << 20},
        {"ext4", "mkfs.ext4 -q -F -O ^64bit", 30u << 20},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        uint64_t bytes;

        fixture_run(
            "rm -f fs && truncate -s %llu fs && PATH=$PATH:/usr/sbin:/sbin %s fs >made 2>&1",
            (unsigned long long)row[i].bytes, row[i].make);
        assert_int_equal(size_of("fs", row[i].fs, &bytes), 0);
        assert_int_equal(bytes, row[i].bytes);
    }
}

static void test_hostile(void **state)
{
    static const char *const fs[] = {"vfat", "exfat", "ntfs", "ext4"};
    uint64_t bytes;

    (void)state;
    for (size_t i = 0; i < sizeof(fs) / sizeof(fs[0]); i++) {
        fixture_run("head -c 4096 /dev/zero >fs");
        assert_int_equal(size_of("fs", fs[i], &bytes), -EBADMSG);
        fixture_run("head -c 4096 /dev/zero | tr '\\0' '\\377' >fs");
        if (fs[i][0] == 'v') /* the most that its fields can say */
            assert_int_equal(size_of("fs", fs[i], &bytes), 0);
        else
            assert_int_equal(size_of("fs", fs[i], &bytes), -EBADMSG);
        fixture_run("head -c 100 /dev/zero >fs");
        assert_int_equal(size_of("fs", fs[i], &bytes), -EIO);
    }
    assert_int_equal(size_of("fs", "xfs", &bytes), -EOPNOTSUPP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_made),
        cmocka_unit_test(test_hostile),
    };

    return cmocka_run_group_tests(tests, fixture_enter_tmpdir, fixture_leave_tmpdir);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The guest's helper on this machine's kernel, as root, with a stick that is a loop device. What it
 * makes is taken back. */
#include <fcntl.h>
#include <linux/loop.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"
#include "linux_stick.h"

#include "../../grub-payload/linux/blkpg.h"
#include "../../grub-payload/linux/devices.h"
#include "../../grub-payload/linux/dm.h"
#include "../../grub-payload/linux/helper.h"
#include "../../grub-payload/linux/layer.h"
#include "../../grub-payload/linux/loop.h"

static struct vtc_handoff handoff;

static void need_root(void)
{
    if (geteuid())
        fixture_skip("needs", "root");
}

static struct vtc_sys here(void)
{
    struct vtc_sys sys = {-1, -1, -1, -1, -1, 1};

    fixture_run("rm -rf nodes dev && mkdir -p nodes dev");
    sys.sysfs_fd = open("/sys", O_RDONLY | O_DIRECTORY);
    sys.node_fd = open("nodes", O_RDONLY | O_DIRECTORY);
    sys.dev_fd = open("dev", O_RDONLY | O_DIRECTORY);
    return sys;
}

static void leave(struct vtc_sys *sys)
{
    close(sys->sysfs_fd);
    close(sys->node_fd);
    close(sys->dev_fd);
}

/* Take back every device that goes back to a file or node of the current folder. */
static int take_back(void **state)
{
    struct vtc_sys sys = here();
    int loop_fd = vtc_loop_open(&sys), dm_fd = vtc_dm_open(&sys);
    char folder[512];
    unsigned n;

    (void)state;
    if (dm_fd >= 0 && geteuid() == 0) {
        vtc_dm_remove(dm_fd, "ventoc");
        vtc_dm_remove(dm_fd, "ventoc-data");
        close(dm_fd);
    }
    assert_non_null(getcwd(folder, sizeof folder));
    for (n = VTC_LOOP_LAST; loop_fd >= 0 && n >= VTC_LOOP_FIRST; n--) {
        char path[64], file[1024];
        struct vtc_loop loop;

        snprintf(loop.name, sizeof loop.name, "loop%u", n);
        snprintf(path, sizeof path, "block/%s/loop/backing_file", loop.name);
        if (vtc_sys_read(sys.sysfs_fd, path, file, sizeof file) ||
            strncmp(file, folder, strlen(folder)))
            continue;
        snprintf(path, sizeof path, "block/%s/dev", loop.name);
        assert_int_equal(vtc_sys_dev(sys.sysfs_fd, path, &loop.major, &loop.minor), 0);
        vtc_loop_remove(&sys, loop_fd, &loop);
    }
    if (loop_fd >= 0)
        close(loop_fd);
    leave(&sys);
    return 0;
}

/* A loop device over a file, by our own code. */
static int attach(const struct vtc_sys *sys, const char *file, uint32_t flags,
                  struct vtc_loop *loop)
{
    int control = vtc_loop_open(sys), fd = open(file, O_RDWR), rc = -1;

    if (control >= 0)
        rc = vtc_loop_add(sys, control, fd, file, 0, 0, VTC_LOOP_WRITABLE | flags, loop);
    close(control);
    close(fd);
    return rc;
}

static void compare(const struct vtc_sys *sys, const char *name, uint64_t bytes)
{
    uint8_t *got = malloc(bytes), *want;
    size_t count;
    char link[64] = "";
    char path[80];
    int fd;

    assert_true(readlink("dev/mapper/ventoc", link, sizeof link - 1) > 0);
    assert_string_equal(link + 3, name);
    fd = vtc_sys_open_block(sys, name, O_RDONLY);
    assert_true(fd >= 0);
    linux_stick_content("stick", &handoff.map[0], "content");
    want = fixture_load("content", &count);
    assert_int_equal(count, bytes);
    assert_int_equal(read(fd, got, bytes), bytes);
    assert_memory_equal(got, want, bytes);
    assert_int_equal(read(fd, got, 1), 0);
    close(fd);
    snprintf(path, sizeof path, "block/%s/ro", name);
    assert_int_equal(vtc_sys_number(sys->sysfs_fd, path), 1);
    free(got);
    free(want);
}

static void watched(int one_only)
{
    struct vtc_sys sys = here();
    struct vtc_loop stick;
    char link[64] = "", path[80];
    ssize_t n;
    int rc, dm;

    linux_stick_make("stick", &handoff, one_only);
    if (attach(&sys, "stick", 0, &stick)) {
        leave(&sys);
        fixture_skip("cannot make", "a loop device");
    }
    rc = vtc_helper_watch(&sys, &handoff, -1);
    dm = vtc_dm_open(&sys);
    if (dm >= 0)
        close(dm);
    if (!one_only && dm < 0) {
        printf("# no device mapper here: a file in pieces is not shown\n");
        assert_int_equal(rc, 1);
    } else {
        assert_int_equal(rc, 0);
        n = readlink("dev/mapper/ventoc", link, sizeof link - 1);
        assert_true(n > 3);
        compare(&sys, link + 3, handoff.map[0].bytes);
        snprintf(path, sizeof path, "block/%s/ro", stick.name);
        assert_int_equal(vtc_sys_number(sys.sysfs_fd, path), 1);
    }
    leave(&sys);
}

static void one_piece(void **state)
{
    (void)state;
    need_root();
    watched(1);
}

static void several_pieces(void **state)
{
    (void)state;
    need_root();
    watched(0);
}

/* A kernel started with max_loop=256 has all of the devices from the start. */
static void loops_there_already(void **state)
{
    struct vtc_sys sys;
    struct vtc_loop first, second;
    int control, added[VTC_LOOP_LAST + 1] = {0}, rc;
    long n;

    (void)state;
    need_root();
    sys = here();
    linux_stick_make("stick", &handoff, 1);
    control = vtc_loop_open(&sys);
    if (control < 0)
        fixture_skip("no", "loop devices");
    for (n = VTC_LOOP_FIRST; n <= VTC_LOOP_LAST; n++)
        added[n] = ioctl(control, LOOP_CTL_ADD, n) >= 0;
    rc = attach(&sys, "stick", 0, &first);
    if (!rc)
        rc = attach(&sys, "stick", 0, &second);
    take_back(state);
    for (n = VTC_LOOP_FIRST; n <= VTC_LOOP_LAST; n++)
        if (added[n])
            ioctl(control, LOOP_CTL_REMOVE, n);
    close(control);
    leave(&sys);
    assert_int_equal(rc, 0);
    assert_string_not_equal(first.name, second.name);
}

/* The name of the stick has gone to another disk since it was found. */
static void another_disk(void **state)
{
    struct vtc_sys sys;
    struct vtc_disk disk = {.bytes = LINUX_STICK_BYTES};
    struct vtc_loop stick;
    char path[80];

    (void)state;
    need_root();
    sys = here();
    linux_stick_make("stick", &handoff, 1);
    fixture_run("rm -f blank && truncate -s %llu blank", LINUX_STICK_BYTES);
    if (attach(&sys, "blank", 0, &stick))
        fixture_skip("cannot make", "a loop device");
    memcpy(disk.name, stick.name, sizeof stick.name);
    snprintf(path, sizeof path, "block/%s/diskseq", stick.name);
    disk.id = vtc_sys_number(sys.sysfs_fd, path);
    assert_int_equal(vtc_devices_make(&sys, &handoff, &disk), -1);
    fixture_run("! test -e dev/mapper");
    snprintf(path, sizeof path, "block/%s/ro", stick.name);
    assert_int_equal(vtc_sys_number(sys.sysfs_fd, path), 0);
    leave(&sys);
}

/* A range as a partition, where another partition is in the way. */
static void as_partition(void **state)
{
    struct vtc_sys sys;
    struct vtc_loop stick;
    char name[32] = "", path[96];
    uint8_t *got, *want;
    size_t count;
    int fd;

    (void)state;
    need_root();
    sys = here();
    linux_stick_make("stick", &handoff, 1);
    if (attach(&sys, "stick", VTC_LOOP_PARTITIONS, &stick))
        fixture_skip("cannot make", "a loop device");
    fixture_run("mknod nodes/stick b %u %u && addpart nodes/stick 1 131072 204800 && "
                "addpart nodes/stick 2 2048 63488",
                stick.major, stick.minor);
    snprintf(path, sizeof path, "block/%s/%sp1/start", stick.name, stick.name);
    assert_int_equal(vtc_sys_number(sys.sysfs_fd, path), 131072);
    fd = vtc_sys_open_block(&sys, stick.name, O_RDONLY);
    assert_int_equal(vtc_blkpg_add(&sys, fd, stick.name, handoff.map[0].extent->disk_off,
                                   handoff.map[0].bytes, name, sizeof name),
                     0);
    close(fd);
    assert_int_equal(vtc_sys_number(sys.sysfs_fd, path), 0); /* it went */
    snprintf(path, sizeof path, "%sp9", stick.name);
    assert_string_equal(name, path);
    fd = vtc_sys_open_block(&sys, name, O_RDONLY);
    assert_true(fd >= 0);
    got = malloc(handoff.map[0].bytes);
    assert_int_equal(read(fd, got, handoff.map[0].bytes), handoff.map[0].bytes);
    close(fd);
    linux_stick_content("stick", &handoff.map[0], "content");
    want = fixture_load("content", &count);
    assert_memory_equal(got, want, count);
    free(got);
    free(want);
    assert_int_equal(vtc_blkpg_read_only(&sys, stick.name, 0, name), 0);
    snprintf(path, sizeof path, "block/%s/%s/ro", stick.name, name);
    assert_int_equal(vtc_sys_number(sys.sysfs_fd, path), 0); /* a layer, say */
    assert_int_equal(vtc_blkpg_read_only(&sys, stick.name, 0, ""), 0);
    assert_int_equal(vtc_sys_number(sys.sysfs_fd, path), 1);
    snprintf(path, sizeof path, "block/%s/%sp2/ro", stick.name, stick.name);
    assert_int_equal(vtc_sys_number(sys.sysfs_fd, path), 1);
    snprintf(path, sizeof path, "block/%s/ro", stick.name);
    assert_int_equal(vtc_sys_number(sys.sysfs_fd, path), 0);

    /* what the kernel forgot is set again */
    fixture_run("blockdev --setrw nodes/stick && addpart nodes/stick 3 131072 2048");
    assert_int_equal(vtc_blkpg_read_only(&sys, stick.name, 1, ""), 0);
    assert_int_equal(vtc_sys_number(sys.sysfs_fd, path), 1);
    snprintf(path, sizeof path, "block/%s/%sp3/ro", stick.name, stick.name);
    assert_int_equal(vtc_sys_number(sys.sysfs_fd, path), 1);
    leave(&sys);
}

/* What dracut needs in its layer; it is told of one only that it can mount. */
static void layer_folders(void **state)
{
    static const struct {
        const char *mark, *make;
        int rc;
        const char *in_layer, *told;
    } cases[] = {
        {"sbin/none", "mkfs.ext4 -q -F stick", 0, "", "no"},
        {"sbin/none", "true", 0, "", "no"},
        {"sbin/dmsquash-live-root", "mkfs.ext4 -q -F stick", 0, "overlayfs\novlwork\n", "yes"},
        {"sbin/dmsquash-live-root", "true", 1, "", "no"},
    };
    struct vtc_sys sys;
    struct vtc_loop loop;
    unsigned i;
    int status, control;

    (void)state;
    need_root();
    sys = here();
    for (i = 0; i < COUNT_OF(cases); i++) {
        char *out;

        fixture_run("rm -f stick && truncate -s 16M stick && %s", cases[i].make);
        if (attach(&sys, "stick", 0, &loop))
            fixture_skip("cannot make", "a loop device");
        fixture_run("rm -rf root && mkdir -p root/sbin && touch root/%s", cases[i].mark);
        if (!fork()) {
            if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
                chroot("root"))
                _exit(9);
            _exit(vtc_layer_prepare(&sys, loop.name) != 0);
        }
        wait(&status);
        assert_int_equal(WEXITSTATUS(status), cases[i].rc);
        out = fixture_output("debugfs -R 'ls -p /' stick 2>/dev/null | grep -o 'ov[a-z]*'"
                             " | sort || true");
        assert_string_equal(out, cases[i].in_layer);
        free(out);
        fixture_run("! test -e root/ventoc && "
                    "test %s = $(test -e root/etc/cmdline.d/61-ventoc.conf && echo yes || echo no)",
                    cases[i].told);
        control = vtc_loop_open(&sys);
        vtc_loop_remove(&sys, control, &loop);
        close(control);
    }
    leave(&sys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(one_piece, take_back),
        cmocka_unit_test_teardown(several_pieces, take_back),
        cmocka_unit_test_teardown(as_partition, take_back),
        cmocka_unit_test_teardown(another_disk, take_back),
        cmocka_unit_test(loops_there_already),
        cmocka_unit_test_teardown(layer_folders, take_back),
    };

    return cmocka_run_group_tests(tests, fixture_enter_tmpdir, fixture_leave_tmpdir);
}

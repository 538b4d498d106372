/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the guest's init tells the stick among the disks: a sysfs made for the purpose, disks that are
 * files. */
#include <fcntl.h>
#include <unistd.h>

#include "fixture.h"
#include "linux_stick.h"

#include <ventoc/crc32.h>

#include "../../grub-payload/linux/disks.h"

static struct vtc_handoff handoff;
static struct vtc_sys sys;
static struct vtc_disks disks;
static uint64_t now_ms; /* of the next look */

/* A disk: its name, its file (empty: none), its size there. */
static void plug(const char *name, const char *image, uint64_t bytes)
{
    fixture_run("mkdir -p sys/block/%s/device && echo %llu >sys/block/%s/size && echo 'ACME    ' "
                ">sys/block/%s/device/vendor && echo Stick >sys/block/%s/device/model",
                name, (unsigned long long)bytes / 512, name, name, name);
    if (image[0])
        fixture_run("cp --sparse=always %s img/%s", image, name);
}

static void look(unsigned matches, unsigned appeared)
{
    vtc_disks_look(&disks, &sys, &handoff, now_ms);
    assert_int_equal(disks.matches, matches);
    assert_int_equal(disks.appeared, appeared);
}

static enum vtc_disks_state state_of(const char *name)
{
    unsigned i;

    for (i = 0; i < disks.count; i++)
        if (!strcmp(disks.v[i].name, name))
            return disks.v[i].state;
    fail_msg("no %s", name);
    return VTC_DISKS_OTHER;
}

static int begin(void **state)
{
    (void)state;
    fixture_run("rm -rf sys img && mkdir -p sys/block img");
    memset(&disks, 0, sizeof disks);
    now_ms = 1000000;
    sys = (struct vtc_sys){-1, -1, -1, -1, -1, 0};
    sys.sysfs_fd = open("sys", O_RDONLY | O_DIRECTORY);
    sys.image_fd = open("img", O_RDONLY | O_DIRECTORY);
    return sys.sysfs_fd < 0 || sys.image_fd < 0;
}

static int end(void **state)
{
    (void)state;
    close(sys.sysfs_fd);
    close(sys.image_fd);
    return 0;
}

static int make_stick(void **state)
{
    if (fixture_enter_tmpdir(state))
        return -1;
    linux_stick_make("stick", &handoff, 0);
    return 0;
}

static void among_others(void **state)
{
    (void)state;
    look(0, 0);
    plug("sda", "", 1 << 20); /* it cannot be opened */
    plug("sr0", "stick", LINUX_STICK_BYTES);
    plug("loop3", "stick", LINUX_STICK_BYTES);
    plug("sdb", "stick", 0); /* a reader without a card */
    fixture_run("truncate -s 300M img/nvme0n1");
    plug("nvme0n1", "", 300 << 20);
    look(0, 2);
    assert_int_equal(state_of("sda"), VTC_DISKS_ERROR);
    assert_int_equal(state_of("nvme0n1"), VTC_DISKS_OTHER);
    plug("sdb", "", LINUX_STICK_BYTES); /* the card comes */
    look(1, 1);
    assert_int_equal(state_of("sdb"), VTC_DISKS_MATCH);
    look(1, 0);
    plug("mmcblk0", "stick", LINUX_STICK_BYTES);
    plug("nbd0", "stick", LINUX_STICK_BYTES);
    look(3, 2);
    fixture_run("rm -r sys/block/sdb sys/block/nbd0");
    look(1, 0);
    sys.any_disk = 1;
    look(3, 2);
}

static void described(void **state)
{
    (void)state;
    plug("sdc", "stick", LINUX_STICK_BYTES);
    look(1, 1);
    assert_string_equal(disks.v[0].model, "ACME Stick");
    assert_int_equal(disks.v[0].bytes, LINUX_STICK_BYTES);
}

static void another_disk_of_the_name(void **state)
{
    (void)state;
    fixture_run("truncate -s %llu img/sda", LINUX_STICK_BYTES);
    plug("sda", "", LINUX_STICK_BYTES);
    fixture_run("echo 7 >sys/block/sda/diskseq");
    look(0, 1);
    fixture_run("cp --sparse=always stick img/sda && echo 8 >sys/block/sda/diskseq");
    look(1, 1);
}

/* Between the look and the use. */
static void another_disk_since(void **state)
{
    static const struct {
        const char *what, *change;
        int is_same;
    } cases[] = {
        {"nothing", ":", 1},
        {"gone", "rm img/sda", 0},
        {"another disk, by its number", "echo 8 >sys/block/sda/diskseq", 0},
        {"a larger one", "echo 9999999 >sys/block/sda/size", 0},
        {"another stick", "dd conv=notrunc if=/dev/zero of=img/sda bs=512 seek=129024 count=1025",
         0},
        {"another file in its place", "printf X | dd conv=notrunc of=img/sda bs=1 seek=83918848",
         0},
        {"it cannot be read", "truncate -s 80M img/sda", 0},
    };
    unsigned i;

    for (i = 0; i < COUNT_OF(cases); i++) {
        int fd;

        begin(state);
        plug("sda", "stick", LINUX_STICK_BYTES);
        fixture_run("echo 7 >sys/block/sda/diskseq");
        look(1, 1);
        fixture_run("{ %s; } 2>/dev/null", cases[i].change);
        fd = vtc_disks_open(&disks.v[0], &sys, &handoff);
        if ((fd >= 0) != cases[i].is_same)
            fail_msg("%s: %d", cases[i].what, fd);
        if (fd >= 0)
            close(fd);
        end(state);
    }
}

static void look_after(unsigned ms, unsigned matches)
{
    now_ms += ms;
    look(matches, 0);
}

/* A slow drive fails at first, while events of other devices come in a rush. */
static void errors_pass(void **state)
{
    unsigned i;

    (void)state;
    plug("sda", "", LINUX_STICK_BYTES);
    look(0, 1);
    for (i = 0; i < 100; i++)
        look_after(9, 0);
    assert_true(disks.v[0].tries < 5);
    fixture_run("cp --sparse=always stick img/sda");
    assert_true(disks.retry_ms > now_ms && disks.retry_ms <= now_ms + 1000);
    look_after((unsigned)(disks.retry_ms - now_ms), 1);
    assert_true(disks.retry_ms == UINT64_MAX);
}

/* It is not tried for ever, and not often. */
static void errors_stay(void **state)
{
    unsigned i;

    (void)state;
    plug("sdb", "", LINUX_STICK_BYTES);
    look(0, 1);
    for (i = 0; i < 100 && disks.retry_ms != UINT64_MAX; i++) {
        assert_true(disks.retry_ms > now_ms && disks.retry_ms <= now_ms + 6000);
        look_after((unsigned)(disks.retry_ms - now_ms), 0);
    }
    assert_true(i > 10 && i < 40);
    fixture_run("cp --sparse=always stick img/sdb");
    look_after(1000000, 0);
    assert_int_equal(state_of("sdb"), VTC_DISKS_ERROR);
    fixture_run("echo 9 >sys/block/sdb/diskseq"); /* pulled out and plugged in */
    now_ms++;
    look(1, 1);
}

static void content(void **state)
{
    static const struct {
        const char *what, *change;
        enum vtc_disks_state want;
    } cases[] = {
        {"as it is", ":", VTC_DISKS_MATCH},
        {"first record copy gone",
         "dd conv=notrunc if=/dev/zero of=img/sda bs=512 seek=129024 count=1", VTC_DISKS_MATCH},
        {"both gone", "dd conv=notrunc if=/dev/zero of=img/sda bs=512 seek=129024 count=1025",
         VTC_DISKS_OTHER},
        {"first record copy of another stick, its CRC wrong",
         "printf X | dd conv=notrunc of=img/sda bs=1 seek=66060304", VTC_DISKS_MATCH},
        {"the file is another one", "printf X | dd conv=notrunc of=img/sda bs=1 seek=83918848",
         VTC_DISKS_STALE},
        {"the file differs elsewhere", "printf X | dd conv=notrunc of=img/sda bs=1 seek=83918847",
         VTC_DISKS_MATCH},
        {"the second file is another one",
         "printf X | dd conv=notrunc of=img/sda bs=1 seek=117473280", VTC_DISKS_STALE},
        {"shorter than sysfs says", "truncate -s 80M img/sda", VTC_DISKS_ERROR},
    };
    unsigned i;

    for (i = 0; i < COUNT_OF(cases); i++) {
        begin(state);
        plug("sda", "stick", LINUX_STICK_BYTES);
        fixture_run("{ %s; } 2>/dev/null", cases[i].change);
        if (i)
            fixture_run("! cmp -s stick img/sda");
        vtc_disks_look(&disks, &sys, &handoff, now_ms);
        if (state_of("sda") != cases[i].want)
            fail_msg("%s: %d", cases[i].what, state_of("sda"));
        end(state);
    }
}

static void beyond_the_disk(void **state)
{
    struct vtc_handoff far = handoff;
    struct vtc_extent e[] = {{0, LINUX_STICK_BYTES - 0x10000, 0x20000}};
    struct vtc_reader reader;
    int fd = open("stick", O_RDONLY);

    (void)state;
    vtc_disks_reader(&reader, &fd, LINUX_STICK_BYTES);
    assert_int_equal(vtc_disks_check(&reader, &far), VTC_DISKS_MATCH);
    far.map[1].extent = e;
    assert_int_equal(vtc_disks_check(&reader, &far), VTC_DISKS_STALE);
    e[0].disk_off = UINT64_MAX - 511;
    assert_int_equal(vtc_disks_check(&reader, &far), VTC_DISKS_STALE);
    far = handoff;
    far.data_bytes += 512;
    assert_int_equal(vtc_disks_check(&reader, &far), VTC_DISKS_STALE);
    far = handoff;
    far.map[0].probe_off = UINT64_MAX;
    assert_int_equal(vtc_disks_check(&reader, &far), VTC_DISKS_STALE);
    far = handoff;
    far.stick_uuid[15]++;
    assert_int_equal(vtc_disks_check(&reader, &far), VTC_DISKS_OTHER);
    close(fd);
}

/* The probe of map 0 lies in its first piece and the second: 0x8000 to 0x8800 of 0x9000; move it. */
static void probe_across_pieces(void **state)
{
    struct vtc_handoff h = handoff;
    struct vtc_reader reader;
    size_t bytes;
    uint8_t *whole;
    int fd = open("stick", O_RDONLY);

    (void)state;
    linux_stick_content("stick", &h.map[0], "content");
    whole = fixture_load("content", &bytes);
    assert_int_equal(bytes, h.map[0].bytes);
    h.map[0].probe_off = 0x8c00;
    h.map[0].probe_crc = vtc_crc32(0, whole + 0x8c00, VTC_HANDOFF_PROBE_BYTES);
    vtc_disks_reader(&reader, &fd, LINUX_STICK_BYTES);
    assert_int_equal(vtc_disks_check(&reader, &h), VTC_DISKS_MATCH);
    h.map[0].probe_crc ^= 1;
    assert_int_equal(vtc_disks_check(&reader, &h), VTC_DISKS_STALE);
    free(whole);
    close(fd);
}

static void full(void **state)
{
    (void)state;
    fixture_run("for i in $(seq 520); do mkdir sys/block/x$i; echo 8 >sys/block/x$i/size; done");
    vtc_disks_look(&disks, &sys, &handoff, now_ms);
    assert_int_equal(disks.count, VTC_DISKS_MAX);
    fixture_run("rm -r sys/block/*");
    look(0, 0);
    assert_int_equal(disks.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(among_others, begin, end),
        cmocka_unit_test_setup_teardown(described, begin, end),
        cmocka_unit_test_setup_teardown(another_disk_of_the_name, begin, end),
        cmocka_unit_test_setup_teardown(errors_pass, begin, end),
        cmocka_unit_test_setup_teardown(errors_stay, begin, end),
        cmocka_unit_test(another_disk_since),
        cmocka_unit_test(content),
        cmocka_unit_test(beyond_the_disk),
        cmocka_unit_test(probe_across_pieces),
        cmocka_unit_test_setup_teardown(full, begin, end),
    };

    return cmocka_run_group_tests(tests, make_stick, fixture_leave_tmpdir);
}

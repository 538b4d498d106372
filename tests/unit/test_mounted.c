/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>

#include "fixture.h"
#include "host/mounted.h"

/* A disk with a mounted data partition, as device.c describes it. */
static void make_device(struct vtc_device *dev)
{
    memset(dev, 0, sizeof(*dev));
    snprintf(dev->path, sizeof(dev->path), "/dev/sdx");
    dev->kind = VTC_DEVICE_DISK;
    dev->bytes = 300 * VTC_MIB;
    dev->sector_bytes = 512;
    dev->exists = 1;
    dev->part_count = 2;
    for (uint32_t i = 0; i < 2; i++) {
        snprintf(dev->part[i].name, sizeof(dev->part[i].name), "sdx%u", i + 1);
        dev->part[i].number = i + 1;
    }
    dev->part[0].off = VTC_DATA_OFF;
    dev->part[0].bytes = 236 * VTC_MIB;
    snprintf(dev->part[0].use.mounted, sizeof(dev->part[0].use.mounted), "/media/x");
}

enum also { NOTHING, SLOT_MOUNTED, DATA_SWAP, DATA_HELD, DISK_HELD, LOOP, READ_ONLY, SYSTEM };

static void only_a_mounted_data_partition_is_let_through(void **state)
{
    static const struct {
        enum also also;
        const char *text; /* of the refusal */
    } cases[] = {
        {SLOT_MOUNTED, "/dev/sdx2 is mounted"},
        {DATA_SWAP, "swap"},
        {DATA_HELD, "in use by dm-0"},
        {DISK_HELD, "in use by dm-1"},
        {LOOP, "loop device"},
        {READ_ONLY, "read-only"},
        {SYSTEM, "the running system"},
        {NOTHING, ""},
    };
    static struct vtc_device dev;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct vtc_error err = {0};
        int mounted = 0, rc;

        make_device(&dev);
        if (cases[i].also == SLOT_MOUNTED)
            snprintf(dev.part[1].use.mounted, sizeof(dev.part[1].use.mounted), "/mnt");
        if (cases[i].also == DATA_HELD)
            snprintf(dev.part[0].use.holder_what, sizeof(dev.part[0].use.holder_what), "dm-0"),
                snprintf(dev.part[0].use.holder, sizeof(dev.part[0].use.holder), "dm-0");
        if (cases[i].also == DISK_HELD)
            snprintf(dev.use.holder_what, sizeof(dev.use.holder_what), "dm-1"),
                snprintf(dev.use.holder, sizeof(dev.use.holder), "dm-1");
        if (cases[i].also == LOOP)
            snprintf(dev.loop_user, sizeof(dev.loop_user), "loop7");
        if (cases[i].also == SYSTEM)
            snprintf(dev.system_dir, sizeof(dev.system_dir), "/");
        dev.part[0].use.swap = cases[i].also == DATA_SWAP;
        dev.read_only = cases[i].also == READ_ONLY;
        rc = vtc_mounted_safety(&dev, &mounted, &err);
        if (mounted != 1 || !rc != (cases[i].also == NOTHING) || !strstr(err.text, cases[i].text))
            fail_msg("case %zu: %d, \"%s\"", i, rc, err.text);
    }
}

static void it_has_to_be_the_one_of_the_record(void **state)
{
    static struct vtc_device dev;
    struct vtc_record record = {.data_off = VTC_DATA_OFF, .data_bytes = 236 * VTC_MIB};
    struct vtc_error err;
    int mounted;

    (void)state;
    make_device(&dev);
    assert_int_equal(vtc_mounted_is_data(&dev, &record, &err), 0);
    record.data_bytes -= 512;
    assert_int_equal(vtc_mounted_is_data(&dev, &record, &err), -EBUSY);
    assert_int_equal(err.kind, VTC_ERROR_REFUSED);
    record.data_bytes += 512;
    record.data_off += 512;
    assert_int_equal(vtc_mounted_is_data(&dev, &record, &err), -EBUSY);
    /* Nothing is mounted: nothing is special. */
    dev.part[0].use.mounted[0] = '\0';
    assert_int_equal(vtc_mounted_safety(&dev, &mounted, &err), 0);
    assert_int_equal(mounted, 0);
}

static void a_plan_stays_outside(void **state)
{
    static const struct {
        uint64_t off, bytes;
        int rc;
    } cases[] = {
        {0, 512, 0},         {1000, 24, 0},      {1000, 25, -EINVAL}, {1024, 1, -EINVAL},
        {1500, 10, -EINVAL}, {0, 5000, -EINVAL}, {2047, 1, -EINVAL},  {2048, 1, 0},
    };
    struct vtc_record record = {.data_off = 1024, .data_bytes = 1024};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct vtc_plan plan;

        vtc_plan_init(&plan);
        assert_int_equal(vtc_plan_add_zero(&plan, 0, 1, "harmless"), 0);
        assert_int_equal(vtc_plan_add_zero(&plan, cases[i].off, cases[i].bytes, "it"), 0);
        if (vtc_mounted_check_plan(&plan, &record, "x", NULL) != cases[i].rc)
            fail_msg("case %zu", i);
        vtc_plan_free(&plan);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_a_mounted_data_partition_is_let_through),
        cmocka_unit_test(it_has_to_be_the_one_of_the_record),
        cmocka_unit_test(a_plan_stays_outside),
    };

    return cmocka_run_group_tests_name("mounted", tests, NULL, NULL);
}

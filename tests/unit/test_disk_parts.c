/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Partition tables made by sfdisk, whose own list of them is the judge; then damaged ones. */
#include "fixture.h"

#include <ventoc/bytes.h>
#include <ventoc/disk_parts.h>

struct seen {
    char text[2048]; /* "number off bytes type\n" of each */
    uint32_t count, stop_at;
    uint32_t reads; /* of the disk */
};

static int note(void *ctx, const struct vtc_disk_part *part)
{
    struct seen *seen = ctx;
    size_t n = strlen(seen->text);

    assert_true(n < sizeof seen->text - 100);
    snprintf(seen->text + n, sizeof seen->text - n, "%u %llu %llu %x\n", (unsigned)part->number,
             (unsigned long long)part->off / 512, (unsigned long long)part->bytes / 512,
             part->is_gpt ? (unsigned)vtc_le32(part->gpt_type) : part->mbr_type);
    return ++seen->count == seen->stop_at ? 7 : 0;
}

static int walk(struct seen *seen, uint32_t stop_at)
{
    struct fixture_memdisk mem;
    struct vtc_reader disk = fixture_memdisk_load(&mem, "disk.img");
    int rc;

    memset(seen, 0, sizeof *seen);
    seen->stop_at = stop_at;
    rc = vtc_disk_parts_walk(&disk, note, seen);
    seen->reads = mem.reads;
    fixture_memdisk_free(&mem);
    return rc;
}

static void as_sfdisk_lists(void **state)
{
    static const char *const scripts[] = {
        "label: dos\\nstart=63,size=1000,type=83\\nstart=2048,size=4096,type=ef,bootable\\n",
        /* logical drives; the extended partition is not one that can hold a file system */
        "label: dos\\nstart=2048,size=2048,type=c\\nstart=4096,size=20000,type=5\\n"
        "start=6144,size=1024,type=83\\nstart=10240,size=1024,type=82\\nstart=14336,size=9000,"
        "type=83\\n",
        "label: dos\\nstart=4096,size=20000,type=f\\nstart=30000,size=500,type=83\\n"
        "start=6144,size=1024,type=7\\n",
        "label: gpt\\nfirst-lba: "
        "34\\nstart=34,size=2014,type=21686148-6449-6E6F-744E-656564454649\\n"
        "start=2048,size=4096,type=U\\n9:start=8192,size=8192,type=L\\n",
        "label: gpt\\ntable-length: 4\\nstart=2048,size=4096,type=L\\n",
    };
    struct seen seen;
    char *want;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(scripts); i++) {
        fixture_run("rm -f disk.img; truncate -s 20M disk.img; printf '%s' | sfdisk -q disk.img",
                    scripts[i]);
        want = fixture_output(
            "sfdisk -J disk.img | python3 -c 'import json, sys\n"
            "for p in json.load(sys.stdin)[\"partitiontable\"][\"partitions\"]:\n"
            "    kind = p[\"type\"].split(\"-\")[0].lower().lstrip(\"0\")\n"
            "    if kind not in (\"5\", \"f\"):\n"
            "        print(p[\"node\"][len(\"disk.img\"):], p[\"start\"], p[\"size\"], kind)'");
        assert_int_equal(walk(&seen, 0), VTC_OK);
        assert_string_equal(seen.text, want);
        assert_int_equal(walk(&seen, 1), 7);
        assert_int_equal(seen.count, 1);
        free(want);
    }
}

/* Four-kilobyte sectors are told by where the header is. */
static void gpt_4096(void **state)
{
    struct seen seen;

    (void)state;
    fixture_run("rm -f disk.img; truncate -s 40M disk.img; "
                "printf 'g\\nn\\n\\n256\\n1279\\nt\\n1\\nw\\n' | fdisk -b 4096 disk.img >log 2>&1");
    assert_int_equal(walk(&seen, 0), VTC_OK);
    assert_string_equal(seen.text, "1 2048 8192 c12a7328\n");
}

static void put_entry(uint8_t *sector, unsigned i, uint8_t type, uint32_t first, uint32_t count)
{
    sector[446 + 16 * i + 4] = type;
    vtc_put_le32(sector + 446 + 16 * i + 8, first);
    vtc_put_le32(sector + 446 + 16 * i + 12, count);
    sector[510] = 0x55;
    sector[511] = 0xaa;
}

static void damaged(void **state)
{
    static uint8_t disk[4096 * 512];
    struct seen seen;

    (void)state;
    fixture_save("disk.img", disk, 100);
    assert_int_equal(walk(&seen, 0), VTC_ENOENT);
    fixture_save("disk.img", disk, sizeof disk);
    assert_int_equal(walk(&seen, 0), VTC_ENOENT);

    /* A chain of logical drives that leads back to its beginning. */
    put_entry(disk, 0, 5, 100, 1000);
    put_entry(disk + 100 * 512, 0, 0x83, 1, 10);
    put_entry(disk + 100 * 512, 1, 5, 50, 20);
    put_entry(disk + 150 * 512, 0, 0x83, 1, 11);
    put_entry(disk + 150 * 512, 1, 5, 0, 20);
    fixture_save("disk.img", disk, sizeof disk);
    assert_int_equal(walk(&seen, 0), VTC_OK);
    assert_string_equal(seen.text, "5 101 10 83\n6 151 11 83\n");

    /* One that leads behind the end of the disk, and one out of the extended partition. */
    put_entry(disk + 150 * 512, 1, 5, 999, 20);
    put_entry(disk, 0, 5, 100, 0xffffffff);
    put_entry(disk + 150 * 512, 1, 5, 0xfffffff0, 20);
    fixture_save("disk.img", disk, sizeof disk);
    assert_int_equal(walk(&seen, 0), VTC_OK);
    assert_string_equal(seen.text, "5 101 10 83\n6 151 11 83\n");

    /* A hundred drives: no more than 64 are shown. */
    put_entry(disk, 0, 5, 100, 3000);
    for (uint32_t i = 0; i < 100; i++) {
        put_entry(disk + (100 + i) * 512, 0, 0x83, 500, 1);
        put_entry(disk + (100 + i) * 512, 1, 5, i + 1, 1);
    }
    fixture_save("disk.img", disk, sizeof disk);
    assert_int_equal(walk(&seen, 0), VTC_OK);
    assert_int_equal(seen.count, 64);

    /* Thousands of tables without a drive: given up before they cost much. */
    memset(disk + 100 * 512, 0, 3000 * 512);
    put_entry(disk, 0, 5, 100, 3500);
    for (uint32_t i = 0; i < 3000; i++)
        put_entry(disk + (100 + i) * 512, 1, 5, i + 1, 1);
    put_entry(disk + 3100 * 512, 0, 0x83, 1, 1);
    fixture_save("disk.img", disk, sizeof disk);
    assert_int_equal(walk(&seen, 0), VTC_OK);
    assert_int_equal(seen.count, 0);
    assert_true(seen.reads <= 200);

    /* A protective entry without a GPT is passed over, what stands beside it is not. */
    put_entry(disk, 0, 0xee, 1, 4000);
    put_entry(disk, 1, 0x83, 200, 300);
    fixture_save("disk.img", disk, sizeof disk);
    assert_int_equal(walk(&seen, 0), VTC_OK);
    assert_string_equal(seen.text, "2 200 300 83\n");

    /* A GPT whose header is damaged is an error, not an MBR. */
    memcpy(disk + 512, "EFI PART", 8);
    fixture_save("disk.img", disk, sizeof disk);
    assert_int_equal(walk(&seen, 0), VTC_EFORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_sfdisk_lists),
        cmocka_unit_test(gpt_4096),
        cmocka_unit_test(damaged),
    };

    return cmocka_run_group_tests_name("disk_parts", tests, fixture_enter_tmpdir,
                                       fixture_leave_tmpdir);
}

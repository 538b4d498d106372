/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The judge is sfdisk; blkid and the bytes of UEFI 2.10 section 5.3 are two more. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ventoc/bytes.h>
#include <ventoc/layout.h>

#include "fixture.h"
#include "host/table.h"

#define DISK_BYTES (512 * VTC_MIB)

static struct vtc_table_spec make_spec(int gpt, uint32_t sector_bytes)
{
    struct vtc_table_spec spec = {.gpt = gpt,
                                  .sector_bytes = sector_bytes,
                                  .disk_bytes = DISK_BYTES,
                                  .data_off = VTC_DATA_OFF,
                                  .data_bytes = 400 * VTC_MIB,
                                  .slot_off = VTC_SLOT_A_OFF,
                                  .slot_bytes = VTC_SLOT_BYTES,
                                  .label = "Stück"};

    return spec;
}

/* Put the sectors into an image file, as the installer does. */
static void write_image(const char *path, const struct vtc_table_sectors *sectors)
{
    fixture_run("rm -f %s; truncate -s %llu %s", path, DISK_BYTES, path);
    fixture_overwrite(path, 0, sectors->head, sectors->head_bytes);
    if (sectors->tail_bytes)
        fixture_overwrite(path, sectors->tail_off, sectors->tail, sectors->tail_bytes);
}

static int open_image(const char *path)
{
    int fd = open(path, O_RDONLY);

    assert_true(fd >= 0);
    return fd;
}

static void mbr_as_sfdisk_reads_it(void **state)
{
    struct vtc_table_spec spec = make_spec(0, 512);
    struct vtc_table_sectors sectors;

    (void)state;
    assert_int_equal(vtc_table_build(&spec, &sectors, NULL), 0);
    assert_int_equal(sectors.head_bytes, 512);
    assert_int_equal(sectors.tail_bytes, 0);
    write_image("mbr.img", &sectors);
    fixture_run("sfdisk -J mbr.img | tr -d ' \\n' >mbr.json");
    fixture_run("grep -q '\"label\":\"dos\"' mbr.json");
    fixture_run("grep -q '\"start\":131072,\"size\":819200,\"type\":\"7\"' mbr.json");
    fixture_run("grep -q '\"start\":2048,\"size\":63488,\"type\":\"ef\"' mbr.json");
    fixture_run("! grep -q bootable mbr.json");
    vtc_table_free(&sectors);
}

static void gpt_as_sfdisk_reads_it(void **state)
{
    struct vtc_table_spec spec = make_spec(1, 512);
    struct vtc_table_sectors sectors;

    (void)state;
    assert_int_equal(vtc_table_build(&spec, &sectors, NULL), 0);
    assert_int_equal(sectors.head_bytes, 34 * 512);
    assert_int_equal(sectors.tail_bytes, 33 * 512);
    assert_int_equal(sectors.tail_off, DISK_BYTES - 33 * 512);
    write_image("gpt.img", &sectors);
    fixture_run("sfdisk -V gpt.img >gpt.verify 2>&1; grep -q 'No errors' gpt.verify");
    fixture_run("sfdisk -J gpt.img | tr -d ' \\n' >gpt.json");
    fixture_run("grep -q '\"label\":\"gpt\"' gpt.json");
    fixture_run("grep -q '\"start\":131072,\"size\":819200,\"type\":\"EBD0A0A2-B9E5-4433-87C0-"
                "68B6B72699C7\",\"uuid\":\"[-0-9A-F]*\",\"name\":\"Stück\"}' gpt.json");
    fixture_run("grep -q '\"start\":2048,\"size\":63488,\"type\":\"EBD0A0A2-B9E5-4433-87C0-"
                "68B6B72699C7\",\"uuid\":\"[-0-9A-F]*\",\"name\":\"ventoc\",\"attrs\":\"GUID:63\"'"
                " gpt.json");
    /* The backup alone must do, too. */
    fixture_run("dd if=/dev/zero of=gpt.img bs=512 seek=1 count=1 conv=notrunc status=none");
    fixture_run("sfdisk -J gpt.img 2>/dev/null | grep -q '\"name\": *\"ventoc\"'");
    vtc_table_free(&sectors);
}

/* Entry 2 of the primary array: attributes at 48, name at 56. */
static void gpt_attributes_are_exact(void **state)
{
    static const uint32_t sizes[] = {512, 4096};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        struct vtc_table_spec spec = make_spec(1, sizes[i]);
        struct vtc_table_sectors s;
        const uint8_t *entry;

        assert_int_equal(vtc_table_build(&spec, &s, NULL), 0);
        assert_int_equal(s.tail_bytes, 16384 + sizes[i]);
        assert_memory_equal(s.head + sizes[i], "EFI PART", 8);
        assert_memory_equal(s.tail + 16384, "EFI PART", 8);
        assert_memory_equal(s.head + 2 * sizes[i], s.tail, 16384);
        entry = s.head + 2 * sizes[i];
        assert_int_equal(vtc_le64(entry + 48), 0);
        assert_int_equal(vtc_le64(entry + 32), VTC_DATA_OFF / sizes[i]);
        assert_true(vtc_le64(entry + 128 + 48) == 0x8000000000000000ull);
        assert_int_equal(vtc_le64(entry + 128 + 32), VTC_SLOT_A_OFF / sizes[i]);
        assert_int_equal(vtc_le64(entry + 128 + 40),
                         (VTC_SLOT_A_OFF + VTC_SLOT_BYTES) / sizes[i] - 1);
        assert_memory_equal(entry + 128 + 56, "v\0e\0n\0t\0o\0c\0\0\0", 14);
        assert_int_equal(s.head[446 + 4], 0xee); /* protective */
        vtc_table_free(&s);
    }
}

static void mbr_with_large_sectors(void **state)
{
    struct vtc_table_spec spec = make_spec(0, 4096);
    struct vtc_table_sectors s;

    (void)state;
    assert_int_equal(vtc_table_build(&spec, &s, NULL), 0);
    assert_int_equal(s.head_bytes, 4096);
    assert_int_equal(s.head[446 + 4], 0x07);
    assert_int_equal(vtc_le32(s.head + 446 + 8), VTC_DATA_OFF / 4096);
    assert_int_equal(vtc_le32(s.head + 446 + 12), 400 * VTC_MIB / 4096);
    assert_int_equal(s.head[462 + 4], 0xef);
    assert_int_equal(vtc_le32(s.head + 462 + 8), VTC_SLOT_A_OFF / 4096);
    assert_int_equal(vtc_le16(s.head + 510), 0xaa55);
    vtc_table_free(&s);
}

/* Moving the slot changes where entry 2 is, and nothing else that a reader sees. */
static void slot_moves_and_all_else_stays(void **state)
{
    (void)state;
    for (int gpt = 0; gpt < 2; gpt++) {
        for (uint32_t sector = 512; sector <= 4096; sector += 4096 - 512) {
            struct vtc_table_spec spec = make_spec(gpt, sector);
            struct vtc_table_sectors before, after;
            struct vtc_table_facts facts;
            int fd;

            assert_int_equal(vtc_table_build(&spec, &before, NULL), 0);
            write_image("move.img", &before);
            fd = open_image("move.img");
            assert_int_equal(vtc_table_move_slot(fd, "move.img", DISK_BYTES, sector, VTC_SLOT_B_OFF,
                                                 VTC_SLOT_BYTES, 0, &after, NULL),
                             0);
            close(fd);
            assert_int_equal(after.head_bytes, before.head_bytes);
            if (gpt) {
                /* Entries differ in the two LBAs of entry 2 only. */
                uint8_t *b = before.head + 2 * sector, *a = after.head + 2 * sector;

                assert_memory_equal(before.head, after.head, sector);
                assert_memory_equal(b, a, 128 + 32);
                assert_int_equal(vtc_le64(a + 128 + 32), VTC_SLOT_B_OFF / sector);
                assert_memory_equal(b + 128 + 48, a + 128 + 48, 16384 - 128 - 48);
                assert_memory_equal(after.tail, a, 16384);
            } else {
                assert_memory_equal(before.head, after.head, 462);
                assert_int_equal(vtc_le32(after.head + 462 + 8), VTC_SLOT_B_OFF / sector);
                assert_memory_equal(before.head + 478, after.head + 478, sector - 478);
            }
            write_image("move.img", &after);
            fd = open_image("move.img");
            assert_int_equal(vtc_table_read(fd, "move.img", sector, &facts, NULL), 0);
            close(fd);
            assert_int_equal(facts.gpt, gpt);
            assert_int_equal(facts.entry[0].off, VTC_DATA_OFF);
            assert_int_equal(facts.entry[0].bytes, 400 * VTC_MIB);
            assert_int_equal(facts.entry[1].off, VTC_SLOT_B_OFF);
            assert_int_equal(facts.entry[1].bytes, VTC_SLOT_BYTES);
            vtc_table_free(&before);
            vtc_table_free(&after);
        }
    }
}

/* Entry 2 of another's table becomes one of ours; its GUID and all else stay. */
static void adopted_entry_is_like_our_own(void **state)
{
    (void)state;
    for (int gpt = 0; gpt < 2; gpt++) {
        struct vtc_table_spec spec = make_spec(gpt, 512);
        struct vtc_table_sectors ours, after;
        int fd;

        assert_int_equal(vtc_table_build(&spec, &ours, NULL), 0);
        write_image("adopt.img", &ours);
        /* an EFI system partition, as gdisk makes them, and a type that hides it */
        fixture_run(gpt ? "sfdisk -q --no-reread --part-type adopt.img 2 U && "
                          "sfdisk -q --no-reread --part-label adopt.img 2 X && "
                          "sfdisk -q --no-reread --part-attrs adopt.img 2 LegacyBIOSBootable"
                        : "sfdisk -q --no-reread --part-type adopt.img 2 1c");
        fd = open_image("adopt.img");
        assert_int_equal(vtc_table_move_slot(fd, "adopt.img", DISK_BYTES, 512, VTC_SLOT_B_OFF,
                                             VTC_SLOT_BYTES, 1, &after, NULL),
                         0);
        close(fd);
        if (gpt) {
            uint8_t *a = after.head + 1024 + 128, *b = ours.head + 1024 + 128;

            assert_memory_equal(a, b, 32);           /* type and its own GUID */
            assert_memory_equal(a + 48, b + 48, 80); /* attributes and name */
            assert_memory_equal(after.head + 1024, ours.head + 1024, 128);
        } else {
            assert_int_equal(after.head[462 + 4], 0xef);
            assert_memory_equal(after.head, ours.head, 462);
        }
        vtc_table_free(&ours);
        vtc_table_free(&after);
    }
}

static void types_of_a_boot_partition(void **state)
{
    static const struct {
        int gpt;
        const char *type;
        int is_boot_type;
    } cases[] = {
        {0, "ef", 1},
        {0, "7", 0},
        {0, "c", 0},
        {1, "U", 1},
        {1, "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7", 1},
        {1, "L", 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct vtc_table_spec spec = make_spec(cases[i].gpt, 512);
        struct vtc_table_sectors sectors;
        struct vtc_table_facts facts;
        int fd;

        assert_int_equal(vtc_table_build(&spec, &sectors, NULL), 0);
        write_image("type.img", &sectors);
        vtc_table_free(&sectors);
        fixture_run("sfdisk -q --no-reread --part-type type.img 2 %s", cases[i].type);
        fd = open_image("type.img");
        assert_int_equal(vtc_table_read(fd, "type.img", 512, &facts, NULL), 0);
        close(fd);
        assert_int_equal(facts.entry[1].is_boot_type, cases[i].is_boot_type);
    }
}

/* Partitions that somebody made in the reserved space survive a move. */
static void further_partitions_survive(void **state)
{
    struct vtc_table_spec spec = make_spec(1, 512);
    struct vtc_table_sectors sectors;
    int fd;

    (void)state;
    assert_int_equal(vtc_table_build(&spec, &sectors, NULL), 0);
    write_image("more.img", &sectors);
    vtc_table_free(&sectors);
    fixture_run("echo '960000,10000,L,,' | sfdisk -q -a --no-reread more.img");
    fd = open_image("more.img");
    assert_int_equal(vtc_table_move_slot(fd, "more.img", DISK_BYTES, 512, VTC_SLOT_B_OFF,
                                         VTC_SLOT_BYTES, 0, &sectors, NULL),
                     0);
    close(fd);
    write_image("more.img", &sectors);
    vtc_table_free(&sectors);
    fixture_run("sfdisk -d more.img | grep -q 'start= *960000, size= *10000'");
    fixture_run("sfdisk -d more.img | grep -q 'start= *65536, size= *63488'");
}

static void no_table_is_said(void **state)
{
    struct vtc_table_facts facts;
    struct vtc_error err;
    int fd;

    (void)state;
    fixture_run("rm -f empty.img; truncate -s 300M empty.img");
    fd = open_image("empty.img");
    assert_int_equal(vtc_table_read(fd, "empty.img", 512, &facts, &err), -ENOENT);
    assert_int_equal(err.kind, VTC_ERROR_NOT_STICK);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mbr_as_sfdisk_reads_it),
        cmocka_unit_test(gpt_as_sfdisk_reads_it),
        cmocka_unit_test(gpt_attributes_are_exact),
        cmocka_unit_test(mbr_with_large_sectors),
        cmocka_unit_test(slot_moves_and_all_else_stays),
        cmocka_unit_test(further_partitions_survive),
        cmocka_unit_test(adopted_entry_is_like_our_own),
        cmocka_unit_test(types_of_a_boot_partition),
        cmocka_unit_test(no_table_is_said),
    };

    return cmocka_run_group_tests_name("table", tests, fixture_enter_tmpdir, fixture_leave_tmpdir);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FAT chains on volumes made by mkfs.fat with mtools and by mkfs.exfat. */
#include <ventoc/bytes.h>
#include <ventoc/fat_chain.h>

#include "fixture.h"

#define MIB (1024ull * 1024)

static uint8_t buf[4096];

/* The runs mshowfat prints ("<5-10> <15>") equal the extents. Returns the first cluster. */
static uint32_t first_of_mshowfat(const char *path, const struct vtc_extents *list,
                                  const struct vtc_fat_geometry *g)
{
    size_t bytes;
    char *text = (char *)fixture_load(path, &bytes), *p;
    uint32_t first = 0, i = 0;

    text[bytes] = '\0';
    for (p = strchr(text, '<'); p; p = strchr(p + 1, '<'), i++) {
        uint32_t from = (uint32_t)strtoul(p + 1, NULL, 10);

        if (!first)
            first = from;
        if (list) {
            assert_in_range(i, 0, list->count - 1);
            assert_int_equal(vtc_fat_cluster_of(g, list->v[i].disk_off), from);
        }
    }
    if (list)
        assert_int_equal(i, list->count);
    assert_true(first >= 2);
    free(text);
    return first;
}

static void real_fat32(void **state)
{
    static const char *const files[] = {"BIG.ISO", "F08", "F09"};
    struct vtc_fat_geometry g;
    struct fixture_file file;
    struct vtc_reader disk;
    struct vtc_extent v[64];
    struct vtc_extents list;
    uint8_t boot[512];
    size_t i;

    (void)state;
    fixture_run("truncate -s 65M fat.img; mkfs.fat -F 32 -s 1 --offset 2048 fat.img 65536 "
                ">/dev/null");
    for (i = 0; i < 16; i++) {
        char name[8];

        snprintf(name, sizeof name, "F%02zu", i);
        fixture_save_random(name, i + 1, 100000 + 1000 * i);
        fixture_run("mcopy -i fat.img@@1M %s ::", name);
    }
    /* Free every second place, then fill what is left up with one long file. */
    fixture_run("for i in 00 02 04 06 10 12 14; do mdel -i fat.img@@1M ::F$i; done");
    fixture_save_random("BIG.ISO", 77, 65000001);
    fixture_run("mcopy -i fat.img@@1M BIG.ISO ::");

    disk = fixture_file_open(&file, "fat.img");
    assert_int_equal(vtc_reader_read(&disk, MIB, boot, 512), VTC_OK);
    assert_int_equal(vtc_fat_geometry(boot, MIB, 64 * MIB, &g), VTC_OK);
    for (i = 0; i < COUNT_OF(files); i++) {
        uint32_t first;
        size_t bytes;

        free(fixture_load(files[i], &bytes));
        fixture_run("mshowfat -i fat.img@@1M ::%s > runs", files[i]);
        first = first_of_mshowfat("runs", NULL, &g);
        vtc_extents_init(&list, v, COUNT_OF(v), NULL);
        assert_int_equal(vtc_fat_chain(&g, &disk, first, bytes, buf, 4096, &list), VTC_OK);
        first_of_mshowfat("runs", &list, &g);
        assert_int_equal(vtc_extents_check(&list, MIB, 65 * MIB), VTC_OK);
        fixture_assert_extents(&disk, &list, files[i]);
        if (i == 0)
            assert_in_range(list.count, 5, COUNT_OF(v));
    }
    fixture_file_close(&file);
}

/* exFAT section 7.2.2: the sum of the up-case table, over its extents. */
static uint32_t table_checksum(const struct vtc_reader *disk, const struct vtc_extents *list)
{
    uint32_t sum = 0, i;
    uint64_t n;

    for (i = 0; i < list->count; i++)
        for (n = 0; n < list->v[i].bytes; n++) {
            uint8_t byte;

            assert_int_equal(vtc_reader_read(disk, list->v[i].disk_off + n, &byte, 1), VTC_OK);
            sum = (sum << 31 | sum >> 1) + byte;
        }
    return sum;
}

/* mkfs.exfat's own files, the allocation bitmap and the up-case table, have FAT chains. */
static void real_exfat(void **state)
{
    static const char *const options[] = {"", "-c 512", "-c 32768", "-c 128K --pack-bitmap"};
    struct vtc_fat_geometry g;
    struct vtc_extents list;
    struct vtc_extent v[64];
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(options); i++) {
        struct fixture_file file;
        struct vtc_reader disk;
        uint8_t boot[512], entry[32];
        uint32_t root;
        uint64_t off;
        int tables = 0;

        fixture_run("rm -f ex.img; truncate -s 64M ex.img; mkfs.exfat %s ex.img >mkfs.log",
                    options[i]);
        disk = fixture_file_open(&file, "ex.img");
        assert_int_equal(vtc_reader_read(&disk, 0, boot, 512), VTC_OK);
        assert_int_equal(vtc_fat_geometry(boot, 0, disk.bytes, &g), VTC_OK);
        assert_int_equal(g.exfat, 1);
        root = vtc_le32(boot + 96);
        off = g.part_off + g.heap_off + (uint64_t)(root - 2) * g.cluster_bytes;
        assert_int_equal(vtc_fat_cluster_of(&g, off), root);
        for (; !vtc_reader_read(&disk, off, entry, 32) && entry[0]; off += 32) {
            if (entry[0] != 0x81 && entry[0] != 0x82)
                continue;
            vtc_extents_init(&list, v, COUNT_OF(v), NULL);
            assert_int_equal(vtc_fat_chain(&g, &disk, vtc_le32(entry + 20), vtc_le64(entry + 24),
                                           buf, 512, &list),
                             VTC_OK);
            assert_int_equal(vtc_extents_check(&list, g.heap_off, disk.bytes), VTC_OK);
            tables++;
            if (entry[0] == 0x81)
                assert_int_equal(list.bytes, (g.cluster_count + 7) / 8);
            else
                assert_int_equal(table_checksum(&disk, &list), vtc_le32(entry + 4));
        }
        assert_int_equal(tables, 2);
        fixture_file_close(&file);
    }
}

static void real_others_are_refused(void **state)
{
    static const struct {
        const char *command;
        int rc;
    } cases[] = {
        {"mkfs.fat -F 12 -C o.img 1440 >/dev/null", VTC_ENOTSUP},
        {"mkfs.fat -F 16 -C o.img 20000 >/dev/null", VTC_ENOTSUP},
        {"truncate -s 16M o.img; mkntfs -q -F o.img >/dev/null 2>&1", VTC_ENOENT},
        {"truncate -s 16M o.img; mke2fs -q -t ext4 o.img", VTC_ENOENT},
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(cases); i++) {
        struct vtc_fat_geometry g;
        struct fixture_file file;
        struct vtc_reader disk;
        uint8_t boot[512];

        fixture_run("rm -f o.img; %s", cases[i].command);
        disk = fixture_file_open(&file, "o.img");
        assert_int_equal(vtc_reader_read(&disk, 0, boot, 512), VTC_OK);
        assert_int_equal(vtc_fat_geometry(boot, 0, disk.bytes, &g), cases[i].rc);
        fixture_file_close(&file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_fat32),
        cmocka_unit_test(real_exfat),
        cmocka_unit_test(real_others_are_refused),
    };

    return cmocka_run_group_tests_name("fat_chain_real", tests, fixture_enter_tmpdir,
                                       fixture_leave_tmpdir);
}

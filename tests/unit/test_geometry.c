/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>

#include <ventoc/layout.h>

#include "fixture.h"
#include "host/geometry.h"

#define DISK_BYTES (512 * VTC_MIB)

static struct vtc_table_spec make_image(const char *path, int gpt, uint32_t sector_bytes)
{
    struct vtc_table_spec spec = {.gpt = gpt,
                                  .sector_bytes = sector_bytes,
                                  .disk_bytes = DISK_BYTES,
                                  .data_off = VTC_DATA_OFF,
                                  .data_bytes = 400 * VTC_MIB,
                                  .slot_off = VTC_SLOT_A_OFF,
                                  .slot_bytes = VTC_SLOT_BYTES,
                                  .label = "DATA"};
    struct vtc_table_sectors sectors;

    assert_int_equal(vtc_table_build(&spec, &sectors, NULL), 0);
    fixture_run("rm -f %s; truncate -s %llu %s", path, DISK_BYTES, path);
    fixture_overwrite(path, 0, sectors.head, sectors.head_bytes);
    if (sectors.tail_bytes)
        fixture_overwrite(path, sectors.tail_off, sectors.tail, sectors.tail_bytes);
    vtc_table_free(&sectors);
    return spec;
}

static void libparted_reads_what_libfdisk_wrote(void **state)
{
    (void)state;
    for (int gpt = 0; gpt < 2; gpt++) {
        for (uint32_t sector = 512; sector <= 4096; sector += 4096 - 512) {
            struct vtc_table_spec spec = make_image("g.img", gpt, sector);
            struct vtc_geometry geometry;

            assert_int_equal(vtc_geometry_check_table("g.img", &spec, NULL), 0);
            assert_int_equal(vtc_geometry_read("g.img", sector, &geometry, NULL), 0);
            assert_int_equal(geometry.bytes, DISK_BYTES);
            assert_int_equal(geometry.sector_bytes, sector);
            assert_string_equal(geometry.table, gpt ? "gpt" : "msdos");
        }
    }
}

static void differences_are_found(void **state)
{
    struct vtc_table_spec spec = make_image("d.img", 0, 512);
    struct vtc_table_spec other[] = {spec, spec, spec, spec, spec};
    struct vtc_error err;

    (void)state;
    other[0].data_off += 512;
    other[1].data_bytes -= 512;
    other[2].slot_off = VTC_SLOT_B_OFF;
    other[3].slot_bytes += 512;
    other[4].gpt = 1;
    for (size_t i = 0; i < COUNT_OF(other); i++) {
        assert_int_equal(vtc_geometry_check_table("d.img", &other[i], &err), -EILSEQ);
        assert_non_null(strstr(err.text, "d.img"));
    }
}

static void what_cannot_be_read_is_an_error(void **state)
{
    struct vtc_table_spec spec = make_image("e.img", 1, 512);
    struct vtc_geometry geometry;
    struct vtc_error err;

    (void)state;
    fixture_run("truncate -s 0 e.img; truncate -s 512M e.img");
    assert_int_equal(vtc_geometry_check_table("e.img", &spec, &err), -EILSEQ);
    assert_non_null(strstr(err.text, "cannot read the partition table"));
    assert_int_equal(vtc_geometry_read("e.img", 512, &geometry, NULL), 0);
    assert_string_equal(geometry.table, "");
    assert_int_equal(vtc_geometry_read("missing.img", 512, &geometry, &err), -EIO);
    assert_non_null(strstr(err.text, "missing.img"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(libparted_reads_what_libfdisk_wrote),
        cmocka_unit_test(differences_are_found),
        cmocka_unit_test(what_cannot_be_read_is_an_error),
    };

    return cmocka_run_group_tests_name("geometry", tests, fixture_enter_tmpdir,
                                       fixture_leave_tmpdir);
}

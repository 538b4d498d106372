/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A kernel's header against what is loaded by it. */
#include "fixture.h"

#include <ventoc/bytes.h>
#include <ventoc/kernel.h>

#define SETUP_BYTES  (5u * 512)
#define LOADED_BYTES 4096u
#define FILE_BYTES   (SETUP_BYTES + LOADED_BYTES)

static uint8_t file[FILE_BYTES];

/* The least that fits exactly: setup of 4 sectors, protocol 2.15. */
static void make_kernel(void)
{
    memset(file, 0, sizeof(file));
    file[0x1f1] = 4;
    vtc_put_le16(file + 0x1fe, 0xaa55);
    memcpy(file + 0x202, "HdrS", 4);
    vtc_put_le16(file + 0x206, 0x20f);
    file[0x236] = 1;
    vtc_put_le32(file + 0x260, LOADED_BYTES);
    vtc_put_le32(file + 0x264, LOADED_BYTES - 513);
}

static void test_size(void **state)
{
    (void)state;
    make_kernel();
    assert_int_equal(vtc_kernel_fits(file, FILE_BYTES), VTC_OK);
    vtc_put_le32(file + 0x260, LOADED_BYTES - 1);
    assert_int_equal(vtc_kernel_fits(file, FILE_BYTES), VTC_EFORMAT);
    assert_int_equal(vtc_kernel_fits(file, FILE_BYTES - 1), VTC_EFORMAT); /* its entry is outside */
    vtc_put_le32(file + 0x264, LOADED_BYTES - 514);
    assert_int_equal(vtc_kernel_fits(file, FILE_BYTES - 1), VTC_OK);
    vtc_put_le32(file + 0x264, 1);
    assert_int_equal(vtc_kernel_fits(file, SETUP_BYTES + 514), VTC_OK);
    assert_int_equal(vtc_kernel_fits(file, SETUP_BYTES + 513), VTC_EFORMAT);
    assert_int_equal(vtc_kernel_fits(file, SETUP_BYTES), VTC_EFORMAT);
    assert_int_equal(vtc_kernel_fits(file, SETUP_BYTES - 1), VTC_EFORMAT);
    assert_int_equal(vtc_kernel_fits(file, 0x268), VTC_EFORMAT);
    assert_int_equal(vtc_kernel_fits(file, 0x267), VTC_ENOENT);
    vtc_put_le32(file + 0x260, 0xffffffff);
    vtc_put_le32(file + 0x264, 0xffffffff);
    assert_int_equal(vtc_kernel_fits(file, FILE_BYTES), VTC_EFORMAT);
}

static void test_no_kernel(void **state)
{
    static const uint32_t at[] = {0x1fe, 0x1ff, 0x202, 0x205};

    (void)state;
    for (unsigned i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
        make_kernel();
        file[at[i]] ^= 1;
        assert_int_equal(vtc_kernel_fits(file, FILE_BYTES), VTC_ENOENT);
    }
    make_kernel();
    file[0x1f1] = 65;
    assert_int_equal(vtc_kernel_fits(file, FILE_BYTES), VTC_ENOENT);
    make_kernel();
    vtc_put_le16(file + 0x206, 0x20a);
    assert_int_equal(vtc_kernel_fits(file, FILE_BYTES), VTC_ENOENT);
    make_kernel();
    vtc_put_le32(file + 0x264, 0);
    assert_int_equal(vtc_kernel_fits(file, FILE_BYTES), VTC_ENOENT);
}

static void test_bits(void **state)
{
    struct fixture_memdisk disk;
    struct vtc_reader reader = fixture_memdisk_make(&disk, FILE_BYTES);

    (void)state;
    make_kernel();
    memcpy(disk.bytes, file, FILE_BYTES);
    assert_int_equal(vtc_kernel_bits(&reader), 64);
    disk.bytes[0x236] = 0;
    assert_int_equal(vtc_kernel_bits(&reader), 32);
    vtc_put_le16(disk.bytes + 0x206, 0x20b);
    assert_int_equal(vtc_kernel_bits(&reader), 0);
    fixture_memdisk_free(&disk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_size), cmocka_unit_test(test_no_kernel), cmocka_unit_test(test_bits)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}

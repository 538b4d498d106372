/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The functions of the int 13h handler but reading: what it answers for each kind of drive. */
#include "int13_model.h"

static void cd_functions_answer(void **state)
{
    static const struct {
        uint16_t ax;
        int carry;
        uint8_t ah;
    } cases[] = {
        {0x0000, 0, 0}, {0x0d00, 0, 0}, {0x1000, 0, 0}, {0x1100, 0, 0},
        {0x4500, 0, 0}, {0x4600, 0, 0}, {0x0300, 1, 3}, {0x0500, 1, 3},
        {0x0b00, 1, 3}, {0x4300, 1, 3}, {0x0200, 1, 1}, {0x0800, 1, 1},
        {0x7700, 1, 1}, {0x4b02, 1, 1}, {0x4400, 0, 0}, {0x4700, 0, 0},
    };
    static struct vtc_region storage[4];
    struct vtc_int13_regs regs = {.eax = 0x4100, .edx = 0xe0, .ebx = 0x55aa};
    struct vtc_image img;
    uint8_t ah;

    (void)state;
    make_cd(&img, storage, COUNT_OF(storage), 1);
    install(&img);
    put_packet(1, 0x20000, 0);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(call(cases[i].ax, 0xe0, &ah), cases[i].carry);
        assert_int_equal(ah, cases[i].ah);
    }
    assert_int_equal(vtc_int13_handle(&regs), 0);
    assert_int_equal(regs.eax >> 8, 0x30); /* the version; 0 would mean no extensions */
    assert_int_equal(regs.ebx, 0xaa55);
    assert_int_equal(regs.ecx & 7, 7);
    regs = (struct vtc_int13_regs){.eax = 0x1500, .edx = 0xe0};
    assert_int_equal(vtc_int13_handle(&regs), 0);
    assert_int_equal(regs.eax >> 8, 3);
    assert_int_equal((regs.ecx & 0xffff) << 16 | (regs.edx & 0xffff), img.bytes >> 11);
    vtc_put_le16(pc.low + 0x600, 30); /* AH=48h */
    assert_int_equal(call(0x4800, 0xe0, &ah), 0);
    assert_int_equal(vtc_le16(pc.low + 0x600), 30);
    assert_int_equal(vtc_le16(pc.low + 0x600 + 24), 2048);
    assert_true(vtc_le64(pc.low + 0x600 + 16) == img.bytes >> 11);
    vtc_put_le16(pc.low + 0x600, 20);
    assert_int_equal(call(0x4800, 0xe0, &ah), 1);
    config.packet.packet_bytes = 0x13;
    config.packet.drive = 0xe0;
    assert_int_equal(call(0x4b01, 0xe0, &ah), 0);
    assert_int_equal(pc.low[0x600], 0x13);
    assert_int_equal(pc.low[0x602], 0xe0);
}

static void a_floppy_reads_by_head_and_sector(void **state)
{
    static struct vtc_region storage[4096];
    struct vtc_int13_regs regs = {.eax = 0x0203, .ecx = 0x0112, .edx = 0x0100, .es = 0x2000};
    struct vtc_image img;
    uint8_t want[3 * 512];

    (void)state;
    make_cd(&img, storage, COUNT_OF(storage), 400);
    install(&img);
    config.emulated_drive = 0;
    config.emulated_lba512 = 8;
    config.emulated_sectors = 2880;
    config.cylinders = 80;
    config.heads = 2;
    config.sectors_per_track = 18;
    config.floppy_type = 4;
    /* cylinder 1, head 1, sector 18 on: ((1 * 2 + 1) * 18 + 17) */
    assert_int_equal(vtc_int13_handle(&regs), 0);
    assert_int_equal(vtc_image_read(&img, &disk, (8 + 71) * 512, want, sizeof want), VTC_OK);
    assert_memory_equal(pc.low + 0x20000, want, sizeof want);
    assert_int_equal(regs.eax & 0xff, 3);
    vtc_put_le32(pc.low + 0x78, 0xf000efc7); /* vector 1Eh: the diskette parameters */
    regs = (struct vtc_int13_regs){.eax = 0x0800, .edx = 0};
    assert_int_equal(vtc_int13_handle(&regs), 0);
    assert_int_equal(regs.es, 0xf000);
    assert_int_equal(regs.edi, 0xefc7);
    assert_int_equal(regs.ebx & 0xff, 4);
    assert_int_equal(regs.ecx & 0xffff, 0x4f12);
    assert_int_equal(regs.edx & 0xffff, 0x0101);
    regs = (struct vtc_int13_regs){.eax = 0x0201, .ecx = 0x0000, .es = 0x2000};
    assert_int_equal(vtc_int13_handle(&regs), 1); /* sector 0 */
    regs = (struct vtc_int13_regs){.eax = 0x0201, .ecx = 0x5001, .es = 0x2000};
    assert_int_equal(vtc_int13_handle(&regs), 1); /* cylinder 80 */
    regs = (struct vtc_int13_regs){.eax = 0x1500};
    assert_int_equal(vtc_int13_handle(&regs), 0);
    assert_int_equal(regs.eax >> 8, 1);
    regs = (struct vtc_int13_regs){.eax = 0x4200};
    assert_int_equal(vtc_int13_handle(&regs), 1);
}

static void a_hard_disk_moves_the_others_up(void **state)
{
    static struct vtc_region storage[4096];
    struct vtc_int13_regs regs = {.eax = 0x0800, .edx = 0x80};
    struct vtc_image img;
    uint8_t ah, want[512];

    (void)state;
    make_cd(&img, storage, COUNT_OF(storage), 400);
    install(&img);
    config.drive = VTC_INT13_NO_DRIVE;
    config.emulated_drive = 0x80;
    config.shift = 1;
    config.emulated_sectors = config.sectors;
    config.cylinders = 10;
    config.heads = 16;
    config.sectors_per_track = 63;
    pc.low[0x475] = 3; /* two of the BIOS and ours */
    assert_int_equal(vtc_int13_handle(&regs), 0);
    assert_int_equal(regs.edx & 0xff, 3);
    put_packet(1, 0x20000, 7);
    assert_int_equal(call(0x4200, 0x80, &ah), 0);
    assert_int_equal(vtc_image_read(&img, &disk, 7 * 512, want, sizeof want), VTC_OK);
    assert_memory_equal(pc.low + 0x20000, want, sizeof want);
    regs = (struct vtc_int13_regs){.eax = 0x0800, .edx = 0x81};
    assert_int_equal(vtc_int13_handle(&regs), 0);
    assert_int_equal(regs.edx & 0xff, 3); /* the BIOS said 2 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cd_functions_answer),
        cmocka_unit_test(a_floppy_reads_by_head_and_sector),
        cmocka_unit_test(a_hard_disk_moves_the_others_up),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}

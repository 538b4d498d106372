/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The BIOS handler as a guest may call it. The input: 12 bytes that choose the pieces of the CD, what
 * is emulated and what the BIOS can do, then calls of 16 bytes: AX, DL, a fault, CX, DH, BX, count,
 * segment, LBA. It writes nowhere but where it was told to, and what it says it read is what the image
 * holds.
 */
#include "fuzz_program.h"
#include "fuzz_reader.h"

#include <stdlib.h>

/* What tests/unit/int13_model.h takes from the unit tests' fixture. */
#define TESTS_UNIT_FIXTURE_H
#define COUNT_OF(array)               (sizeof(array) / sizeof *(array))
#define assert_true(x)                ((x) ? (void)0 : abort())
#define assert_non_null(x)            assert_true((x) != NULL)
#define assert_int_equal(a, b)        assert_true((a) == (b))
#define assert_in_range(v, low, high) assert_true((v) >= (low) && (v) <= (high))

static inline uint64_t fixture_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 0x2545f4914f6cdd1dull;
}

#include "../unit/int13_model.h"

#define CALL_BYTES 16u

static struct vtc_region regions[1024];

static void start(struct fuzz_program *program, struct vtc_image *img)
{
    static int is_set_up;
    uint32_t pieces, zeros, what;

    (void)call; /* the unit tests' */
    if (!is_set_up)
        setup(NULL);
    is_set_up = 1;
    seed = fuzz_take(program, 4) | 1;
    pieces = 1 + (uint32_t)fuzz_take(program, 1);
    zeros = (uint32_t)fuzz_take(program, 1);
    make_cd(img, regions, COUNT_OF(regions), pieces);
    assert_int_equal(vtc_image_append_zero(img, zeros * 2048), VTC_OK);
    install(img);
    config.chunk_sectors = (uint8_t)(1 + fuzz_take(program, 1) % 128);
    pc.most = 64 + (uint32_t)fuzz_take(program, 1) % 65;
    pc.fail_reads = 0;
    config.catalog_lba512 = (uint32_t)fuzz_take(program, 2);
    what = (uint32_t)fuzz_take(program, 2);
    if (what & 1) {
        config.emulated_drive = what & 2 ? 0x80 : 0;
        config.shift = what & 2 ? 1 : 0;
        config.floppy_type = what & 2 ? 0 : 4;
        config.emulated_lba512 = what >> 4 & 63;
        config.emulated_sectors = what >> 8;
        config.cylinders = 80;
        config.heads = 2;
        config.sectors_per_track = 18;
        config.packet.packet_bytes = 0x13;
    }
    memset(pc.low, 0xa5, sizeof pc.low);
}

/* The bytes of [linear, +bytes) are the image's from lba512 on, but for what the model itself keeps in
 * low memory. */
static void check_read(const struct vtc_image *img, uint64_t lba512, uint32_t sectors,
                       uint32_t linear)
{
    static uint8_t want[LOW_BYTES];
    uint32_t bytes = sectors * 512;

    if (linear > 0x100000 || bytes > 0x100000 - linear)
        abort();
    if (linear < BOUNCE_ADDRESS + 512 && BOUNCE_ADDRESS < linear + bytes)
        return;
    if (vtc_image_read(img, &disk, lba512 * 512, want, bytes) ||
        memcmp(want, pc.low + linear, bytes) != 0)
        abort();
}

/* What a call may change of the model, by the bits of the fault. */
#define FAULT_READS   7u  /* so many reads of the BIOS fail */
#define FAULT_FAR     8u  /* an LBA beyond 32 bits */
#define FAULT_PACKET  16u /* a packet of another length */
#define FAULT_WRAP    32u /* a packet across the end of its segment */
#define FAULT_CHANGED (FAULT_FAR | FAULT_PACKET | FAULT_WRAP)

static void one_call(struct fuzz_program *program, const struct vtc_image *img)
{
    struct vtc_int13_regs regs = {.esi = 0x600, .edi = 0xd1d1};
    uint32_t function, fault, count, linear, lba, unit, is_ours;
    int carry, is_cd;

    regs.eax = (uint32_t)fuzz_take(program, 2);
    regs.edx = (uint32_t)fuzz_take(program, 1);
    fault = (uint32_t)fuzz_take(program, 1);
    regs.ecx = (uint32_t)fuzz_take(program, 2);
    regs.edx |= (uint32_t)fuzz_take(program, 1) << 8;
    regs.ebx = (uint32_t)fuzz_take(program, 2);
    count = (uint32_t)fuzz_take(program, 1);
    linear = (uint32_t)fuzz_take(program, 2) * 16 + (regs.ebx & 15);
    lba = (uint32_t)fuzz_take(program, 4);
    function = regs.eax >> 8;
    is_cd = low(regs.edx) == config.drive;
    is_ours = is_cd || low(regs.edx) == config.emulated_drive;
    if (function == 0x42 && !is_ours)
        return; /* the model's BIOS reads for the handler only */
    pc.fail_reads = fault & FAULT_READS;
    put_packet((uint16_t)count, linear, fault & FAULT_FAR ? (uint64_t)lba << 32 : lba);
    if (fault & FAULT_PACKET)
        vtc_put_le16(pc.low + 0x600, (uint16_t)fault * 16u);
    if (fault & FAULT_WRAP)
        regs.ds = 0xf000, regs.esi = 0xfff8;
    regs.es = (uint16_t)(linear >> 4);
    unit = is_cd ? 4 : 1;
    carry = vtc_int13_handle(&regs);
    if (carry != 0 && carry != 1)
        abort();
    if (is_ours && function != 0x01 && carry != (config.last_status != 0))
        abort();
    if (function == 0x42 && !carry && !(fault & FAULT_CHANGED))
        check_read(img, (is_cd ? 0 : config.emulated_lba512) + (uint64_t)lba * unit, count * unit,
                   linear);
    if (function == 0x02 && !carry && is_ours && !is_cd)
        check_read(img,
                   config.emulated_lba512 +
                       ((regs.ecx >> 8 & 0xff) * 2ull + (regs.edx >> 8 & 0xff)) * 18 +
                       (regs.ecx & 0x3f) - 1,
                   regs.eax & 0xff, regs.es * 16u + (regs.ebx & 0xffff));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct fuzz_program program = fuzz_program(data, bytes);
    struct vtc_image img;
    unsigned calls;

    start(&program, &img);
    for (calls = 0; fuzz_left(&program) >= CALL_BYTES && calls < 256; calls++)
        one_call(&program, &img);
    return 0;
}

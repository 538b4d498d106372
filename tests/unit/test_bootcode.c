/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>

#include <ventoc/bytes.h>
#include <ventoc/layout.h>

#include "fixture.h"
#include "host/bootcode.h"

static void make_boot(uint8_t boot[512])
{
    uint64_t seed = 7;

    for (int i = 0; i < 510; i++)
        boot[i] = (uint8_t)fixture_random(&seed);
    boot[510] = 0x55;
    boot[511] = 0xaa;
}

/* Where the core image is, by slot and table type, and the LBA that boot.img must hold. */
static const struct {
    unsigned slot;
    int gpt;
    uint8_t lba[8]; /* expected bytes at 0x5c */
} places[] = {
    {0, 0, {1, 0, 0, 0, 0, 0, 0, 0}},
    {0, 1, {34, 0, 0, 0, 0, 0, 0, 0}},
    {1, 0, {0, 4, 0, 0, 0, 0, 0, 0}},
    {1, 1, {0, 4, 0, 0, 0, 0, 0, 0}},
};

static void boot_sector_is_patched(void **state)
{
    uint8_t boot[512], lba0[512], before[512];

    (void)state;
    make_boot(boot);
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        for (int k = 0; k < 512; k++)
            before[k] = lba0[k] = (uint8_t)(k * 3);
        assert_int_equal(vtc_bootcode_patch_boot(
                             boot, 512, vtc_core_lba512(places[i].slot, places[i].gpt), lba0),
                         0);
        assert_memory_equal(lba0 + 0x5c, places[i].lba, 8);
        assert_int_equal(lba0[0x66], 0x90);
        assert_int_equal(lba0[0x67], 0x90);
        /* The rest of the code is boot.img's, the rest of the sector is the table's. */
        assert_memory_equal(lba0, boot, 0x5c);
        assert_memory_equal(lba0 + 0x64, boot + 0x64, 2);
        assert_memory_equal(lba0 + 0x68, boot + 0x68, 440 - 0x68);
        assert_memory_equal(lba0 + 440, before + 440, 512 - 440);
    }
}

static void what_is_no_boot_sector_is_refused(void **state)
{
    uint8_t boot[512], lba0[512] = {0};

    (void)state;
    make_boot(boot);
    assert_int_equal(vtc_bootcode_patch_boot(boot, 511, 1, lba0), -EINVAL);
    boot[511] = 0;
    assert_int_equal(vtc_bootcode_patch_boot(boot, 512, 1, lba0), -EINVAL);
}

static void core_gets_its_block_list(void **state)
{
    static const struct {
        size_t bytes;
        uint32_t lba512;
        uint8_t list[12]; /* expected bytes at 0x1f4 */
    } cases[] = {
        {513, 1, {2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0x20, 0x08}},
        {1024, 34, {35, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0x20, 0x08}},
        {1025, 1024, {1, 4, 0, 0, 0, 0, 0, 0, 2, 0, 0x20, 0x08}},
        {255041, 1, {2, 0, 0, 0, 0, 0, 0, 0, 0xf2, 1, 0x20, 0x08}},
        {VTC_CORE_MAX_BYTES, 1, {2, 0, 0, 0, 0, 0, 0, 0, 0xdd, 3, 0x20, 0x08}},
    };
    uint8_t *core = malloc(VTC_CORE_MAX_BYTES), *out = malloc(VTC_CORE_MAX_BYTES);

    (void)state;
    assert_non_null(core);
    assert_non_null(out);
    memset(core, 0xee, VTC_CORE_MAX_BYTES);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        size_t padded = vtc_bootcode_core_bytes(cases[i].bytes);

        assert_int_equal(padded % 512, 0);
        assert_in_range(padded - cases[i].bytes, 0, 511);
        memset(out, 0x77, VTC_CORE_MAX_BYTES);
        assert_int_equal(vtc_bootcode_patch_core(core, cases[i].bytes, cases[i].lba512, out), 0);
        assert_memory_equal(out + 0x1f4, cases[i].list, 12);
        assert_memory_equal(out, core, 0x1f4);
        assert_memory_equal(out + 512, core + 512, cases[i].bytes - 512);
        for (size_t k = cases[i].bytes; k < padded; k++)
            assert_int_equal(out[k], 0);
    }
    free(core);
    free(out);
}

static void core_of_impossible_size_is_refused(void **state)
{
    uint8_t *core = calloc(1, VTC_CORE_MAX_BYTES + 1), *out = malloc(VTC_CORE_MAX_BYTES + 512);

    (void)state;
    assert_non_null(core);
    assert_int_equal(vtc_bootcode_patch_core(core, 0, 1, out), -EINVAL);
    assert_int_equal(vtc_bootcode_patch_core(core, 512, 1, out), -EINVAL);
    assert_int_equal(vtc_bootcode_patch_core(core, VTC_CORE_MAX_BYTES + 1, 1, out), -EINVAL);
    free(core);
    free(out);
}

/* What a core was before it was filled in, and only for one whose list leads to itself. */
static void a_block_list_is_undone(void **state)
{
    static const uint8_t unpatched[12] = {2, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0x20, 0x08};
    uint8_t core[1025], out[1536];

    (void)state;
    memset(core, 0xee, sizeof(core));
    memcpy(core + 0x1f4, unpatched, sizeof(unpatched));
    assert_int_equal(vtc_bootcode_patch_core(core, sizeof(core), 1024, out), 0);
    assert_int_equal(vtc_bootcode_unpatch_core(out, sizeof(core), 1023), -EINVAL);
    for (size_t i = 0; i < sizeof(unpatched); i++) {
        out[0x1f4 + i] ^= 1;
        assert_int_equal(vtc_bootcode_unpatch_core(out, sizeof(core), 1024), -EINVAL);
        out[0x1f4 + i] ^= 1;
    }
    assert_int_equal(vtc_bootcode_unpatch_core(out, sizeof(core), 1024), 0);
    assert_memory_equal(out, core, sizeof(core));
}

/* The two core images and the GPT must not touch each other or slot A. */
static void places_do_not_overlap(void **state)
{
    (void)state;
    for (int gpt = 0; gpt < 2; gpt++) {
        uint32_t a = vtc_core_lba512(0, gpt), b = vtc_core_lba512(1, gpt);

        assert_true(a >= (gpt ? 34 : 1));
        assert_true(a + VTC_CORE_MAX_BYTES / 512 <= b);
        assert_true((b * 512ull) + VTC_CORE_MAX_BYTES <= VTC_SLOT_A_OFF);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(boot_sector_is_patched),
        cmocka_unit_test(what_is_no_boot_sector_is_refused),
        cmocka_unit_test(core_gets_its_block_list),
        cmocka_unit_test(core_of_impossible_size_is_refused),
        cmocka_unit_test(a_block_list_is_undone),
        cmocka_unit_test(places_do_not_overlap),
    };

    return cmocka_run_group_tests_name("bootcode", tests, NULL, NULL);
}

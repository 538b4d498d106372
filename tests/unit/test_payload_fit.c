/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A slot's file system in a smaller slot. mkfs.fat makes it, fsck.fat and mtools judge it. */
#include <errno.h>

#include <ventoc/layout.h>

#include "fixture.h"
#include "host/payload.h"

static struct vtc_payload payload;
static struct vtc_error err;

/* A FAT of volume_kib with a file of file_kib, cut behind its last cluster that is not empty. */
static void make(unsigned sector_bytes, unsigned per_cluster, unsigned bits, unsigned volume_kib,
                 unsigned file_kib)
{
    size_t bytes;

    fixture_run(
        "rm -f v.img; PATH=$PATH:/usr/sbin mkfs.fat --invariant -F %u -S %u -s %u -C v.img %u",
        bits, sector_bytes, per_cluster, volume_kib);
    fixture_save_random("file", 5, (size_t)file_kib * 1024);
    fixture_run("mcopy -i v.img file ::/file");
    payload.slot.bytes = fixture_load("v.img", &bytes);
    while (bytes && !payload.slot.bytes[bytes - 1])
        bytes--;
    payload.slot.count = (bytes + sector_bytes - 1) / sector_bytes * sector_bytes;
    snprintf(payload.dir, sizeof(payload.dir), "the-payload");
    memset(&err, 0, sizeof(err));
}

static void shrinks_what_fits(void **state)
{
    static const struct {
        unsigned per_cluster, bits, volume_kib, slot_kib;
    } cases[] = {
        {4, 16, 31 * 1024, 15 * 1024 + 512}, /* a converted stick */
        {4, 16, 31 * 1024, 9 * 1024},
        {4, 16, 63 * 1024, 40 * 1024}, /* more than 65535 sectors, before and after */
        {4, 16, 63 * 1024, 31 * 1024}, /* before only */
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        uint64_t slot_bytes = cases[i].slot_kib * 1024ull;

        make(512, cases[i].per_cluster, cases[i].bits, cases[i].volume_kib, 6000);
        assert_int_equal(vtc_payload_fit(&payload, slot_bytes, &err), 0);
        fixture_save("small.img", payload.slot.bytes, payload.slot.count);
        fixture_run("truncate -s %llu small.img", (unsigned long long)slot_bytes);
        fixture_run("PATH=$PATH:/usr/sbin fsck.fat -n small.img");
        fixture_run("mcopy -no -i small.img ::/file copy && cmp copy file");
        fixture_run("minfo -i small.img :: | grep -Eq '(small size: |big size: )%llu sectors'",
                    (unsigned long long)slot_bytes / 512);
        vtc_payload_free(&payload);
    }
}

static void leaves_alone_what_fits_already(void **state)
{
    uint8_t before[512];

    (void)state;
    make(4096, 1, 16, 31 * 1024, 6000);
    memcpy(before, payload.slot.bytes, sizeof(before));
    assert_int_equal(vtc_payload_fit(&payload, VTC_SLOT_BYTES, &err), 0);
    assert_memory_equal(before, payload.slot.bytes, sizeof(before));
    vtc_payload_free(&payload);
}

static void refuses_by_name(void **state)
{
    static const struct {
        unsigned per_cluster, file_kib;
        const char *text;
    } cases[] = {
        {4, 16000, "the-payload: the boot files need"},
        {8, 6000, "the-payload: clusters of 4096 bytes are too large"}, /* it were FAT12 */
        {4, 15400, NULL},
        {4, 15900, "the-payload: the boot files need"}, /* into the FATs, not into the sectors */
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int rc;

        make(512, cases[i].per_cluster, 16, 31 * 1024, cases[i].file_kib);
        rc = vtc_payload_fit(&payload, VTC_CONVERTED_SLOT_BYTES, &err);
        assert_int_equal(rc, cases[i].text ? -ENOSPC : 0);
        if (cases[i].text) {
            assert_int_equal(err.kind, VTC_ERROR_PAYLOAD);
            assert_non_null(strstr(err.text, cases[i].text));
        }
        vtc_payload_free(&payload);
    }
    make(512, 1, 32, 63 * 1024, 6000);
    assert_int_equal(vtc_payload_fit(&payload, VTC_CONVERTED_SLOT_BYTES, &err), -ENOSPC);
    assert_non_null(strstr(err.text, "FAT32"));
    assert_int_equal(vtc_payload_fit(&payload, 63 * VTC_MIB, &err), 0);
    vtc_payload_free(&payload);
    make(512, 4, 16, 31 * 1024, 100);
    payload.slot.bytes[510] = 0;
    assert_int_equal(vtc_payload_fit(&payload, VTC_SLOT_BYTES, &err), -EBADMSG);
    vtc_payload_free(&payload);
}

/* A short file system with a long tail would be written over the slot behind it. */
static void refuses_a_tail(void **state)
{
    (void)state;
    make(512, 4, 16, 10 * 1024, 100);
    fixture_run("truncate -s %llu v.img", VTC_CONVERTED_SLOT_BYTES + 512);
    free(payload.slot.bytes);
    payload.slot.bytes = fixture_load("v.img", &payload.slot.count);
    payload.slot.count -= 512;
    assert_int_equal(vtc_payload_fit(&payload, VTC_CONVERTED_SLOT_BYTES, &err), 0);
    payload.slot.count += 512;
    assert_int_equal(vtc_payload_fit(&payload, VTC_CONVERTED_SLOT_BYTES, &err), -EBADMSG);
    assert_int_equal(err.kind, VTC_ERROR_PAYLOAD);
    assert_int_equal(vtc_payload_fit(&payload, VTC_SLOT_BYTES, &err), 0);
    vtc_payload_free(&payload);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shrinks_what_fits),
        cmocka_unit_test(leaves_alone_what_fits_already),
        cmocka_unit_test(refuses_by_name),
        cmocka_unit_test(refuses_a_tail),
    };

    return cmocka_run_group_tests_name("payload_fit", tests, fixture_enter_tmpdir,
                                       fixture_leave_tmpdir);
}

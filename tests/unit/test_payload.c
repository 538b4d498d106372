/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <ventoc/layout.h>
#include <ventoc/sha256.h>

#include "fixture.h"
#include "host/payload.h"

static struct vtc_payload payload;
static struct vtc_error err;

static const struct {
    const char *name;
    size_t bytes;
} images[] = {{"boot.img", 512},       {"core.img", 70001},  {"slot512.img", 300 * 512},
              {"slot4096.img", 20480}, {"mmx64.efi", 30001}, {"of-a-newer-ventoc", 1}};

static uint8_t content[300 * 512];

static void save_gz(const char *path, const void *bytes, size_t count)
{
    gzFile gz = gzopen(path, "wb1");

    assert_non_null(gz);
    assert_int_equal(gzwrite(gz, bytes, (unsigned)count), count);
    assert_int_equal(gzclose(gz), Z_OK);
}

/* A payload in the working directory. */
static void make_payload(const char *format)
{
    uint64_t seed = 11;
    FILE *f = fopen("manifest", "w");

    assert_non_null(f);
    for (size_t i = 0; i < sizeof(content); i++)
        content[i] = (uint8_t)fixture_random(&seed);
    fprintf(f, "ventoc-manifest %s\nversion 1.2\ngrub 2.06\n", format);
    for (size_t i = 0; i < COUNT_OF(images); i++) {
        uint8_t digest[VTC_SHA256_BYTES];
        struct vtc_sha256 sha;
        char hex[65], path[64];

        vtc_sha256_init(&sha);
        vtc_sha256_update(&sha, content, images[i].bytes);
        vtc_sha256_final(&sha, digest);
        vtc_sha256_hex(digest, hex);
        fprintf(f, "image %s %zu %s\n", images[i].name, images[i].bytes, hex);
        snprintf(path, sizeof(path), "%s.gz", images[i].name);
        save_gz(path, content, images[i].bytes);
    }
    fclose(f);
}

static int load(uint32_t sector_bytes)
{
    int rc;

    memset(&err, 0, sizeof(err));
    rc = vtc_payload_load(".", sector_bytes, &payload, &err);
    return rc;
}

static void a_good_payload_loads(void **state)
{
    (void)state;
    make_payload("1");
    assert_int_equal(load(512), 0);
    assert_string_equal(payload.manifest.version, "1.2");
    assert_int_equal(payload.boot.count, 512);
    assert_int_equal(payload.core.count, 70001);
    assert_int_equal(payload.slot.count, 300 * 512);
    assert_memory_equal(payload.core.bytes, content, 70001);
    assert_memory_equal(payload.slot.bytes, content, 300 * 512);
    vtc_payload_free(&payload);
    assert_int_equal(load(4096), 0);
    assert_null(payload.boot.bytes);
    assert_null(payload.core.bytes);
    assert_int_equal(payload.slot.count, 20480);
    vtc_payload_free(&payload);
}

/* Images that a load does not need are neither looked at nor missed; each can be had by its name. */
static void other_images_are_extra(void **state)
{
    struct vtc_payload_image image;

    (void)state;
    make_payload("1");
    assert_int_equal(unlink("of-a-newer-ventoc.gz"), 0);
    assert_int_equal(load(512), 0);
    assert_int_equal(payload.manifest.count, COUNT_OF(images));
    assert_int_equal(vtc_payload_extra(&payload, "mmx64.efi", &image, &err), 0);
    assert_int_equal(image.count, 30001);
    assert_memory_equal(image.bytes, content, 30001);
    free(image.bytes);

    assert_int_equal(vtc_payload_extra(&payload, "shimx64.efi", &image, &err), -ENOENT);
    assert_int_equal(err.kind, VTC_ERROR_PAYLOAD);
    assert_non_null(strstr(err.text, "built without shimx64.efi"));
    assert_null(image.bytes);
    assert_int_equal(vtc_payload_extra(&payload, "of-a-newer-ventoc", &image, &err), -ENOENT);
    assert_non_null(strstr(err.text, "of-a-newer-ventoc.gz: cannot be opened"));
    free(image.bytes);
    save_gz("mmx64.efi.gz", content + 1, 30001);
    assert_int_equal(vtc_payload_extra(&payload, "mmx64.efi", &image, &err), -EBADMSG);
    assert_non_null(strstr(err.text, "mmx64.efi.gz: its SHA-256 sum"));
    free(image.bytes);
    vtc_payload_free(&payload);
}

/* Every image: each byte of its file altered in turn (of the long ones, some). Either the load
 * fails with a message that names the file, or the bytes are those of the manifest (a flag or name
 * in the gzip header says nothing about them). */
static void an_altered_byte_is_found(void **state)
{
    unsigned found = 0;

    (void)state;
    make_payload("1");
    for (size_t i = 0; i < 3; i++) {
        size_t count, step;
        uint8_t *bytes;
        char path[64];

        snprintf(path, sizeof(path), "%s.gz", images[i].name);
        bytes = fixture_load(path, &count);
        step = count > 2000 ? count / 40 : 7;
        for (size_t at = 0; at < count; at += step) {
            bytes[at] ^= 0x10;
            fixture_save(path, bytes, count);
            bytes[at] ^= 0x10;
            if (load(512)) {
                assert_int_equal(err.kind, VTC_ERROR_PAYLOAD);
                assert_non_null(strstr(err.text, path));
                found++;
            } else {
                assert_true(at < 10);
                assert_memory_equal(payload.slot.bytes, content, payload.slot.count);
            }
            vtc_payload_free(&payload);
        }
        fixture_save(path, bytes, count);
        free(bytes);
    }
    assert_true(found > 100);
    assert_int_equal(load(512), 0);
    vtc_payload_free(&payload);
}

static void damage_truncate(void)
{
    assert_int_equal(truncate("slot512.img.gz", 40000), 0);
}

static void damage_empty(void)
{
    assert_int_equal(truncate("core.img.gz", 0), 0);
}

static void damage_remove(void)
{
    assert_int_equal(unlink("boot.img.gz"), 0);
}

static void damage_long(void)
{
    save_gz("boot.img.gz", content, 513);
}

static void damage_short(void)
{
    save_gz("boot.img.gz", content, 511);
}

static void damage_other(void)
{
    save_gz("boot.img.gz", content + 1, 512);
}

static void damage_plain(void)
{
    /* zlib reads a file that is not gzip'ed as it is: bytes count, not the packing. */
    fixture_save("boot.img.gz", content + 1, 512);
}

static void damage_trailing(void)
{
    size_t count;
    uint8_t *bytes = fixture_load("boot.img.gz", &count);

    bytes[count - 6] ^= 1; /* the CRC of the gzip trailer */
    fixture_save("boot.img.gz", bytes, count);
    free(bytes);
}

static void damage_manifest_gone(void)
{
    assert_int_equal(unlink("manifest"), 0);
}

static void damage_manifest_text(void)
{
    fixture_save("manifest", "hello\n", 6);
}

static void damage_manifest_image(void)
{
    fixture_run("sed -i /slot512/d manifest");
}

static void damage_manifest_huge(void)
{
    fixture_run("sed -i 's/^image core.img 70001 /image core.img 999999999999 /' manifest");
}

static void damage_manifest_sum(void)
{
    fixture_run("awk '$2 == \"boot.img\" { s = $4 } $2 == \"core.img\" { $4 = s } 1' manifest >m; "
                "mv m manifest");
}

static void damaged_payloads_are_refused_by_name(void **state)
{
    static const struct {
        void (*damage)(void);
        int rc;
        const char *text;
    } cases[] = {
        {damage_truncate, -EBADMSG, "slot512.img.gz: "},
        {damage_empty, -EBADMSG, "core.img.gz: ends after 0 of the 70001 bytes"},
        {damage_remove, -ENOENT, "boot.img.gz: cannot be opened"},
        {damage_long, -EBADMSG, "boot.img.gz: is longer than the manifest says"},
        {damage_short, -EBADMSG, "boot.img.gz: ends after 511 of the 512 bytes"},
        {damage_other, -EBADMSG, "boot.img.gz: its SHA-256 sum"},
        {damage_plain, -EBADMSG, "boot.img.gz: its SHA-256 sum"},
        {damage_trailing, -EBADMSG, "boot.img.gz: cannot be unpacked"},
        {damage_manifest_gone, -ENOENT, "no readable manifest"},
        {damage_manifest_text, -EBADMSG, "not a valid manifest"},
        {damage_manifest_image, -EBADMSG, "does not list slot512.img"},
        {damage_manifest_huge, -EBADMSG, "core.img has 999999999999 bytes"},
        {damage_manifest_sum, -EBADMSG, "core.img.gz: its SHA-256 sum"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        make_payload("1");
        cases[i].damage();
        assert_int_equal(load(512), cases[i].rc);
        assert_int_equal(err.kind, VTC_ERROR_PAYLOAD);
        if (!strstr(err.text, cases[i].text))
            fail_msg("case %zu: %s", i, err.text);
        assert_true(err.hint[0] != '\0');
        vtc_payload_free(&payload);
    }
}

static void a_newer_format_is_refused(void **state)
{
    (void)state;
    make_payload("2");
    assert_int_equal(load(512), -ENOTSUP);
    assert_non_null(strstr(err.text, "format"));
    vtc_payload_free(&payload);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_payload_loads),
        cmocka_unit_test(other_images_are_extra),
        cmocka_unit_test(an_altered_byte_is_found),
        cmocka_unit_test(damaged_payloads_are_refused_by_name),
        cmocka_unit_test(a_newer_format_is_refused),
    };

    return cmocka_run_group_tests_name("payload", tests, fixture_enter_tmpdir,
                                       fixture_leave_tmpdir);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ventoc/sha256.h>

#include "fixture.h"

static void sum(const void *bytes, size_t count, char hex[65])
{
    uint8_t digest[VTC_SHA256_BYTES];
    struct vtc_sha256 s;

    vtc_sha256_init(&s);
    vtc_sha256_update(&s, bytes, count);
    vtc_sha256_final(&s, digest);
    vtc_sha256_hex(digest, hex);
}

/* The examples of FIPS 180-4's companion document. */
static void fips_examples(void **state)
{
    static const struct {
        const char *text, *hex;
    } cases[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
         "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
         "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
    };
    char hex[65];
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(cases); i++) {
        sum(cases[i].text, strlen(cases[i].text), hex);
        assert_string_equal(hex, cases[i].hex);
    }
}

static void million_letters(void **state)
{
    uint8_t digest[VTC_SHA256_BYTES], letters[1000];
    struct vtc_sha256 s;
    char hex[65];
    int i;

    (void)state;
    memset(letters, 'a', sizeof letters);
    vtc_sha256_init(&s);
    for (i = 0; i < 1000; i++)
        vtc_sha256_update(&s, letters, sizeof letters);
    vtc_sha256_final(&s, digest);
    vtc_sha256_hex(digest, hex);
    assert_string_equal(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* Lengths around the places where padding needs one block more; byte i is 7 i + 3. The sums are
 * those of coreutils' sha256sum. */
static void padding_lengths(void **state)
{
    static const struct {
        size_t count;
        const char *hex;
    } cases[] = {
        {1, "084fed08b978af4d7d196a7446a86b58009e636b611db16211b65a9aadff29c5"},
        {3, "6ab0dba1f4f1dfbb37b4f9eeb092c09fca4900ad32bdcd147d8dde35d6c87c35"},
        {54, "160bbf14b458c877b7049e7cb5771dd653930f97d20bdd8ee795c16062906233"},
        {55, "e7313d333c272e639f790978283f9eb392e843d0f29b7016828bb1daa4aac70b"},
        {56, "4324d65f3c103567f5589c710bc08f8523f929a9272e3af36fc968e52abc6c27"},
        {57, "35df609437dcfea3279283ab79fd554e2bf78f8f7ae2de532d8ee300b09e8f73"},
        {63, "81c80242132f230c3bd41b3e63bbcff16107339549214a99614ff26664625055"},
        {64, "39e3d7b6b5d075d37d053ad89b24b41bef4f3c29760c84447cab3f3be1882241"},
        {65, "aacca6ff74fdbb296d165a45cecfa04e5127bc008770fbbdd48006f2d2fae95e"},
        {119, "9ce7368e4daf32341631b492e80359dc9f594b48453cd0dd5bf0b19279cc177e"},
        {120, "7836b787757e95e58b3ca5aec90b1b004e8deba1e50e9675af9cabf1a13a04b5"},
        {127, "a8d23e75d936f303d248888d9b165ee543f4cbafcad3c9dd2a79bd84faa11d07"},
        {128, "d2742f1f4ac6bb7ca2b239ee18402ba8b3f9f8e652d2a72973c2b9ba11c08cf6"},
        {129, "307f8fc2c1622b92762e818d39a185d4d667ad49a4b07ceae1f4afa008a93ec4"},
        {1000, "1e9bc38cbf860b9ec31918b065f9b52476c549a782e0e7990bed8ce3868d2371"},
    };
    uint8_t bytes[1000];
    char hex[65];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 7 + 3);
    for (i = 0; i < COUNT_OF(cases); i++) {
        sum(bytes, cases[i].count, hex);
        assert_string_equal(hex, cases[i].hex);
    }
}

static void same_at_every_split(void **state)
{
    uint8_t bytes[200], digest[VTC_SHA256_BYTES];
    struct vtc_sha256 s;
    char whole[65], parts[65];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 11);
    sum(bytes, sizeof bytes, whole);
    for (i = 0; i <= sizeof bytes; i++) {
        vtc_sha256_init(&s);
        vtc_sha256_update(&s, bytes, i);
        vtc_sha256_update(&s, bytes + i, sizeof bytes - i);
        vtc_sha256_final(&s, digest);
        vtc_sha256_hex(digest, parts);
        assert_string_equal(parts, whole);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fips_examples),
        cmocka_unit_test(million_letters),
        cmocka_unit_test(padding_lengths),
        cmocka_unit_test(same_at_every_split),
    };

    return cmocka_run_group_tests_name("sha256", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ventoc/mok.h>

#include "fixture.h"

static uint8_t nibble(char c)
{
    return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

static void from_hex(const char *hex, uint8_t *out, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        out[i] = (uint8_t)(nibble(hex[2 * i]) << 4 | nibble(hex[2 * i + 1]));
}

/* The list as UEFI 2.10 section 32.4.1 lays it out, its sum made by another SHA-256. */
static void request(void **state)
{
    static const char list_hex[] =
        "2616c4c14c509240aca941f936934328" /* EFI_CERT_SHA256_GUID */
        "4c0000000000000030000000"         /* list 76, header 0, signature 48 bytes */
        "7a31d00e5c19424b9d285654436d6f6b"
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    static const char auth_hex[] =
        "7b67465836b9b4bb97bfb9d047ff01f31b273b09f7381ff19723361260e27986";
    struct vtc_mok_request made;
    uint8_t hash[32], list[VTC_MOK_LIST_BYTES], auth[VTC_MOK_AUTH_BYTES];

    (void)state;
    for (uint8_t i = 0; i < sizeof hash; i++)
        hash[i] = i;
    from_hex(list_hex, list, sizeof list);
    from_hex(auth_hex, auth, sizeof auth);
    memset(&made, 0x5a, sizeof made);
    vtc_mok_request(hash, "40718293", &made);
    assert_memory_equal(made.list, list, sizeof list);
    assert_memory_equal(made.auth, auth, sizeof auth);
    vtc_mok_request(hash, "40718294", &made);
    assert_memory_equal(made.list, list, sizeof list);
    assert_memory_not_equal(made.auth, auth, sizeof auth);
    assert_int_equal(sizeof made, VTC_MOK_LIST_BYTES + VTC_MOK_AUTH_BYTES); /* stored as it is */
}

static void password(void **state)
{
    static const uint8_t random[VTC_MOK_PASSWORD_DIGITS] = {0, 9, 10, 19, 255, 128, 7, 100};
    char text[VTC_MOK_PASSWORD_DIGITS + 1];

    (void)state;
    vtc_mok_password(random, text);
    assert_string_equal(text, "09095870");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(request), cmocka_unit_test(password)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}

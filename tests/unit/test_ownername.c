/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The names of keys: plain, and never too long for a certificate. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "host/ownername.h"

#define DATE "2026-11-30"

static void expect(const char *user, const char *host, const char *want)
{
    char name[VTC_OWNERNAME_BYTES];

    vtc_ownername_format(user, host, DATE, name);
    assert_string_equal(name, want);
}

static void plain(void **state)
{
    (void)state;
    expect("anna", "pc.example.org", "ventoc key of anna at pc.example.org, " DATE);
    expect("", "", "ventoc key of unknown at unknown, " DATE);
}

/* openssl's configuration has its own ideas about quotes, '$' and '\'. */
static void odd_characters(void **state)
{
    (void)state;
    expect("a\"b$c\\d", "h\n[x]=y", "ventoc key of a_b_c_d at h__x__y, " DATE);
    expect("j\xc3\xb6rg", "pc", "ventoc key of j__rg at pc, " DATE);
}

static void too_long(void **state)
{
    char longest[300], name[VTC_OWNERNAME_BYTES];

    (void)state;
    memset(longest, 'x', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    for (size_t i = 0; i < 2; i++) {
        vtc_ownername_format(i ? "anna" : longest, longest, DATE, name);
        assert_true(strlen(name) <= 64);
        assert_non_null(strstr(name, ", " DATE));
    }
    assert_non_null(strstr(name, "of anna at xxxx"));
    vtc_ownername_format(longest, "pc", DATE, name);
    assert_true(strlen(name) == 64);
    assert_non_null(strstr(name, "x at pc, " DATE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(plain), cmocka_unit_test(odd_characters),
                                       cmocka_unit_test(too_long)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}

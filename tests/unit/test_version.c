/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fixture.h"
#include "host/version.h"

static void versions_have_an_order(void **state)
{
    static const struct {
        const char *a, *b;
        int order; /* of a: -1 is before b */
    } cases[] = {
        {"1.0", "1.0", 0},
        {"0.1.0", "0.2.0", -1},
        {"1.9", "1.10", -1},
        {"2", "10", -1},
        {"1", "1.0", 0},
        {"1.0", "1.0.0", 0},
        {"1.0", "1.0.1", -1},
        {"1.2.3", "1.2", 1},
        {"01.02", "1.2", 0},
        {"99999999999999999999999.1", "100000000000000000000000", -1},
        {"1.0-rc1", "1.0", -1},
        {"1.0~beta", "1.0", -1},
        {"1.0-rc2", "1.0-rc10", -1},
        {"1.0-rc1", "0.9", 1},
        {"1.0+git5", "1.0", 1},
        {"1.0a", "1.0b", -1},
        {"1.0.", "1.0", 1},
        {"1.0-a", "1.0+a", -1},
        {"0.0.1-other", "0.1.0", -1},
        {"", "", 0},
        {"", "1", -1},
        {"none", "1", -1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int order = vtc_version_compare(cases[i].a, cases[i].b);
        int back = vtc_version_compare(cases[i].b, cases[i].a);

        order = (order > 0) - (order < 0);
        back = (back > 0) - (back < 0);
        if (order != cases[i].order || back != -order)
            fail_msg("\"%s\" and \"%s\": %d and %d", cases[i].a, cases[i].b, order, back);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions_have_an_order),
    };

    return cmocka_run_group_tests_name("version", tests, NULL, NULL);
}

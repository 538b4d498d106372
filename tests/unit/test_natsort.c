/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ventoc/natsort.h>

#include "fixture.h"

/* In menu order; every pair of the list is compared both ways. */
static const char *const ordered[] = {
    "",
    " leading space.iso",
    "-.iso",
    "0",
    "00",
    "000",
    "0a",
    "01",
    "1",
    "001.iso",
    "1.iso",
    "2",
    "9",
    "010",
    "10",
    "99999999999999999998",
    "099999999999999999999",
    "99999999999999999999",
    "100000000000000000000",
    ":",
    "_underscore.iso",
    "A.iso",
    "a.iso",
    "a.iso2",
    "debian-9.13.iso",
    "debian-11.iso",
    "Debian-12.1.iso",
    "debian-12.1.iso",
    "debian-12.1a.iso",
    "debian-12.2.iso",
    "debian-12.10.iso",
    "debian-012.11.iso",
    "e",
    "E1",
    "e1",
    "e1.9",
    "e1.10",
    "Ubuntu 8.04",
    "ubuntu 22.04",
    "Z",
    "z",
    "z1",
    "~",
    "\xc3\x89"
    "ducation.iso", /* U+00C9: no case folding outside ASCII */
    "\xc3\xa9"
    "ducation.iso", /* U+00E9 */
    "\xe6\x97\xa5\xe6\x9c\xac"
    "9.iso",
    "\xe6\x97\xa5\xe6\x9c\xac"
    "10.iso",
    "\xff",
};

static int sign(int v)
{
    return (v > 0) - (v < 0);
}

static void whole_list_in_order(void **state)
{
    int i, j;

    (void)state;
    for (i = 0; i < (int)COUNT_OF(ordered); i++)
        for (j = 0; j < (int)COUNT_OF(ordered); j++)
            if (sign(vtc_natsort_compare(ordered[i], ordered[j])) != sign(i - j))
                fail_msg("\"%s\" and \"%s\": %d", ordered[i], ordered[j],
                         vtc_natsort_compare(ordered[i], ordered[j]));
}

/* Whatever the names, the order is antisymmetric and transitive, and only equals are equal. */
static void random_names_have_a_total_order(void **state)
{
    static const char letters[] = "0019aAbZ_.\xc3";
    char name[3][8];
    uint64_t seed = 7;
    int round, i, j;

    (void)state;
    for (round = 0; round < 200000; round++) {
        int ab, bc, ac;

        for (i = 0; i < 3; i++) {
            int n = (int)(fixture_random(&seed) >> 32) & 7;

            for (j = 0; j < n; j++)
                name[i][j] = letters[(fixture_random(&seed) >> 32) % (sizeof letters - 1)];
            name[i][n] = '\0';
        }
        ab = sign(vtc_natsort_compare(name[0], name[1]));
        bc = sign(vtc_natsort_compare(name[1], name[2]));
        ac = sign(vtc_natsort_compare(name[0], name[2]));
        assert_int_equal(ab, -sign(vtc_natsort_compare(name[1], name[0])));
        assert_int_equal(ab == 0, strcmp(name[0], name[1]) == 0);
        if (ab == bc && ab != ac)
            fail_msg("not transitive: \"%s\" \"%s\" \"%s\"", name[0], name[1], name[2]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_list_in_order),
        cmocka_unit_test(random_names_have_a_total_order),
    };

    return cmocka_run_group_tests_name("natsort", tests, NULL, NULL);
}

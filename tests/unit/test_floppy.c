/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ventoc/floppy.h>

#include "fixture.h"

static void sizes_give_formats(void **state)
{
    static const struct {
        uint64_t bytes;
        uint8_t sectors_per_track; /* 0: no floppy */
    } cases[] = {{368640, 9},   {737280, 9},  {1228800, 15}, {1474560, 18}, {1720320, 21},
                 {2949120, 36}, {1474559, 0}, {0, 0},        {1u << 30, 0}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct vtc_floppy *f = vtc_floppy_of(cases[i].bytes);

        assert_int_equal(f ? f->sectors_per_track : 0, cases[i].sectors_per_track);
        if (f)
            assert_int_equal(f->cylinders * f->heads * f->sectors_per_track, f->sectors);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(sizes_give_formats)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}

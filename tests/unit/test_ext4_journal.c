/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a journal holds copies of, as debugfs writes it; and journals that would take long. */
#include "fixture.h"

#include <ventoc/ext4_journal.h>

#define PLENTY 100000u

/* in.img with a journal of options; copies of blocks 7777 and 7778 are in it. */
static void make_log(const char *mke2fs, const char *journal)
{
    fixture_run("rm -f in.img; truncate -s 16M in.img; mke2fs -q -F -t ext4 -b 1024 %s in.img 16M "
                ">log 2>&1 && %s && head -c 2048 /dev/zero >zeros && "
                "printf 'jo\\njw -b 7777,7778 zeros\\njc\\n' >commands && "
                "debugfs -w -f commands in.img >log 2>&1 && "
                "dumpe2fs -h in.img 2>/dev/null | grep -q needs_recovery",
                mke2fs, journal);
}

static int open_log(struct fixture_file *file, struct vtc_reader *reader, struct vtc_ext4 *fs,
                    struct vtc_ext4_journal *j)
{
    *reader = fixture_file_open(file, "in.img");
    assert_int_equal(vtc_ext4_open(fs, reader, 0, reader->bytes), VTC_OK);
    return vtc_ext4_journal_open(j, fs, 8);
}

static void copies(void **state)
{
    struct fixture_file file;
    struct vtc_reader reader;
    struct vtc_ext4 fs;
    struct vtc_ext4_journal j;
    uint32_t steps = PLENTY;

    (void)state;
    make_log("-O ^metadata_csum", "true");
    assert_int_equal(open_log(&file, &reader, &fs, &j), VTC_OK);
    assert_int_equal(vtc_ext4_journal_has(&j, 7777, &steps), 1);
    assert_int_equal(vtc_ext4_journal_has(&j, 7778, &steps), 1);
    assert_int_equal(vtc_ext4_journal_has(&j, 7779, &steps), 0);
    assert_in_range(steps, PLENTY - 20, PLENTY - 9); /* a descriptor, its tags, a commit, the end */
    for (uint32_t few = 0; few < 5; few++) {         /* not all is seen: there may be a copy */
        steps = few;
        assert_int_equal(vtc_ext4_journal_has(&j, 7779, &steps), 1);
        assert_int_equal(steps, 0);
    }
    steps = 5;
    assert_int_equal(vtc_ext4_journal_has(&j, 7779, &steps), 0);
    fixture_file_close(&file);
}

/* In pieces of 15 blocks: every 16th one was taken before. */
static void pieces(void **state)
{
    struct fixture_file file;
    struct vtc_reader reader;
    struct vtc_ext4 fs;
    struct vtc_ext4_journal j;

    (void)state;
    fixture_run("seq -f 'setb %%.0f' 16 16 16368 >taken");
    make_log("-O ^has_journal,^metadata_csum", "debugfs -w -f taken in.img >log 2>&1 && "
                                               "tune2fs -J size=1 in.img >log 2>&1");
    assert_int_equal(open_log(&file, &reader, &fs, &j), VTC_ENOTSUP);
    fixture_file_close(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies),
        cmocka_unit_test(pieces),
    };

    return cmocka_run_group_tests_name("ext4_journal", tests, fixture_enter_tmpdir,
                                       fixture_leave_tmpdir);
}

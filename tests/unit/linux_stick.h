/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small stick for the tests of the guest's init: a sparse file with its record twice and two files
 * in its data partition, and the hand-off that names them. */
#ifndef TESTS_UNIT_LINUX_STICK_H
#define TESTS_UNIT_LINUX_STICK_H

#include <ventoc/handoff.h>

#define LINUX_STICK_BYTES (257ull << 20)

/* Write it to path; *h and what it points to stay the fixture's. Map 0, "ventoc": an ISO's length of
 * random bytes in three pieces. Map 1, "one": the same in one piece, elsewhere. With one_only, the
 * second is the only map and has the first's name. */
void linux_stick_make(const char *path, struct vtc_handoff *h, int one_only);

/* The bytes map number i shows, as a file. */
void linux_stick_content(const char *stick, const struct vtc_handoff_map *map, const char *path);

#endif

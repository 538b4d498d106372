/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the sanitizers are told when the tests are built with them. */

const char *__asan_default_suppressions(void);

/* The constructor of libparted 3.5 reads a line of /proc that is not NUL-terminated as a string,
 * before main() begins. */
const char *__asan_default_suppressions(void)
{
    return "interceptor_via_lib:libparted\n";
}

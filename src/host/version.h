/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which of two versions is the newer one. */
#ifndef VTC_HOST_VERSION_H
#define VTC_HOST_VERSION_H

/*
 * Compare two versions: numbers between dots from left to right, as numbers ("1.10" is after "1.9",
 * "1" is "1.0"); where these are the same, what follows them: "-" and "~" begin something that comes
 * before the version itself ("1.0-rc1" is before "1.0"), anything else something after it, and two of
 * these are compared as a person counts ("rc2" is before "rc10"). Both are NUL-terminated.
 * Returns less than, equal to or greater than 0.
 */
int vtc_version_compare(const char *a, const char *b);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an owner's key is called: that is how people recognise it on another machine's screen. */
#ifndef VTC_HOST_OWNERNAME_H
#define VTC_HOST_OWNERNAME_H

#define VTC_OWNERNAME_BYTES                                                                        \
    65u /* a common name has 64 characters at most (RFC 5280, ub-common-name) */

/* "ventoc key of USER at HOST, DATE". Whatever is not a letter, a digit or one of ._- becomes '_'; user and
 * host are cut to what there is room for. date: 10 characters. */
void vtc_ownername_format(const char *user, const char *host, const char *date,
                          char name[VTC_OWNERNAME_BYTES]);

/* The same for the user who called (before sudo), this machine and today. */
void vtc_ownername_make(char name[VTC_OWNERNAME_BYTES]);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/ownername.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "host/keyfolder.h"

#define WORDS_BYTES (VTC_OWNERNAME_BYTES - 1 - sizeof("ventoc key of  at , 2026-11-30") + 1)

static size_t put_plain(const char *from, size_t max, char *out)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    size_t n = 0;

    for (; from[n] && n < max; n++)
        out[n] = strchr(plain, from[n]) ? from[n] : '_';
    out[n] = '\0';
    return n;
}

void vtc_ownername_format(const char *user, const char *host, const char *date,
                          char name[VTC_OWNERNAME_BYTES])
{
    char user_plain[WORDS_BYTES + 1], host_plain[WORDS_BYTES + 1];
    char whole[160];
    size_t host_bytes = strlen(host), room = WORDS_BYTES / 2;

    /* The user gets what the host does not need, but half of it at least. */
    room = host_bytes < room ? WORDS_BYTES - host_bytes : room;
    room = WORDS_BYTES - put_plain(*user ? user : "unknown", room, user_plain);
    put_plain(*host ? host : "unknown", room, host_plain);
    snprintf(whole, sizeof(whole), "ventoc key of %s at %s, %.10s", user_plain, host_plain, date);
    whole[VTC_OWNERNAME_BYTES - 1] = '\0';
    memcpy(name, whole, VTC_OWNERNAME_BYTES);
}

void vtc_ownername_make(char name[VTC_OWNERNAME_BYTES])
{
    const struct passwd *user = getpwuid(vtc_keyfolder_caller());
    char host[256] = "", date[16] = "";
    time_t seconds = time(NULL);
    struct tm tm;

    gethostname(host, sizeof(host) - 1);
    if (localtime_r(&seconds, &tm))
        strftime(date, sizeof(date), "%Y-%m-%d", &tm);
    vtc_ownername_format(user ? user->pw_name : "", host, date, name);
}

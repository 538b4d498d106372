/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "settle.h"

void vtc_settle_start(struct vtc_settle *s, uint64_t now_ms)
{
    s->start_ms = s->first_match_ms = s->last_new_ms = now_ms;
    s->matches = 0;
    s->reported = 0;
}

void vtc_settle_seen(struct vtc_settle *s, uint64_t now_ms, unsigned matches, int appeared)
{
    if (matches && !s->matches)
        s->first_match_ms = now_ms;
    if (appeared)
        s->last_new_ms = now_ms;
    s->matches = matches;
}

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

enum vtc_settle_state vtc_settle_next(const struct vtc_settle *s, uint64_t now_ms,
                                      unsigned *wait_ms)
{
    const uint64_t end = s->start_ms + VTC_SETTLE_END_MS;
    uint64_t until = now_ms + VTC_SETTLE_POLL_MS, quiet, most;

    if (now_ms >= end)
        return VTC_SETTLE_END;
    if (s->matches == 1) {
        quiet = later(s->first_match_ms, s->last_new_ms) + VTC_SETTLE_QUIET_MS;
        most = s->first_match_ms + VTC_SETTLE_MOST_MS;
        until = quiet < most ? quiet : most;
        if (now_ms >= until)
            return VTC_SETTLE_GO;
    } else if (!s->reported && now_ms < s->start_ms + VTC_SETTLE_REPORT_MS &&
               until > s->start_ms + VTC_SETTLE_REPORT_MS) {
        until = s->start_ms + VTC_SETTLE_REPORT_MS;
    }
    if (until > end)
        until = end;
    *wait_ms = (unsigned)(until - now_ms);
    return s->matches > 1 ? VTC_SETTLE_SEVERAL : VTC_SETTLE_WAIT;
}

int vtc_settle_report(struct vtc_settle *s, uint64_t now_ms)
{
    if (s->reported || s->matches || now_ms < s->start_ms + VTC_SETTLE_REPORT_MS)
        return 0;
    s->reported = 1;
    return 1;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When is it certain that the stick that was found is the only one? A decision without effects. */
#ifndef VTC_LINUX_SETTLE_H
#define VTC_LINUX_SETTLE_H

#include <ventoc/types.h>

#define VTC_SETTLE_QUIET_MS  1000u   /* no new disk for so long after the first match */
#define VTC_SETTLE_MOST_MS   3000u   /* or so long after it */
#define VTC_SETTLE_REPORT_MS 30000u  /* without a match: say what is waited for */
#define VTC_SETTLE_END_MS    600000u /* give up */
#define VTC_SETTLE_POLL_MS   5000u   /* look again even without news */

enum vtc_settle_state {
    VTC_SETTLE_WAIT,
    VTC_SETTLE_GO,
    VTC_SETTLE_SEVERAL, /* more than one disk is the one */
    VTC_SETTLE_END,
};

struct vtc_settle {
    uint64_t start_ms, first_match_ms, last_new_ms;
    unsigned matches;
    int reported;
};

void vtc_settle_start(struct vtc_settle *s, uint64_t now_ms);

/* The outcome of a look at the disks. appeared: there were new ones. */
void vtc_settle_seen(struct vtc_settle *s, uint64_t now_ms, unsigned matches, int appeared);

/* What to do. *wait_ms: for WAIT and SEVERAL, how long until the answer may change by itself. */
enum vtc_settle_state vtc_settle_next(const struct vtc_settle *s, uint64_t now_ms,
                                      unsigned *wait_ms);

/* It is time to say that nothing was found; 1 only once. */
int vtc_settle_report(struct vtc_settle *s, uint64_t now_ms);

#endif

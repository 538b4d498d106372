/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The program's voice: the kernel log, and the screen when the log does not reach it. */
#ifndef VTC_LINUX_SAY_H
#define VTC_LINUX_SAY_H

#include "sys.h"

enum vtc_say_level {
    VTC_SAY_INFO,    /* the kernel log only */
    VTC_SAY_WARNING, /* the user shall see it: also the console, when the log is quiet there */
};

/* One line, "ventoc: " in front. The pieces end with NULL. */
void vtc_say(const struct vtc_sys *sys, enum vtc_say_level level, ...);

#endif

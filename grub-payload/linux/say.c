/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "say.h"

#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "text.h"

/* A line to a character device (Documentation/admin-guide/devices.txt: 1:11 kmsg, 5:1 console). */
static void put(const struct vtc_sys *sys, uint32_t major, uint32_t minor, const char *s)
{
    int fd = vtc_sys_open(sys, S_IFCHR, major, minor, O_WRONLY | O_NOCTTY | O_NONBLOCK);

    if (fd < 0)
        return;
    if (write(fd, s, strlen(s)) < 0) {
        /* nowhere left to complain to */
    }
    close(fd);
}

void vtc_say(const struct vtc_sys *sys, enum vtc_say_level level, ...)
{
    struct vtc_text t;
    const char *s;
    va_list list;

    vtc_text_make(&t, level == VTC_SAY_WARNING ? "<4>" : "<6>", "ventoc: ", NULL);
    va_start(list, level);
    while ((s = va_arg(list, const char *)) != NULL)
        vtc_text_add(&t, s);
    va_end(list);
    vtc_text_add(&t, "\n");
    put(sys, 1, 11, t.s);
    /* the first number there is the level below which the kernel's lines reach the console */
    if (level == VTC_SAY_WARNING && sys->proc_fd >= 0 &&
        vtc_sys_number(sys->proc_fd, "sys/kernel/printk") > 4)
        return;
    if (level == VTC_SAY_WARNING)
        put(sys, 5, 1, t.s + 3);
}

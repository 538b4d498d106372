/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * /init of the initramfs, as process 1: gives the init that was there its name and its arguments
 * back, and leaves a child behind that makes the chosen image a block device once the stick is
 * there. Whatever fails here, the original init runs.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ventoc/handoff.h>

#include "families.h"
#include "helper.h"
#include "original.h"
#include "say.h"

#define CONF_PATH      "/ventoc/conf"
#define CONF_BYTES_MAX (64u << 20)

/* The hand-off. Returns 0, or a vtc_err. */
static int load(struct vtc_handoff *h)
{
    struct vtc_extent *storage;
    uint32_t bytes, done = 0, capacity;
    struct stat st;
    uint8_t *buf;
    int fd = open(CONF_PATH, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return VTC_ENOENT;
    if (fstat(fd, &st) || st.st_size < 1 || st.st_size > CONF_BYTES_MAX) {
        close(fd);
        return VTC_EFORMAT;
    }
    bytes = (uint32_t)st.st_size;
    capacity = bytes / 16 + 1; /* a piece takes a place and a length */
    buf = vtc_sys_take(bytes);
    storage = vtc_sys_take((size_t)capacity * sizeof *storage);
    while (buf && done < bytes) {
        ssize_t n = read(fd, buf + done, bytes - done);

        if (n <= 0)
            break;
        done += (uint32_t)n;
    }
    close(fd);
    if (!storage || done < bytes)
        return VTC_EIO;
    return vtc_handoff_decode(buf, bytes, h, storage, capacity);
}

/* Where the kernel found no console it starts process 1 without these three. Nothing that is opened here
 * may take their place: the helper makes them lead nowhere. */
static void fill_console_places(void)
{
    int fd;

    for (fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int main(int argc, char **argv, char **envp)
{
    static const char *const fallback[] = {"/sbin/init", "/etc/init", "/bin/init", "/bin/sh"};
    static struct vtc_handoff handoff;
    struct vtc_sys sys = {-1, -1, -1, -1, -1, 0};
    char *own_argv[2] = {NULL, NULL};
    struct vtc_text original;
    unsigned failed = 0, i;
    pid_t child = -1;
    int conf, restored;

    fill_console_places();
    sys.node_fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    conf = load(&handoff);
    restored = vtc_original_restore("", &original);
    if (!conf) {
        failed = vtc_families_write("", handoff.flags);
        child = fork();
        if (!child)
            vtc_helper_run(&handoff);
    }
    if (conf)
        vtc_say(&sys, VTC_SAY_WARNING, "cannot read " CONF_PATH, NULL);
    else if (child < 0)
        vtc_say(&sys, VTC_SAY_WARNING, "no process for the helper", NULL);
    if (failed)
        vtc_say(&sys, VTC_SAY_WARNING, "not all files could be written", NULL);
    if (restored)
        vtc_say(&sys, VTC_SAY_WARNING, "the initramfs had no init of its own", NULL);
    if (child < 0)
        vtc_original_clean("");

    if (argc < 1)
        argv = own_argv;
    if (!restored) {
        argv[0] = (char *)(uintptr_t) "/init";
        execve(original.s, argv, envp);
        vtc_say(&sys, VTC_SAY_WARNING, "cannot execute the original init", NULL);
    }
    for (i = 0; i < sizeof fallback / sizeof *fallback; i++) {
        argv[0] = (char *)(uintptr_t)fallback[i];
        execve(fallback[i], argv, envp);
    }
    return 1;
}

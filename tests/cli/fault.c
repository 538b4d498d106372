/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Preloaded into the program by t-faults.sh: something happens at the nth write to the target.
 * VTC_FAULT is "N:ACTION[:FILE]", N counted from 1. Actions: an errno (enospc enodev eio); "int",
 * "term" and "hup" send that signal when the write is done, "kill" does so before it; "torn" writes the
 * first half and is killed; "lose" does not write but says it did. "fN:truncate:FILE" makes FILE
 * empty when the nth flush is done; "oN:FILE" makes the nth opening of FILE fail. Writes to temporary files (memfd) are not counted.
 * "replace:FILE" and "shrink:FILE" make the write fail, and before that put an empty file of the same
 * length in FILE's place, or cut FILE, on which the target, a loop device, stands.
 * VTC_WRITE_LOG is a file to which "PATH OFFSET BYTES" is appended for each write.
 * VTC_SERIAL is "N:A:B": the serial number of loop devices, A for the first N looks at it, then B.
 * "wBYTES" and "dBYTES" make a fake of the target that has that many bytes: it wraps around to its
 * beginning, or drops what is written behind its end.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int is_target(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 && (S_ISBLK(st.st_mode) || (S_ISREG(st.st_mode) && st.st_nlink));
}

/* Where byte off of the target really is; -1: nowhere. *bytes is cut where the fake ends. */
static off64_t place(int fd, off64_t off, size_t *bytes)
{
    const char *fault = getenv("VTC_FAULT");
    off64_t real, at;

    if (!fault || (fault[0] != 'w' && fault[0] != 'd') || !is_target(fd))
        return off;
    real = (off64_t)strtoull(fault + 1, NULL, 10);
    at = off < real ? off : fault[0] == 'w' ? off % real : -1;
    if (at >= 0 && *bytes > (size_t)(real - at))
        *bytes = (size_t)(real - at);
    return at;
}

/* What to do at this write: an action's name, or "". */
static const char *action(void)
{
    static unsigned long count;
    const char *fault = getenv("VTC_FAULT");

    if (!fault || ++count != strtoul(fault, NULL, 10))
        return "";
    return strchr(fault, ':') + 1;
}

static void log_write(int fd, off64_t off, size_t bytes)
{
    const char *name = getenv("VTC_WRITE_LOG");
    char link[64], path[4096];
    ssize_t n;
    FILE *log;

    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    n = name ? readlink(link, path, sizeof(path) - 1) : -1;
    log = n > 0 ? fopen(name, "a") : NULL;
    if (!log)
        return;
    path[n] = '\0';
    fprintf(log, "%s %lld %zu\n", path, (long long)off, bytes);
    fclose(log);
}

/* Another disk is there all of a sudden: does the action say so? */
static int swap_disk(const char *what, int fd)
{
    const char *file = strchr(what, ':');
    struct stat st;
    int other;

    if (strncmp(what, "replace:", 8) == 0) {
        other = stat(file + 1, &st) == 0 && unlink(file + 1) == 0 ? creat(file + 1, 0666) : -1;
        if (other < 0 || ftruncate(other, st.st_size))
            abort();
        close(other);
        return 1;
    }
    if (strncmp(what, "shrink:", 7) != 0)
        return 0;
    if (truncate(file + 1, 1 << 20) || ioctl(fd, LOOP_SET_CAPACITY, 0))
        abort();
    return 1;
}

ssize_t pwrite64(int fd, const void *buf, size_t bytes, off64_t off);
ssize_t pwrite64(int fd, const void *buf, size_t bytes, off64_t off)
{
    static const struct {
        const char *name;
        int value;
    } errors[] = {{"enospc", ENOSPC}, {"enodev", ENODEV}, {"eio", EIO}};
    ssize_t (*real)(int, const void *, size_t, off64_t) =
        (ssize_t(*)(int, const void *, size_t, off64_t))dlsym(RTLD_NEXT, "pwrite64");
    const char *what = is_target(fd) ? action() : "";
    ssize_t n;

    if (is_target(fd))
        log_write(fd, off, bytes);
    if (swap_disk(what, fd)) {
        errno = EIO;
        return -1;
    }
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        if (strcmp(what, errors[i].name) == 0) {
            errno = errors[i].value;
            return -1;
        }
    }
    if (strcmp(what, "kill") == 0)
        raise(SIGKILL);
    if (strcmp(what, "lose") == 0)
        return (ssize_t)bytes;
    off = place(fd, off, &bytes);
    n = off < 0 ? (ssize_t)bytes
                : real(fd, buf, strcmp(what, "torn") == 0 ? bytes / 2 : bytes, off);
    if (strcmp(what, "torn") == 0)
        raise(SIGKILL);
    if (strcmp(what, "int") == 0)
        raise(SIGINT);
    if (strcmp(what, "term") == 0)
        raise(SIGTERM);
    if (strcmp(what, "hup") == 0)
        raise(SIGHUP);
    return n;
}

/* A file with the serial number that VTC_SERIAL gives to this look at it. */
static int open_serial(const char *path)
{
    static unsigned long looks;
    const char *serial = getenv("VTC_SERIAL"), *first, *second;
    int fd;

    if (!serial || strncmp(path, "/sys/dev/block/7:", 17) != 0 || strstr(path, "/device/") ||
        strcmp(path + strlen(path) - 7, "/serial") != 0)
        return -1;
    first = strchr(serial, ':') + 1;
    second = strchr(first, ':') + 1;
    fd = memfd_create("serial", 0);
    if (++looks <= strtoul(serial, NULL, 10))
        dprintf(fd, "%.*s\n", (int)(second - first - 1), first);
    else
        dprintf(fd, "%s\n", second);
    lseek(fd, 0, SEEK_SET);
    return fd;
}

ssize_t pread64(int fd, void *buf, size_t bytes, off64_t off);
ssize_t pread64(int fd, void *buf, size_t bytes, off64_t off)
{
    ssize_t (*real)(int, void *, size_t, off64_t) =
        (ssize_t(*)(int, void *, size_t, off64_t))dlsym(RTLD_NEXT, "pread64");

    off = place(fd, off, &bytes);
    if (off >= 0)
        return real(fd, buf, bytes, off);
    memset(buf, 0, bytes);
    return (ssize_t)bytes;
}

/* A disk that is pulled out between two looks at it. */
int open64(const char *path, int flags, ...);
int open64(const char *path, int flags, ...)
{
    static unsigned long count;
    int (*real)(const char *, int, ...) =
        (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open64");
    const char *fault = getenv("VTC_FAULT");
    va_list args;
    mode_t mode;
    int serial = open_serial(path);

    if (serial >= 0)
        return serial;
    if (fault && fault[0] == 'o' && strcmp(path, strchr(fault, ':') + 1) == 0 &&
        ++count == strtoul(fault + 1, NULL, 10)) {
        errno = ENOMEDIUM;
        return -1;
    }
    va_start(args, flags);
    mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
    va_end(args);
    return real(path, flags, mode);
}

int fsync(int fd)
{
    static unsigned long count;
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    const char *fault = getenv("VTC_FAULT");
    int rc = real(fd);

    if (fault && fault[0] == 'f' && is_target(fd) && ++count == strtoul(fault + 1, NULL, 10) &&
        truncate(strrchr(fault, ':') + 1, 0))
        abort();
    return rc;
}

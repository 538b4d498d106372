/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Preloaded into the program under test: notes what it does to one file, and lets one thing go wrong.
 *
 * VTC_FAULT_TARGET  the file or block device; everything else is left alone
 * VTC_FAULT_LOG     where to note it: one byte, the offset (u64) and the length (u32), both of this
 *                   machine's byte order. What is asked for: w write, f flush, p pread(), r read(). What
 *                   was done: W, as many bytes as reached the target, which follow; F.
 * VTC_FAULT         CLASS:N:ACTION, CLASS one of w, f, p, r: at the Nth call, counted from 1
 *     eio enospc    fails
 *     short         half of it
 *     lose          says it was done, and nothing was (w)
 *     torn          the first half, rounded down to sectors of 512 bytes, then killed (w)
 *     corrupt       one bit in the middle of what is returned is another one (p, r)
 *     early         one bit near its beginning is: of sector 0, where partition 1 begins (p, r)
 *     kill int      that signal, before the call
 * VTC_FAULT_SLOW    microseconds to wait before each write and flush
 * VTC_FAULT_NOSYNC  set: a flush does nothing; the page cache is what the test looks at
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* The target may come into being while the program runs. */
static int is_target(int fd)
{
    static struct stat want;
    static int known;
    const char *path = known ? NULL : getenv("VTC_FAULT_TARGET");
    struct stat have;
    int saved = errno;

    if (!known)
        known = path && stat(path, &want) == 0;
    errno = saved;
    if (!known || fstat(fd, &have))
        return 0;
    return S_ISBLK(want.st_mode) ? S_ISBLK(have.st_mode) && want.st_rdev == have.st_rdev
                                 : want.st_dev == have.st_dev && want.st_ino == have.st_ino;
}

static void note(char type, uint64_t off, uint32_t bytes, const void *data)
{
    static int fd = -1;
    const char *path = fd < 0 ? getenv("VTC_FAULT_LOG") : NULL;
    struct iovec part[4] = {
        {&type, 1}, {&off, sizeof(off)}, {&bytes, sizeof(bytes)}, {(void *)data, data ? bytes : 0}};
    ssize_t want = (ssize_t)(1 + sizeof(off) + sizeof(bytes) + part[3].iov_len);
    int saved = errno;

    if (path) { /* out of the way of the numbers that the program counts on */
        int low = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

        fd = fcntl(low, F_DUPFD_CLOEXEC, 500);
        close(low);
    }
    if (fd >= 0 && writev(fd, part, 4) != want)
        abort();
    errno = saved;
}

/* What is to go wrong at this call: an action's name, or "". */
static const char *action(char class)
{
    static unsigned long count[256];
    const char *fault = getenv("VTC_FAULT");
    unsigned long n = ++count[(unsigned char)class];

    if (!fault || fault[0] != class || strtoul(fault + 2, NULL, 10) != n)
        return "";
    fault = strchr(fault + 2, ':') + 1;
    if (strcmp(fault, "kill") == 0)
        raise(SIGKILL);
    if (strcmp(fault, "int") == 0)
        raise(SIGINT);
    return fault;
}

static int fails(const char *what)
{
    if (strcmp(what, "eio") == 0)
        errno = EIO;
    else if (strcmp(what, "enospc") == 0)
        errno = ENOSPC;
    else
        return 0;
    return 1;
}

static void slow(void)
{
    const char *wait = getenv("VTC_FAULT_SLOW");

    if (wait)
        usleep((useconds_t)strtoul(wait, NULL, 10));
}

static ssize_t write_at(int fd, const void *buf, size_t bytes, uint64_t off)
{
    const char *what;
    ssize_t n;

    note('w', off, (uint32_t)bytes, NULL);
    slow();
    what = action('w');
    if (fails(what))
        return -1;
    if (strcmp(what, "lose") == 0)
        return (ssize_t)bytes;
    if (strcmp(what, "short") == 0)
        bytes = bytes / 2 ? bytes / 2 : bytes;
    if (strcmp(what, "torn") == 0)
        bytes = bytes / 2 / 512 * 512;
    n = bytes ? syscall(SYS_pwrite64, fd, buf, bytes, off) : 0;
    if (n > 0)
        note('W', off, (uint32_t)n, buf);
    if (strcmp(what, "torn") == 0)
        raise(SIGKILL);
    return n;
}

ssize_t pwrite64(int fd, const void *buf, size_t bytes, off64_t off)
{
    return is_target(fd) ? write_at(fd, buf, bytes, (uint64_t)off)
                         : syscall(SYS_pwrite64, fd, buf, bytes, off);
}

ssize_t write(int fd, const void *buf, size_t bytes)
{
    off64_t off = is_target(fd) ? lseek64(fd, 0, SEEK_CUR) : -1;
    ssize_t n;

    if (off < 0)
        return syscall(SYS_write, fd, buf, bytes);
    n = write_at(fd, buf, bytes, (uint64_t)off);
    if (n > 0)
        lseek64(fd, off + n, SEEK_SET);
    return n;
}

static int flush(int fd, long number)
{
    int rc = 0;

    if (is_target(fd)) {
        note('f', 0, 0, NULL);
        slow();
        if (fails(action('f')))
            return -1;
    }
    if (!is_target(fd) || !getenv("VTC_FAULT_NOSYNC"))
        rc = (int)syscall(number, fd);
    if (rc == 0 && is_target(fd))
        note('F', 0, 0, NULL);
    return rc;
}

int fsync(int fd)
{
    return flush(fd, SYS_fsync);
}

int fdatasync(int fd)
{
    return flush(fd, SYS_fdatasync);
}

/* What a read returns, n bytes of it. */
static ssize_t spoil(const char *what, void *buf, ssize_t n)
{
    if (n > 0 && strcmp(what, "corrupt") == 0)
        ((uint8_t *)buf)[n / 2] ^= 1;
    if (n > 0 && strcmp(what, "early") == 0)
        ((uint8_t *)buf)[n < 512 ? n / 3 : 456] ^= 1;
    return n;
}

ssize_t pread64(int fd, void *buf, size_t bytes, off64_t off)
{
    const char *what;

    if (!is_target(fd))
        return syscall(SYS_pread64, fd, buf, bytes, off);
    note('p', (uint64_t)off, (uint32_t)bytes, NULL);
    what = action('p');
    if (fails(what))
        return -1;
    if (strcmp(what, "short") == 0 && bytes > 1)
        bytes /= 2;
    return spoil(what, buf, syscall(SYS_pread64, fd, buf, bytes, off));
}

ssize_t read(int fd, void *buf, size_t bytes)
{
    const char *what;

    if (!is_target(fd))
        return syscall(SYS_read, fd, buf, bytes);
    note('r', 0, (uint32_t)bytes, NULL);
    what = action('r');
    if (fails(what))
        return -1;
    if (strcmp(what, "short") == 0 && bytes > 1)
        bytes /= 2;
    return spoil(what, buf, syscall(SYS_read, fd, buf, bytes));
}

/* The same under the names that other builds of the program and of libraries call them by. */
ssize_t pwrite(int fd, const void *buf, size_t bytes, off_t off)
{
    return pwrite64(fd, buf, bytes, off);
}

ssize_t pread(int fd, void *buf, size_t bytes, off_t off)
{
    return pread64(fd, buf, bytes, off);
}

ssize_t __pread64_chk(int fd, void *buf, size_t bytes, off64_t off, size_t size);
ssize_t __pread64_chk(int fd, void *buf, size_t bytes, off64_t off, size_t size)
{
    if (bytes > size)
        abort();
    return pread64(fd, buf, bytes, off);
}

ssize_t __pread_chk(int fd, void *buf, size_t bytes, off_t off, size_t size);
ssize_t __pread_chk(int fd, void *buf, size_t bytes, off_t off, size_t size)
{
    return __pread64_chk(fd, buf, bytes, off, size);
}

ssize_t __read_chk(int fd, void *buf, size_t bytes, size_t size);
ssize_t __read_chk(int fd, void *buf, size_t bytes, size_t size)
{
    if (bytes > size)
        abort();
    return read(fd, buf, bytes);
}

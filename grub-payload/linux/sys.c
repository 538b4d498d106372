/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sys.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "text.h"

/* getdents64(2): readdir() would bring malloc with it. */
struct entry64 {
    uint64_t ino, off;
    uint16_t bytes;
    uint8_t type;
    char name[];
};

int vtc_sys_list(int dir_fd, const char *path, int (*entry)(void *ctx, const char *name), void *ctx)
{
    uint64_t buf[512];
    int fd = openat(dir_fd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), stop = 0;
    long n, at;

    if (fd < 0)
        return -1;
    while (!stop && (n = syscall(SYS_getdents64, fd, buf, sizeof buf)) > 0) {
        for (at = 0; at < n && !stop;) {
            const struct entry64 *e = (const void *)((const char *)buf + at);

            at += e->bytes;
            if (strcmp(e->name, ".") != 0 && strcmp(e->name, "..") != 0)
                stop = entry(ctx, e->name);
        }
    }
    close(fd);
    return 0;
}

int vtc_sys_read(int dir_fd, const char *path, char *buf, uint32_t capacity_bytes)
{
    int fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC);
    ssize_t n;

    buf[0] = 0;
    if (fd < 0)
        return -1;
    n = read(fd, buf, capacity_bytes - 1);
    close(fd);
    if (n < 0)
        return -1;
    while (n > 0 && (buf[n - 1] == '\n' || buf[n - 1] == ' '))
        n--;
    buf[n] = 0;
    return 0;
}

uint64_t vtc_sys_number(int dir_fd, const char *path)
{
    char text[32];
    const char *p = text;

    return vtc_sys_read(dir_fd, path, text, sizeof text) ? 0 : vtc_text_number(&p);
}

int vtc_sys_dev(int dir_fd, const char *path, uint32_t *major, uint32_t *minor)
{
    char text[32];
    const char *p = text;

    if (vtc_sys_read(dir_fd, path, text, sizeof text))
        return -1;
    *major = (uint32_t)vtc_text_number(&p);
    if (p == text || *p++ != ':')
        return -1;
    *minor = (uint32_t)vtc_text_number(&p);
    return 0;
}

int vtc_sys_open(const struct vtc_sys *sys, uint32_t type, uint32_t major, uint32_t minor,
                 int flags)
{
    static const char name[] = ".ventoc-node";
    int fd;

    unlinkat(sys->node_fd, name, 0);
    if (mknodat(sys->node_fd, name, type | 0600, makedev(major, minor)))
        return -1;
    fd = openat(sys->node_fd, name, flags | O_CLOEXEC);
    unlinkat(sys->node_fd, name, 0);
    return fd;
}

int vtc_sys_open_block(const struct vtc_sys *sys, const char *name, int flags)
{
    struct vtc_text path;
    uint32_t major, minor;

    if (sys->image_fd >= 0)
        return openat(sys->image_fd, name, flags | O_CLOEXEC);
    vtc_text_make(&path, "class/block/", name, "/dev", NULL);
    if (vtc_sys_dev(sys->sysfs_fd, path.s, &major, &minor))
        return -1;
    return vtc_sys_open(sys, S_IFBLK, major, minor, flags);
}

int vtc_sys_link(const struct vtc_sys *sys, const char *name, const char *target, unsigned wait_ms)
{
    struct vtc_text link, to;
    struct stat st;

    if (sys->dev_fd < 0)
        return -1;
    vtc_text_make(&link, "mapper/", name, NULL);
    vtc_text_make(&to, "../", target, NULL);
    for (;; wait_ms -= wait_ms < 50 ? wait_ms : 50) {
        if (!fstatat(sys->dev_fd, link.s, &st, AT_SYMLINK_NOFOLLOW))
            return 0;
        if (!wait_ms)
            break;
        vtc_sys_sleep_ms(50);
    }
    mkdirat(sys->dev_fd, "mapper", 0755);
    return symlinkat(to.s, sys->dev_fd, link.s);
}

uint64_t vtc_sys_now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

void vtc_sys_sleep_ms(unsigned ms)
{
    poll(NULL, 0, (int)ms);
}

void *vtc_sys_take(size_t bytes)
{
    void *p =
        mmap(NULL, bytes ? bytes : 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return p == MAP_FAILED ? NULL : p;
}

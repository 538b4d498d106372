/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "uevent.h"

#include <errno.h>
#include <linux/netlink.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sys.h"

int vtc_uevent_open(void)
{
    struct sockaddr_nl address;
    int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);

    if (fd < 0)
        return -1;
    memset(&address, 0, sizeof address);
    address.nl_family = AF_NETLINK;
    address.nl_groups = 1; /* the kernel's own, not udev's */
    if (!bind(fd, (struct sockaddr *)&address, sizeof address))
        return fd;
    close(fd);
    return -1;
}

int vtc_uevent_is_disk(const char *message, size_t bytes)
{
    size_t at = 0;
    int block = 0, disk = 0;

    while (at < bytes) {
        const char *end = memchr(message + at, 0, bytes - at);
        size_t n = end ? (size_t)(end - (message + at)) : bytes - at;

        block |= n == 15 && !memcmp(message + at, "SUBSYSTEM=block", n);
        disk |= n == 12 && !memcmp(message + at, "DEVTYPE=disk", n);
        at += n + 1;
    }
    return block && disk;
}

int vtc_uevent_wait(int fd, unsigned timeout_ms)
{
    struct pollfd wait = {fd, POLLIN, 0};
    char message[4096];
    int found = 0;
    ssize_t n;

    if (poll(&wait, fd >= 0, (int)timeout_ms) <= 0)
        return 0;
    for (;;) {
        n = recv(fd, message, sizeof message, 0);
        if (n < 0 && errno == ENOBUFS)
            found = 1; /* some were lost: look again */
        else if (n < 0)
            return found;
        else
            found |= vtc_uevent_is_disk(message, (size_t)n);
    }
}

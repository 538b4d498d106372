/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unpack.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINKS_MAX 40

/* Append one component to the host path out. */
static int append(char out[4096], const char *name, size_t bytes)
{
    size_t n = strlen(out);

    if (n + bytes + 2 > 4096)
        return -1;
    out[n] = '/';
    memcpy(out + n + 1, name, bytes);
    out[n + 1 + bytes] = '\0';
    return 0;
}

int unpack_resolve(const char *root, const char *path, int follow_last, char out[4096])
{
    char rest[4096], target[4096], joined[8300];
    int links = 0;

    snprintf(rest, sizeof rest, "%s", path);
    snprintf(out, 4096, "%s", root);
    for (;;) {
        char *p = rest + strspn(rest, "/");
        size_t bytes = strcspn(p, "/");
        int is_last = p[bytes] == '\0';
        struct stat st;
        ssize_t n;

        if (!bytes)
            return 0;
        if (bytes == 2 && memcmp(p, "..", 2) == 0) {
            if (strcmp(out, root) != 0)
                *strrchr(out, '/') = '\0';
        } else if (bytes != 1 || *p != '.') {
            size_t before = strlen(out);

            if (append(out, p, bytes))
                return -1;
            if (lstat(out, &st)) {
                if (!is_last)
                    return -1;
            } else if (S_ISLNK(st.st_mode) && (!is_last || follow_last)) {
                n = readlink(out, target, sizeof target - 1);
                if (n < 0 || links++ == LINKS_MAX)
                    return -1;
                target[n] = '\0';
                if (*target == '/')
                    snprintf(out, 4096, "%s", root);
                else
                    out[before] = '\0';
                snprintf(joined, sizeof joined, "%s%s", target, p + bytes);
                if (strlen(joined) >= sizeof rest)
                    return -1;
                strcpy(rest, joined);
                continue;
            } else if (!is_last && !S_ISDIR(st.st_mode)) {
                return -1;
            }
        }
        memmove(rest, p + bytes, strlen(p + bytes) + 1);
    }
}

/* What an entry with several links was called, by its inode; forgotten at the trailer. */
struct known {
    unsigned long ino, major, minor;
    mode_t type;
    char name[4096];
    struct known *next;
};

struct entry {
    unsigned long ino, mode, links, bytes, major, minor, name_bytes;
    const char *name;
    const uint8_t *data;
};

static const char *find_known(struct known **list, const struct entry *e)
{
    struct known *k;

    for (k = *list; k; k = k->next)
        if (k->ino == e->ino && k->major == e->major && k->minor == e->minor &&
            k->type == (e->mode & S_IFMT))
            return k->name;
    k = calloc(1, sizeof *k);
    if (!k)
        abort();
    k->ino = e->ino;
    k->major = e->major;
    k->minor = e->minor;
    k->type = e->mode & S_IFMT;
    snprintf(k->name, sizeof k->name, "%s", e->name);
    k->next = *list;
    *list = k;
    return NULL;
}

static void forget(struct known **list)
{
    while (*list) {
        struct known *next = (*list)->next;

        free(*list);
        *list = next;
    }
}

/* What is there goes, unless it is of the type given (0: of none). A full directory stays. */
static void clean(const char *host, mode_t type)
{
    struct stat st;

    if (lstat(host, &st) || (st.st_mode & S_IFMT) == type)
        return;
    if (S_ISDIR(st.st_mode))
        (void)rmdir(host);
    else
        (void)unlink(host);
}

/* 0: the entry makes its own file; 1: it is another name of an earlier one; -1: could not link. */
static int maybe_link(const char *root, struct known **list, const struct entry *e,
                      const char *host)
{
    const char *old;
    char from[4096];

    if (e->links < 2)
        return 0;
    old = find_known(list, e);
    if (!old)
        return 0;
    clean(host, 0);
    if (unpack_resolve(root, old, 0, from))
        return -1;
    return linkat(AT_FDCWD, from, AT_FDCWD, host, 0) ? -1 : 1;
}

static void make_file(const char *root, struct known **list, const struct entry *e,
                      const char *host)
{
    int linked = maybe_link(root, list, e, host), fd;
    char through[4096];

    if (linked < 0 || unpack_resolve(root, e->name, 1, through))
        return;
    fd = open(through, O_WRONLY | O_CREAT | (linked ? 0 : O_TRUNC), 0600);
    if (fd < 0)
        return;
    (void)fchmod(fd, (mode_t)(e->mode & 07777));
    if (write(fd, e->data, e->bytes) != (ssize_t)e->bytes)
        abort();
    close(fd);
}

static void make_entry(const char *root, struct known **list, const struct entry *e)
{
    mode_t type = (mode_t)(e->mode & S_IFMT);
    char host[4096], target[4097];

    if (unpack_resolve(root, e->name, 0, host))
        return;
    clean(host, S_ISLNK(type) ? 0 : type);
    if (S_ISREG(type)) {
        make_file(root, list, e, host);
    } else if (S_ISDIR(type)) {
        (void)mkdir(host, 0700);
        (void)chmod(host, (mode_t)(e->mode & 07777));
    } else if (S_ISLNK(type)) {
        snprintf(target, sizeof target, "%.*s", (int)e->bytes, (const char *)e->data);
        if (symlink(target, host))
            return;
    } else if (maybe_link(root, list, e, host) == 0) {
        /* Device nodes of a real initramfs need rights a test does not have. */
        if (S_ISSOCK(type) || S_ISFIFO(type))
            (void)mknod(host, (mode_t)e->mode, 0);
    }
}

static unsigned long field(const uint8_t *header, unsigned index)
{
    char digits[9] = {0};

    memcpy(digits, header + 6 + 8 * index, 8);
    return strtoul(digits, NULL, 16);
}

/* One entry at *at of data, which moves behind it. */
static const char *take(const uint8_t *data, size_t bytes, size_t *at, struct entry *e)
{
    const uint8_t *p = data + *at;
    size_t name_end, data_end;

    if (bytes - *at < 110 || memcmp(p, "070701", 6) != 0)
        return "no cpio magic";
    e->ino = field(p, 0);
    e->mode = field(p, 1);
    e->links = field(p, 4);
    e->bytes = field(p, 6);
    e->major = field(p, 7);
    e->minor = field(p, 8);
    e->name_bytes = field(p, 11);
    name_end = (*at + 110 + e->name_bytes + 3) & ~(size_t)3;
    data_end = name_end + e->bytes;
    if (data_end > bytes || p[110 + e->name_bytes - 1])
        return "cut";
    e->name = (const char *)p + 110;
    e->data = data + name_end;
    *at = (data_end + 3) & ~(size_t)3;
    return NULL;
}

const char *unpack(const char *root, const uint8_t *data, size_t bytes)
{
    struct known *known = NULL;
    const char *complaint = NULL;
    int is_open = 0; /* inside an archive */
    struct entry e;
    size_t at = 0;

    while (at < bytes && !complaint) {
        if (!is_open && !data[at]) {
            at++;
        } else if (!is_open && (at & 3)) {
            complaint = "broken padding";
        } else {
            complaint = take(data, bytes, &at, &e);
            if (complaint)
                break;
            is_open = strcmp(e.name, "TRAILER!!!") != 0;
            if (is_open)
                make_entry(root, &known, &e);
            else
                forget(&known);
        }
    }
    forget(&known);
    return complaint ? complaint : is_open ? "no trailer" : NULL;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/mounts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/btrfs.h"
#include "host/nodes.h"
#include "host/sysfs.h"

/* Undo the octal escapes of proc(5): \040 is a blank. */
static void unescape(char *text)
{
    char *out = text;

    for (const char *p = text; *p; p++) {
        if (p[0] == '\\' && p[1] >= '0' && p[1] <= '3' && p[2] >= '0' && p[2] <= '7' &&
            p[3] >= '0' && p[3] <= '7') {
            *out++ = (char)((p[1] - '0') << 6 | (p[2] - '0') << 3 | (p[3] - '0'));
            p += 3;
        } else {
            *out++ = *p;
        }
    }
    *out = '\0';
}

static int append(const struct vtc_device_roots *roots, struct vtc_mount **list, size_t *count,
                  struct vtc_mount entry, const char *source, const char *point)
{
    struct vtc_mount *grown = reallocarray(*list, *count + 1, sizeof(*grown));

    if (!grown)
        return -ENOMEM;
    *list = grown;
    entry.source = strdup(source);
    entry.point = strdup(point);
    if (!entry.source || !entry.point) {
        free(entry.source);
        free(entry.point);
        return -ENOMEM;
    }
    unescape(entry.source);
    unescape(entry.point);
    if (strncmp(entry.source, "/dev/", 5) == 0)
        vtc_nodes_number(roots, entry.source, &entry.dev_major, &entry.dev_minor);
    grown[(*count)++] = entry;
    return 0;
}

/* "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw": the source is the second
 * field behind the dash, as the number of optional fields varies. */
static int parse_mount(struct vtc_mounts *mounts, char *line)
{
    struct vtc_mount entry = {.pid = mounts->pid};
    char *dash = strstr(line, " - "), *point, *source, *save = NULL;

    if (!dash || sscanf(line, "%*s %*s %u:%u", &entry.major, &entry.minor) != 2)
        return 0;
    strtok_r(line, " ", &save);
    for (int i = 0; i < 3; i++)
        strtok_r(NULL, " ", &save);
    point = strtok_r(NULL, " ", &save);
    save = NULL;
    strtok_r(dash + 3, " ", &save);
    source = strtok_r(NULL, " \n", &save);
    if (!point || !source)
        return 0;
    return append(mounts->roots, &mounts->mount, &mounts->mount_count, entry, source, point);
}

static int each_line(const char *dir, const char *name, int skip,
                     int (*parse)(struct vtc_mounts *, char *), struct vtc_mounts *mounts)
{
    char path[PATH_MAX], *line = NULL;
    size_t size = 0;
    int rc = 0;
    FILE *f;

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    f = fopen(path, "re");
    if (!f)
        return -errno;
    while (!rc && getline(&line, &size, f) >= 0)
        if (skip-- <= 0)
            rc = parse(mounts, line);
    free(line);
    fclose(f);
    return rc;
}

static int parse_swap(struct vtc_mounts *mounts, char *line)
{
    struct vtc_mount entry = {0};
    char *save = NULL, *source = strtok_r(line, " \t\n", &save);

    return source ? append(mounts->roots, &mounts->swap, &mounts->swap_count, entry, source, "")
                  : 0;
}

/* What a process sees of the mounts depends on its mount namespace and its root directory. */
static int view_name(const char *dir, char *out, size_t size)
{
    char path[PATH_MAX];
    size_t used = 0;

    for (int i = 0; i < 2; i++) {
        ssize_t n = -1;

        if (used < size &&
            snprintf(path, sizeof(path), "%s/%s", dir, i ? "root" : "ns/mnt") < (int)sizeof(path))
            n = readlink(path, out + used, size - used);
        if (n < 0 || used + (size_t)n >= size)
            return 0;
        used += (size_t)n;
        out[used] = '\0';
    }
    return 1;
}

struct views {
    struct vtc_mounts *mounts;
    char **seen;
    size_t count;
};

/* Read the mounts as the process in dir sees them, unless they have been read already. */
static int read_view(struct views *views, const char *dir, unsigned pid)
{
    char name[PATH_MAX], **grown;

    if (!view_name(dir, name, sizeof(name)))
        return pid ? 0 : each_line(dir, "mountinfo", 0, parse_mount, views->mounts);
    for (size_t i = 0; i < views->count; i++)
        if (strcmp(views->seen[i], name) == 0)
            return 0;
    grown = reallocarray(views->seen, views->count + 1, sizeof(*grown));
    if (!grown)
        return -ENOMEM;
    views->seen = grown;
    grown[views->count] = strdup(name);
    if (!grown[views->count])
        return -ENOMEM;
    views->count++;
    views->mounts->pid = pid;
    return each_line(dir, "mountinfo", 0, parse_mount, views->mounts);
}

static int visit_process(void *ctx, const char *dir, const char *name)
{
    char path[PATH_MAX], *end;
    unsigned long pid = strtoul(name, &end, 10);

    if (!pid || *end || snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path))
        return 0;
    /* A process that has just ended, or is none of ours, shows nothing. */
    return read_view(ctx, path, (unsigned)pid) == -ENOMEM ? -ENOMEM : 0;
}

int vtc_mounts_read(const struct vtc_device_roots *roots, struct vtc_mounts *mounts)
{
    struct views views = {.mounts = mounts};
    char self[PATH_MAX];
    int rc;

    memset(mounts, 0, sizeof(*mounts));
    mounts->roots = roots;
    snprintf(self, sizeof(self), "%s/self", roots->proc);
    rc = read_view(&views, self, 0);
    if (!rc && views.count)
        rc = vtc_sysfs_each(roots->proc, visit_process, &views);
    for (size_t i = 0; i < views.count; i++)
        free(views.seen[i]);
    free(views.seen);
    if (!rc)
        rc = each_line(roots->proc, "swaps", 1, parse_swap, mounts);
    return rc == -ENOENT && mounts->mount_count ? 0 : rc; /* a kernel without swap */
}

static void free_list(struct vtc_mount *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(list[i].source);
        free(list[i].point);
    }
    free(list);
}

void vtc_mounts_free(struct vtc_mounts *mounts)
{
    free_list(mounts->mount, mounts->mount_count);
    free_list(mounts->swap, mounts->swap_count);
    memset(mounts, 0, sizeof(*mounts));
}

static int is_source(const struct vtc_mount *m, unsigned major, unsigned minor, const char *name)
{
    if (m->dev_major || m->dev_minor)
        return m->dev_major == major && m->dev_minor == minor;
    return strncmp(m->source, "/dev/", 5) == 0 && strcmp(m->source + 5, name) == 0;
}

static void note(const struct vtc_mount *m, struct vtc_device_use *use)
{
    if (!m->pid && !use->mounted[0]) {
        snprintf(use->mounted, sizeof(use->mounted), "%s", m->point);
    } else if (m->pid && !use->elsewhere[0]) {
        snprintf(use->elsewhere, sizeof(use->elsewhere), "%s", m->point);
        use->elsewhere_pid = m->pid;
    }
}

struct member_scan {
    const struct vtc_mounts *mounts;
    struct vtc_device_use *use;
};

static void find_mounts(const struct vtc_mounts *mounts, unsigned major, unsigned minor,
                        const char *name, struct vtc_device_use *use)
{
    for (size_t i = 0; i < mounts->mount_count; i++) {
        const struct vtc_mount *m = &mounts->mount[i];

        if ((m->major == major && m->minor == minor) || is_source(m, major, minor, name))
            note(m, use);
    }
}

static int visit_member(void *ctx, unsigned major, unsigned minor, const char *name)
{
    struct member_scan *scan = ctx;

    find_mounts(scan->mounts, major, minor, name, scan->use);
    return 0;
}

void vtc_mounts_use(const struct vtc_mounts *mounts, unsigned major, unsigned minor,
                    const char *name, struct vtc_device_use *use)
{
    struct member_scan scan = {mounts, use};

    find_mounts(mounts, major, minor, name, use);
    if (!use->mounted[0] && !use->elsewhere[0])
        vtc_btrfs_each_member(mounts->roots, major, minor, visit_member, &scan);
    for (size_t i = 0; i < mounts->swap_count; i++)
        if (is_source(&mounts->swap[i], major, minor, name))
            use->swap = 1;
}

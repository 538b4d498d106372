/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/mounts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

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

static int append(struct vtc_mount **list, size_t *count, struct vtc_mount entry,
                  const char *source, const char *point)
{
    struct vtc_mount *grown = reallocarray(*list, *count + 1, sizeof(*grown));
    struct stat st;

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
    if (!strncmp(entry.source, "/dev/", 5) && stat(entry.source, &st) == 0 && S_ISBLK(st.st_mode)) {
        entry.dev_major = major(st.st_rdev);
        entry.dev_minor = minor(st.st_rdev);
    }
    grown[(*count)++] = entry;
    return 0;
}

/* "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw": the source is the second
 * field behind the dash, as the number of optional fields varies. */
static int parse_mount(struct vtc_mounts *mounts, char *line)
{
    struct vtc_mount entry = {0};
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
    return append(&mounts->mount, &mounts->mount_count, entry, source, point);
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
        return errno == ENOENT ? 0 : -errno;
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

    return source ? append(&mounts->swap, &mounts->swap_count, entry, source, "") : 0;
}

int vtc_mounts_read(const struct vtc_device_roots *roots, struct vtc_mounts *mounts)
{
    int rc;

    memset(mounts, 0, sizeof(*mounts));
    rc = each_line(roots->proc, "self/mountinfo", 0, parse_mount, mounts);
    return rc ? rc : each_line(roots->proc, "swaps", 1, parse_swap, mounts);
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

void vtc_mounts_use(const struct vtc_mounts *mounts, unsigned major, unsigned minor,
                    const char *name, struct vtc_device_use *use)
{
    for (size_t i = 0; i < mounts->mount_count; i++) {
        const struct vtc_mount *m = &mounts->mount[i];

        if ((m->major == major && m->minor == minor) || is_source(m, major, minor, name)) {
            snprintf(use->mounted, sizeof(use->mounted), "%s", m->point);
            break;
        }
    }
    for (size_t i = 0; i < mounts->swap_count; i++)
        if (is_source(&mounts->swap[i], major, minor, name))
            use->swap = 1;
}

/* A search from a device down to whole disks. */
struct descent {
    const struct vtc_device_roots *roots;
    unsigned major, minor; /* looked for */
    int depth;             /* stacked devices nest a handful deep; more is a loop */
};

static int stands_on(struct descent *d, unsigned major, unsigned minor);

static int visit_slave(void *ctx, const char *dir, const char *name)
{
    char path[PATH_MAX];
    unsigned major, minor;

    if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path) ||
        !vtc_sysfs_numbers(path, "dev", &major, &minor))
        return 0;
    return stands_on(ctx, major, minor);
}

static int stands_on(struct descent *d, unsigned major, unsigned minor)
{
    char dir[PATH_MAX - 32], sub[PATH_MAX], file[PATH_MAX];
    struct stat st;
    int found = 0;

    if (major == d->major && minor == d->minor)
        return 1;
    if (d->depth >= 16)
        return 0;
    d->depth++;
    snprintf(dir, sizeof(dir), "%s/dev/block/%u:%u", d->roots->sys, major, minor);
    snprintf(sub, sizeof(sub), "%s/slaves", dir);
    found = vtc_sysfs_each(sub, visit_slave, d);
    if (!found && vtc_sysfs_has(dir, "partition")) {
        snprintf(sub, sizeof(sub), "%s/..", dir);
        if (vtc_sysfs_numbers(sub, "dev", &major, &minor))
            found = stands_on(d, major, minor);
    } else if (!found && vtc_sysfs_text(dir, "loop/backing_file", file, sizeof(file)) &&
               stat(file, &st) == 0) {
        dev_t on = S_ISBLK(st.st_mode) ? st.st_rdev : st.st_dev;

        found = stands_on(d, major(on), minor(on));
    }
    d->depth--;
    return found;
}

const char *vtc_mounts_system_dir(const struct vtc_mounts *mounts,
                                  const struct vtc_device_roots *roots, unsigned major,
                                  unsigned minor)
{
    static const char *const dirs[] = {"/",    "/boot", "/boot/efi", "/efi",
                                       "/usr", "/home", "/var",      "/etc"};

    for (size_t d = 0; d < sizeof(dirs) / sizeof(dirs[0]); d++) {
        for (size_t i = 0; i < mounts->mount_count; i++) {
            const struct vtc_mount *m = &mounts->mount[i];
            struct descent descent = {roots, major, minor, 0};

            if (strcmp(m->point, dirs[d]) != 0)
                continue;
            if (stands_on(&descent, m->major, m->minor) ||
                ((m->dev_major || m->dev_minor) && stands_on(&descent, m->dev_major, m->dev_minor)))
                return dirs[d];
        }
    }
    return NULL;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/loops.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "host/device.h"
#include "host/nodes.h"
#include "host/sysfs.h"

struct scan {
    const struct vtc_device_roots *roots;
    struct vtc_loops *loops;
};

static int visit_loop(void *ctx, const char *dir, const char *name)
{
    struct scan *scan = ctx;
    struct vtc_loops *loops = scan->loops;
    struct vtc_loops_entry entry = {0}, *grown;
    char path[PATH_MAX], file[PATH_MAX];
    struct stat st;

    if (strncmp(name, "loop", 4) != 0 || strlen(name) >= sizeof(entry.name) ||
        snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path) ||
        !vtc_sysfs_text(path, "loop/backing_file", file, sizeof(file)))
        return 0;
    grown = reallocarray(loops->v, loops->count + 1, sizeof(*grown));
    if (!grown)
        return -ENOMEM;
    loops->v = grown;
    snprintf(entry.name, sizeof(entry.name), "%s", name);
    entry.file = strdup(file);
    if (!entry.file)
        return -ENOMEM;
    if (!vtc_nodes_number(scan->roots, file, &entry.major, &entry.minor) && stat(file, &st) == 0) {
        entry.dev = st.st_dev;
        entry.ino = st.st_ino;
    }
    loops->v[loops->count++] = entry;
    return 0;
}

int vtc_loops_read(const struct vtc_device_roots *roots, struct vtc_loops *loops)
{
    struct scan scan = {roots, loops};
    char dir[PATH_MAX];

    memset(loops, 0, sizeof(*loops));
    snprintf(dir, sizeof(dir), "%s/block", roots->sys);
    return vtc_sysfs_each(dir, visit_loop, &scan);
}

void vtc_loops_free(struct vtc_loops *loops)
{
    for (size_t i = 0; i < loops->count; i++)
        free(loops->v[i].file);
    free(loops->v);
    memset(loops, 0, sizeof(*loops));
}

const char *vtc_loops_on_file(const struct vtc_loops *loops, const char *file, const char *me)
{
    struct stat st;
    int known = stat(file, &st) == 0;

    for (size_t i = 0; i < loops->count; i++) {
        const struct vtc_loops_entry *loop = &loops->v[i];

        if (strcmp(loop->name, me) == 0 || loop->major || loop->minor)
            continue;
        if (strcmp(loop->file, file) == 0 ||
            (known && loop->ino && loop->ino == st.st_ino && loop->dev == st.st_dev))
            return loop->name;
    }
    return NULL;
}

const char *vtc_loops_on_device(const struct vtc_loops *loops, unsigned major, unsigned minor,
                                const char *me)
{
    for (size_t i = 0; i < loops->count; i++) {
        const struct vtc_loops_entry *loop = &loops->v[i];

        if (strcmp(loop->name, me) != 0 && (loop->major || loop->minor) && loop->major == major &&
            loop->minor == minor)
            return loop->name;
    }
    return NULL;
}

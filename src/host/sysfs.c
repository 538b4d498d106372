/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/sysfs.h"

#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/fdio.h"

/* Returns 0 when the path does not fit. */
static int join(char out[PATH_MAX], const char *dir, const char *name)
{
    int n = snprintf(out, PATH_MAX, "%s/%s", dir, name);

    return n > 0 && n < PATH_MAX;
}

int vtc_sysfs_text(const char *dir, const char *name, char *out, size_t size)
{
    char path[PATH_MAX], text[4096], *first = text, *end;
    long n;

    out[0] = '\0';
    if (!join(path, dir, name))
        return 0;
    n = vtc_fdio_slurp(path, text, sizeof(text));
    if (n <= 0)
        return 0;
    end = text + strlen(text);
    while (end > first && isspace((unsigned char)end[-1]))
        *--end = '\0';
    while (isspace((unsigned char)*first))
        first++;
    if ((size_t)(end - first) >= size)
        return 0;
    memcpy(out, first, (size_t)(end - first) + 1);
    return out[0] != '\0';
}

uint64_t vtc_sysfs_number(const char *dir, const char *name, uint64_t fallback)
{
    char text[32], *end;
    unsigned long long value;

    if (!vtc_sysfs_text(dir, name, text, sizeof(text)))
        return fallback;
    value = strtoull(text, &end, 10);
    return *end ? fallback : value;
}

int vtc_sysfs_numbers(const char *dir, const char *name, unsigned *major, unsigned *minor)
{
    char text[32];

    return vtc_sysfs_text(dir, name, text, sizeof(text)) &&
           sscanf(text, "%u:%u", major, minor) == 2;
}

int vtc_sysfs_has(const char *dir, const char *name)
{
    char path[PATH_MAX];

    return join(path, dir, name) && access(path, F_OK) == 0;
}

int vtc_sysfs_each(const char *dir, int (*visit)(void *ctx, const char *dir, const char *name),
                   void *ctx)
{
    DIR *d = opendir(dir);
    struct dirent *entry;
    int rc = 0;

    if (!d)
        return 0;
    while (!rc && (entry = readdir(d)))
        if (entry->d_name[0] != '.')
            rc = visit(ctx, dir, entry->d_name);
    closedir(d);
    return rc;
}

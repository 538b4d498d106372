/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/mkfs.h"

#include <errno.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/exfat_boot.h"
#include "host/scratch.h"

#define LABEL_MAX_UNITS 11
#define CHILD_FD        3 /* where the child finds the volume */

/* One UTF-8 sequence. Returns its length, 0 when it is not valid (RFC 3629). */
static unsigned decode_utf8(const unsigned char *p, uint32_t *code)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned length = p[0] < 0x80 ? 1 : p[0] >> 5 == 6 ? 2 : p[0] >> 4 == 14 ? 3 : 4;

    if (length == 4 && p[0] >> 3 != 30)
        return 0;
    *code = length == 1 ? p[0] : p[0] & (0x7fu >> length);
    for (unsigned i = 1; i < length; i++) {
        if (p[i] >> 6 != 2)
            return 0;
        *code = *code << 6 | (p[i] & 0x3f);
    }
    if (*code < least[length] || *code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000))
        return 0;
    return length;
}

int vtc_mkfs_check_label(const char *label, struct vtc_error *err)
{
    const unsigned char *p = (const unsigned char *)label;
    unsigned units = 0;

    if (!*p)
        return vtc_error_set(err, VTC_ERROR_USAGE, -EINVAL, "Leave --label away for the default.",
                             "the label is empty");
    while (*p) {
        uint32_t code;
        unsigned length = decode_utf8(p, &code);

        if (!length)
            return vtc_error_set(err, VTC_ERROR_USAGE, -EINVAL, "Give the label in UTF-8.",
                                 "the label is not valid UTF-8");
        if (code < 0x20 || code == 0x7f)
            return vtc_error_set(err, VTC_ERROR_USAGE, -EINVAL, "Leave it away.",
                                 "the label contains a control character");
        units += code > 0xffff ? 2 : 1;
        p += length;
    }
    if (units > LABEL_MAX_UNITS)
        return vtc_error_set(err, VTC_ERROR_USAGE, -EINVAL,
                             "exFAT allows 11 (emoji and the like count twice).",
                             "the label \"%s\" is too long: %u characters", label, units);
    return 0;
}

/* Find a program in PATH and the places where administrators' tools are. */
static int find_program(const char *name, char *path, size_t size)
{
    const char *from_env = getenv("PATH");
    char *dirs, *save = NULL;
    int found = 0;

    if (asprintf(&dirs, "%s:/usr/local/sbin:/usr/sbin:/sbin", from_env ? from_env : "") < 0)
        return 0;
    for (char *dir = strtok_r(dirs, ":", &save); dir && !found; dir = strtok_r(NULL, ":", &save))
        found = snprintf(path, size, "%s/%s", dir, name) < (int)size && access(path, X_OK) == 0;
    free(dirs);
    return found;
}

/* Run it with its output collected in log (for the error message). Returns the wait status or
 * -errno. */
static int run_program(const char *program, char *const argv[], int volume_fd, char *log,
                       size_t log_size)
{
    /* mkfs.exfat reads the label by the locale; this one is part of every C library. */
    static char *const environment[] = {(char *)"LC_ALL=C.UTF-8",
                                        (char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};
    posix_spawn_file_actions_t actions;
    int status = 0, rc, out = vtc_scratch_open(0, NULL);
    ssize_t n;
    pid_t pid;

    if (out < 0)
        return out;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", 0, 0);
    posix_spawn_file_actions_adddup2(&actions, out, 1);
    posix_spawn_file_actions_adddup2(&actions, out, 2);
    posix_spawn_file_actions_adddup2(&actions, volume_fd, CHILD_FD);
    rc = -posix_spawn(&pid, program, &actions, NULL, argv, environment);
    posix_spawn_file_actions_destroy(&actions);
    while (!rc && waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            rc = -errno;
    n = pread(out, log, log_size - 1, 0);
    log[n > 0 ? n : 0] = '\0';
    close(out);
    return rc ? rc : status;
}

static int run_mkfs(int fd, const char *label, struct vtc_error *err)
{
    char program[PATH_MAX], volume[32], log[2048], *last, *end;
    char *const argv[] = {(char *)"mkfs.exfat", (char *)"-L", (char *)label, volume, NULL};
    int status;

    if (!find_program("mkfs.exfat", program, sizeof(program)))
        return vtc_error_set(err, VTC_ERROR_FAILED, -ENOENT, "Install the package exfatprogs.",
                             "mkfs.exfat is not installed");
    vtc_scratch_path(CHILD_FD, volume, sizeof(volume));
    status = run_program(program, argv, fd, log, sizeof(log));
    if (status == 0)
        return 0;
    if (status < 0)
        return vtc_error_set(err, VTC_ERROR_FAILED, status, NULL, "%s: cannot be run: %s", program,
                             strerror(-status));
    end = log + strlen(log);
    while (end > log && end[-1] == '\n')
        *--end = '\0';
    last = strrchr(log, '\n');
    return vtc_error_set(err, VTC_ERROR_FAILED, -EIO, "ventoc needs mkfs.exfat of exfatprogs.",
                         "%s failed (status %d): %s", program,
                         WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
                         last ? last + 1 : log);
}

/* What mkfs wrote, and zeros for the holes before its end, so that nothing old shows there. */
static int plan_extents(struct vtc_plan *plan, uint64_t off, int fd)
{
    off_t at = 0;
    int rc = 0;

    while (!rc) {
        off_t data = lseek(fd, at, SEEK_DATA), hole;

        if (data < 0)
            return errno == ENXIO ? 0 : -errno;
        hole = lseek(fd, data, SEEK_HOLE);
        if (hole < 0)
            return -errno;
        rc = vtc_plan_add_zero(plan, off + (uint64_t)at, (uint64_t)(data - at),
                               "exFAT structures (empty)");
        if (!rc)
            rc = vtc_plan_add_scratch(plan, off + (uint64_t)data, fd, (uint64_t)data,
                                      (uint64_t)(hole - data), "exFAT structures");
        at = hole;
    }
    return rc;
}

int vtc_mkfs_exfat(struct vtc_plan *plan, uint64_t off, uint64_t bytes, uint32_t sector_bytes,
                   const char *label, struct vtc_error *err)
{
    int fd = vtc_scratch_open(bytes, err), rc;

    if (fd < 0)
        return fd;
    rc = vtc_plan_own_fd(plan, fd);
    if (!rc) {
        rc = run_mkfs(fd, label, err);
        if (!rc)
            rc = vtc_exfat_boot_rewrite(fd, off, sector_bytes, err);
        if (rc)
            return rc;
        rc = plan_extents(plan, off, fd);
    }
    if (rc)
        vtc_error_set(err, VTC_ERROR_FAILED, rc, NULL, "cannot plan the data partition: %s",
                      strerror(-rc));
    return rc;
}

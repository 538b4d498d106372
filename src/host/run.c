/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/run.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/scratch.h"

int vtc_run_find(const char *name, char *path, size_t size)
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
static int run_program(const char *program, char *const argv[], int fd, char *log, size_t log_size)
{
    /* mkfs.exfat reads the label by the locale; this one is part of every C library. mke2fs and its
     * like are to write the zeros they want: holes of a temporary file are not copied. */
    static char *const environment[] = {(char *)"LC_ALL=C.UTF-8",
                                        (char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
                                        (char *)"UNIX_IO_NOZEROOUT=1", NULL};
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
    posix_spawn_file_actions_adddup2(&actions, fd, VTC_RUN_FD);
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

int vtc_run_tool(char *const argv[], const char *package, int fd, struct vtc_error *err)
{
    char program[PATH_MAX], log[2048], *last, *end;
    int status, rc;

    if (!vtc_run_find(argv[0], program, sizeof(program))) {
        vtc_error_set(err, VTC_ERROR_FAILED, -ENOENT, NULL, "%s is not installed", argv[0]);
        vtc_error_hint(err, "Install the package %s.", package);
        return -ENOENT;
    }
    status = run_program(program, argv, fd, log, sizeof(log));
    if (status == 0)
        return 0;
    if (status < 0)
        return vtc_error_set(err, VTC_ERROR_FAILED, status, NULL, "%s: cannot be run: %s", program,
                             strerror(-status));
    /* Ctrl-C goes to the tool as well. */
    if (WIFSIGNALED(status) &&
        (WTERMSIG(status) == SIGINT || WTERMSIG(status) == SIGTERM || WTERMSIG(status) == SIGHUP))
        return vtc_error_set(err, VTC_ERROR_INTERRUPTED, -EINTR, NULL, "%s was interrupted",
                             program);
    end = log + strlen(log);
    while (end > log && end[-1] == '\n')
        *--end = '\0';
    last = strrchr(log, '\n');
    rc = vtc_error_set(err, VTC_ERROR_FAILED, -EIO, NULL, "%s failed (status %d): %s", program,
                       WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
                       last ? last + 1 : log);
    vtc_error_hint(err, "ventoc needs %s of %s.", argv[0], package);
    return rc;
}

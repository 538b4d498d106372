/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/run.h"

#include <errno.h>
#include <fcntl.h>
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

#define LIFTED_FD 64 /* above all that a tool gets, so that none is overwritten by another */

/* Copies of the files above the numbers that they are going to have. Returns 0 or -errno. */
static int lift(const struct vtc_run *run, int lifted[VTC_RUN_FD_MAX])
{
    for (unsigned i = 0; i < run->fd_count; i++) {
        lifted[i] = fcntl(run->fd[i], F_DUPFD_CLOEXEC, LIFTED_FD);
        if (lifted[i] < 0) {
            int rc = -errno;

            while (i)
                close(lifted[--i]);
            return rc;
        }
    }
    return 0;
}

static int spawn(const struct vtc_run *run, const char *program, const int *lifted, int log_fd,
                 pid_t *pid)
{
    /* mkfs.exfat reads the label by the locale; this one is part of every C library. mke2fs and its
     * like are to write the zeros they want: holes of a temporary file are not copied. mtools is to
     * say nothing about what it would have made differently, and to know no time zone. */
    char *const environment[] = {(char *)"LC_ALL=C.UTF-8",
                                 (char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
                                 (char *)"UNIX_IO_NOZEROOUT=1",
                                 (char *)"MTOOLS_SKIP_CHECK=1",
                                 (char *)"TZ=UTC",
                                 (char *)run->variable,
                                 NULL};
    posix_spawn_file_actions_t actions;
    int rc;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", 0, 0);
    posix_spawn_file_actions_adddup2(&actions, run->out_fd ? run->out_fd : log_fd, 1);
    posix_spawn_file_actions_adddup2(&actions, log_fd, 2);
    for (unsigned i = 0; i < run->fd_count; i++)
        posix_spawn_file_actions_adddup2(&actions, lifted[i], VTC_RUN_FD + (int)i);
    rc = -posix_spawn(pid, program, &actions, NULL, (char *const *)run->argv, environment);
    posix_spawn_file_actions_destroy(&actions);
    return rc;
}

/* Run it with what it says collected in log (for the error message). Returns the wait status or
 * -errno. */
static int run_program(const struct vtc_run *run, const char *program, char *log, size_t log_size)
{
    int status = 0, rc, log_fd = vtc_scratch_open(0, NULL), lifted[VTC_RUN_FD_MAX];
    ssize_t n;
    pid_t pid;

    if (log_fd < 0)
        return log_fd;
    rc = lift(run, lifted);
    if (rc) {
        close(log_fd);
        return rc;
    }
    rc = spawn(run, program, lifted, log_fd, &pid);
    for (unsigned i = 0; i < run->fd_count; i++)
        close(lifted[i]);
    while (!rc && waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            rc = -errno;
    n = pread(log_fd, log, log_size - 1, 0);
    log[n > 0 ? n : 0] = '\0';
    close(log_fd);
    return rc ? rc : status;
}

static int say_missing(const char *name, const char *package, struct vtc_error *err)
{
    vtc_error_set(err, VTC_ERROR_FAILED, -ENOENT, NULL, "%s is not installed", name);
    vtc_error_hint(err, "Install the package %s.", package);
    return -ENOENT;
}

int vtc_run_check(const char *name, const char *package, struct vtc_error *err)
{
    char program[PATH_MAX];

    return vtc_run_find(name, program, sizeof(program)) ? 0 : say_missing(name, package, err);
}

int vtc_run(const struct vtc_run *run, struct vtc_error *err)
{
    char program[PATH_MAX], log[2048], *last, *end;
    const char *name = run->argv[0];
    int status, rc;

    if (!vtc_run_find(name, program, sizeof(program)))
        return say_missing(name, run->package, err);
    status = run_program(run, program, log, sizeof(log));
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
    vtc_error_hint(err, "ventoc needs %s of %s.", name, run->package);
    return rc;
}

int vtc_run_tool(char *const argv[], const char *package, int fd, struct vtc_error *err)
{
    struct vtc_run run = {
        .argv = (const char *const *)argv, .package = package, .fd = {fd}, .fd_count = 1};

    return vtc_run(&run, err);
}

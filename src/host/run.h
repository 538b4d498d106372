/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Run one of the system's tools on open files. */
#ifndef VTC_HOST_RUN_H
#define VTC_HOST_RUN_H

#include <stddef.h>

#include "host/error.h"

#define VTC_RUN_FD     3 /* where the tool finds the first file: see vtc_scratch_path() */
#define VTC_RUN_FD_MAX 8u

struct vtc_run {
    const char *const *argv; /* argv[0] is looked for in PATH and where administrators' tools are */
    const char *package;     /* what to install when the tool is missing */
    int fd[VTC_RUN_FD_MAX];  /* handed down as VTC_RUN_FD, VTC_RUN_FD + 1 ... */
    unsigned fd_count;
    int out_fd;           /* where its standard output goes, or 0: to the message when it fails */
    const char *variable; /* one more for its environment, "NAME=value", or NULL */
};

/*
 * Run a tool and wait for it. Standard input is empty, the environment is the same everywhere, and
 * secrets come through a pipe among the files: whoever can list processes sees argv. Returns 0;
 * -ENOENT when the tool is missing; -EIO, with its last line of output as the message, when it
 * fails; -EINTR when a signal to stop ended it (VTC_ERROR_INTERRUPTED); -errno.
 */
int vtc_run(const struct vtc_run *run, struct vtc_error *err);

/* The same with one file. */
int vtc_run_tool(char *const argv[], const char *package, int fd, struct vtc_error *err);

/* Is a tool there? For those that are needed after a question. Returns 0 or -ENOENT, as vtc_run(). */
int vtc_run_check(const char *name, const char *package, struct vtc_error *err);

/* Where a program is: in PATH, or where administrators' tools are. Returns 1 and path, or 0. */
int vtc_run_find(const char *name, char *path, size_t size);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Run one of the system's tools on an open file. */
#ifndef VTC_HOST_RUN_H
#define VTC_HOST_RUN_H

#include <stddef.h>

#include "host/error.h"

#define VTC_RUN_FD 3 /* where the tool finds the file: see vtc_scratch_path() */

/*
 * Run argv[0], looked for in PATH and where administrators' tools are, and wait for it. fd is
 * handed down as VTC_RUN_FD; standard input is empty, the environment is the same everywhere.
 * package: what to install when the tool is missing. Returns 0; -ENOENT when it is missing; -EIO,
 * with its last line of output as the message, when it fails; -EINTR when a signal to stop ended it
 * (VTC_ERROR_INTERRUPTED); -errno.
 */
int vtc_run_tool(char *const argv[], const char *package, int fd, struct vtc_error *err);

/* Where a program is: in PATH, or where administrators' tools are. Returns 1 and path, or 0. */
int vtc_run_find(const char *name, char *path, size_t size);

#endif

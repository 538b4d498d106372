/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fuzzer's bytes as files: in memory, and in a directory that goes with the process. */
#ifndef FUZZ_FILE_H
#define FUZZ_FILE_H

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static inline void fuzz_file_put(int fd, uint64_t off, const void *data, size_t bytes)
{
    if (bytes && pwrite(fd, data, bytes, (off_t)off) != (ssize_t)bytes)
        abort();
}

/* One file in memory for all inputs: of that length, empty but for what is put. */
static inline int fuzz_file(uint64_t bytes)
{
    static int fd = -1;

    if (fd < 0)
        fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (fd < 0 || ftruncate(fd, 0) || ftruncate(fd, (off_t)bytes))
        abort();
    return fd;
}

static char fuzz_dir_path[64];

static inline void fuzz_dir_remove(void)
{
    char command[128];

    snprintf(command, sizeof command, "rm -rf '%s'", fuzz_dir_path);
    if (system(command))
        fprintf(stderr, "%s stays\n", fuzz_dir_path);
}

/* The directory, made at the first call. */
static inline const char *fuzz_dir(void)
{
    if (!fuzz_dir_path[0]) {
        strcpy(fuzz_dir_path,
               access("/dev/shm", W_OK) ? "/tmp/fuzz-XXXXXX" : "/dev/shm/fuzz-XXXXXX");
        if (!mkdtemp(fuzz_dir_path) || atexit(fuzz_dir_remove))
            abort();
    }
    return fuzz_dir_path;
}

/* Make name in it ("a/b": folders too) with that content; NULL: not there. */
static inline void fuzz_dir_put(const char *name, const void *data, size_t bytes)
{
    char path[512], *slash;
    int fd;

    snprintf(path, sizeof path, "%s/%s", fuzz_dir(), name);
    if (!data) {
        unlink(path);
        return;
    }
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    for (slash = path; fd < 0 && (slash = strchr(slash + 1, '/')) != NULL;) {
        *slash = '\0';
        mkdir(path, 0700);
        *slash = '/';
    }
    if (fd < 0)
        fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, data, bytes) != (ssize_t)bytes || close(fd))
        abort();
}

#endif

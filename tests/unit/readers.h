/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parsers' tests share: byte sources, files made by other programs, cmocka's includes. */
#ifndef TEST_READERS_H
#define TEST_READERS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <ventoc/types.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

/* A byte source in memory whose reads can be made to fail. */
struct memory_source {
    struct vtc_reader reader;
    uint8_t *data;
    unsigned read_count;
    unsigned fail_at; /* the read (1 is the first) that fails with VTC_EIO; 0: none */
};

/* bytes zeros. The test frees src->data. */
void memory_source_init(struct memory_source *src, size_t bytes);

/* A whole file, freed by the test as above. Returns 0 when it cannot be read. */
int memory_source_load(struct memory_source *src, const char *path);

/* A file read where it lies; big ones need no memory. */
struct file_source {
    struct vtc_reader reader;
    int fd;
};

/* Returns 0 when there is no such file. */
int file_source_open(struct file_source *src, const char *path);
void file_source_close(struct file_source *src);

/* A temporary directory, removed at the end of the program; the name is valid until then. */
const char *temporary_directory(void);

/* Run a shell command (printf format) in the temporary directory; fails the test when it fails. */
void shell(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The standard output of such a command; freed by the test. */
char *shell_output(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Skip the test, saying why. Does not return. */
void skip_because(const char *why, const char *what);

#endif

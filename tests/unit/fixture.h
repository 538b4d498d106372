/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the unit tests share: cmocka, random numbers, readers over memory and over files, and a
 * temporary directory in which real file system images are made. */
#ifndef TESTS_UNIT_FIXTURE_H
#define TESTS_UNIT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <ventoc/extents.h>
#include <ventoc/types.h>

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* xorshift64*: the same numbers on every machine. *state: a seed, not 0. */
uint64_t fixture_random(uint64_t *state);

/* A disk in memory that counts its reads and can fail. */
struct fixture_memdisk {
    uint8_t *bytes;
    uint64_t size;
    uint32_t reads;
    uint64_t read_bytes;
    uint32_t fail_after; /* reads that succeed before VTC_EIO; UINT32_MAX: all */
};

/* A zeroed disk of `size` bytes and its reader. fixture_memdisk_free() releases it. */
struct vtc_reader fixture_memdisk_make(struct fixture_memdisk *disk, uint64_t size);
void fixture_memdisk_free(struct fixture_memdisk *disk);

/* The same, filled with a whole file. */
struct vtc_reader fixture_memdisk_load(struct fixture_memdisk *disk, const char *path);

/* A reader over a file on the host; fixture_file_close() closes it. Failing to open fails the
 * test. */
struct fixture_file {
    int fd;
    uint32_t reads;
    uint64_t read_bytes;
};
struct vtc_reader fixture_file_open(struct fixture_file *file, const char *path);
void fixture_file_close(struct fixture_file *file);

/* A whole file in memory; free() it. */
uint8_t *fixture_load(const char *path, size_t *bytes);

/* Write a file, as a whole or at an offset of an existing one. */
void fixture_save(const char *path, const void *bytes, size_t count);
void fixture_overwrite(const char *path, uint64_t off, const void *bytes, size_t count);

/* Write `bytes` bytes of random data, none of them in two places alike. */
void fixture_save_random(const char *path, uint64_t seed, size_t bytes);

/* The extents lie on the disk, do not overlap, and hold the bytes of the file at path. */
void fixture_assert_extents(const struct vtc_reader *disk, struct vtc_extents *list,
                            const char *path);

/* cmocka group fixtures: a temporary directory becomes the working directory, and is removed. */
int fixture_enter_tmpdir(void **state);
int fixture_leave_tmpdir(void **state);

/* Run a shell command (printf format) with /usr/sbin in PATH; its failure fails the test. */
void fixture_run(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The standard output of such a command as a string; free() it. */
char *fixture_output(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Skip the test, saying why and what is missing. */
void fixture_skip(const char *why, const char *what);

#endif

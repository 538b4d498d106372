/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <fcntl.h>
#include <unistd.h>

#include "fixture.h"

uint64_t fixture_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 0x2545f4914f6cdd1dull;
}

static int memdisk_read(void *ctx, uint64_t off, void *buf, uint32_t bytes)
{
    struct fixture_memdisk *disk = ctx;

    assert_true(off <= disk->size && bytes <= disk->size - off);
    if (disk->reads++ >= disk->fail_after)
        return VTC_EIO;
    disk->read_bytes += bytes;
    memcpy(buf, disk->bytes + off, bytes);
    return VTC_OK;
}

struct vtc_reader fixture_memdisk_make(struct fixture_memdisk *disk, uint64_t size)
{
    memset(disk, 0, sizeof *disk);
    disk->bytes = calloc(1, size ? size : 1);
    assert_non_null(disk->bytes);
    disk->size = size;
    disk->fail_after = UINT32_MAX;
    return (struct vtc_reader){memdisk_read, disk, size};
}

void fixture_memdisk_free(struct fixture_memdisk *disk)
{
    free(disk->bytes);
    disk->bytes = NULL;
}

struct vtc_reader fixture_memdisk_load(struct fixture_memdisk *disk, const char *path)
{
    struct fixture_file file;
    struct vtc_reader from = fixture_file_open(&file, path);
    struct vtc_reader reader = fixture_memdisk_make(disk, from.bytes);

    assert_int_equal(pread(file.fd, disk->bytes, from.bytes, 0), from.bytes);
    fixture_file_close(&file);
    return reader;
}

static int file_read(void *ctx, uint64_t off, void *buf, uint32_t bytes)
{
    struct fixture_file *file = ctx;

    file->reads++;
    file->read_bytes += bytes;
    return pread(file->fd, buf, bytes, (off_t)off) == (ssize_t)bytes ? VTC_OK : VTC_EIO;
}

struct vtc_reader fixture_file_open(struct fixture_file *file, const char *path)
{
    memset(file, 0, sizeof *file);
    file->fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(file->fd >= 0);
    return (struct vtc_reader){file_read, file, (uint64_t)lseek(file->fd, 0, SEEK_END)};
}

void fixture_file_close(struct fixture_file *file)
{
    close(file->fd);
}

uint8_t *fixture_load(const char *path, size_t *bytes)
{
    struct fixture_file file;
    struct vtc_reader reader = fixture_file_open(&file, path);
    uint8_t *data = malloc(reader.bytes + 1);

    assert_non_null(data);
    assert_int_equal(pread(file.fd, data, reader.bytes, 0), reader.bytes);
    fixture_file_close(&file);
    *bytes = reader.bytes;
    return data;
}

static void write_at(const char *path, int flags, uint64_t off, const void *bytes, size_t count)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC | flags, 0600);

    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes, count, (off_t)off), count);
    assert_int_equal(close(fd), 0);
}

void fixture_save(const char *path, const void *bytes, size_t count)
{
    write_at(path, O_CREAT | O_TRUNC, 0, bytes, count);
}

void fixture_overwrite(const char *path, uint64_t off, const void *bytes, size_t count)
{
    write_at(path, 0, off, bytes, count);
}

void fixture_save_random(const char *path, uint64_t seed, size_t bytes)
{
    uint8_t *data = malloc(bytes + 8);
    size_t i;

    assert_non_null(data);
    for (i = 0; i < bytes; i += 8) {
        uint64_t v = fixture_random(&seed);

        memcpy(data + i, &v, 8);
    }
    fixture_save(path, data, bytes);
    free(data);
}

void fixture_assert_extents(const struct vtc_reader *disk, struct vtc_extents *list,
                            const char *path)
{
    size_t bytes;
    uint8_t *want = fixture_load(path, &bytes), *got = malloc(bytes + 1);
    uint32_t i;

    assert_non_null(got);
    assert_int_equal(list->bytes, bytes);
    assert_int_equal(vtc_extents_check(list, 0, disk->bytes), VTC_OK);
    for (i = 0; i < list->count; i++)
        assert_int_equal(vtc_reader_read(disk, list->v[i].disk_off, got + list->v[i].file_off,
                                         (uint32_t)list->v[i].bytes),
                         VTC_OK);
    assert_memory_equal(got, want, bytes);
    free(got);
    free(want);
}

int fixture_enter_tmpdir(void **state)
{
    char *dir = strdup("/tmp/vtc-unit-XXXXXX");

    if (!dir || !mkdtemp(dir) || chdir(dir))
        return -1;
    setenv("PATH", "/usr/sbin:/sbin:/usr/bin:/bin", 1);
    setenv("LC_ALL", "C.UTF-8", 1); /* xorriso turns names of others into question marks */
    *state = dir;
    return 0;
}

int fixture_leave_tmpdir(void **state)
{
    char command[64];

    if (chdir("/"))
        return -1;
    snprintf(command, sizeof command, "rm -rf '%s'", (char *)*state);
    free(*state);
    return system(command) ? -1 : 0;
}

/* The command's text; fails the test when it is too long. */
static void print_command(char command[4096], const char *format, va_list args)
{
    int n = vsnprintf(command, 4096, format, args);

    assert_true(n > 0 && n < 4096);
}

void fixture_run(const char *format, ...)
{
    char command[4096], quiet[4096 + 16];
    va_list args;

    va_start(args, format);
    print_command(command, format, args);
    va_end(args);
    snprintf(quiet, sizeof quiet, "exec >&2; %s", command); /* stdout is for TAP */
    if (system(quiet))
        fail_msg("command failed: %s", command);
}

char *fixture_output(const char *format, ...)
{
    size_t bytes;
    uint8_t *data;
    char command[4096];
    va_list args;

    va_start(args, format);
    print_command(command, format, args);
    va_end(args);
    fixture_run("{ %s; } >fixture-output", command);
    data = fixture_load("fixture-output", &bytes);
    data[bytes] = '\0';
    return (char *)data;
}

void fixture_skip(const char *why, const char *what)
{
    printf("# skip: %s %s\n", why, what);
    fflush(stdout);
    skip();
}

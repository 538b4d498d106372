/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "readers.h"

#include <stdio.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static int memory_read(void *ctx, uint64_t off, void *buf, uint32_t bytes)
{
    struct memory_source *src = ctx;

    assert_true(off <= src->reader.bytes && bytes <= src->reader.bytes - off);
    if (++src->read_count == src->fail_at)
        return VTC_EIO;
    memcpy(buf, src->data + off, bytes);
    return VTC_OK;
}

void memory_source_init(struct memory_source *src, size_t bytes)
{
    memset(src, 0, sizeof(*src));
    src->data = calloc(bytes ? bytes : 1, 1);
    assert_non_null(src->data);
    src->reader.read = memory_read;
    src->reader.ctx = src;
    src->reader.bytes = bytes;
}

int memory_source_load(struct memory_source *src, const char *path)
{
    FILE *f = fopen(path, "rb");
    struct stat st;

    if (!f)
        return 0;
    assert_int_equal(fstat(fileno(f), &st), 0);
    memory_source_init(src, (size_t)st.st_size);
    assert_int_equal(fread(src->data, 1, (size_t)st.st_size, f), st.st_size);
    fclose(f);
    return 1;
}

static int file_read(void *ctx, uint64_t off, void *buf, uint32_t bytes)
{
    struct file_source *src = ctx;

    return pread(src->fd, buf, bytes, (off_t)off) == (ssize_t)bytes ? VTC_OK : VTC_EIO;
}

int file_source_open(struct file_source *src, const char *path)
{
    struct stat st;

    src->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (src->fd < 0)
        return 0;
    assert_int_equal(fstat(src->fd, &st), 0);
    src->reader.read = file_read;
    src->reader.ctx = src;
    src->reader.bytes = (uint64_t)st.st_size;
    return 1;
}

void file_source_close(struct file_source *src)
{
    close(src->fd);
}

static char temporary[64];

static void remove_temporary(void)
{
    char command[128];

    snprintf(command, sizeof(command), "rm -rf '%s'", temporary);
    if (system(command))
        perror(command);
}

const char *temporary_directory(void)
{
    if (!temporary[0]) {
        strcpy(temporary, "/tmp/ventoc-unit-XXXXXX");
        assert_non_null(mkdtemp(temporary));
        atexit(remove_temporary);
    }
    return temporary;
}

static FILE *start(const char *format, va_list args)
{
    char command[4096];
    int n =
        snprintf(command, sizeof(command),
                 "exec 2>&1 </dev/null; PATH=$PATH:/usr/sbin; cd '%s' && ", temporary_directory());
    FILE *f;

    n += vsnprintf(command + n, sizeof(command) - (size_t)n, format, args);
    assert_true(n < (int)sizeof(command));
    f = popen(command, "r");
    assert_non_null(f);
    return f;
}

static char *finish(FILE *f)
{
    size_t bytes = 0, room = 1 << 16;
    char *out = malloc(room);

    assert_non_null(out);
    for (;;) {
        size_t n = fread(out + bytes, 1, room - bytes - 1, f);

        if (!n)
            break;
        bytes += n;
        if (room - bytes < 2) {
            room *= 2;
            out = realloc(out, room);
            assert_non_null(out);
        }
    }
    out[bytes] = '\0';
    if (pclose(f)) {
        print_error("%s", out);
        free(out);
        fail_msg("a command failed");
    }
    return out;
}

void shell(const char *format, ...)
{
    va_list args;
    FILE *f;

    va_start(args, format);
    f = start(format, args);
    va_end(args);
    free(finish(f));
}

char *shell_output(const char *format, ...)
{
    va_list args;
    FILE *f;

    va_start(args, format);
    f = start(format, args);
    va_end(args);
    return finish(f);
}

void skip_because(const char *why, const char *what)
{
    printf("# skip: %s %s\n", why, what);
    fflush(stdout);
    skip();
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Replay corpus files through the fuzz target this is linked with.
 *
 *   fuzz_X FILE|DIR...                    run them, print how many
 *   fuzz_X --write-raw OUT FILE|DIR...    only decode them, to files in the directory OUT
 *
 * A file named *.hex is text, so that the corpus can be read and reviewed:
 *   41 42 4344       bytes, in pairs of hex digits
 *   "text"           ASCII bytes
 *   @0x8000          go on at this offset; what lies between is zero
 *   !0x9000          the final length: cut there, or filled up with zeros
 *   # comment        to the end of the line
 * Any other file is passed as it is.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define INPUT_MAX_BYTES (64u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

struct input {
    uint8_t *data;
    size_t bytes, capacity;
};

static const char *raw_dir; /* --write-raw */
static unsigned replayed;

static void die(const char *path, const char *what)
{
    fprintf(stderr, "%s: %s\n", path, what);
    exit(2);
}

/* Make the input at least bytes long, new bytes zero. */
static void extend(struct input *in, size_t bytes, const char *path)
{
    if (bytes > INPUT_MAX_BYTES)
        die(path, "an offset beyond 64 MiB");
    if (bytes > in->capacity) {
        in->capacity = bytes * 2;
        in->data = realloc(in->data, in->capacity);
        if (!in->data)
            die(path, "out of memory");
    }
    if (bytes > in->bytes) {
        memset(in->data + in->bytes, 0, bytes - in->bytes);
        in->bytes = bytes;
    }
}

static void put(struct input *in, size_t *at, uint8_t byte, const char *path)
{
    extend(in, *at + 1, path);
    in->data[(*at)++] = byte;
}

static size_t parse_number(const char **p, const char *path)
{
    char *end;
    unsigned long long v;

    errno = 0;
    v = strtoull(*p, &end, 0);
    if (end == *p || errno || v > INPUT_MAX_BYTES)
        die(path, "a bad number");
    *p = end;
    return (size_t)v;
}

static uint8_t parse_pair(const char *p, const char *path)
{
    char pair[3] = {p[0], p[0] ? p[1] : '\0', '\0'};

    if (!isxdigit((unsigned char)pair[0]) || !isxdigit((unsigned char)pair[1]))
        die(path, "neither a hex pair, @, !, \" nor #");
    return (uint8_t)strtoul(pair, NULL, 16);
}

/* One line of the text form; *at is the write position. */
static void decode_line(struct input *in, size_t *at, const char *p, const char *path)
{
    while (*p && *p != '#') {
        if (isspace((unsigned char)*p)) {
            p++;
        } else if (*p == '@') {
            p++;
            *at = parse_number(&p, path);
        } else if (*p == '!') {
            p++;
            size_t bytes = parse_number(&p, path);
            extend(in, bytes, path);
            in->bytes = bytes;
        } else if (*p == '"') {
            for (p++; *p && *p != '"'; p++)
                put(in, at, (uint8_t)*p, path);
            if (*p++ != '"')
                die(path, "a text without its end");
        } else {
            put(in, at, parse_pair(p, path), path);
            p += 2;
        }
    }
}

static void load(struct input *in, FILE *f, int is_hex, const char *path)
{
    char *line = NULL;
    size_t room = 0, at = 0;
    int c;

    if (is_hex) {
        while (getline(&line, &room, f) >= 0)
            decode_line(in, &at, line, path);
        free(line);
    } else {
        while ((c = getc(f)) != EOF)
            put(in, &at, (uint8_t)c, path);
    }
    if (ferror(f))
        die(path, strerror(errno));
}

static void write_raw(const struct input *in, const char *path)
{
    const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    char out[4096];
    FILE *f;

    snprintf(out, sizeof(out), "%s/%s.bin", raw_dir, name);
    f = fopen(out, "wb");
    if (!f || fwrite(in->data, 1, in->bytes, f) != in->bytes || fclose(f))
        die(out, strerror(errno));
}

static void replay_file(const char *path)
{
    size_t n = strlen(path);
    struct input in = {0};
    FILE *f = fopen(path, "rb");
    uint8_t *exact;

    if (!f)
        die(path, strerror(errno));
    load(&in, f, n > 4 && !strcmp(path + n - 4, ".hex"), path);
    fclose(f);
    if (raw_dir) {
        write_raw(&in, path);
    } else {
        /* A block of exactly this size, so that the sanitizer sees reads beyond it. */
        exact = malloc(in.bytes ? in.bytes : 1);
        if (!exact)
            die(path, "out of memory");
        if (in.bytes)
            memcpy(exact, in.data, in.bytes);
        fprintf(stderr, "%s: %zu bytes\n", path, in.bytes);
        LLVMFuzzerTestOneInput(exact, in.bytes);
        free(exact);
    }
    free(in.data);
    replayed++;
}

static void replay(const char *path)
{
    char member[4096];
    struct stat st;
    struct dirent **list;
    int i, n;

    if (stat(path, &st))
        die(path, strerror(errno));
    if (!S_ISDIR(st.st_mode)) {
        replay_file(path);
        return;
    }
    n = scandir(path, &list, NULL, alphasort);
    if (n < 0)
        die(path, strerror(errno));
    for (i = 0; i < n; i++) {
        if (list[i]->d_name[0] != '.') {
            snprintf(member, sizeof(member), "%s/%s", path, list[i]->d_name);
            replay(member);
        }
        free(list[i]);
    }
    free(list);
}

int main(int argc, char **argv)
{
    int i = 1;

    if (argc > 2 && !strcmp(argv[1], "--write-raw")) {
        raw_dir = argv[2];
        i = 3;
    }
    for (; i < argc; i++)
        replay(argv[i]);
    printf("%u inputs\n", replayed);
    return replayed ? 0 : 2;
}

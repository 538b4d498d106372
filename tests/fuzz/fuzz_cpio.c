/* SPDX-License-Identifier: GPL-3.0-or-later */
/* newc archives: a header that is read has a content behind its name; and a program of entries
 * (type, lengths of name and content, bytes) is written, then read back header by header. */
#include "fuzz_program.h"
#include "fuzz_reader.h"

#include <stdlib.h>

#include <ventoc/cpio.h>

#define ARCHIVE_BYTES 65536u
#define ENTRIES_MAX   64u

static struct {
    char name[64];
    const uint8_t *data;
    uint32_t data_bytes, mode;
} wrote[ENTRIES_MAX];

static void check_header(const uint8_t *p)
{
    struct vtc_cpio_header h;

    if (vtc_cpio_parse(p, &h))
        return;
    if (!h.name_bytes || h.name_bytes > VTC_CPIO_NAME_BYTES_MAX || h.data_off % 4 ||
        h.data_off < VTC_CPIO_HEADER_BYTES + h.name_bytes ||
        h.data_off > VTC_CPIO_HEADER_BYTES + h.name_bytes + 3)
        abort();
}

/* What was written lies there in order, then the trailer, then zeros. */
static void read_back(const struct vtc_cpio *cpio, unsigned count)
{
    struct vtc_cpio_header h;
    uint32_t at = 0;
    unsigned i;

    for (i = 0; i <= count; i++) {
        const char *name = i < count ? wrote[i].name : "TRAILER!!!";

        if (cpio->bytes - at < VTC_CPIO_HEADER_BYTES || vtc_cpio_parse(cpio->buf + at, &h) ||
            cpio->bytes - at < h.data_off || cpio->bytes - at - h.data_off < h.data_bytes)
            abort();
        if (h.name_bytes != strlen(name) + 1 ||
            memcmp(cpio->buf + at + VTC_CPIO_HEADER_BYTES, name, h.name_bytes) != 0)
            abort();
        if (i < count && (h.mode != wrote[i].mode || h.data_bytes != wrote[i].data_bytes ||
                          (h.data_bytes &&
                           memcmp(cpio->buf + at + h.data_off, wrote[i].data, h.data_bytes) != 0)))
            abort();
        at += (h.data_off + h.data_bytes + 3) & ~3u;
    }
    for (; at < cpio->bytes; at++)
        if (cpio->buf[at])
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static const uint32_t modes[] = {VTC_CPIO_REGULAR, VTC_CPIO_DIRECTORY, VTC_CPIO_SYMLINK,
                                     VTC_CPIO_SOCKET};
    static uint8_t archive[ARCHIVE_BYTES];
    struct fuzz_program program = fuzz_program(data, bytes);
    uint32_t capacity, unit;
    struct vtc_cpio cpio;
    unsigned count = 0;
    int rc;

    if (bytes >= VTC_CPIO_HEADER_BYTES)
        check_header(data);
    capacity = (uint32_t)fuzz_take(&program, 2);
    unit = 4u << (fuzz_take(&program, 1) % 10);
    vtc_cpio_init(&cpio, archive, capacity);
    while (fuzz_left(&program) && count < ENTRIES_MAX) {
        size_t name_bytes = fuzz_take(&program, 1) % sizeof wrote->name;
        size_t data_bytes = fuzz_take(&program, 2) % 4096;
        struct vtc_cpio_entry e = {.name = wrote[count].name};
        const uint8_t *name;

        e.mode = wrote[count].mode = modes[data_bytes % 4] | (name_bytes & 0777);
        name = fuzz_take_bytes(&program, &name_bytes);
        memset(wrote[count].name, 0, sizeof wrote[count].name);
        memcpy(wrote[count].name, name, name_bytes);
        e.data = wrote[count].data = fuzz_take_bytes(&program, &data_bytes);
        e.data_bytes = wrote[count].data_bytes = (uint32_t)data_bytes;
        vtc_cpio_add(&cpio, &e);
        if (cpio.bytes > capacity)
            abort();
        count++;
    }
    rc = vtc_cpio_finish(&cpio, unit);
    if (rc && rc != VTC_ENOSPC && rc != VTC_EINVAL)
        abort();
    if (cpio.bytes > capacity || (!rc && cpio.bytes % unit))
        abort();
    if (!rc)
        read_back(&cpio, count);
    return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/sumcheck.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/digest.h"

#define READ_BYTES (1024u * 1024)

static int read_text(const struct vtc_volume *volume, const struct vtc_filewalk_file *from,
                     struct vtc_sumcheck_text *text, size_t *room)
{
    struct vtc_volume_file file;
    const char *why;
    int rc;

    text->name = from->name;
    if (from->node.bytes > VTC_SUMCHECK_TEXT_MAX || from->node.bytes > *room)
        return 0;
    rc = vtc_volume_open_file(volume, &from->node, &file, &why);
    if (!rc) {
        text->text = malloc((size_t)file.reader.bytes + 1);
        text->bytes = (size_t)file.reader.bytes;
        rc = text->text ? vtc_reader_read(&file.reader, 0, text->text, (uint32_t)text->bytes)
                        : VTC_ENOSPC;
    }
    vtc_volume_close_file(&file);
    if (rc) {
        free(text->text);
        text->text = NULL;
        return rc == VTC_ENOSPC ? -ENOMEM : 0;
    }
    *room -= text->bytes;
    return 0;
}

int vtc_sumcheck_read(const struct vtc_volume *volume, const struct vtc_filewalk_folder *folder,
                      struct vtc_sumcheck *sums)
{
    size_t room = VTC_SUMCHECK_TEXTS_MAX;
    int rc = 0;

    memset(sums, 0, sizeof(*sums));
    sums->v = calloc(folder->count + 1, sizeof(*sums->v));
    if (!sums->v)
        return -ENOMEM;
    for (size_t i = 0; !rc && i < folder->count; i++)
        if (folder->file[i].is_sums)
            rc = read_text(volume, &folder->file[i], &sums->v[sums->count++], &room);
    return rc;
}

void vtc_sumcheck_free(struct vtc_sumcheck *sums)
{
    for (size_t i = 0; i < sums->count; i++)
        free(sums->v[i].text);
    free(sums->v);
    memset(sums, 0, sizeof(*sums));
}

/* Is the sidecar named after this file? */
static int is_sidecar_of(const char *sums, const char *name)
{
    size_t stem;

    return vtc_sums_file_of(sums, &stem) == VTC_SUMS_FILE_SIDECAR && stem == strlen(name) &&
           strncasecmp(sums, name, stem) == 0;
}

static void add(struct vtc_sumcheck_item *item, unsigned *count, const char *source,
                const struct vtc_sums_line *line)
{
    for (unsigned i = 0; i < *count; i++)
        if (item[i].kind == line->kind && item[i].source == source &&
            memcmp(item[i].digest, line->digest, sizeof(line->digest)) == 0)
            return;
    if (*count == VTC_SUMCHECK_MAX)
        return;
    item[*count].kind = line->kind;
    item[*count].source = source;
    item[*count].result = VTC_SUMCHECK_PENDING;
    memcpy(item[(*count)++].digest, line->digest, sizeof(line->digest));
}

unsigned vtc_sumcheck_find(const struct vtc_sumcheck *sums, const char *name,
                           struct vtc_sumcheck_item item[VTC_SUMCHECK_MAX])
{
    unsigned count = 0;

    for (size_t i = 0; i < sums->count; i++) {
        const struct vtc_sumcheck_text *t = &sums->v[i];
        struct vtc_sums_line line, only;
        unsigned before = count, lines = 0;
        size_t at = 0;

        while (t->text && !vtc_sums_next(t->text, t->bytes, &at, &line)) {
            only = line;
            lines++;
            if (vtc_sums_is_about(&line, name))
                add(item, &count, t->name, &line);
        }
        /* A sidecar with one checksum is about its file, also when that was renamed since. */
        if (count == before && lines == 1 && is_sidecar_of(t->name, name))
            add(item, &count, t->name, &only);
    }
    return count;
}

/* ---- comparing ----------------------------------------------------------------------------- */

/* One running digest for each kind that is asked for. */
struct digests {
    struct vtc_digest digest[VTC_SUMS_KIND_COUNT];
    int is_on[VTC_SUMS_KIND_COUNT];
};

static void begin(struct digests *d, struct vtc_sumcheck_item *item, unsigned count)
{
    memset(d, 0, sizeof(*d));
    for (unsigned i = 0; i < count; i++) {
        enum vtc_sums_kind kind = item[i].kind;

        if (!d->is_on[kind])
            d->is_on[kind] = !vtc_digest_begin(&d->digest[kind], kind);
        if (!d->is_on[kind])
            item[i].result = VTC_SUMCHECK_UNCHECKED;
    }
}

static int read_all(const struct vtc_reader *file, struct digests *d, uint8_t *buf,
                    const volatile sig_atomic_t *stop,
                    void (*progress)(void *ctx, uint64_t done_bytes, uint64_t total_bytes),
                    void *ctx)
{
    for (uint64_t at = 0; at < file->bytes;) {
        uint64_t left = file->bytes - at;
        uint32_t n = left < READ_BYTES ? (uint32_t)left : READ_BYTES;
        int rc;

        if (stop && *stop)
            return -EINTR;
        rc = vtc_reader_read(file, at, buf, n);
        if (rc)
            return -EIO;
        for (unsigned k = 0; k < VTC_SUMS_KIND_COUNT; k++)
            if (d->is_on[k])
                vtc_digest_update(&d->digest[k], buf, n); /* a failure shows at its end */
        at += n;
        if (progress)
            progress(ctx, at, file->bytes);
    }
    return 0;
}

int vtc_sumcheck_run(const struct vtc_reader *file, struct vtc_sumcheck_item *item, unsigned count,
                     const volatile sig_atomic_t *stop,
                     void (*progress)(void *ctx, uint64_t done_bytes, uint64_t total_bytes),
                     void *ctx)
{
    uint8_t *buf = malloc(READ_BYTES);
    struct digests d;
    int rc;

    if (!buf)
        return -ENOMEM;
    begin(&d, item, count);
    rc = read_all(file, &d, buf, stop, progress, ctx);
    for (unsigned k = 0; k < VTC_SUMS_KIND_COUNT; k++) {
        uint8_t digest[VTC_SUMS_DIGEST_MAX_BYTES] = {0};
        int failed = d.is_on[k] ? vtc_digest_end(&d.digest[k], digest) : 0;

        for (unsigned i = 0; d.is_on[k] && !rc && i < count; i++)
            if (item[i].kind == (enum vtc_sums_kind)k)
                item[i].result =
                    failed ? VTC_SUMCHECK_UNCHECKED
                    : memcmp(digest, item[i].digest, vtc_sums_digest_bytes(item[i].kind)) == 0
                        ? VTC_SUMCHECK_GOOD
                        : VTC_SUMCHECK_WRONG;
    }
    /* Ctrl-C ends the tools as well. */
    if (!rc && stop && *stop)
        rc = -EINTR;
    free(buf);
    return rc;
}

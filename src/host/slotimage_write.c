/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A slot image of files: an empty file system like the payload's, filled by mtools. */
#include "host/slotimage.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ventoc/bytes.h>
#include <ventoc/fat.h>
#include <ventoc/sha256.h>

#include "host/fdio.h"
#include "host/run.h"
#include "host/scratch.h"

#define FAIL(rc, hint, ...) vtc_error_set(err, VTC_ERROR_PAYLOAD, rc, hint, __VA_ARGS__)

/* Every date in an image, so that the same files give the same bytes (as the payload's own). */
#define EPOCH      1767225600
#define EPOCH_TEXT "SOURCE_DATE_EPOCH=1767225600"

/* Of a FAT file system (Microsoft FAT specification 1.03). */
#define AT_SECTORS_PER_FAT_16 22
#define ENTRY_BYTES           32u
#define AT_ENTRY_ATTRIBUTES   11
#define ATTRIBUTE_VOLUME_ID   0x08
#define ATTRIBUTE_LONG_NAME   0x0f

struct writer {
    struct vtc_slotimage *slot;
    struct vtc_payload *payload;
    struct vtc_reader reader;
    struct vtc_fat fat;
    uint64_t fat_bytes; /* of one copy */
    int fd;             /* the image as long as its file system */
    struct vtc_error *err;
};

/* ---- the manifest -------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
    const struct vtc_slotimage_file *x = a, *y = b;

    return strcmp(x->name, y->name);
}

static void put_hex(FILE *out, const uint8_t *sum)
{
    char hex[2 * VTC_SHA256_BYTES + 1];

    vtc_sha256_hex(sum, hex);
    fprintf(out, "%s\n", hex);
}

static void put_file(FILE *out, const struct vtc_slotimage_file *file)
{
    uint8_t sum[VTC_SHA256_BYTES];
    struct vtc_sha256 sha;

    vtc_sha256_init(&sha);
    vtc_sha256_update(&sha, file->bytes, file->count);
    vtc_sha256_final(&sha, sum);
    fprintf(out, "file %s %zu ", file->name, file->count);
    put_hex(out, sum);
}

/* Of what is outside of the slot only the boot code belongs to it. */
static int add_manifest(struct vtc_slotimage *slot, const struct vtc_payload *payload)
{
    static const char *const outside[] = {"boot.img", "core.img"};
    struct vtc_manifest_entry entry;
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);

    if (!out)
        return -ENOMEM;
    fprintf(out, "ventoc-manifest 1\nversion %s\ngrub %s\n", payload->manifest.version,
            payload->manifest.grub);
    for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
        if (vtc_manifest_find(&payload->manifest, VTC_MANIFEST_IMAGE, outside[i], &entry))
            continue;
        fprintf(out, "image %s %" PRIu64 " ", outside[i], entry.bytes);
        put_hex(out, entry.sha256);
    }
    qsort(slot->file, slot->count, sizeof(slot->file[0]), by_name);
    for (size_t i = 0; i < slot->count; i++)
        put_file(out, &slot->file[i]);
    if (fclose(out)) {
        free(text);
        return -ENOMEM;
    }
    return vtc_slotimage_add(slot, "ventoc/manifest", (uint8_t *)text, bytes);
}

/* ---- the file system ----------------------------------------------------------------------- */

static int open_fat(struct writer *w)
{
    struct vtc_payload_image *image = &w->payload->slot;
    struct vtc_error *err = w->err;

    w->reader = vtc_payload_reader(image);
    if (vtc_fat_open(&w->fat, &w->reader) || w->fat.bits != 16 || w->fat.data_off > image->count)
        return FAIL(-EBADMSG, "Build or install ventoc again.",
                    "%s: the slot image is not a FAT16 file system", w->payload->dir);
    w->fat_bytes = (uint64_t)vtc_le16(image->bytes + AT_SECTORS_PER_FAT_16) * w->fat.sector_bytes;
    return 0;
}

/* Before mtools finds out in the middle. A cluster for each folder, and one to spare. */
static int check_room(const struct writer *w)
{
    struct vtc_error *err = w->err;
    uint64_t clusters = 4, bytes = 0;

    for (size_t i = 0; i < w->slot->count; i++) {
        clusters += (w->slot->file[i].count + w->fat.cluster_bytes - 1) / w->fat.cluster_bytes;
        bytes += w->slot->file[i].count;
    }
    if (clusters <= w->fat.cluster_count)
        return 0;
    return FAIL(-ENOSPC, "Use --secure-boot=off, or boot files with less in them.",
                "%s: with shim and MokManager the boot files need %" PRIu64
                " bytes, more than a boot slot of this stick has (%" PRIu64 ")",
                w->payload->dir, bytes, w->fat.volume_bytes);
}

/* The entry with the volume's label, if there is one. */
static const uint8_t *find_label(const struct writer *w)
{
    const uint8_t *root = w->payload->slot.bytes + w->fat.root_off;

    for (uint32_t i = 0; i < w->fat.root_entries && root[i * ENTRY_BYTES]; i++) {
        uint8_t attributes = root[i * ENTRY_BYTES + AT_ENTRY_ATTRIBUTES];

        if (attributes & ATTRIBUTE_VOLUME_ID && attributes != ATTRIBUTE_LONG_NAME)
            return root + (size_t)i * ENTRY_BYTES;
    }
    return NULL;
}

/* The reserved sectors, empty allocation tables (their first two entries are no clusters) and the label. */
static int make_empty(const struct writer *w)
{
    const uint8_t *image = w->payload->slot.bytes, *label = find_label(w);
    int rc = vtc_scratch_write(w->fd, 0, image, (size_t)w->fat.fat_off);

    for (uint64_t at = w->fat.fat_off; !rc && w->fat_bytes && at < w->fat.root_off;
         at += w->fat_bytes)
        rc = vtc_scratch_write(w->fd, at, image + w->fat.fat_off, 4);
    if (!rc && label)
        rc = vtc_scratch_write(w->fd, w->fat.root_off, label, ENTRY_BYTES);
    return rc;
}

static int run(const struct writer *w, const char *const *argv, int second_fd)
{
    struct vtc_run tool = {.argv = argv,
                           .package = VTC_SLOTIMAGE_PACKAGE,
                           .fd = {w->fd, second_fd},
                           .fd_count = second_fd < 0 ? 1 : 2,
                           .variable = EPOCH_TEXT};

    return vtc_run(&tool, w->err);
}

/* The folders on the way to a file that no file before it was in. The files are sorted. */
static int make_folders(const struct writer *w, size_t index)
{
    const char *name = w->slot->file[index].name;
    int rc = 0;

    for (const char *slash = strchr(name, '/'); !rc && slash; slash = strchr(slash + 1, '/')) {
        size_t n = (size_t)(slash - name) + 1;
        char folder[sizeof(w->slot->file[0].name) + 2];
        const char *argv[] = {"mmd", "-i", "/proc/self/fd/3", folder, NULL};
        size_t i = 0;

        while (i < index && strncmp(w->slot->file[i].name, name, n) != 0)
            i++;
        snprintf(folder, sizeof(folder), "::%.*s", (int)n - 1, name);
        if (i == index)
            rc = run(w, argv, -1);
    }
    return rc;
}

static int put_one(const struct writer *w, size_t index)
{
    const struct vtc_slotimage_file *file = &w->slot->file[index];
    static const struct timespec dates[2] = {{EPOCH, 0}, {EPOCH, 0}};
    char name[sizeof(file->name) + 2];
    const char *argv[] = {"mcopy", "-m", "-i", "/proc/self/fd/3", "/proc/self/fd/4", name, NULL};
    int fd = vtc_scratch_open(0, w->err), rc;

    if (fd < 0)
        return fd;
    snprintf(name, sizeof(name), "::%s", file->name);
    rc = vtc_scratch_write(fd, 0, file->bytes, file->count);
    if (!rc && futimens(fd, dates))
        rc = -errno;
    rc = rc ? vtc_error_set(w->err, VTC_ERROR_FAILED, rc, NULL, "cannot write a temporary file: %s",
                            strerror(-rc))
            : run(w, argv, fd);
    close(fd);
    return rc;
}

/* Where the last used cluster ends. */
static int find_end(const struct writer *w, size_t *end)
{
    uint8_t *table = malloc((size_t)w->fat_bytes + 1);
    uint64_t last = w->fat.cluster_count + 1;
    int rc = table ? vtc_fdio_read(w->fd, w->fat.fat_off, table, (size_t)w->fat_bytes) : -ENOMEM;

    while (!rc && last >= 2 && (last * 2 + 2 > w->fat_bytes || !vtc_le16(table + last * 2)))
        last--;
    *end = (size_t)(w->fat.data_off + (last - 1) * w->fat.cluster_bytes);
    free(table);
    return rc;
}

/* The new image instead of the old one. */
static int take(const struct writer *w)
{
    struct vtc_payload_image *image = &w->payload->slot;
    uint8_t *bytes;
    size_t end;
    int rc = find_end(w, &end);

    if (rc)
        return rc;
    bytes = malloc(end);
    if (!bytes)
        return -ENOMEM;
    rc = vtc_fdio_read(w->fd, 0, bytes, end);
    if (rc) {
        free(bytes);
        return rc;
    }
    free(image->bytes);
    *image = (struct vtc_payload_image){bytes, end};
    return 0;
}

int vtc_slotimage_write(struct vtc_slotimage *slot, struct vtc_payload *payload,
                        struct vtc_error *err)
{
    struct writer w = {.slot = slot, .payload = payload, .fd = -1, .err = err};
    int rc = add_manifest(slot, payload);

    if (rc)
        return vtc_error_set(err, VTC_ERROR_FAILED, rc, NULL, "out of memory for the manifest");
    rc = open_fat(&w);
    if (!rc)
        rc = check_room(&w);
    if (rc)
        return rc;
    w.fd = vtc_scratch_open(w.fat.volume_bytes, err);
    if (w.fd < 0)
        return w.fd;
    rc = make_empty(&w);
    if (rc)
        vtc_error_set(err, VTC_ERROR_FAILED, rc, NULL, "cannot write a temporary file: %s",
                      strerror(-rc));
    for (size_t i = 0; !rc && i < slot->count; i++) {
        rc = make_folders(&w, i);
        if (!rc)
            rc = put_one(&w, i);
    }
    if (!rc) {
        rc = take(&w);
        if (rc)
            vtc_error_set(err, VTC_ERROR_FAILED, rc, NULL, "cannot read a temporary file: %s",
                          strerror(-rc));
    }
    close(w.fd);
    return rc;
}

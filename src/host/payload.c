/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/payload.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include <ventoc/layout.h>
#include <ventoc/sha256.h>

#include "host/fdio.h"

#define FAIL(rc, hint, ...) vtc_error_set(err, VTC_ERROR_PAYLOAD, rc, hint, __VA_ARGS__)

static const char reinstall_hint[] =
    "The boot files are damaged or incomplete. Build or install ventoc again.";

static int has_manifest(const char *dir)
{
    char path[PATH_MAX + 16];

    snprintf(path, sizeof(path), "%s/manifest", dir);
    return access(path, R_OK) == 0;
}

/* Where the payload is. Returns 0 or -ENOENT. */
static int find_dir(const char *wanted, char dir[PATH_MAX], struct vtc_error *err)
{
    char self[PATH_MAX];
    ssize_t n;

    if (wanted) {
        snprintf(dir, PATH_MAX, "%s", wanted);
        return has_manifest(dir) ? 0
                                 : FAIL(-ENOENT,
                                        "--payload wants the directory that holds the "
                                        "file \"manifest\".",
                                        "%s: there is no payload (no readable manifest)", dir);
    }
    n = readlink("/proc/self/exe", self, sizeof(self) - 1);
    if (n > 0) {
        self[n] = '\0';
        *strrchr(self, '/') = '\0';
        if (snprintf(dir, PATH_MAX, "%s/payload", self) < PATH_MAX && has_manifest(dir))
            return 0;
    }
    snprintf(dir, PATH_MAX, "%s", VTC_PREFIX "/share/ventoc");
    if (has_manifest(dir))
        return 0;
    return FAIL(-ENOENT, "Build them with \"make payload\", or name their directory: --payload DIR",
                "the boot files (the payload) are not found beside the program nor in %s", dir);
}

/* Stream the gzip'ed file into image, which has room for exactly what the manifest says. */
static int unpack(gzFile gz, const char *path, const struct vtc_manifest_entry *entry,
                  struct vtc_payload_image *image, struct vtc_error *err)
{
    uint8_t digest[VTC_SHA256_BYTES], extra;
    struct vtc_sha256 sha;
    int zerr = 0;

    vtc_sha256_init(&sha);
    while (image->count < entry->bytes) {
        uint64_t left = entry->bytes - image->count;
        int n = gzread(gz, image->bytes + image->count,
                       left < 1024 * 1024 ? (unsigned)left : 1024 * 1024);

        if (n < 0)
            return FAIL(-EBADMSG, reinstall_hint, "%s: cannot be unpacked: %s", path,
                        gzerror(gz, &zerr));
        if (n == 0)
            return FAIL(-EBADMSG, reinstall_hint,
                        "%s: ends after %zu of the %" PRIu64 " bytes that the manifest names", path,
                        image->count, entry->bytes);
        vtc_sha256_update(&sha, image->bytes + image->count, (size_t)n);
        image->count += (size_t)n;
    }
    /* Reading on to the end makes zlib check its own trailer, too. */
    switch (gzread(gz, &extra, 1)) {
    case 0:
        break;
    case 1:
        return FAIL(-EBADMSG, reinstall_hint, "%s: is longer than the manifest says", path);
    default:
        return FAIL(-EBADMSG, reinstall_hint, "%s: cannot be unpacked: %s", path,
                    gzerror(gz, &zerr));
    }
    vtc_sha256_final(&sha, digest);
    if (memcmp(digest, entry->sha256, sizeof(digest)) != 0)
        return FAIL(-EBADMSG, reinstall_hint, "%s: its SHA-256 sum is not the one in the manifest",
                    path);
    return 0;
}

static int load_image(const struct vtc_payload *payload, const char *name, uint64_t max_bytes,
                      struct vtc_payload_image *image, struct vtc_error *err)
{
    struct vtc_manifest_entry entry;
    char path[PATH_MAX + 64];
    gzFile gz;
    int rc;

    snprintf(path, sizeof(path), "%s/%s.gz", payload->dir, name);
    if (vtc_manifest_find(&payload->manifest, VTC_MANIFEST_IMAGE, name, &entry))
        return FAIL(-EBADMSG, reinstall_hint, "%s/manifest: does not list %s", payload->dir, name);
    if (!entry.bytes || entry.bytes > max_bytes)
        return FAIL(-EBADMSG, reinstall_hint,
                    "%s/manifest: %s has %" PRIu64 " bytes, allowed are 1 to %" PRIu64,
                    payload->dir, name, entry.bytes, max_bytes);
    image->bytes = malloc(entry.bytes);
    if (!image->bytes)
        return vtc_error_set(err, VTC_ERROR_FAILED, -ENOMEM, NULL, "out of memory for %s", path);
    errno = 0;
    gz = gzopen(path, "rbe");
    if (!gz) {
        rc = errno ? -errno : -ENOMEM;
        return FAIL(rc, reinstall_hint, "%s: cannot be opened: %s", path, strerror(-rc));
    }
    gzbuffer(gz, 128 * 1024);
    rc = unpack(gz, path, &entry, image, err);
    gzclose_r(gz);
    return rc;
}

static int load_manifest(struct vtc_payload *payload, struct vtc_error *err)
{
    char path[PATH_MAX + 16];
    long n;

    snprintf(path, sizeof(path), "%s/manifest", payload->dir);
    n = vtc_fdio_slurp(path, payload->text, sizeof(payload->text));
    if (n < 0)
        return FAIL((int)n, reinstall_hint, "%s: %s", path, strerror((int)-n));
    switch (vtc_manifest_parse(payload->text, (size_t)n, &payload->manifest)) {
    case VTC_OK:
        return 0;
    case VTC_ENOTSUP:
        return FAIL(-ENOTSUP, "Use the payload and the program of one and the same version.",
                    "%s: is of a format that this ventoc does not know", path);
    default:
        return FAIL(-EBADMSG, reinstall_hint, "%s: is not a valid manifest", path);
    }
}

int vtc_payload_load(const char *dir, uint32_t sector_bytes, struct vtc_payload *payload,
                     struct vtc_error *err)
{
    int rc;

    memset(payload, 0, sizeof(*payload));
    rc = find_dir(dir, payload->dir, err);
    if (!rc)
        rc = load_manifest(payload, err);
    if (!rc && sector_bytes == 512)
        rc = load_image(payload, "boot.img", 512, &payload->boot, err);
    if (!rc && sector_bytes == 512)
        rc = load_image(payload, "core.img", VTC_CORE_MAX_BYTES, &payload->core, err);
    if (!rc)
        rc = load_image(payload, sector_bytes == 512 ? "slot512.img" : "slot4096.img",
                        VTC_SLOT_BYTES, &payload->slot, err);
    if (!rc && payload->slot.count % sector_bytes)
        rc = FAIL(-EBADMSG, reinstall_hint, "%s: slot%u.img is not a whole number of sectors",
                  payload->dir, sector_bytes);
    return rc;
}

int vtc_payload_extra(const struct vtc_payload *payload, const char *name,
                      struct vtc_payload_image *image, struct vtc_error *err)
{
    struct vtc_manifest_entry entry;

    memset(image, 0, sizeof(*image));
    if (vtc_manifest_find(&payload->manifest, VTC_MANIFEST_IMAGE, name, &entry))
        return FAIL(-ENOENT,
                    "Install the packages shim-signed and (Debian) shim-helpers-amd64-signed and "
                    "build ventoc again.",
                    "%s: these boot files were built without %s", payload->dir, name);
    return load_image(payload, name, VTC_PAYLOAD_EXTRA_MAX_BYTES, image, err);
}

static int read_image(void *ctx, uint64_t off, void *buf, uint32_t bytes)
{
    const struct vtc_payload_image *image = ctx;

    if (off > image->count || bytes > image->count - off)
        return VTC_EIO;
    memcpy(buf, image->bytes + off, bytes);
    return VTC_OK;
}

struct vtc_reader vtc_payload_reader(const struct vtc_payload_image *image)
{
    return (struct vtc_reader){read_image, (void *)image, image->count};
}

void vtc_payload_free(struct vtc_payload *payload)
{
    free(payload->boot.bytes);
    free(payload->core.bytes);
    free(payload->slot.bytes);
    payload->boot.bytes = payload->core.bytes = payload->slot.bytes = NULL;
}

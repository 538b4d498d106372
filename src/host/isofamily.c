/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/isofamily.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ventoc/image.h>

#include "host/exfat_volume.h"
#include "host/fdio.h"

static int of_image(const struct vtc_reader *image, const char *path,
                    const struct vtc_family **family, struct vtc_error *err)
{
    struct vtc_iso9660 iso;
    int rc = vtc_iso9660_open(&iso, image);

    *family = NULL;
    if (rc == VTC_ENOENT)
        return vtc_error_set(err, VTC_ERROR_FAILED, -EBADMSG,
                             "Give the --label that the live system looks for.",
                             "%s: is not an ISO 9660 image", path);
    if (!rc)
        rc = vtc_family_of(&iso, family);
    if (rc)
        return vtc_error_set(err, VTC_ERROR_FAILED, rc == VTC_EIO ? -EIO : -EBADMSG,
                             "Is the copy complete? \"ventoc inspect\" shows more.",
                             "%s: cannot be read, or is damaged", path);
    return 0;
}

int vtc_isofamily_of_file(const char *path, const struct vtc_family **family, struct vtc_error *err)
{
    /* O_NONBLOCK: a FIFO must not keep us waiting */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), rc;
    struct vtc_fdio_region region = {fd, 0};
    struct vtc_reader reader;
    struct stat st;

    if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode)) {
        rc = fd < 0 ? -errno : -EBADMSG;
        if (fd >= 0)
            close(fd);
        return vtc_error_set(err, VTC_ERROR_FAILED, rc, NULL, "%s: %s", path,
                             rc == -EBADMSG ? "is not a file" : strerror(-rc));
    }
    reader = vtc_fdio_reader(&region, (uint64_t)st.st_size);
    rc = of_image(&reader, path, family, err);
    close(fd);
    return rc;
}

/* The image and the disk that its regions lie on. */
struct window {
    struct vtc_image image;
    const struct vtc_reader *disk;
};

static int window_read(void *ctx, uint64_t off, void *buf, uint32_t bytes)
{
    const struct window *window = ctx;

    return vtc_image_read(&window->image, window->disk, off, buf, bytes);
}

static int of_extents(const struct vtc_exfat *fs, const struct vtc_extents *list, const char *path,
                      const struct vtc_family **family, struct vtc_error *err)
{
    struct vtc_region *regions = calloc(list->count + 1, sizeof(*regions));
    struct window window = {.disk = fs->disk};
    struct vtc_reader reader = {window_read, &window, list->bytes};
    int rc;

    if (!regions)
        return vtc_error_set(err, VTC_ERROR_FAILED, -ENOMEM, NULL, "out of memory");
    rc = vtc_image_init(&window.image, regions, list->count + 1, NULL, list);
    rc = rc ? vtc_error_set(err, VTC_ERROR_FAILED, -EBADMSG, NULL, "%s: its clusters overlap", path)
            : of_image(&reader, path, family, err);
    free(regions);
    return rc;
}

int vtc_isofamily_of_exfat(const struct vtc_exfat *fs, const char *name, const char *path,
                           const struct vtc_family **family, struct vtc_error *err)
{
    struct vtc_exfat_node node;
    struct vtc_extents list;
    const char *why = NULL;
    uint8_t buf[4096];
    int rc = vtc_exfat_lookup(fs, path, &node);

    *family = NULL;
    if (rc == VTC_ENOENT || (!rc && node.is_dir))
        return vtc_error_set(err, VTC_ERROR_FAILED, -ENOENT,
                             "--for wants the path on the stick, as the boot menu shows it.",
                             "%s: there is no file '%s' on the stick", name, path);
    vtc_extents_init(&list, NULL, 0, vtc_exfat_volume_grow);
    if (!rc)
        rc = vtc_exfat_extents(fs, &node, buf, sizeof(buf), &list, &why);
    rc = rc ? vtc_error_set(err, VTC_ERROR_FAILED, rc == VTC_EIO ? -EIO : -EBADMSG,
                            "Copy it again, or check the data partition with fsck.exfat.",
                            "%s: '%s' cannot be read: %s", name, path,
                            why ? why : "its clusters contradict the file system")
            : of_extents(fs, &list, path, family, err);
    free(list.v);
    return rc;
}

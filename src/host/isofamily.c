/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/isofamily.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/fdio.h"
#include "host/volume.h"

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

static int unreadable(int core_rc, const char *name, const char *path, const char *why,
                      struct vtc_error *err)
{
    if (core_rc == VTC_ENOSPC && !why)
        return vtc_error_set(err, VTC_ERROR_FAILED, -ENOMEM, NULL, "out of memory");
    return vtc_error_set(err, VTC_ERROR_FAILED, core_rc == VTC_EIO ? -EIO : -EBADMSG,
                         "Copy it again, or check the data partition with fsck.exfat.",
                         "%s: '%s' cannot be read: %s%s", name, path, why ? "it is " : "",
                         why ? why : "its clusters contradict the file system");
}

int vtc_isofamily_of_exfat(const struct vtc_exfat *fs, const char *name, const char *path,
                           const struct vtc_family **family, struct vtc_error *err)
{
    const struct vtc_volume volume = {.kind = VTC_VOLUME_EXFAT, .disk = fs->disk, .exfat = *fs};
    struct vtc_volume_node node;
    struct vtc_volume_file file;
    struct vtc_exfat_node found;
    const char *why;
    int rc = vtc_exfat_lookup(fs, path, &found);

    *family = NULL;
    if (rc == VTC_ENOENT || (!rc && found.is_dir))
        return vtc_error_set(err, VTC_ERROR_FAILED, -ENOENT,
                             "--for wants the path on the stick, as the boot menu shows it.",
                             "%s: there is no file '%s' on the stick", name, path);
    if (rc)
        return unreadable(rc, name, path, NULL, err);
    node = (struct vtc_volume_node){found.first_cluster, found.bytes, found.valid_bytes, 0,
                                    found.no_fat_chain};
    rc = vtc_volume_open_file(&volume, &node, &file, &why);
    rc = rc ? unreadable(rc, name, path, why, err) : of_image(&file.reader, path, family, err);
    vtc_volume_close_file(&file);
    return rc;
}

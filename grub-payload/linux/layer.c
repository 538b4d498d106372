/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "layer.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "families.h"
#include "text.h"

/* mount(2) wants paths: a node and a folder in /ventoc, for this moment. */
static int make_folders(const struct vtc_sys *sys, const char *name, const char *const *folder)
{
    static const char node[] = "/ventoc/layer", place[] = "/ventoc/mount";
    static const char *const type[] = {"ext4", "xfs", "btrfs", "f2fs"};
    struct vtc_text path, full;
    uint32_t major, minor, i;
    int rc = -1;

    vtc_text_make(&path, "class/block/", name, "/dev", NULL);
    if (vtc_sys_dev(sys->sysfs_fd, path.s, &major, &minor))
        return -1;
    mkdir("/ventoc", 0700);
    mkdir(place, 0700);
    if (!mknod(node, S_IFBLK | 0600, makedev(major, minor))) {
        for (i = 0; i < sizeof type / sizeof *type && rc; i++)
            rc = mount(node, place, type[i], 0, NULL);
        for (i = 0; i < 2 && !rc && folder[i]; i++) {
            vtc_text_make(&full, place, "/", folder[i], NULL);
            if (mkdir(full.s, 0755) && errno != EEXIST)
                rc = -1;
        }
        umount(place);
    }
    unlink(node);
    rmdir(place);
    rmdir("/ventoc");
    return rc;
}

int vtc_layer_prepare(const struct vtc_sys *sys, const char *name)
{
    const char *const *folder = vtc_families_layer("");

    if (!folder)
        return 0;
    return make_folders(sys, name, folder) || vtc_families_write_layer("") ? -1 : 0;
}

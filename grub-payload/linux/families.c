/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "families.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ventoc/handoff.h>

#include "text.h"

#define MEDIUM        "/dev/mapper/ventoc"
#define LAYER         "/dev/mapper/ventoc-persistence"

#define ARCHISO_LAYER "/config.ventoc"

/*
 * udev's own rules know nothing of dm devices where the device mapper's are not installed. Behind
 * 60-persistent-storage.rules; the names are the ones that file and 13-dm-disk.rules give. The data
 * partition has its links already.
 */
static const char udev_rules[] =
    "SUBSYSTEM!=\"block\", GOTO=\"ventoc_end\"\n"
    "ACTION==\"remove\", GOTO=\"ventoc_end\"\n"
    "KERNEL!=\"dm-*\", GOTO=\"ventoc_end\"\n"
    "ATTR{dm/uuid}!=\"VENTOC-*\", GOTO=\"ventoc_end\"\n"
    "ATTR{dm/name}==\"?*\", SYMLINK+=\"mapper/$attr{dm/name}\"\n"
    "ATTR{dm/name}==\"ventoc-data\", GOTO=\"ventoc_end\"\n"
    "ENV{ID_FS_TYPE}!=\"?*\", IMPORT{builtin}=\"blkid\"\n"
    "ENV{ID_FS_USAGE}==\"filesystem|other|crypto\", ENV{ID_FS_UUID_ENC}==\"?*\", "
    "SYMLINK+=\"disk/by-uuid/$env{ID_FS_UUID_ENC}\"\n"
    "ENV{ID_FS_USAGE}==\"filesystem|other\", ENV{ID_FS_LABEL_ENC}==\"?*\", "
    "SYMLINK+=\"disk/by-label/$env{ID_FS_LABEL_ENC}\"\n"
    "LABEL=\"ventoc_end\"\n";

/* Debian's installer takes as a CD what udev calls one (list-devices cd). */
static const char cdrom_rules[] =
    "SUBSYSTEM==\"block\", KERNEL==\"dm-*\", ATTR{dm/name}==\"ventoc\", ENV{ID_CDROM}=\"1\"\n"
    "SUBSYSTEM==\"block\", KERNEL==\"loop24?\", ENV{ID_FS_TYPE}==\"iso9660|udf\", "
    "ENV{ID_CDROM}=\"1\"\n";

/*
 * mkinitcpio sources /config and runs its hooks long before there is a layer; archiso waits for a
 * user where the device it was told of does not come. So a hook behind its own, which mounts nothing
 * but looks once more before that does: the medium becomes a device when all else has been done.
 */
static const char archiso_hook[] =
    "run_hook() {\n"
    "    ventoc_next=\"$mount_handler\"\n"
    "    mount_handler=ventoc_mount_handler\n"
    "}\n"
    "ventoc_mount_handler() {\n"
    "    if [ -z \"$cow_device\" ] && poll_device \"$archisodevice\" 30 &&\n"
    "        [ -e " ARCHISO_LAYER " ]; then\n"
    "        . " ARCHISO_LAYER "\n"
    "    fi\n"
    "    \"$ventoc_next\" \"$@\"\n"
    "}\n";

const struct vtc_families_row vtc_families_rows[] = {
    {{"/lib/udev/rules.d", "/etc/udev"},
     "/etc/udev/rules.d/61-ventoc.rules",
     udev_rules,
     0,
     {NULL}},

    /* live-boot: find_livefs tries LIVE_MEDIA before it scans. conf/conf.d is initramfs-tools':
     * its init sources every file there, in the shell that later runs the boot script. */
    {{"/scripts/live", "/lib/live/boot"},
     "/conf/conf.d/ventoc",
     "LIVE_MEDIA=" MEDIUM "\n",
     0,
     {NULL}},
    {{"/scripts/live", "/lib/live/boot"},
     "/conf/conf.d/ventoc-persistence",
     "export PERSISTENCE=true\n",
     VTC_FAMILIES_PERSISTENCE,
     {NULL}},

    /* casper: the same, with other names; it resets neither. */
    {{"/scripts/casper", NULL}, "/conf/conf.d/ventoc", "export LIVEMEDIA=" MEDIUM "\n", 0, {NULL}},
    {{"/scripts/casper", NULL},
     "/conf/conf.d/ventoc-persistence",
     "export PERSISTENT=Yes\n",
     VTC_FAMILIES_PERSISTENCE,
     {NULL}},

    {{"/lib/debian-installer.d", "/lib/debian-installer"},
     "/etc/udev/rules.d/62-ventoc-cdrom.rules",
     cdrom_rules,
     0,
     {NULL}},

    /* dracut's dmsquash-live finds the medium by its label. Its layer is a folder of a file system,
     * with a folder "ovlwork" beside it; where these are missing it waits for a key. It reads the
     * file when it mounts the medium. */
    {{"/sbin/dmsquash-live-root", "/usr/sbin/dmsquash-live-root"},
     "/etc/cmdline.d/61-ventoc.conf",
     "rd.live.overlay=" LAYER ":/overlayfs\n",
     VTC_FAMILIES_LAYER,
     {"overlayfs", "ovlwork"}},

    /* mkinitcpio's init sources /config behind the command line; an explicit device goes before a
     * label or UUID there, and needs no udev link. */
    {{"/hooks/archiso", NULL},
     "/config",
     "\narchisodevice=" MEDIUM "\n",
     VTC_FAMILIES_APPEND,
     {NULL}},
    {{"/hooks/archiso", NULL},
     "/config",
     "HOOKS=\"$HOOKS ventoc\" ventoc_persistent=\"$cow_persistent\"\n",
     VTC_FAMILIES_APPEND | VTC_FAMILIES_PERSISTENCE,
     {NULL}},
    {{"/hooks/archiso", NULL},
     "/hooks/ventoc",
     archiso_hook,
     VTC_FAMILIES_PROGRAM | VTC_FAMILIES_PERSISTENCE,
     {NULL}},
    {{"/hooks/archiso", NULL},
     ARCHISO_LAYER,
     "cow_device=" LAYER " cow_persistent=\"${ventoc_persistent:-P}\"\n",
     VTC_FAMILIES_LAYER,
     {NULL}},
    {{"/hooks/miso", NULL}, "/config", "\nmisodevice=" MEDIUM "\n", VTC_FAMILIES_APPEND, {NULL}},
};

const uint32_t vtc_families_row_count = sizeof vtc_families_rows / sizeof *vtc_families_rows;

static int is_there(const char *root, const char *path)
{
    struct vtc_text full;
    struct stat st;

    if (!path)
        return 0;
    vtc_text_make(&full, root, path, NULL);
    return !stat(full.s, &st);
}

/* The folders of path, which begins with root. */
static void make_folders(const char *root, struct vtc_text *path)
{
    char *p = path->s + strlen(root) + 1;

    for (; *p; p++) {
        if (*p != '/')
            continue;
        *p = 0;
        mkdir(path->s, 0755);
        *p = '/';
    }
}

static int write_row(const char *root, const struct vtc_families_row *row)
{
    const int how = row->flags & VTC_FAMILIES_APPEND ? O_APPEND : O_TRUNC;
    const size_t bytes = strlen(row->text);
    struct vtc_text path;
    ssize_t n;
    int fd;

    vtc_text_make(&path, root, row->path, NULL);
    make_folders(root, &path);
    fd = open(path.s, O_WRONLY | O_CREAT | O_CLOEXEC | how,
              row->flags & VTC_FAMILIES_PROGRAM ? 0755 : 0644);
    if (fd < 0)
        return -1;
    n = write(fd, row->text, bytes);
    close(fd);
    return n == (ssize_t)bytes ? 0 : -1;
}

static int applies(const char *root, const struct vtc_families_row *row)
{
    return is_there(root, row->mark[0]) || is_there(root, row->mark[1]);
}

const char *const *vtc_families_layer(const char *root)
{
    uint32_t i;

    for (i = 0; i < vtc_families_row_count; i++)
        if ((vtc_families_rows[i].flags & VTC_FAMILIES_LAYER) &&
            applies(root, &vtc_families_rows[i]))
            return vtc_families_rows[i].layer;
    return NULL;
}

/* The rows that have these of the two flags. */
static unsigned write_rows(const char *root, uint32_t flags)
{
    unsigned failed = 0;
    uint32_t i;

    for (i = 0; i < vtc_families_row_count; i++) {
        const struct vtc_families_row *row = &vtc_families_rows[i];
        const uint32_t when = row->flags & (VTC_FAMILIES_PERSISTENCE | VTC_FAMILIES_LAYER);

        if (when == flags && applies(root, row))
            failed += write_row(root, row) != 0;
    }
    return failed;
}

unsigned vtc_families_write(const char *root, uint32_t flags)
{
    unsigned failed = write_rows(root, 0);

    if (flags & VTC_HANDOFF_PERSISTENCE)
        failed += write_rows(root, VTC_FAMILIES_PERSISTENCE);
    return failed;
}

unsigned vtc_families_write_layer(const char *root)
{
    return write_rows(root, VTC_FAMILIES_LAYER);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/layer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/run.h"
#include "host/scratch.h"

#define GIB (1024ull * 1024 * 1024)

/* What a file system can do. least: what its mkfs accepts, label: the longest in bytes. */
static const struct {
    const char *name, *package;
    uint32_t least_mib, label_bytes;
} kinds[VTC_LAYER_FS_COUNT] = {
    {"ext4", "e2fsprogs", 16, 16},
    {"btrfs", "btrfs-progs", 128, 255},
    {"xfs", "xfsprogs", 300, 12},
};

/* Named one by one, as the defaults change: kernels from 3.18 on can write to it. */
#define EXT4_FEATURES                                                                              \
    "none,has_journal,ext_attr,resize_inode,dir_index,filetype,extent,64bit,flex_bg,"              \
    "sparse_super,large_file,huge_file,dir_nlink,extra_isize,metadata_csum"

/* A temporary folder: what the root directory gets is in DIR/root. */
struct folder {
    char dir[PATH_MAX / 2];
    char root[PATH_MAX / 2 + 8];
    char file[PATH_MAX];     /* in root, empty when there is none */
    char commands[PATH_MAX]; /* for debugfs or mkfs.xfs, empty when there are none */
};

const char *vtc_layer_fs_name(enum vtc_layer_fs fs)
{
    return kinds[fs].name;
}

enum vtc_layer_fs vtc_layer_fs_by_name(const char *name)
{
    unsigned fs = 0;

    while (fs < VTC_LAYER_FS_COUNT && strcmp(name, kinds[fs].name) != 0)
        fs++;
    return (enum vtc_layer_fs)fs;
}

int vtc_layer_check(const struct vtc_layer *layer, struct vtc_error *err)
{
    const char *name = kinds[layer->fs].name;
    size_t length = strlen(layer->label);

    if (layer->bytes < (uint64_t)kinds[layer->fs].least_mib << 20) {
        vtc_error_set(err, VTC_ERROR_USAGE, -EINVAL, NULL, "%s does not fit into so small a file",
                      name);
        vtc_error_hint(err, "It needs at least --size %uM.", kinds[layer->fs].least_mib);
        return -EINVAL;
    }
    if (!length || length > kinds[layer->fs].label_bytes)
        return vtc_error_set(err, VTC_ERROR_USAGE, -EINVAL, NULL,
                             "a label of %s is 1 to %u bytes long, which '%s' is not", name,
                             kinds[layer->fs].label_bytes, layer->label);
    for (const char *p = layer->label; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f || (layer->fs == VTC_LAYER_XFS && *p == ' '))
            return vtc_error_set(err, VTC_ERROR_USAGE, -EINVAL, NULL,
                                 "the label contains a character that %s does not allow", name);
    return 0;
}

static int write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644), rc;

    if (fd < 0)
        return -errno;
    rc = dprintf(fd, "%s", text) < 0 ? -errno : 0;
    if (!rc && fchmod(fd, 0644)) /* whatever the umask */
        rc = -errno;
    close(fd);
    return rc;
}

static void remove_folder(const struct folder *folder)
{
    if (folder->file[0])
        unlink(folder->file);
    if (folder->commands[0])
        unlink(folder->commands);
    rmdir(folder->root);
    rmdir(folder->dir);
}

/* The text that a tool is told by: mkfs.xfs what to put in, debugfs whose it shall be. */
static int write_commands(const struct vtc_layer *layer, struct folder *folder)
{
    char text[2 * PATH_MAX];

    if (layer->fs == VTC_LAYER_XFS)
        snprintf(text, sizeof(text), "/\n0 0\nd--755 0 0\n%s ---644 0 0 %s\n$\n", layer->file,
                 folder->file);
    else
        snprintf(text, sizeof(text),
                 "set_inode_field /%s uid 0\nset_inode_field /%s gid 0\nset_inode_field / uid 0\n"
                 "set_inode_field / gid 0\n",
                 layer->file, layer->file);
    snprintf(folder->commands, sizeof(folder->commands), "%s/commands", folder->dir);
    return write_text(folder->commands, text);
}

static int make_folder(const struct vtc_layer *layer, struct folder *folder, struct vtc_error *err)
{
    const char *tmp = getenv("TMPDIR");
    int rc = 0;

    memset(folder, 0, sizeof(*folder));
    /* mkfs.xfs reads a path up to a blank. */
    if (!tmp || tmp[0] != '/' || strpbrk(tmp, " \t\n") || strlen(tmp) > PATH_MAX / 2 - 32)
        tmp = "/tmp";
    snprintf(folder->dir, sizeof(folder->dir), "%s/ventoc-XXXXXX", tmp);
    if (!mkdtemp(folder->dir)) {
        rc = -errno;
        return vtc_error_set(err, VTC_ERROR_FAILED, rc, "Is there room, and a right to write?",
                             "cannot make a temporary folder in %s: %s", tmp, strerror(-rc));
    }
    snprintf(folder->root, sizeof(folder->root), "%s/root", folder->dir);
    if (mkdir(folder->root, 0755) || chmod(folder->root, 0755))
        rc = -errno;
    if (!rc && layer->file) {
        snprintf(folder->file, sizeof(folder->file), "%s/%s", folder->root, layer->file);
        rc = write_text(folder->file, layer->text);
        if (!rc)
            rc = write_commands(layer, folder);
    }
    if (rc) {
        remove_folder(folder);
        vtc_error_set(err, VTC_ERROR_FAILED, rc, NULL, "cannot fill a temporary folder: %s",
                      strerror(-rc));
    }
    return rc;
}

/* Everything is initialised here, as nobody knows what the file is copied over: no discard, which
 * would promise zeros, and no inode table or journal left for later. All of that is written to the
 * stick, so a long file gets fewer inodes for its length and no longer journal than one of 4 GiB. */
static int make_ext4(const struct vtc_layer *layer, const struct folder *folder, char *volume,
                     int fd, struct vtc_error *err)
{
    const char *ratio = layer->bytes >= 64 * GIB   ? "65536"
                        : layer->bytes >= 16 * GIB ? "32768"
                                                   : "16384";
    const char *argv[32] = {"mke2fs",
                            "-q",
                            "-F",
                            "-t",
                            "ext4",
                            "-b",
                            "4096",
                            "-I",
                            "256",
                            "-m",
                            "0",
                            "-O",
                            EXT4_FEATURES,
                            "-i",
                            ratio,
                            "-L",
                            layer->label,
                            "-E",
                            "nodiscard,lazy_itable_init=0,lazy_journal_init=0,root_owner=0:0"};
    const char *own[] = {"debugfs", "-w", "-f", folder->commands, volume, NULL};
    size_t n = 19;
    int rc;

    if (layer->bytes >= 4 * GIB) {
        argv[n++] = "-J";
        argv[n++] = "size=64";
    }
    if (layer->file) {
        argv[n++] = "-d";
        argv[n++] = folder->root;
    }
    argv[n] = volume;
    rc = vtc_run_tool((char *const *)argv, kinds[VTC_LAYER_EXT4].package, fd, err);
    /* mke2fs takes the owner over from the temporary file. */
    if (!rc && layer->file && (geteuid() || getegid()))
        rc = vtc_run_tool((char *const *)own, kinds[VTC_LAYER_EXT4].package, fd, err);
    return rc;
}

static int run_mkfs(const struct vtc_layer *layer, const struct folder *folder, int fd,
                    struct vtc_error *err)
{
    char volume[32];
    char *btrfs[] = {(char *)"mkfs.btrfs",
                     (char *)"-q",
                     (char *)"-f",
                     (char *)"-L",
                     (char *)layer->label,
                     layer->file ? (char *)"--rootdir" : volume,
                     layer->file ? (char *)folder->root : NULL,
                     volume,
                     NULL};
    char *xfs[] = {(char *)"mkfs.xfs",
                   (char *)"-q",
                   (char *)"-f",
                   (char *)"-K",
                   (char *)"-L",
                   (char *)layer->label,
                   layer->file ? (char *)"-p" : volume,
                   layer->file ? (char *)folder->commands : NULL,
                   volume,
                   NULL};

    vtc_scratch_path(VTC_RUN_FD, volume, sizeof(volume));
    if (layer->fs == VTC_LAYER_EXT4)
        return make_ext4(layer, folder, volume, fd, err);
    return vtc_run_tool(layer->fs == VTC_LAYER_BTRFS ? btrfs : xfs, kinds[layer->fs].package, fd,
                        err);
}

int vtc_layer_make(const struct vtc_layer *layer, struct vtc_error *err)
{
    struct folder folder;
    int fd = vtc_scratch_open(layer->bytes, err), rc;

    if (fd < 0)
        return fd;
    rc = make_folder(layer, &folder, err);
    if (!rc) {
        rc = run_mkfs(layer, &folder, fd, err);
        remove_folder(&folder);
    }
    if (!rc)
        return fd;
    close(fd);
    return rc;
}

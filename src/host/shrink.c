/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/shrink.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <ventoc/bytes.h>

#include "host/fdio.h"
#include "host/geometry.h"
#include "host/loopdev.h"
#include "host/run.h"
#include "host/scratch.h"

enum tool { TOOL_NONE, TOOL_EXT, TOOL_NTFS, TOOL_FAT };

static enum tool tool_of(const char *fs)
{
    static const struct {
        const char *fs;
        enum tool tool;
    } table[] = {{"ext2", TOOL_EXT},
                 {"ext3", TOOL_EXT},
                 {"ext4", TOOL_EXT},
                 {"ntfs", TOOL_NTFS},
                 {"vfat", TOOL_FAT}};

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (strcmp(table[i].fs, fs) == 0)
            return table[i].tool;
    return TOOL_NONE;
}

int vtc_shrink_supported(const struct vtc_shrink *shrink, struct vtc_error *err)
{
    if (tool_of(shrink->fs) != TOOL_NONE)
        return 0;
    vtc_error_set(err, VTC_ERROR_REFUSED, -EOPNOTSUPP, NULL,
                  "%s: its last partition holds %s, which no tool can make smaller", shrink->path,
                  shrink->fs);
    vtc_error_hint(err,
                   "Make its partition smaller by other means, so that %u MiB behind it are free, "
                   "or save the files and use -i alone.",
                   VTC_SHRINK_ROOM_MIB);
    return -EOPNOTSUPP;
}

/* One tool on the loop device. */
static int run(const struct vtc_loopdev *loop, const char *package, char *const argv[],
               struct vtc_error *err)
{
    return vtc_run_tool(argv, package, loop->fd, err);
}

#define ARGS(...) ((char *const[]){__VA_ARGS__, NULL})
#define WORD(s)   ((char *)(uintptr_t)(s))

/* What the tools are told of the size. */
static void size_words(const struct vtc_shrink *shrink, char sectors[32], char bytes[32])
{
    snprintf(sectors, 32, "%" PRIu64 "s", shrink->new_bytes / 512);
    snprintf(bytes, 32, "%" PRIu64, shrink->new_bytes);
}

static int check_on(const struct vtc_shrink *shrink, struct vtc_loopdev *loop,
                    struct vtc_error *err)
{
    char sectors[32], bytes[32];

    size_words(shrink, sectors, bytes);
    switch (tool_of(shrink->fs)) {
    case TOOL_EXT:
        return run(loop, "e2fsprogs", ARGS(WORD("e2fsck"), WORD("-f"), WORD("-n"), loop->path),
                   err);
    case TOOL_NTFS:
        return run(loop, "ntfs-3g",
                   ARGS(WORD("ntfsresize"), WORD("--no-action"), WORD("--force"),
                        WORD("--no-progress-bar"), WORD("--size"), bytes, loop->path),
                   err);
    default:
        return run(loop, "dosfstools", ARGS(WORD("fsck.fat"), WORD("-n"), loop->path), err);
    }
}

int vtc_shrink_check(const struct vtc_shrink *shrink, struct vtc_error *err)
{
    struct vtc_loopdev loop;
    char words[PATH_MAX + 64];
    int rc = vtc_loopdev_open(shrink->path, shrink->off, shrink->bytes, shrink->sector_bytes, 0,
                              &loop, err);

    if (rc)
        return rc;
    rc = check_on(shrink, &loop, err);
    vtc_loopdev_close(&loop);
    if (rc && rc != -ENOENT && rc != -EINTR && err) {
        snprintf(words, sizeof(words),
                 "%s: its file system (%s) cannot be made smaller: ", shrink->path, shrink->fs);
        vtc_error_prefix(err, words);
        err->kind = VTC_ERROR_REFUSED;
        vtc_error_hint(err, "Repair it with its own checker, or make room in it, and try again.");
    }
    return rc;
}

#define FAT_LABEL_BYTES 11u

/* libparted leaves the label's copy in the boot sectors empty (Microsoft FAT specification 1.03,
 * sections 3.2, 3.3: BS_VolLab, BPB_BkBootSec); label: what was there. */
static int put_fat_label(int fd, const uint8_t label[FAT_LABEL_BYTES])
{
    uint8_t boot[512];
    int rc = vtc_fdio_read(fd, 0, boot, sizeof(boot)), is_fat32;
    uint64_t copy;

    if (rc)
        return rc;
    is_fat32 = !vtc_le16(boot + 22);
    copy = is_fat32 ? (uint64_t)vtc_le16(boot + 50) * vtc_le16(boot + 11) : 0;
    rc = vtc_scratch_write(fd, is_fat32 ? 71 : 43, label, FAT_LABEL_BYTES);
    if (!rc && copy)
        rc = vtc_scratch_write(fd, copy + 71, label, FAT_LABEL_BYTES);
    return rc;
}

static int shrink_fat(const struct vtc_shrink *shrink, struct vtc_loopdev *loop,
                      struct vtc_error *err)
{
    uint8_t boot[512];
    int rc = vtc_fdio_read(loop->fd, 0, boot, sizeof(boot));

    if (!rc) {
        rc = vtc_geometry_shrink_fat(loop->path, shrink->new_bytes, err);
        if (rc)
            return rc;
        rc = put_fat_label(loop->fd, boot + (vtc_le16(boot + 22) ? 43 : 71));
    }
    return rc ? vtc_error_set(err, VTC_ERROR_FAILED, rc, NULL, "%s: %s", shrink->path,
                              strerror(-rc))
              : 0;
}

static int run_on(const struct vtc_shrink *shrink, struct vtc_loopdev *loop, struct vtc_error *err)
{
    char *const fsck[] = {WORD("e2fsck"), WORD("-f"), WORD("-p"), loop->path, NULL};
    char sectors[32], bytes[32];
    int rc;

    size_words(shrink, sectors, bytes);
    switch (tool_of(shrink->fs)) {
    case TOOL_EXT:
        /* resize2fs wants a check that has left its mark; status 1 says that it mended something. */
        rc = run(loop, "e2fsprogs", fsck, NULL);
        if (rc)
            rc = run(loop, "e2fsprogs", fsck, err);
        if (!rc)
            rc = run(loop, "e2fsprogs", ARGS(WORD("resize2fs"), loop->path, sectors), err);
        return rc;
    case TOOL_NTFS:
        return run(loop, "ntfs-3g",
                   ARGS(WORD("ntfsresize"), WORD("--force"), WORD("--no-progress-bar"),
                        WORD("--size"), bytes, loop->path),
                   err);
    default:
        return shrink_fat(shrink, loop, err);
    }
}

int vtc_shrink_run(const struct vtc_shrink *shrink, struct vtc_error *err)
{
    sigset_t stop, old;
    struct vtc_loopdev loop;
    int rc, closed;

    rc = vtc_loopdev_open(shrink->path, shrink->off, shrink->bytes, shrink->sector_bytes, 1, &loop,
                          err);
    if (rc)
        return rc;
    sigemptyset(&stop);
    sigaddset(&stop, SIGINT);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGHUP);
    sigprocmask(SIG_BLOCK, &stop, &old); /* the tools inherit it */
    rc = run_on(shrink, &loop, err);
    closed = vtc_loopdev_close(&loop);
    sigprocmask(SIG_SETMASK, &old, NULL);
    if (!rc && closed)
        rc = vtc_error_set(err, VTC_ERROR_FAILED, closed, NULL, "%s: cannot be flushed: %s",
                           shrink->path, strerror(-closed));
    return rc;
}

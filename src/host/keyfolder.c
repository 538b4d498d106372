/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/keyfolder.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/fdio.h"
#include "host/scratch.h"

#define REFUSE(rc, hint, ...) vtc_error_set(err, VTC_ERROR_REFUSED, rc, hint, __VA_ARGS__)
#define FAIL(rc, hint, ...)   vtc_error_set(err, VTC_ERROR_FAILED, rc, hint, __VA_ARGS__)

/* ---- whose rights -------------------------------------------------------------------------- */

/* Errors of the way back cannot happen: the saved IDs are root's. */
static void act_as_user(const struct vtc_keyfolder *folder)
{
    if (folder->as_user && (setegid(folder->gid) || seteuid(folder->uid)))
        abort();
}

static void act_as_self(const struct vtc_keyfolder *folder)
{
    int keep = errno;

    if (folder->as_user && (seteuid(0) || setegid(0)))
        abort();
    errno = keep;
}

/* Who called sudo or pkexec. Returns 1 and the user, or 0. */
static int find_caller(uid_t *uid)
{
    static const char *const names[] = {"SUDO_UID", "PKEXEC_UID"};

    for (size_t i = 0; geteuid() == 0 && i < sizeof(names) / sizeof(names[0]); i++) {
        const char *text = getenv(names[i]);
        char *end;
        unsigned long value = text ? strtoul(text, &end, 10) : 0;

        if (text && *text && !*end && value && value < UINT32_MAX) {
            *uid = (uid_t)value;
            return 1;
        }
    }
    return 0;
}

uid_t vtc_keyfolder_caller(void)
{
    uid_t uid = geteuid();

    find_caller(&uid);
    return uid;
}

/* ---- where --------------------------------------------------------------------------------- */

static int find_path(struct vtc_keyfolder *folder, struct vtc_error *err)
{
    static const char named[] = "Name the folder: --key-folder DIR";
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    const struct passwd *user;
    int n;

    folder->uid = geteuid();
    folder->gid = getegid();
    folder->as_user = find_caller(&folder->uid);
    if (folder->as_user)
        config = home = NULL; /* root's, or nobody knows whose */
    user = folder->as_user || !home ? getpwuid(folder->uid) : NULL;
    if (folder->as_user && !user)
        return FAIL(-ENOENT, named, "user %u, who called sudo, is not known here",
                    (unsigned)folder->uid);
    if (user) {
        folder->gid = folder->as_user ? user->pw_gid : folder->gid;
        home = user->pw_dir;
    }
    /* Root needs no groups; the files of those that it is in are not the user's to read. */
    if (folder->as_user && initgroups(user->pw_name, folder->gid))
        return FAIL(-errno, named, "cannot act with the rights of user %s: %s", user->pw_name,
                    strerror(errno));
    /* A relative one is to be ignored (XDG Base Directory Specification). */
    if (config && config[0] == '/')
        n = snprintf(folder->path, PATH_MAX, "%s/ventoc", config);
    else if (home && home[0] == '/')
        n = snprintf(folder->path, PATH_MAX, "%s/.config/ventoc", home);
    else
        return FAIL(-ENOENT, named, "there is no home folder to look for a key in");
    return n < PATH_MAX ? 0 : FAIL(-ENAMETOOLONG, named, "the name of the home folder is too long");
}

/* Make it and the folders that lead there. */
static void make(const char *path)
{
    char part[PATH_MAX];

    for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        snprintf(part, sizeof(part), "%.*s", (int)(slash - path), path);
        mkdir(part, 0700);
    }
    mkdir(path, 0700);
}

static int open_folder(struct vtc_keyfolder *folder, int create)
{
    int writable;

    act_as_user(folder);
    if (create)
        make(folder->path);
    folder->fd = open(folder->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    writable = folder->fd < 0                                                  ? -errno
               : create && faccessat(folder->fd, ".", W_OK | X_OK, AT_EACCESS) ? -errno
                                                                               : 0;
    act_as_self(folder);
    return writable;
}

static int check_folder(struct vtc_keyfolder *folder, int named, struct vtc_error *err)
{
    struct stat st;

    if (fstat(folder->fd, &st))
        return FAIL(-errno, NULL, "%s: %s", folder->path, strerror(errno));
    if (named && geteuid() == 0) {
        folder->uid = st.st_uid;
        folder->gid = st.st_gid;
    }
    if (st.st_uid != folder->uid)
        return REFUSE(-EPERM, "Keys are taken from a folder of your own only.",
                      "%s: belongs to another user", folder->path);
    if (st.st_mode & 022) {
        REFUSE(-EPERM, NULL, "%s: others can write to it (mode %o)", folder->path,
               (unsigned)(st.st_mode & 07777));
        vtc_error_hint(err, "Whoever can write there can exchange the key: chmod 700 %s",
                       folder->path);
        return -EPERM;
    }
    return 0;
}

int vtc_keyfolder_open(const char *wanted, int create, struct vtc_keyfolder *folder,
                       struct vtc_error *err)
{
    int rc;

    memset(folder, 0, sizeof(*folder));
    folder->fd = -1;
    if (wanted) {
        folder->uid = geteuid();
        folder->gid = getegid();
        if (snprintf(folder->path, PATH_MAX, "%s", wanted) >= PATH_MAX || !wanted[0])
            return FAIL(-ENAMETOOLONG, NULL, "--key-folder: not the name of a folder");
    } else {
        rc = find_path(folder, err);
        if (rc)
            return rc;
    }
    rc = open_folder(folder, create);
    if (rc == -ENOENT && !create)
        return 0;
    if (rc == -ELOOP || rc == -ENOTDIR)
        rc = REFUSE(rc, "Name another folder: --key-folder DIR",
                    "%s: is no folder, or a symbolic link, or something on the way to it is none",
                    folder->path);
    else if (rc)
        rc = REFUSE(rc, "Name another folder: --key-folder DIR", "%s: cannot be %s: %s",
                    folder->path, create ? "written to" : "opened", strerror(-rc));
    else
        rc = check_folder(folder, wanted != NULL, err);
    if (rc)
        vtc_keyfolder_close(folder);
    return rc;
}

void vtc_keyfolder_close(struct vtc_keyfolder *folder)
{
    if (folder->fd >= 0)
        close(folder->fd);
    folder->fd = -1;
}

/* ---- its files ----------------------------------------------------------------------------- */

static int check_file(const struct vtc_keyfolder *folder, const char *name, int fd, int is_private,
                      struct vtc_error *err)
{
    const char *path = folder->path;
    struct stat st;

    if (fstat(fd, &st))
        return FAIL(-errno, NULL, "%s/%s: %s", path, name, strerror(errno));
    if (!S_ISREG(st.st_mode) || st.st_size > VTC_KEYFOLDER_FILE_MAX)
        return REFUSE(-EINVAL, NULL, "%s/%s: is not a plain, small file", path, name);
    if (st.st_uid != folder->uid)
        return REFUSE(-EPERM, "A key of your own is needed.", "%s/%s: belongs to another user",
                      path, name);
    if (is_private && st.st_mode & 077) {
        REFUSE(-EPERM, NULL, "%s/%s: a private key that others can read (mode %o) is not used",
               path, name, (unsigned)(st.st_mode & 07777));
        vtc_error_hint(
            err,
            "If nobody else can have read it: chmod 600 %s/%s. Otherwise make a new one: "
            "ventoc key create --force",
            path, name);
        return -EPERM;
    }
    return 0;
}

int vtc_keyfolder_read(const struct vtc_keyfolder *folder, const char *name, int is_private,
                       struct vtc_error *err)
{
    int fd, rc;

    if (folder->fd < 0)
        return -ENOENT;
    act_as_user(folder);
    fd = openat(folder->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    act_as_self(folder);
    if (fd < 0 && errno == ENOENT)
        return -ENOENT;
    if (fd < 0 && errno == ELOOP)
        return REFUSE(-ELOOP, "Put the file itself there.", "%s/%s: is a symbolic link",
                      folder->path, name);
    if (fd < 0)
        return FAIL(-errno, NULL, "%s/%s: cannot be opened: %s", folder->path, name,
                    strerror(errno));
    rc = check_file(folder, name, fd, is_private, err);
    if (!rc)
        return fd;
    close(fd);
    return rc;
}

int vtc_keyfolder_has(const struct vtc_keyfolder *folder, const char *name)
{
    struct stat st;
    int found;

    act_as_user(folder);
    found = folder->fd >= 0 && fstatat(folder->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
    act_as_self(folder);
    return found;
}

/* All of from into to, which becomes the folder's owner's and is brought to the medium. */
static int fill(const struct vtc_keyfolder *folder, int from, int to, mode_t mode)
{
    struct stat st;
    uint8_t *buf;
    int rc;

    if (fstat(from, &st))
        return -errno;
    if (st.st_size > VTC_KEYFOLDER_FILE_MAX)
        return -EFBIG;
    buf = malloc((size_t)st.st_size + 1);
    rc = buf ? vtc_fdio_read(from, 0, buf, (size_t)st.st_size) : -ENOMEM;
    if (!rc)
        rc = vtc_scratch_write(to, 0, buf, (size_t)st.st_size);
    if (!rc && geteuid() == 0 && fchown(to, folder->uid, folder->gid))
        rc = -errno;
    if (!rc && (fchmod(to, mode) || fsync(to)))
        rc = -errno;
    if (buf)
        explicit_bzero(buf, (size_t)st.st_size);
    free(buf);
    return rc;
}

/* The new name must be free. */
static int rename_new(int folder_fd, const char *from, const char *to)
{
    if (renameat2(folder_fd, from, folder_fd, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -errno;
    if (linkat(folder_fd, from, folder_fd, to, 0) || unlinkat(folder_fd, from, 0))
        return -errno;
    return 0;
}

int vtc_keyfolder_write(const struct vtc_keyfolder *folder, const char *name, int fd, mode_t mode,
                        struct vtc_error *err)
{
    char temporary[NAME_MAX];
    uint64_t random = 0;
    int to, rc;

    if (getrandom(&random, sizeof(random), 0) != sizeof(random))
        return FAIL(-EIO, NULL, "there are no random numbers");
    snprintf(temporary, sizeof(temporary), ".%s.%016llx", name, (unsigned long long)random);
    act_as_user(folder);
    to = openat(folder->fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    rc = to < 0 ? -errno : fill(folder, fd, to, mode);
    if (!rc)
        rc = rename_new(folder->fd, temporary, name);
    if (rc && to >= 0)
        unlinkat(folder->fd, temporary, 0);
    if (!rc && fsync(folder->fd))
        rc = -errno;
    act_as_self(folder);
    if (to >= 0)
        close(to);
    return rc ? FAIL(rc, NULL, "%s/%s: cannot be written: %s", folder->path, name, strerror(-rc))
              : 0;
}

int vtc_keyfolder_set_aside(const struct vtc_keyfolder *folder, const char *name,
                            const char *suffix, struct vtc_error *err)
{
    char to[NAME_MAX];
    int rc;

    snprintf(to, sizeof(to), "%s.%s", name, suffix);
    act_as_user(folder);
    rc = rename_new(folder->fd, name, to);
    act_as_self(folder);
    if (rc && rc != -ENOENT)
        return FAIL(rc, NULL, "%s/%s: cannot be renamed: %s", folder->path, name, strerror(-rc));
    return 0;
}

int vtc_keyfolder_open_other(const struct vtc_keyfolder *folder, const char *path, int flags,
                             mode_t mode)
{
    int fd;

    act_as_user(folder);
    fd = open(path, flags | O_CLOEXEC | O_NOCTTY, mode);
    if (fd < 0)
        fd = -errno;
    act_as_self(folder);
    return fd;
}

void vtc_keyfolder_unlink_other(const struct vtc_keyfolder *folder, const char *path)
{
    act_as_user(folder);
    unlink(path);
    act_as_self(folder);
}

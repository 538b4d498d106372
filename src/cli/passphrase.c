/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/passphrase.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "cli/confirm.h"

#define FAIL(rc, hint, ...) vtc_error_set(err, VTC_ERROR_FAILED, rc, hint, __VA_ARGS__)

/* A line without its end. name: what it is read from. */
static int read_line(int fd, const char *name, struct vtc_secret *secret, struct vtc_error *err)
{
    char c = '\0';

    secret->bytes = 0;
    for (;;) {
        ssize_t n;

        vtc_confirm_wait(fd);
        if (vtc_cli_stop)
            return vtc_error_set(err, VTC_ERROR_INTERRUPTED, -EINTR, NULL, "interrupted");
        n = read(fd, &c, 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return FAIL(-errno, NULL, "%s: cannot be read: %s", name, strerror(errno));
        if (n == 0 || c == '\n')
            break;
        if (secret->bytes == VTC_SECRET_MAX_BYTES || !c)
            return FAIL(-EINVAL, NULL, "%s: is no passphrase: longer than %u bytes, or not text",
                        name, VTC_SECRET_MAX_BYTES);
        secret->text[secret->bytes++] = c;
    }
    if (secret->bytes && secret->text[secret->bytes - 1] == '\r')
        secret->bytes--;
    secret->text[secret->bytes] = '\0';
    return 0;
}

static int read_file(const char *file, struct vtc_secret *secret, struct vtc_error *err)
{
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY), rc;
    struct stat st;

    if (fd < 0)
        return FAIL(-errno, NULL, "%s: cannot be opened: %s", file, strerror(errno));
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_mode & 077) {
        rc = vtc_error_set(err, VTC_ERROR_REFUSED, -EPERM, NULL,
                           "%s: a passphrase that others can read (mode %o) is not used", file,
                           (unsigned)(st.st_mode & 07777));
        vtc_error_hint(err, "chmod 600 %s", file);
    } else {
        rc = read_line(fd, file, secret, err);
        if (!rc && !secret->bytes)
            rc = FAIL(-EINVAL, NULL, "%s: its first line is empty", file);
    }
    close(fd);
    return rc;
}

/* That the terminal went away shows when it is read from. */
static void put(int tty, const char *text)
{
    ssize_t n;

    while (*text && (n = write(tty, text, strlen(text))) > 0)
        text += n;
}

static int ask(int tty, const char *question, int twice, struct vtc_secret *secret,
               struct vtc_error *err)
{
    struct vtc_secret again;
    int rc;

    put(tty, question);
    rc = read_line(tty, "the terminal", secret, err);
    put(tty, "\n");
    if (rc || !twice || !secret->bytes)
        return rc;
    put(tty, "The same again: ");
    rc = read_line(tty, "the terminal", &again, err);
    put(tty, "\n");
    if (!rc && (again.bytes != secret->bytes || memcmp(again.text, secret->text, again.bytes) != 0))
        rc = FAIL(-EINVAL, NULL, "the two passphrases are not the same");
    vtc_secret_forget(&again);
    return rc;
}

int vtc_passphrase_get(const char *file, const char *question, int twice, struct vtc_secret *secret,
                       struct vtc_error *err)
{
    struct termios before, silent;
    int tty, rc;

    memset(secret, 0, sizeof(*secret));
    if (file)
        return read_file(file, secret, err);
    tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (tty < 0 || tcgetattr(tty, &before)) {
        if (tty >= 0)
            close(tty);
        return FAIL(-ENOTTY, "Give it in a file: --passphrase-file FILE",
                    "there is no terminal to ask for the passphrase on");
    }
    silent = before;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    tcsetattr(tty, TCSAFLUSH, &silent);
    rc = ask(tty, question, twice, secret, err);
    tcsetattr(tty, TCSAFLUSH, &before);
    close(tty);
    if (rc)
        vtc_secret_forget(secret);
    return rc;
}

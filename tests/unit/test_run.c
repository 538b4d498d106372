/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tools get their files under the numbers they were promised, secrets through pipes, nothing else. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "host/fdio.h"
#include "host/run.h"
#include "host/scratch.h"
#include "host/secret.h"

static int scratch_with(const char *text)
{
    int fd = vtc_scratch_open(0, NULL);

    assert_true(fd >= 0);
    assert_int_equal(vtc_scratch_write(fd, 0, text, strlen(text)), 0);
    return fd;
}

/* What a shell command prints. */
static int shell(const char *command, const int *fd, unsigned count, char *out, size_t size,
                 struct vtc_error *err)
{
    const char *argv[] = {"sh", "-c", command, NULL};
    struct vtc_run run = {.argv = argv, .package = "dash", .fd_count = count};
    int out_fd = scratch_with(""), rc;
    ssize_t n;

    for (unsigned i = 0; i < count; i++)
        run.fd[i] = fd[i];
    run.out_fd = out_fd;
    rc = vtc_run(&run, err);
    n = pread(out_fd, out, size - 1, 0);
    out[n > 0 ? n : 0] = '\0';
    close(out_fd);
    return rc;
}

/* In the opposite order, so that each is where another one belongs. */
static void files_in_order(void **state)
{
    int fd[VTC_RUN_FD_MAX];
    char out[64];

    (void)state;
    for (unsigned i = VTC_RUN_FD_MAX; i-- > 0;) {
        const char text[2] = {(char)('a' + (int)i), '\0'};

        fd[i] = scratch_with(text);
    }
    assert_int_equal(shell("cat /proc/self/fd/3 /proc/self/fd/4 /proc/self/fd/5 /proc/self/fd/6 "
                           "/proc/self/fd/7 /proc/self/fd/8 /proc/self/fd/9 /proc/self/fd/10",
                           fd, VTC_RUN_FD_MAX, out, sizeof(out), NULL),
                     0);
    assert_string_equal(out, "abcdefgh");
    for (unsigned i = 0; i < VTC_RUN_FD_MAX; i++)
        close(fd[i]);
}

static void nothing_else(void **state)
{
    char out[512];

    (void)state;
    setenv("VTC_TEST_LEAK", "leak", 1);
    assert_int_equal(shell("env; cat", NULL, 0, out, sizeof(out), NULL), 0);
    assert_null(strstr(out, "leak"));
    assert_non_null(strstr(out, "LC_ALL=C.UTF-8"));
}

static void failures(void **state)
{
    static const char *const missing[] = {"vtc-no-such-tool", NULL};
    struct vtc_run run = {.argv = missing, .package = "vtc-package"};
    struct vtc_error err;
    char out[64];

    (void)state;
    assert_int_equal(shell("echo what went wrong >&2; exit 3", NULL, 0, out, sizeof(out), &err),
                     -EIO);
    assert_non_null(strstr(err.text, "what went wrong"));
    assert_non_null(strstr(err.text, "status 3"));
    assert_int_equal(vtc_run(&run, &err), -ENOENT);
    assert_non_null(strstr(err.hint, "vtc-package"));
    assert_int_equal(vtc_run_check("sh", "dash", &err), 0);
    assert_int_equal(vtc_run_check("vtc-no-such-tool", "x", &err), -ENOENT);
    assert_int_equal(shell("kill -INT $$", NULL, 0, out, sizeof(out), &err), -EINTR);
    assert_int_equal(err.kind, VTC_ERROR_INTERRUPTED);
}

static void secrets(void **state)
{
    struct vtc_secret secret = {.text = "pass word", .bytes = 9};
    char out[VTC_SECRET_MAX_BYTES + 2];
    int fd = vtc_secret_pipe(&secret);

    (void)state;
    assert_true(fd >= 0);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    assert_int_equal(shell("cat <&3", &fd, 1, out, sizeof(out), NULL), 0);
    assert_string_equal(out, "pass word\n");
    close(fd);
    memset(secret.text, 's', VTC_SECRET_MAX_BYTES);
    secret.bytes = VTC_SECRET_MAX_BYTES;
    fd = vtc_secret_pipe(&secret);
    assert_int_equal(read(fd, out, sizeof(out)), VTC_SECRET_MAX_BYTES + 1);
    close(fd);
    vtc_secret_forget(&secret);
    for (size_t i = 0; i < sizeof(secret.text); i++)
        assert_int_equal(secret.text[i], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(files_in_order),
                                       cmocka_unit_test(nothing_else), cmocka_unit_test(failures),
                                       cmocka_unit_test(secrets)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/confirm.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/geometry.h"
#include "host/member.h"
#include "host/probe.h"

#define MAX_PARTS VTC_DEVICE_MAX_PARTS

static void field(const char *name, const char *value)
{
    if (!value[0])
        return;
    fprintf(stderr, "  %-10s ", name);
    vtc_say_clean(stderr, value);
    fputc('\n', stderr);
}

static void show_content(int fd, struct vtc_probe_area area, const struct vtc_device *dev,
                         int number)
{
    struct vtc_probe_signature sig;
    const char *words;
    char size[VTC_SIZE_TEXT];

    if (vtc_probe_first(fd, area, dev->sector_bytes, &sig) != 1)
        memset(&sig, 0, sizeof(sig));
    if (number)
        fprintf(stderr, "  partition %d: %s, ", number, vtc_say_size(area.bytes, size));
    else if (!sig.type[0])
        return;
    else
        fprintf(stderr, "  %-10s ", "content");
    vtc_say_clean(stderr, sig.type[0] ? sig.type : "nothing known");
    words = vtc_member_words(sig.type);
    if (words)
        fprintf(stderr, " (%s)", words);
    if (sig.label[0]) {
        fputs(", label \"", stderr);
        vtc_say_clean(stderr, sig.label);
        fputc('"', stderr);
    }
    fputc('\n', stderr);
}

static void show_target(const struct vtc_device *dev, int fd)
{
    struct vtc_probe_area area[MAX_PARTS], whole = {0, dev->bytes};
    struct vtc_geometry geometry;
    char size[VTC_SIZE_TEXT], exact[VTC_SIZE_TEXT + 32];
    int count;

    vtc_say_clean(stderr, dev->path);
    fputc('\n', stderr);
    field("given as", dev->given);
    field("by id", dev->by_id);
    field("vendor", dev->vendor);
    if (!dev->model[0] && dev->kind == VTC_DEVICE_DISK &&
        vtc_geometry_read(dev->path, dev->sector_bytes, &geometry, NULL) == 0)
        field("model", geometry.model);
    else
        field("model", dev->model);
    field("serial", dev->serial);
    snprintf(exact, sizeof(exact), "%s (%" PRIu64 " bytes)", vtc_say_size(dev->bytes, size),
             dev->bytes);
    field("size", dev->fixed && !dev->serial[0] ? exact : size);
    field("connected", dev->transport);
    field("file", dev->backing_file);
    if (dev->fixed)
        fputs("  This is a fixed disk, not a removable one.\n", stderr);
    show_content(fd, whole, dev, 0);
    count = vtc_probe_partitions(fd, dev->bytes, dev->sector_bytes, area, MAX_PARTS);
    for (int i = 0; i < count; i++)
        show_content(fd, area[i], dev, i + 1);
}

/* A signal that comes right before the wait is blocked until ppoll() lets it in. */
void vtc_confirm_wait(int fd)
{
    struct pollfd input = {.fd = fd, .events = POLLIN};
    sigset_t stops, before;

    sigemptyset(&stops);
    sigaddset(&stops, SIGINT);
    sigaddset(&stops, SIGTERM);
    sigaddset(&stops, SIGHUP);
    sigprocmask(SIG_BLOCK, &stops, &before);
    while (!vtc_cli_stop && ppoll(&input, 1, NULL, &before) < 0 && errno == EINTR)
        ;
    sigprocmask(SIG_SETMASK, &before, NULL);
}

static int read_answer(const char *want)
{
    char *line = NULL;
    size_t size = 0;
    int yes = 0;

    if (getline(&line, &size, stdin) > 0) {
        char *end = line + strlen(line);

        while (end > line && isspace((unsigned char)end[-1]))
            *--end = '\0';
        yes = strcmp(line, want) == 0;
    }
    free(line);
    return yes;
}

/* want: the answer that means yes; what: how it is called; unasked: what to do without a terminal. */
static int confirm(const struct vtc_cli *cli, const struct vtc_device *dev, int fd,
                   const char *question, const char *want, const char *what, const char *unasked)
{
    struct vtc_error err = {0};
    int yes;

    if (!isatty(STDIN_FILENO)) {
        vtc_error_set(&err, VTC_ERROR_REFUSED, -1, unasked,
                      "%s: there is no terminal to ask on, and nothing is written unasked",
                      dev->path);
        return vtc_say_error(cli, &err, NULL);
    }
    show_target(dev, fd);
    fprintf(stderr, "%s Type ", question);
    vtc_say_clean(stderr, what);
    fputs(" to go on: ", stderr);
    vtc_confirm_wait(STDIN_FILENO);
    yes = !vtc_cli_stop && read_answer(want);
    if (vtc_cli_stop) {
        fputc('\n', stderr);
        vtc_error_set(&err, VTC_ERROR_INTERRUPTED, -EINTR, NULL,
                      "interrupted; nothing was written");
        return vtc_say_error(cli, &err, NULL);
    }
    if (yes)
        return VTC_EXIT_OK;
    vtc_error_set(&err, VTC_ERROR_CANCELLED, -ECANCELED, NULL, "cancelled; nothing was written");
    return vtc_say_error(cli, &err, NULL);
}

int vtc_confirm(const struct vtc_cli *cli, const struct vtc_device *dev, int fd,
                const char *question)
{
    if (cli->yes)
        return VTC_EXIT_OK;
    return confirm(cli, dev, fd, question, "yes", "yes", "Answer in advance with -y (--yes).");
}

int vtc_confirm_word(const struct vtc_cli *cli, const struct vtc_device *dev, int fd,
                     const char *question, const char *word)
{
    return confirm(cli, dev, fd, question, word, word,
                   "What is forced is asked for on a terminal only.");
}

int vtc_confirm_erase(const struct vtc_cli *cli, const struct vtc_device *dev, int fd,
                      const char *question)
{
    char identity[VTC_CONSENT_IDENTITY];

    if (cli->yes || !dev->fixed)
        return vtc_confirm(cli, dev, fd, question);
    return confirm(cli, dev, fd, question, vtc_consent_identity(dev, identity),
                   dev->serial[0] ? "its serial number" : "its size in bytes",
                   "Answer in advance with -y (--yes) and --serial.");
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Show what a target is, and ask. */
#ifndef VTC_CLI_CONFIRM_H
#define VTC_CLI_CONFIRM_H

#include "cli/cli.h"

/*
 * Describe the target on standard error and ask the question, to be answered with "yes" in full.
 * fd: the target, read only, for the file systems on it. With --yes nothing is asked or shown.
 * Returns VTC_EXIT_OK to go on, VTC_EXIT_CANCELLED, VTC_EXIT_INTERRUPTED, or VTC_EXIT_REFUSED when
 * there is nobody to ask; everything has been said then.
 */
int vtc_confirm(const struct vtc_cli *cli, const struct vtc_device *dev, int fd,
                const char *question);

/* The same, to be answered with that word, and asked with --yes, too. */
int vtc_confirm_word(const struct vtc_cli *cli, const struct vtc_device *dev, int fd,
                     const char *question, const char *word);
/* The same for a command that erases the target: for a fixed disk the answer is its serial number,
 * or without one its size in bytes. */
int vtc_confirm_erase(const struct vtc_cli *cli, const struct vtc_device *dev, int fd,
                      const char *question);

/* Wait until there is something to read from fd or somebody wants to stop (vtc_cli_stop). */
void vtc_confirm_wait(int fd);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ask for a passphrase. */
#ifndef VTC_CLI_PASSPHRASE_H
#define VTC_CLI_PASSPHRASE_H

#include "host/error.h"
#include "host/secret.h"

/*
 * Take a passphrase: the first line of file, or, file being NULL, what is typed at the terminal, where it is
 * not shown. question: what is printed; twice: it is a new one and has to be typed again. An empty answer is a
 * secret of length 0. The terminal is as it was in any case. Forget the secret when it was used.
 * Returns 0; -EPERM (VTC_ERROR_REFUSED) for a file that others can read; -ENOTTY when there is no terminal;
 * -EINTR on Ctrl-C (VTC_ERROR_INTERRUPTED); -EINVAL when the two are not the same; -errno.
 */
int vtc_passphrase_get(const char *file, const char *question, int twice, struct vtc_secret *secret,
                       struct vtc_error *err);

#endif

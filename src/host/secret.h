/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A passphrase in memory. */
#ifndef VTC_HOST_SECRET_H
#define VTC_HOST_SECRET_H

#include <stddef.h>

#define VTC_SECRET_MAX_BYTES 1000u /* openssl reads lines of up to 1023 */

struct vtc_secret {
    char text[VTC_SECRET_MAX_BYTES + 1]; /* one line without its end */
    size_t bytes;                        /* 0: there is none */
};

/* A pipe that holds the secret as a line. Returns the end to read from (close-on-exec) or -errno. */
int vtc_secret_pipe(const struct vtc_secret *secret);

/* Overwrite it, whatever the compiler thinks of that. */
void vtc_secret_forget(struct vtc_secret *secret);

#endif

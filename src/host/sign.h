/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signatures of EFI programs, by sbsign and sbverify. */
#ifndef VTC_HOST_SIGN_H
#define VTC_HOST_SIGN_H

#include <stddef.h>
#include <stdint.h>

#include "host/ownerkey.h"

#define VTC_SIGN_PACKAGE "sbsigntool"

/*
 * Sign a program with the owner's key, which vtc_ownerkey_check() was content with; what came out is
 * verified. *out, from malloc(), is the caller's. Returns 0; -ENOENT when sbsign is missing; -errno.
 */
int vtc_sign(const struct vtc_ownerkey *key, const struct vtc_secret *secret,
             const uint8_t *program, size_t bytes, uint8_t **out, size_t *out_bytes,
             struct vtc_error *err);

/* Is a program signed by the key of this certificate (PEM in cert_fd), and unchanged since? Returns 0;
 * -EBADMSG when it is not; -ENOENT when sbverify is missing; -errno. */
int vtc_sign_verify(int cert_fd, const uint8_t *program, size_t bytes, struct vtc_error *err);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A request to shim's MokManager: enrol the hash of one program. */
#ifndef VENTOC_MOK_H
#define VENTOC_MOK_H

#include <ventoc/types.h>

#define VTC_MOK_LIST_BYTES      76u /* one EFI_SIGNATURE_LIST with one EFI_CERT_SHA256 */
#define VTC_MOK_AUTH_BYTES      32u
#define VTC_MOK_PASSWORD_DIGITS 8u

/* The content of the variables MokNew and MokAuth, in this order. */
struct vtc_mok_request {
    uint8_t list[VTC_MOK_LIST_BYTES];
    uint8_t auth[VTC_MOK_AUTH_BYTES];
};

/*
 * Make a request. image_sha256: what shim computes of the program (vtc_pe_shim_sha256()); password:
 * ASCII, what MokManager will ask for. list: UEFI 2.10 section 32.4.1; auth: SHA-256 of the list
 * and the password in UTF-16LE, the form MokManager takes besides crypt(3)'s (its compute_pw_hash).
 */
void vtc_mok_request(const uint8_t image_sha256[32], const char *password,
                     struct vtc_mok_request *request);

/* A password of digits, which every keyboard layout has in the same place; random: any bytes. */
void vtc_mok_password(const uint8_t random[VTC_MOK_PASSWORD_DIGITS],
                      char password[VTC_MOK_PASSWORD_DIGITS + 1]);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Identities of sticks: UUIDs by libuuid. */
#ifndef VTC_HOST_STICKID_H
#define VTC_HOST_STICKID_H

#include <stdint.h>

/* A new random UUID. */
void vtc_stickid_new(uint8_t uuid[16]);

/* As text, 37 bytes with the NUL. */
void vtc_stickid_text(const uint8_t uuid[16], char text[37]);

#endif

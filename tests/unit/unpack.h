/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A model of how Linux unpacks an initramfs (init/initramfs.c), on a directory that stands for the
 * root: order, removal of what is in the way, hard links by name, links followed inside the root
 * only. Errors of single entries are passed over, as the kernel does; owners are not set. */
#ifndef TESTS_UNIT_UNPACK_H
#define TESTS_UNIT_UNPACK_H

#include <stddef.h>
#include <stdint.h>

/* Unpack plain archives, with zeros between them, into the directory root, which exists. Returns
 * NULL, or what the kernel would complain of. */
const char *unpack(const char *root, const uint8_t *data, size_t bytes);

/* Where path leads inside root, as a path of the host: every directory on the way with its links
 * followed, the last component too when follow_last. Returns 0, or -1: a component is missing, or
 * too many links. */
int unpack_resolve(const char *root, const char *path, int follow_last, char out[4096]);

#endif

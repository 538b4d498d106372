/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SBAT, shim's generation numbers (shim's SBAT.md): lines "component,generation,..." */
#ifndef VENTOC_SBAT_H
#define VENTOC_SBAT_H

#include <ventoc/pe.h>

#define VTC_SBAT_MAX_BYTES 16384u

/* One line. Its texts are not NUL-terminated; they point into the caller's bytes. */
struct vtc_sbat_row {
    const char *component;
    size_t component_bytes;
    uint32_t generation;
    const char *detail; /* third field: an image's vendor; in a level's first row its date */
    size_t detail_bytes;
};

/* The .sbat section of an image, up to its first NUL. Returns 0, VTC_ENOENT: there is none (shim
 * starts no such image), VTC_EFORMAT: longer than VTC_SBAT_MAX_BYTES. */
int vtc_sbat_section(const struct vtc_pe *pe, const char **text, size_t *bytes);

/*
 * The revocations a shim carries (section .sbatlevel, shim's sbat_var.S: u32 version 0, then
 * offsets, from behind the version, of the previous and of the latest level). latest: which one.
 * Returns 0; VTC_ENOENT: no such section; VTC_EFORMAT; VTC_ENOTSUP: another version.
 */
int vtc_sbat_level(const struct vtc_pe *pe, int latest, const char **text, size_t *bytes);

/* Read the line at *at (0 at first) and step over it; empty lines are skipped.
 * Returns 0; VTC_ENOENT behind the last; VTC_EFORMAT: a line without component or number. */
int vtc_sbat_next(const char *text, size_t bytes, size_t *at, struct vtc_sbat_row *row);

/* The date of a level, the ten digits YYYYMMDDNN of its first row ("sbat,1,2025051000"), NUL-
 * terminated. Returns 0 or VTC_EFORMAT. */
int vtc_sbat_date(const char *level, size_t bytes, char date[11]);

/*
 * Does this level refuse an image with that .sbat text? *row is then the image's row that is too
 * old, and *needed the least generation of it.
 * Returns 0: refused; VTC_ENOENT: not refused; VTC_EFORMAT: one of both has a bad line or is too
 * long.
 */
int vtc_sbat_refused(const char *level, size_t level_bytes, const char *text, size_t bytes,
                     struct vtc_sbat_row *row, uint32_t *needed);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The user's settings: the file ventoc/ventoc.json of the data partition (RFC 8259). */
#ifndef VENTOC_CONFIG_H
#define VENTOC_CONFIG_H

#include <ventoc/types.h>

#define VTC_CONFIG_PATH            "/ventoc/ventoc.json"
#define VTC_CONFIG_BYTES_MAX       65536u
#define VTC_CONFIG_PATH_BYTES      512u
#define VTC_CONFIG_PAIRS_MAX       32u
#define VTC_CONFIG_WRITABLE_MAX    32u
#define VTC_CONFIG_PASSWORD_PREFIX "grub.pbkdf2.sha512."
/* What grub-mkpasswd-pbkdf2 prints, with the longest salt and hash GRUB takes. */
#define VTC_CONFIG_PASSWORD_BYTES 512u

/*
 * {"data_writable": false, "persistence": [{"image": "/a.iso", "file": "/b.dat"}],
 *  "writable": ["/c.img"], "menu_password": "grub.pbkdf2.sha512.10000.SALT.HASH"}
 * An object; keys that are not known are passed over, whatever they hold; a known key of the wrong
 * type is an error. Of one key given twice the last counts (a second array replaces the first as a
 * whole). Both keys of a pair are needed.
 */
struct vtc_config_pair {
    char image[VTC_CONFIG_PATH_BYTES]; /* UTF-8, absolute on the data partition, no controls */
    char file[VTC_CONFIG_PATH_BYTES];
};

/* Large (50 KiB): not for a stack. */
struct vtc_config {
    int data_writable; /* offer the data partition to a started Linux read-write */
    uint32_t persistence_count;
    struct vtc_config_pair persistence[VTC_CONFIG_PAIRS_MAX];
    uint32_t writable_count;
    char writable[VTC_CONFIG_WRITABLE_MAX][VTC_CONFIG_PATH_BYTES]; /* disk images a guest changes */
    /* "" or a password of GRUB's that closes the menu's editor and command line: letters, digits and
     * dots only, five parts behind "grub.": pbkdf2, sha512, iterations, salt, hash (hexadecimal) */
    char menu_password[VTC_CONFIG_PASSWORD_BYTES];
};

struct vtc_config_error {
    uint32_t line, column; /* from 1; columns count characters */
    const char *reason;    /* static text, "expected a string" */
};

/* No settings at all. */
void vtc_config_init(struct vtc_config *config);

/* Parse; trusts nothing, no recursion, no allocation. Returns 0, VTC_EFORMAT (*where says what and
 * where), VTC_ENOSPC (text longer than VTC_CONFIG_BYTES_MAX, too many pairs, too long a path; *where
 * too). After an error config is as vtc_config_init() leaves it. */
int vtc_config_parse(const void *text, uint32_t bytes, struct vtc_config *config,
                     struct vtc_config_error *where);

/* The persistence file for an image, NULL when none is configured; of several pairs for one image
 * the last counts. path: absolute; compares ignoring ASCII case, as exFAT does. */
const char *vtc_config_persistence(const struct vtc_config *config, const char *path);

/*
 * Where the system of an image keeps its changes: the path as configured (*given is 1 then), else the
 * image's own with the ending VTC_CONFIG_LAYER_ENDING in place of its last one. path: absolute on the
 * data partition, as the result. out: of capacity_bytes. Returns 0 or VTC_ENOSPC.
 */
int vtc_config_layer(const struct vtc_config *config, const char *path, char *out,
                     uint32_t capacity_bytes, int *given);

#define VTC_CONFIG_LAYER_ENDING ".dat"

/* Is the disk image of that path one that the system in it may change? path: as above. */
int vtc_config_is_writable(const struct vtc_config *config, const char *path);

#endif

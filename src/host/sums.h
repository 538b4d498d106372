/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checksum files as people keep them beside their images: the lines of sha256sum and of BSD. */
#ifndef VTC_HOST_SUMS_H
#define VTC_HOST_SUMS_H

#include <stddef.h>
#include <stdint.h>

enum vtc_sums_kind {
    VTC_SUMS_MD5,
    VTC_SUMS_SHA1,
    VTC_SUMS_SHA224,
    VTC_SUMS_SHA256,
    VTC_SUMS_SHA384,
    VTC_SUMS_SHA512,
    VTC_SUMS_KIND_COUNT,
};

#define VTC_SUMS_DIGEST_MAX_BYTES 64u

/* "SHA-256" and its like, for people; and how long a digest is. */
const char *vtc_sums_kind_name(enum vtc_sums_kind kind);
uint32_t vtc_sums_digest_bytes(enum vtc_sums_kind kind);

struct vtc_sums_line {
    enum vtc_sums_kind kind;
    uint8_t digest[VTC_SUMS_DIGEST_MAX_BYTES]; /* of vtc_sums_digest_bytes(kind) bytes */
    const char *name;                          /* points into the text; not NUL-terminated */
    size_t name_bytes;                         /* 0: the line is a digest alone */
    int is_escaped;                            /* \n, \r and \\ stand for what they mean in C */
};

/*
 * The next checksum of a text. *at: where to go on, 0 at first. Lines are, with LF or CR LF behind:
 *   DIGEST  NAME    DIGEST *NAME    (GNU; a backslash in front says that NAME is escaped)
 *   ALGORITHM (NAME) = DIGEST       (BSD; also without blanks, as OpenSSL writes it)
 *   DIGEST                          (nothing else)
 * DIGEST is hexadecimal of any case; in the lines that do not say so, its length tells the kind.
 * Everything else (comments, signatures) is passed over. Returns 0, or -ENOENT at the end.
 */
int vtc_sums_next(const char *text, size_t bytes, size_t *at, struct vtc_sums_line *line);

/* Is the line about this file? name: NUL-terminated; a "./" in front of the line's is nothing. */
int vtc_sums_is_about(const struct vtc_sums_line *line, const char *name);

enum vtc_sums_file {
    VTC_SUMS_FILE_NONE,    /* no checksum file */
    VTC_SUMS_FILE_FOLDER,  /* SHA256SUMS, md5sum.txt, ...-CHECKSUM: about files in its folder */
    VTC_SUMS_FILE_SIDECAR, /* x.iso.sha256, x.iso.md5.txt: about x.iso, or as above */
};

/* By the name of a file. *stem_bytes: of a sidecar, the length of the name of the file that it
 * belongs to, which is where its own name begins. */
enum vtc_sums_file vtc_sums_file_of(const char *name, size_t *stem_bytes);

#endif

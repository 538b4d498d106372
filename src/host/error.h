/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What went wrong, in words, for the caller to print. */
#ifndef VTC_HOST_ERROR_H
#define VTC_HOST_ERROR_H

enum vtc_error_kind {
    VTC_ERROR_NONE,
    VTC_ERROR_FAILED,      /* the system or the medium failed */
    VTC_ERROR_USAGE,       /* the request contradicts itself or the target */
    VTC_ERROR_REFUSED,     /* possible, but it would destroy something in use */
    VTC_ERROR_NOT_STICK,   /* there is no ventoc stick where one is needed */
    VTC_ERROR_INTERRUPTED, /* stopped because the caller's stop flag was set */
    VTC_ERROR_CANCELLED,   /* a question was not answered with yes */
    VTC_ERROR_PAYLOAD,     /* the boot files to install are damaged or missing */
};

struct vtc_error {
    enum vtc_error_kind kind;
    int rc;         /* -errno */
    char text[512]; /* what failed, naming the device or file */
    char hint[512]; /* what to do about it; may be empty */
};

/* Fill in err (which may be NULL). hint may be NULL. Returns rc, so that a caller can write
 * "return vtc_error_set(...)". */
int vtc_error_set(struct vtc_error *err, enum vtc_error_kind kind, int rc, const char *hint,
                  const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Replace the hint. err may be NULL. */
void vtc_error_hint(struct vtc_error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Put words in front of the text ("while ..."). err may be NULL. */
void vtc_error_prefix(struct vtc_error *err, const char *words);

#endif

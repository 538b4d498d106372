/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compare a file with the checksum files that lie beside it. */
#ifndef VTC_HOST_SUMCHECK_H
#define VTC_HOST_SUMCHECK_H

#include <signal.h>

#include "host/filewalk.h"
#include "host/sums.h"

#define VTC_SUMCHECK_MAX       16u /* checksums of one file that are compared */
#define VTC_SUMCHECK_TEXT_MAX  (1024u * 1024)
#define VTC_SUMCHECK_TEXTS_MAX (16u * 1024 * 1024) /* of one folder */

/* The checksum files of a folder, read. */
struct vtc_sumcheck_text {
    const char *name; /* the folder's */
    char *text;       /* NULL when it cannot be read or is too long to be one */
    size_t bytes;
};

struct vtc_sumcheck {
    struct vtc_sumcheck_text *v;
    size_t count;
};

/* Read them. Free with vtc_sumcheck_free() in any case; folder outlives it. Returns 0 or -ENOMEM. */
int vtc_sumcheck_read(const struct vtc_volume *volume, const struct vtc_filewalk_folder *folder,
                      struct vtc_sumcheck *sums);
void vtc_sumcheck_free(struct vtc_sumcheck *sums);

enum vtc_sumcheck_result {
    VTC_SUMCHECK_PENDING,   /* not compared yet */
    VTC_SUMCHECK_GOOD,      /* the file has this checksum */
    VTC_SUMCHECK_WRONG,     /* it has another one */
    VTC_SUMCHECK_UNCHECKED, /* the tool for it is not installed, or failed */
};

struct vtc_sumcheck_item {
    enum vtc_sums_kind kind;
    const char *source; /* name of the checksum file */
    uint8_t digest[VTC_SUMS_DIGEST_MAX_BYTES];
    enum vtc_sumcheck_result result;
};

/* What the checksum files say of a file of their folder. Returns the number of items, at most
 * VTC_SUMCHECK_MAX. */
unsigned vtc_sumcheck_find(const struct vtc_sumcheck *sums, const char *name,
                           struct vtc_sumcheck_item item[VTC_SUMCHECK_MAX]);

/* Read the file once and compare it with all of them. progress may be NULL. Returns 0, -EIO when the
 * file cannot be read, -EINTR when *stop, -ENOMEM. */
int vtc_sumcheck_run(const struct vtc_reader *file, struct vtc_sumcheck_item *item, unsigned count,
                     const volatile sig_atomic_t *stop,
                     void (*progress)(void *ctx, uint64_t done_bytes, uint64_t total_bytes),
                     void *ctx);

#endif

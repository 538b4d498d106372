/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ext3/4: which blocks the journal holds newer copies of (kernel documentation, filesystems/ext4,
 * "Journal (jbd2)"). Nothing is replayed. For ext4_space.c. */
#ifndef VENTOC_EXT4_JOURNAL_H
#define VENTOC_EXT4_JOURNAL_H

#include <ventoc/ext4_map.h>

struct vtc_ext4_journal {
    const struct vtc_ext4 *fs;
    struct vtc_ext4_inode inode;
    uint32_t first, end; /* blocks of the ring */
    uint32_t start;      /* where the log begins, 0: it is empty */
    uint32_t sequence;   /* of the first transaction in it */
    uint32_t tag_bytes, tail_bytes;
    int is_wide, is_v3; /* tags hold block numbers of 64 bits; have the form of checksums v3 */
};

/* Open the journal in inode `number`. Returns 0; VTC_ENOTSUP: fast commits, an unknown feature, a
 * block map instead of extents, more than 64 pieces (each read walks over them); VTC_EFORMAT; ... */
int vtc_ext4_journal_open(struct vtc_ext4_journal *j, const struct vtc_ext4 *fs, uint32_t number);

/* Is there a copy of a block in the log, in a transaction that was finished or not? *steps: how much
 * may be looked at; it is counted down, and at 0 there may be one. Returns 1, 0, or an error. */
int vtc_ext4_journal_has(const struct vtc_ext4_journal *j, uint64_t block, uint32_t *steps);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For the tests that put files on exFAT volumes: the file "disk" in the working directory, with a
 * volume that mkfs.exfat made, and what fsck.exfat and the core's reader say of it. */
#ifndef TESTS_UNIT_EXFAT_DISK_H
#define TESTS_UNIT_EXFAT_DISK_H

#include "fixture.h"
#include "host/exfat_create.h"

#define EXFAT_DISK_PART_OFF (1024u * 1024)
#define EXFAT_DISK_MIB      (1024u * 1024)

struct exfat_disk_volume {
    int fd;
    struct vtc_exfat_volume exfat;
};

/* The group fixture: a temporary directory; the source tree is remembered for its scripts. */
int exfat_disk_enter(void **state);

/* A new disk with a volume at EXFAT_DISK_PART_OFF, clusters of cluster_bytes. */
void exfat_disk_make(uint64_t volume_bytes, uint32_t cluster_bytes);

/* fsck.exfat finds nothing. */
void exfat_disk_fsck(void);

/* Run scripts/exfat-put on it. */
void exfat_disk_put_with_script(const char *options, const char *paths);

int exfat_disk_open(struct exfat_disk_volume *v, struct vtc_error *err);
void exfat_disk_close(struct exfat_disk_volume *v);

/* Random content of a file, as a descriptor. sparse: with holes. */
int exfat_disk_content(uint64_t seed, uint64_t bytes, int sparse);

/* The file is there, in so many pieces, with that content where it has any. */
void exfat_disk_check_file(const char *path, uint64_t seed, uint64_t bytes, int sparse,
                           uint32_t pieces);

/* Put a file on the volume. Returns 0 or what kept it off. */
int exfat_disk_put(const char *path, uint64_t seed, uint64_t bytes, int sparse,
                   struct vtc_exfat_created *created, struct vtc_error *err);

#endif

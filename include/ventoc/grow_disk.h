/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Make a file inside a partition of a raw disk image longer, by overlay. A file system cannot grow
 * behind the end of its partition, so the bytes go where it has room: the rest of the file's last
 * block or cluster, then free ones. Only the virtual disk changes, and only for who reads it while
 * booting; it is left as a driver would have left it, free counts and checksums included, so that
 * several files can be grown one after the other.
 */
#ifndef VENTOC_GROW_DISK_H
#define VENTOC_GROW_DISK_H

#include <ventoc/grow.h>

/*
 * Grow a regular file of an ext2, ext3 or ext4 file system (kernel documentation, filesystems/ext4).
 * part_off, part_bytes: the partition in the image; part_off is a multiple of 512. path:
 * "/boot/initrd.img", symbolic links followed. *why: NULL, or static text for VTC_ENOTSUP.
 *
 * The free blocks are one run of the block bitmaps, where the file ends when there is room.
 * The journal is not replayed: boot loaders do not either, the file is grown as they see it. On a
 * file system that was not unmounted cleanly only groups are used that the journal does not mention.
 * What cannot be done exactly is refused: ext2 or ext3 that was not unmounted cleanly, clusters of
 * several blocks, a sparse, preallocated, inline, encrypted or verity file, an extent tree that is
 * full.
 *
 * Returns 0; VTC_ENOENT: no such file system or file; VTC_ENOTSUP with *why, also when there are not
 * enough free blocks in one piece; VTC_ENOSPC: arena or region table full; VTC_EINVAL; VTC_EFORMAT;
 * the disk's error. Unless it returns 0, the image is as it was.
 */
int vtc_grow_ext4_file(const struct vtc_grow *g, uint64_t part_off, uint64_t part_bytes,
                       const char *path, const struct vtc_grow_tail *tail, const char **why);

/*
 * Grow a file of a FAT12, FAT16 or FAT32 volume that fills a partition (Microsoft FAT specification
 * 1.03): its chain goes on in one run of free clusters, in every copy of the FAT. Arguments and
 * results as above. A volume that was not unmounted cleanly is taken: no chain leads over a free
 * cluster. One with a single live FAT (BPB_ExtFlags) is refused.
 */
int vtc_grow_fat_volume_file(const struct vtc_grow *g, uint64_t part_off, uint64_t part_bytes,
                             const char *path, const struct vtc_grow_tail *tail, const char **why);

#endif

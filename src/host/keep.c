/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/keep.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/fdio.h"
#include "host/fssize.h"
#include "host/probe.h"
#include "host/stickid.h"

#define PARTS_MAX             130u
#define SECTOR                512u
#define GAP_END               VTC_MIB

#define REFUSE(rc, hint, ...) vtc_error_set(err, VTC_ERROR_REFUSED, rc, hint, __VA_ARGS__)

static const char plain_hint[] =
    "Save its files elsewhere and use -i without --keep, which erases the disk.";

struct look {
    const struct vtc_target *target;
    struct vtc_keep *keep;
    struct vtc_table_part part[PARTS_MAX];
    size_t count;
    const struct vtc_table_part *data, *last;
    uint64_t end; /* of what partitions may use */
    struct vtc_error *err;
};

static int read_parts(struct look *look)
{
    const struct vtc_device *dev = look->target->dev;
    struct vtc_error *err = look->err;
    struct vtc_table_facts facts;
    int rc = vtc_table_read(look->target->fd, dev->path, SECTOR, &facts, err);

    if (rc == -ENOENT)
        return REFUSE(rc, "Use -i without --keep.", "%s: there is no partition table to keep",
                      dev->path);
    if (rc)
        return rc;
    if (facts.gpt)
        rc = vtc_table_is_usual(look->target->fd, dev->path, dev->bytes, SECTOR, err);
    if (rc)
        return rc;
    look->keep->gpt = facts.gpt;
    look->end = dev->bytes - (facts.gpt ? vtc_table_tail_bytes(SECTOR) : 0);
    rc = vtc_table_list(look->target->fd, dev->path, SECTOR, look->part, PARTS_MAX, err);
    if (rc < 0)
        return rc;
    look->count = (size_t)rc;
    for (size_t i = 0; i < look->count; i++) {
        const struct vtc_table_part *part = &look->part[i];

        if (part->is_container)
            return REFUSE(-EOPNOTSUPP, plain_hint, "%s: it has an extended partition (entry %u)",
                          dev->path, part->number);
        if (part->number == 2)
            return REFUSE(-EEXIST, "Move that partition to another entry, or remove it.",
                          "%s: entry 2 of its partition table is in use; the boot files need it",
                          dev->path);
        if (part->off < GAP_END)
            return REFUSE(-ENOSPC, plain_hint,
                          "%s: partition %u begins below 1 MiB, where the boot code goes",
                          dev->path, part->number);
        if (part->off > look->end || part->bytes > look->end - part->off)
            return REFUSE(-EINVAL, "Repair its partition table.",
                          "%s: partition %u reaches beyond the disk", dev->path, part->number);
        if (part->number == 1)
            look->data = part;
        if (!look->last || part->off > look->last->off)
            look->last = part;
    }
    return look->data ? 0
                      : REFUSE(-ENOENT, plain_hint,
                               "%s: it has no partition 1 that ISO files could lie on", dev->path);
}

/* A sector of the gap that holds something; 0: none. A record of which only a part was written counts
 * as none: only this very command leaves one there. */
static size_t find_used(const uint8_t *gap, size_t first)
{
    static const uint8_t zero[SECTOR];
    struct vtc_record record;

    for (size_t off = first; off < GAP_END; off += SECTOR) {
        int is_place = off == VTC_CONVERTED_RECORD_OFF_1 || off == VTC_CONVERTED_RECORD_OFF_2;

        if (memcmp(gap + off, zero, SECTOR) != 0 &&
            !(is_place && vtc_record_decode(gap + off, &record) != VTC_ENOENT))
            return off / SECTOR;
    }
    return 0;
}

/* Nothing may lie between the table and 1 MiB but what this very command left there. */
static int check_gap(const struct look *look, int begun)
{
    const char *path = look->target->dev->path;
    size_t first = look->keep->gpt ? 34 : 1, used = 0;
    struct vtc_error *err = look->err;
    uint8_t *gap = malloc(GAP_END);
    int rc = gap ? vtc_fdio_read(look->target->fd, 0, gap, GAP_END) : -ENOMEM;

    if (rc) {
        free(gap);
        return vtc_error_set(err, VTC_ERROR_FAILED, rc, NULL, "%s: cannot be read: %s", path,
                             strerror(-rc));
    }
    while (used < VTC_BOOT_CODE_BYTES && !gap[used])
        used++;
    look->keep->has_boot_code = !begun && used < VTC_BOOT_CODE_BYTES;
    used = begun ? 0 : find_used(gap, first * SECTOR);
    free(gap);
    if (!used)
        return 0;
    rc =
        REFUSE(-EEXIST, NULL,
               "%s: something lies in front of its partitions, in sector %zu: another boot loader, "
               "it seems",
               path, used);
    vtc_error_hint(err,
                   "If it is not needed, clear it: dd if=/dev/zero of=%s bs=512 seek=%zu count=%zu "
                   "conv=notrunc",
                   path, first, 2048 - first);
    return rc;
}

/* What file system a partition shows, its type in fs. */
static int find_fs(const struct look *look, const struct vtc_table_part *part, char fs[32])
{
    struct vtc_probe_area area = {part->off, part->bytes};
    struct vtc_probe_signature sig;
    int rc = vtc_probe_first(look->target->fd, area, SECTOR, &sig);

    if (rc < 0)
        return vtc_error_set(look->err, VTC_ERROR_FAILED, rc, NULL, "%s: cannot be read: %s",
                             look->target->dev->path, strerror(-rc));
    snprintf(fs, 32, "%s", rc ? sig.type : "");
    if (part == look->data && rc)
        snprintf(look->keep->record.label, sizeof(look->keep->record.label), "%s", sig.label);
    return 0;
}

static int check_data(const struct look *look)
{
    static const char *const readable[] = {"exfat", "vfat", "ntfs", "ext2", "ext3", "ext4"};
    struct vtc_keep *keep = look->keep;
    struct vtc_error *err = look->err;
    int rc = find_fs(look, look->data, keep->data_fs);

    if (rc)
        return rc;
    for (size_t i = 0; i < sizeof(readable) / sizeof(readable[0]); i++)
        if (strcmp(keep->data_fs, readable[i]) == 0)
            return 0;
    return REFUSE(-EOPNOTSUPP, plain_hint,
                  "%s: its partition 1 holds %s; the boot menu reads exFAT, FAT, NTFS and ext2/3/4",
                  look->target->dev->path, keep->data_fs[0] ? keep->data_fs : "no file system");
}

/* The place of the boot partition: behind the last one, or in its end. */
static int place(struct look *look)
{
    const struct vtc_table_part *last = look->last;
    const char *path = look->target->dev->path;
    struct vtc_keep *keep = look->keep;
    struct vtc_error *err = look->err;
    uint64_t off = (last->off + last->bytes + VTC_MIB - 1) / VTC_MIB * VTC_MIB, bytes;
    int rc;

    if (off <= look->end && look->end - off >= VTC_CONVERTED_BOOT_BYTES) {
        keep->record.slot_off[0] = off;
        return 0;
    }
    off = (look->end - VTC_CONVERTED_BOOT_BYTES) / VTC_MIB * VTC_MIB;
    if (off < last->off + 2 * VTC_CONVERTED_BOOT_BYTES)
        return REFUSE(-ENOSPC, plain_hint, "%s: its last partition is too small to make room in",
                      path);
    keep->record.slot_off[0] = off;
    keep->shorten = last->number;
    rc = find_fs(look, last, keep->shrink_fs);
    if (rc)
        return rc;
    if (!keep->shrink_fs[0])
        return REFUSE(-EOPNOTSUPP, plain_hint,
                      "%s: there is no room behind its last partition, and no file system known "
                      "here is on that",
                      path);
    keep->shrink = (struct vtc_shrink){.path = path,
                                       .fs = keep->shrink_fs,
                                       .off = last->off,
                                       .bytes = last->bytes,
                                       .new_bytes = (off - last->off) / VTC_MIB * VTC_MIB,
                                       .sector_bytes = SECTOR};
    rc = vtc_fssize_read(look->target->fd, last->off, keep->shrink_fs, &bytes);
    keep->shrinks = rc || bytes > keep->shrink.new_bytes;
    return keep->shrinks ? vtc_shrink_supported(&keep->shrink, err) : 0;
}

static void make_record(struct look *look, const uint8_t *uuid)
{
    struct vtc_keep *keep = look->keep;
    struct vtc_record *record = &keep->record;
    uint8_t bytes[VTC_RECORD_BYTES];

    if (uuid)
        memcpy(record->uuid, uuid, sizeof(record->uuid));
    else
        vtc_stickid_new(record->uuid);
    record->format = VTC_RECORD_FORMAT;
    record->sector_bytes = SECTOR;
    record->flags = VTC_RECORD_CONVERTED | (keep->gpt ? VTC_RECORD_GPT : 0);
    record->disk_bytes = look->target->dev->bytes;
    record->data_off = look->data->off;
    record->data_bytes =
        keep->shorten == look->data->number ? keep->shrink.new_bytes : look->data->bytes;
    record->reserve_bytes =
        (look->end - record->slot_off[0] - VTC_CONVERTED_BOOT_BYTES) / VTC_MIB * VTC_MIB;
    record->slot_bytes = VTC_CONVERTED_SLOT_BYTES;
    record->slot_off[1] = record->slot_off[0] + VTC_CONVERTED_SLOT_BYTES;
    if (vtc_record_encode(record, bytes)) /* the label is a courtesy */
        record->label[0] = '\0';
    keep->wanted = (struct vtc_table_spec){.gpt = keep->gpt,
                                           .sector_bytes = SECTOR,
                                           .disk_bytes = record->disk_bytes,
                                           .data_off = record->data_off,
                                           .data_bytes = record->data_bytes,
                                           .slot_off = record->slot_off[0],
                                           .slot_bytes = record->slot_bytes};
}

/* Is there the record of an attempt that wanted the same? */
static int is_begun(const struct look *look, struct vtc_record *found)
{
    struct vtc_fdio_region region = {look->target->fd, 0};
    struct vtc_reader disk = vtc_fdio_reader(&region, look->target->dev->bytes);

    return vtc_record_read(&disk, found) == VTC_OK && found->flags & VTC_RECORD_CONVERTED &&
           found->data_off == look->data->off &&
           found->slot_off[0] == look->keep->record.slot_off[0] &&
           found->slot_bytes == VTC_CONVERTED_SLOT_BYTES &&
           found->disk_bytes == look->target->dev->bytes;
}

int vtc_keep_find(const struct vtc_target *target, struct vtc_keep *keep, struct vtc_error *err)
{
    struct look *look = calloc(1, sizeof(*look));
    struct vtc_record found;
    int rc, begun = 0;

    memset(keep, 0, sizeof(*keep));
    if (!look)
        return vtc_error_set(err, VTC_ERROR_FAILED, -ENOMEM, NULL, "out of memory");
    *look = (struct look){.target = target, .keep = keep, .err = err};
    if (target->dev->sector_bytes != SECTOR)
        rc = REFUSE(-EOPNOTSUPP, plain_hint,
                    "%s: has sectors of %u bytes; --keep is for disks with 512", target->dev->path,
                    target->dev->sector_bytes);
    else
        rc = read_parts(look);
    if (!rc)
        rc = check_data(look);
    if (!rc)
        rc = place(look);
    if (!rc) {
        begun = is_begun(look, &found);
        rc = check_gap(look, begun);
    }
    if (!rc)
        make_record(look, begun ? found.uuid : NULL);
    free(look);
    return rc;
}

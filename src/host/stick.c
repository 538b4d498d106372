/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/stick.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ventoc/fat.h>
#include <ventoc/manifest.h>

#include "host/fdio.h"
#include "host/table.h"
#include "host/ventoy.h"

static const char mend_hint[] = "To mend it, keeping its files: ventoc repair TARGET";
static const char copy_hint[] =
    "Was it copied from another disk? Copy it again, to one of the same "
    "kind that is at least as large.";

#define FAIL(hint, ...) vtc_error_set(err, VTC_ERROR_FAILED, -EBADMSG, hint, __VA_ARGS__)

char vtc_stick_slot_letter(unsigned slot)
{
    return slot ? 'B' : 'A';
}

int vtc_stick_read_record(const struct vtc_target *target, struct vtc_record *record,
                          struct vtc_error *err)
{
    struct vtc_fdio_region region = {target->fd, 0};
    struct vtc_reader reader = vtc_fdio_reader(&region, target->dev->bytes);
    const char *path = target->dev->path;
    int rc;

    memset(record, 0, sizeof(*record));
    if (reader.bytes < VTC_STICK_MIN_BYTES)
        return vtc_error_set(err, VTC_ERROR_NOT_STICK, -ENOENT, NULL, "%s: not a ventoc stick",
                             path);
    rc = vtc_record_read(&reader, record);
    /* Behind Ventoy's back an older record of ours can have survived. */
    if ((rc || !(record->flags & VTC_RECORD_CONVERTED)) && vtc_ventoy_explain(target, err)) {
        memset(record, 0, sizeof(*record));
        return -ENOENT;
    }
    switch (rc) {
    case VTC_OK:
        return 0;
    case VTC_ENOENT:
        return vtc_error_set(err, VTC_ERROR_NOT_STICK, -ENOENT,
                             "To make it one: ventoc -i TARGET (this erases it).",
                             "%s: not a ventoc stick", path);
    case VTC_EIO:
        return vtc_error_set(err, VTC_ERROR_FAILED, -EIO, NULL, "%s: cannot be read", path);
    case VTC_ENOTSUP:
        return vtc_error_set(err, VTC_ERROR_FAILED, -EBADMSG, "Use a newer ventoc.",
                             "%s: a stick of format %u, made by a newer ventoc", path,
                             record->format);
    default:
        /* What a stick without a record was, nobody can tell for sure. */
        rc = FAIL(NULL, "%s: the stick record is damaged", path);
        vtc_error_hint(
            err,
            "If ventoc -i --keep %s was cut off, the same command completes it. Otherwise "
            "its files can still be read: copy them away, then install it again: ventoc "
            "-I %s (this erases them).",
            path, path);
        return rc;
    }
}

/* Version of a slot's payload, from the manifest in its file system. */
static void read_slot(const struct vtc_target *target, const struct vtc_record *record,
                      unsigned number, struct vtc_stick_slot *slot)
{
    struct vtc_fdio_region region = {target->fd, record->slot_off[number]};
    struct vtc_reader reader = vtc_fdio_reader(&region, record->slot_bytes);
    struct vtc_manifest manifest;
    struct vtc_fat_node node;
    struct vtc_fat fat;
    char *text;

    memset(slot, 0, sizeof(*slot));
    if (vtc_fat_open(&fat, &reader) || vtc_fat_find(&fat, "/ventoc/manifest", &node) ||
        node.is_dir || node.bytes > VTC_MANIFEST_MAX_BYTES)
        return;
    text = malloc((size_t)node.bytes + 1);
    if (!text)
        return;
    if (!vtc_fat_read(&fat, &node, 0, text, node.bytes) &&
        !vtc_manifest_parse(text, node.bytes, &manifest)) {
        slot->readable = 1;
        slot->secure_boot = vtc_secureboot_mode_of(&manifest);
        snprintf(slot->version, sizeof(slot->version), "%s", manifest.version);
        snprintf(slot->grub, sizeof(slot->grub), "%s", manifest.grub);
    }
    free(text);
}

/* The table is the last that a conversion changes. */
static int is_half_converted(const struct vtc_record *record, const struct vtc_table_facts *table)
{
    return record->flags & VTC_RECORD_CONVERTED && table->entry[1].off == record->slot_off[0] &&
           table->entry[1].bytes == VTC_CONVERTED_BOOT_BYTES;
}

/* Boot files behind somebody's partitions, which the table does not name yet (host/keep.h). */
static int is_half_kept(const struct vtc_record *record, const struct vtc_table_facts *table)
{
    return record->flags & VTC_RECORD_CONVERTED && !table->entry[1].used && table->entry[0].used &&
           table->entry[0].off == record->data_off &&
           table->gpt == !!(record->flags & VTC_RECORD_GPT);
}

static int check_table(const struct vtc_target *target, const struct vtc_table_facts *table,
                       struct vtc_stick *stick, struct vtc_error *err)
{
    const struct vtc_record *record = &stick->record;
    const char *path = target->dev->path;
    int rc;

    if (record->data_off + record->data_bytes > target->dev->bytes)
        return FAIL(copy_hint, "%s: is smaller than the disk that was installed to", path);
    stick->gpt = table->gpt;
    stick->data_bytes = table->entry[0].bytes;
    for (stick->live = 0; stick->live < VTC_SLOT_COUNT; stick->live++)
        if (table->entry[1].used && table->entry[1].off == record->slot_off[stick->live])
            break;
    if (stick->live == VTC_SLOT_COUNT) {
        stick->live = 0;
        if (is_half_kept(record, table)) {
            rc = FAIL(mend_hint, "%s: the installation on it did not end", path);
            vtc_error_hint(err, "To complete it: ventoc -i --keep %s (its files are untouched).",
                           path);
            return rc;
        }
        return FAIL(mend_hint,
                    "%s: entry 2 of the partition table is not one of the stick's boot slots",
                    path);
    }
    if (!table->entry[0].used || table->entry[0].off != record->data_off)
        return FAIL(mend_hint, "%s: entry 1 of the partition table is not the data partition",
                    path);
    if (table->gpt != !!(record->flags & VTC_RECORD_GPT))
        return FAIL(mend_hint, "%s: the partition table is not of the type that was installed",
                    path);
    if (is_half_converted(record, table)) {
        stick->half_converted = 1;
        rc = FAIL(mend_hint, "%s: its conversion from Ventoy did not end", path);
        vtc_error_hint(err, "To complete it: ventoc -u %s (its files are untouched).", path);
        return rc;
    }
    if (!stick->slot[stick->live].readable) {
        stick->live_damaged = 1;
        rc = FAIL(mend_hint, "%s: boot slot %c is damaged", path,
                  vtc_stick_slot_letter(stick->live));
        if (stick->slot[!stick->live].readable)
            vtc_error_hint(err,
                           "To mend it, keeping its files: ventoc repair %s. To start version %s "
                           "from the other slot: ventoc -u --rollback %s",
                           path, stick->slot[!stick->live].version, path);
        return rc;
    }
    return 0;
}

int vtc_stick_read(const struct vtc_target *target, struct vtc_stick *stick, struct vtc_error *err)
{
    const struct vtc_device *dev = target->dev;
    struct vtc_table_facts table;
    int rc;

    memset(stick, 0, sizeof(*stick));
    rc = vtc_stick_read_record(target, &stick->record, err);
    if (rc)
        return rc;
    for (unsigned i = 0; i < VTC_SLOT_COUNT; i++)
        read_slot(target, &stick->record, i, &stick->slot[i]);
    if (dev->kind != VTC_DEVICE_FILE && dev->sector_bytes != stick->record.sector_bytes)
        return FAIL(copy_hint, "%s: was installed for sectors of %u bytes, but has %u", dev->path,
                    stick->record.sector_bytes, dev->sector_bytes);
    rc = vtc_table_read(target->fd, dev->path, stick->record.sector_bytes, &table, err);
    if (rc == -ENOENT)
        return FAIL(mend_hint, "%s: there is no partition table: its installation did not end",
                    dev->path);
    return rc ? rc : check_table(target, &table, stick, err);
}

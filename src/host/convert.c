/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/convert.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ventoc/exfat.h>
#include <ventoc/fat.h>

#include "host/fdio.h"
#include "host/plan_record.h"
#include "host/probe.h"
#include "host/stickid.h"
#include "host/switch.h"
#include "host/ventoy.h"

/* The label is a courtesy: one that the record cannot hold is left out. */
static void take_label(const struct vtc_target *target, struct vtc_record *record)
{
    struct vtc_probe_area area = {record->data_off, record->data_bytes};
    uint8_t bytes[VTC_RECORD_BYTES];
    struct vtc_probe_signature sig;

    if (vtc_probe_first(target->fd, area, 512, &sig) == 1)
        snprintf(record->label, sizeof(record->label), "%s", sig.label);
    if (vtc_record_encode(record, bytes))
        record->label[0] = '\0';
}

static void make_record(const struct vtc_target *target, const struct vtc_table_facts *table,
                        struct vtc_record *record)
{
    const struct vtc_table_entry *data = &table->entry[0], *boot = &table->entry[1];
    uint64_t end = target->dev->bytes - (table->gpt ? vtc_table_tail_bytes(512) : 0);

    memset(record, 0, sizeof(*record));
    vtc_stickid_new(record->uuid);
    record->format = VTC_RECORD_FORMAT;
    record->sector_bytes = 512;
    record->flags = VTC_RECORD_CONVERTED | (table->gpt ? VTC_RECORD_GPT : 0);
    record->disk_bytes = target->dev->bytes;
    record->data_off = data->off;
    record->data_bytes = data->bytes;
    record->reserve_bytes = (end - boot->off - boot->bytes) / VTC_MIB * VTC_MIB;
    record->slot_off[0] = boot->off;
    record->slot_off[1] = boot->off + VTC_CONVERTED_SLOT_BYTES;
    record->slot_bytes = VTC_CONVERTED_SLOT_BYTES;
    take_label(target, record);
}

/* Is this the record of a conversion that began on this table? */
static int is_begun(const struct vtc_record *record, const struct vtc_table_facts *table)
{
    return record->flags & VTC_RECORD_CONVERTED && record->data_off == table->entry[0].off &&
           record->data_bytes == table->entry[0].bytes &&
           record->slot_off[0] == table->entry[1].off &&
           record->slot_off[1] == table->entry[1].off + VTC_CONVERTED_SLOT_BYTES &&
           record->slot_bytes == VTC_CONVERTED_SLOT_BYTES &&
           !(record->flags & VTC_RECORD_GPT) == !table->gpt;
}

/* Is there a ventoy/ventoy.json? exFAT and FAT can be looked into; on others there may be one. */
static int has_settings(const struct vtc_reader *disk, int fd, const struct vtc_record *record)
{
    static const char path[] = "/ventoy/ventoy.json";
    struct vtc_fdio_region region = {fd, record->data_off};
    struct vtc_reader part = vtc_fdio_reader(&region, record->data_bytes);
    struct vtc_exfat_node exfat_node;
    struct vtc_fat_node fat_node;
    struct vtc_exfat exfat;
    struct vtc_fat fat;

    if (vtc_exfat_open(&exfat, disk, record->data_off, record->data_bytes) == VTC_OK)
        return vtc_exfat_lookup(&exfat, path, &exfat_node) != VTC_ENOENT;
    if (vtc_fat_open(&fat, &part) == VTC_OK)
        return vtc_fat_find(&fat, path, &fat_node) != VTC_ENOENT;
    return 1;
}

int vtc_convert_find(const struct vtc_target *target, struct vtc_stick *stick,
                     struct vtc_convert *convert)
{
    struct vtc_fdio_region region = {target->fd, 0};
    struct vtc_reader reader = vtc_fdio_reader(&region, target->dev->bytes);
    struct vtc_table_facts table;
    struct vtc_record record;
    struct vtc_ventoy ventoy;
    int begun, rc = vtc_ventoy_read_table(target, &table);

    if (rc)
        return rc;
    begun = vtc_record_read(&reader, &record) == VTC_OK && is_begun(&record, &table);
    rc = vtc_ventoy_read(target, &ventoy);
    if (rc && !(rc == -ENOENT && begun))
        return rc;
    memset(stick, 0, sizeof(*stick));
    memset(convert, 0, sizeof(*convert));
    if (!rc)
        memcpy(convert->ventoy, ventoy.version, sizeof(convert->ventoy));
    if (begun)
        stick->record = record;
    else
        make_record(target, &table, &stick->record);
    stick->gpt = table.gpt;
    stick->data_bytes = table.entry[0].bytes;
    stick->half_converted = 1;
    convert->has_settings = has_settings(&reader, target->fd, &stick->record);
    return 0;
}

int vtc_convert_plan(const struct vtc_target *target, const struct vtc_stick *stick,
                     const struct vtc_payload *payload, struct vtc_plan *plan,
                     struct vtc_upgrade *upgrade, struct vtc_error *err)
{
    int rc;

    memset(upgrade, 0, sizeof(*upgrade));
    if (err)
        err->kind = VTC_ERROR_NONE;
    rc = vtc_plan_record(plan, &stick->record, target->fd, err);
    vtc_plan_barrier(plan);
    upgrade->switch_stage = plan->stage;
    if (!rc)
        rc = vtc_upgrade_plan_slot(target->fd, stick, 0, payload, plan);
    vtc_plan_barrier(plan);
    if (!rc)
        rc = vtc_switch_plan(target, stick, &payload->boot, 0, plan, err);
    if (rc && err && err->kind == VTC_ERROR_NONE)
        vtc_error_set(err, VTC_ERROR_FAILED, rc, NULL, "%s: cannot plan the conversion: %s",
                      target->dev->path, strerror(-rc));
    return rc;
}

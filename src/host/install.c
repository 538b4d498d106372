/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/install.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ventoc/layout.h>

#include "host/bootcode.h"
#include "host/mkfs.h"
#include "host/plan_record.h"
#include "host/stickid.h"

#define HEAD_ZERO_BYTES VTC_MIB        /* table, boot code and cores of the old stick */
#define TAIL_ZERO_BYTES VTC_MIB        /* backup GPT, RAID superblocks, ZFS labels */
#define SLOT_ZERO_BYTES (64 * 1024ull) /* enough that no file system shows in an empty slot */
#define DATA_MIN_BYTES  (64 * VTC_MIB)
#define MAX_OLD_PARTS   256

int vtc_install_layout(const struct vtc_device *dev, const struct vtc_install_options *options,
                       struct vtc_install *install, struct vtc_error *err)
{
    struct vtc_table_spec *table = &install->table;
    struct vtc_record *record = &install->record;
    uint64_t end, free_bytes;
    int rc = vtc_mkfs_check_label(options->label, err);

    if (rc)
        return rc;
    memset(install, 0, sizeof(*install));
    install->forced_gpt = !options->gpt && dev->bytes / dev->sector_bytes > VTC_MBR_MAX_SECTORS;
    table->gpt = options->gpt || install->forced_gpt;
    table->sector_bytes = dev->sector_bytes;
    table->disk_bytes = dev->bytes;
    table->label = options->label;
    table->slot_off = VTC_SLOT_A_OFF;
    table->slot_bytes = VTC_SLOT_BYTES;
    table->data_off = VTC_DATA_OFF;
    end = dev->bytes - (table->gpt ? vtc_table_tail_bytes(dev->sector_bytes) : 0);
    free_bytes = end - VTC_DATA_OFF;
    if (options->reserve_bytes > free_bytes ||
        free_bytes - options->reserve_bytes < DATA_MIN_BYTES) {
        rc = vtc_error_set(err, VTC_ERROR_REFUSED, -ENOSPC, NULL,
                           "%s: a reserve of %llu MiB leaves no room for the data partition",
                           dev->path, options->reserve_bytes / VTC_MIB);
        vtc_error_hint(err, "At most %llu MiB can be reserved on it.",
                       (free_bytes - DATA_MIN_BYTES) / VTC_MIB);
        return rc;
    }
    table->data_bytes = (free_bytes - options->reserve_bytes) / VTC_MIB * VTC_MIB;
    vtc_stickid_new(record->uuid);
    record->format = VTC_RECORD_FORMAT;
    record->sector_bytes = dev->sector_bytes;
    record->flags =
        (table->gpt ? VTC_RECORD_GPT : 0) | (dev->sector_bytes == 512 ? 0 : VTC_RECORD_NO_BIOS);
    record->disk_bytes = dev->bytes;
    record->data_off = table->data_off;
    record->data_bytes = table->data_bytes;
    record->reserve_bytes = options->reserve_bytes;
    record->slot_off[0] = VTC_SLOT_A_OFF;
    record->slot_off[1] = VTC_SLOT_B_OFF;
    record->slot_bytes = VTC_SLOT_BYTES;
    snprintf(record->label, sizeof(record->label), "%s", options->label);
    return 0;
}

int vtc_install_find_signatures(int fd, const struct vtc_install *install,
                                struct vtc_probe_list *list, struct vtc_error *err)
{
    const struct vtc_table_spec *table = &install->table;
    struct vtc_probe_area area[MAX_OLD_PARTS + 4] = {
        {0, table->disk_bytes},
        {VTC_SLOT_A_OFF, VTC_SLOT_BYTES},
        {VTC_SLOT_B_OFF, VTC_SLOT_BYTES},
        {table->data_off, table->data_bytes},
    };
    int old =
        vtc_probe_partitions(fd, table->disk_bytes, table->sector_bytes, area + 4, MAX_OLD_PARTS);
    int rc = 0;

    for (int i = 0; !rc && i < 4 + (old > 0 ? old : 0); i++)
        rc = vtc_probe_area(fd, area[i], table->sector_bytes, list, err);
    return rc;
}

static uint64_t round_down(uint64_t value, uint64_t unit)
{
    return value / unit * unit;
}

/* Is the range a part of one that is zeroed already? */
static int is_planned(const struct vtc_plan *plan, uint64_t first, uint64_t end)
{
    for (size_t i = 0; i < plan->count; i++)
        if (first >= plan->entry[i].off && end <= plan->entry[i].off + plan->entry[i].bytes)
            return 1;
    return 0;
}

/* What makes the old content recognisable: both ends, the record, and all magic strings. */
static int plan_wipe(const struct vtc_install *install, const struct vtc_probe_list *old,
                     struct vtc_plan *plan)
{
    uint64_t sector = install->table.sector_bytes, disk = install->table.disk_bytes;
    int rc = vtc_plan_add_zero(plan, 0, sector, "old table removed");

    /* Before anything else goes: without sector 0 neither an MBR nor a GPT is taken for one. */
    vtc_plan_barrier(plan);
    if (!rc)
        rc = vtc_plan_add_zero(plan, sector, HEAD_ZERO_BYTES - sector, "old boot code removed");
    if (!rc)
        rc = vtc_plan_add_zero(plan, disk - TAIL_ZERO_BYTES, TAIL_ZERO_BYTES,
                               "old backup table removed");
    if (!rc)
        rc = vtc_plan_add_zero(plan, VTC_RECORD_OFF_1, sector, "old stick record removed");
    if (!rc)
        rc = vtc_plan_add_zero(plan, VTC_RECORD_OFF_2, sector, "old stick record removed");
    if (!rc)
        rc = vtc_plan_add_zero(plan, VTC_SLOT_B_OFF, SLOT_ZERO_BYTES, "slot B emptied");
    for (size_t i = 0; !rc && i < old->count; i++) {
        uint64_t first = round_down(old->v[i].off, sector), end;

        if (old->v[i].off >= disk || old->v[i].bytes > disk - old->v[i].off)
            continue;
        end = round_down(old->v[i].off + old->v[i].bytes + sector - 1, sector);
        if (!is_planned(plan, first, end))
            rc = vtc_plan_add_zero(plan, first, end - first, "old signature removed");
    }
    return rc;
}

static int plan_core(const struct vtc_install *install, const struct vtc_payload *payload,
                     struct vtc_plan *plan, struct vtc_error *err)
{
    uint32_t lba512 = vtc_core_lba512(0, install->table.gpt);
    size_t bytes = vtc_bootcode_core_bytes(payload->core.count);
    uint8_t *core = malloc(bytes);
    int rc;

    if (!core)
        return -ENOMEM;
    rc = vtc_bootcode_patch_core(payload->core.bytes, payload->core.count, lba512, core);
    if (rc) {
        free(core);
        return vtc_error_set(err, VTC_ERROR_PAYLOAD, rc, NULL, "%s: core.img has a wrong size",
                             payload->dir);
    }
    rc = vtc_plan_own_memory(plan, core);
    return rc ? rc : vtc_plan_add_memory(plan, lba512 * 512ull, core, bytes, "BIOS core, slot A");
}

/* Backup, primary, and then sector 0, which makes it a stick. */
static int plan_table(const struct vtc_install *install, const struct vtc_payload *payload,
                      struct vtc_plan *plan, struct vtc_error *err)
{
    uint32_t sector = install->table.sector_bytes;
    struct vtc_table_sectors sectors;
    int rc = vtc_table_build(&install->table, &sectors, err);

    if (rc)
        return rc;
    if (payload->boot.bytes)
        rc = vtc_bootcode_patch_boot(payload->boot.bytes, payload->boot.count,
                                     vtc_core_lba512(0, install->table.gpt), sectors.head);
    if (rc) {
        vtc_table_free(&sectors);
        return vtc_error_set(err, VTC_ERROR_PAYLOAD, rc, NULL, "%s: boot.img is no boot sector",
                             payload->dir);
    }
    rc = vtc_plan_own_memory(plan, sectors.head);
    if (rc) {
        free(sectors.tail);
        return rc;
    }
    rc = vtc_plan_own_memory(plan, sectors.tail);
    if (!rc)
        rc = vtc_plan_add_memory(plan, sectors.tail_off, sectors.tail, sectors.tail_bytes,
                                 "backup GPT");
    if (!rc)
        rc = vtc_plan_add_memory(plan, sector, sectors.head + sector, sectors.head_bytes - sector,
                                 "GPT");
    if (!rc) {
        vtc_plan_barrier(plan);
        rc = vtc_plan_add_memory(plan, 0, sectors.head, sector,
                                 install->table.gpt ? "boot sector"
                                                    : "boot sector and partition table");
    }
    return rc;
}

int vtc_install_plan(const struct vtc_install *install, const struct vtc_payload *payload,
                     const struct vtc_probe_list *old, struct vtc_plan *plan, struct vtc_error *err)
{
    const struct vtc_table_spec *table = &install->table;
    int rc = plan_wipe(install, old, plan);

    if (err)
        err->kind = VTC_ERROR_NONE;
    vtc_plan_barrier(plan);
    if (!rc)
        rc = vtc_plan_add_memory(plan, VTC_SLOT_A_OFF, payload->slot.bytes, payload->slot.count,
                                 "boot files, slot A");
    if (!rc && payload->core.bytes)
        rc = plan_core(install, payload, plan, err);
    if (!rc)
        rc = vtc_mkfs_exfat(plan, table->data_off, table->data_bytes, table->sector_bytes,
                            table->label, err);
    if (!rc)
        rc = vtc_plan_record(plan, &install->record, -1, err);
    vtc_plan_barrier(plan);
    if (!rc)
        rc = plan_table(install, payload, plan, err);
    if (rc && err && err->kind == VTC_ERROR_NONE)
        vtc_error_set(err, VTC_ERROR_FAILED, rc, NULL, "cannot plan the installation: %s",
                      strerror(-rc));
    return rc;
}

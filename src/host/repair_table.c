/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Partition table and boot code, mended from the copy that is good and from the record. */
#include "host/repair.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <ventoc/bytes.h>
#include <ventoc/disk_parts.h>

#include "host/bootcode.h"
#include "host/fdio.h"

#define MBR_ENTRIES_AT    446
#define MBR_ENTRY_BYTES   16u
#define GPT_ENTRIES_BYTES 16384u

static const char shrink_hint[] =
    "Look at it with a partitioning tool; \"ventoc -I\" installs the stick anew (this erases its "
    "files).";

/* ---- sector 0 ------------------------------------------------------------------------------ */

static int boot_code(struct vtc_repair_job *job, uint8_t *sector)
{
    const struct vtc_check *check = job->check;
    uint32_t lba512 = vtc_check_core_lba512(check, job->repair->live);

    if (check->code == VTC_CHECK_CODE_NONE)
        return 0;
    if (check->code != VTC_CHECK_CODE_BAD) {
        vtc_put_le64(sector + VTC_BOOT_KERNEL_LBA_AT, lba512);
        return 0;
    }
    if (vtc_repair_can_install(job, job->repair->live) && job->payload->boot.bytes)
        return vtc_bootcode_patch_boot(job->payload->boot.bytes, job->payload->boot.count, lba512,
                                       sector);
    vtc_repair_refuse(job, "boot_code",
                      "Install ventoc of that version or a newer one with its boot files, or name "
                      "their directory: --payload DIR. Until then it boots on UEFI only.",
                      "the boot code is damaged, and boot files of the same or a newer version are "
                      "not installed here");
    return 0;
}

/* The sector as it shall be. fresh: of a table that was made from the record. */
static void table_of_sector0(const struct vtc_repair_job *job, const uint8_t *fresh,
                             uint8_t *sector)
{
    const struct vtc_check *check = job->check;
    int is_gpt = !!(check->record.flags & VTC_RECORD_GPT);

    if (!check->is_mbr && !is_gpt && vtc_le32(sector + VTC_BOOT_CODE_BYTES) && vtc_mbr_ok(sector)) {
        /* Only the signature is lost: entries 3 and 4 are the owner's. */
        memcpy(sector + MBR_ENTRIES_AT, fresh + MBR_ENTRIES_AT, 2 * MBR_ENTRY_BYTES);
        memcpy(sector + 510, fresh + 510, 2);
    } else if (!check->is_mbr) {
        memcpy(sector + VTC_BOOT_CODE_BYTES, fresh + VTC_BOOT_CODE_BYTES,
               512 - VTC_BOOT_CODE_BYTES);
    } else if (!is_gpt) {
        if (!check->entry_good[0])
            memcpy(sector + MBR_ENTRIES_AT, fresh + MBR_ENTRIES_AT, MBR_ENTRY_BYTES);
        if (!check->entry_good[1] || check->live != (int)job->repair->live)
            memcpy(sector + MBR_ENTRIES_AT + MBR_ENTRY_BYTES,
                   fresh + MBR_ENTRIES_AT + MBR_ENTRY_BYTES, MBR_ENTRY_BYTES);
    }
}

/* What stays of it is written back: twice the same, or not at all. Zeros where it was unreadable all the
 * time. */
static int read_sector0(const struct vtc_repair_job *job, uint8_t *sector, uint32_t bytes)
{
    uint8_t *again = malloc(bytes);
    int rc = again ? vtc_fdio_read(job->target->fd, 0, sector, bytes) : -ENOMEM;

    if (!rc)
        rc = vtc_fdio_read(job->target->fd, 0, again, bytes);
    if (!rc && memcmp(sector, again, bytes) != 0)
        rc = -EIO;
    free(again);
    if (rc && rc != -ENOMEM && !job->check->is_mbr) {
        memset(sector, 0, bytes);
        return 0;
    }
    return rc ? vtc_error_set(job->err, VTC_ERROR_FAILED, rc,
                              "Nothing was written. Run the repair again; if it goes on like this, "
                              "copy the files away and use another disk.",
                              "%s: sector 0 cannot be read reliably", job->target->dev->path)
              : 0;
}

static int plan_sector0(struct vtc_repair_job *job, const uint8_t *fresh)
{
    uint32_t bytes = job->check->record.sector_bytes;
    uint8_t *sector = calloc(1, bytes);
    int rc = sector ? vtc_plan_own_memory(job->plan, sector) : -ENOMEM;

    if (rc)
        return rc;
    rc = read_sector0(job, sector, bytes);
    if (rc)
        return rc;
    table_of_sector0(job, fresh, sector);
    rc = boot_code(job, sector);
    return rc ? rc
              : vtc_repair_difference(job, 0, sector, bytes,
                                      job->check->record.flags & VTC_RECORD_GPT
                                          ? "boot sector"
                                          : "boot sector and partition table");
}

/* ---- GPT ----------------------------------------------------------------------------------- */

static int memory_read(void *ctx, uint64_t off, void *buf, uint32_t bytes)
{
    memcpy(buf, (const uint8_t *)ctx + off, bytes);
    return VTC_OK;
}

/* A good copy to begin with, as copy: the stick's, else the fresh one. Its entries are its own. */
static int first_copy(const struct vtc_check *check, const struct vtc_gptcopy *fresh,
                      struct vtc_gptcopy *copy)
{
    *copy = check->gpt_used >= 0 ? check->gpt[check->gpt_used] : *fresh;
    copy->entries = malloc(copy->entries_bytes);
    if (!copy->entries)
        return -ENOMEM;
    memcpy(copy->entries,
           check->gpt_used >= 0 ? check->gpt[check->gpt_used].entries : fresh->entries,
           copy->entries_bytes);
    return 0;
}

/* Entries 1 and 2 by the record. The live slot's keeps its identity when only its place changes. */
static void set_entries(const struct vtc_repair_job *job, const struct vtc_gptcopy *fresh,
                        struct vtc_gptcopy *copy)
{
    const struct vtc_check *check = job->check;
    uint8_t *second = copy->entries + copy->entry_bytes;

    if (!check->entry_good[0])
        memcpy(copy->entries, fresh->entries, fresh->entry_bytes);
    if (!check->entry_good[1])
        memcpy(second, fresh->entries + fresh->entry_bytes, fresh->entry_bytes);
    else
        memcpy(second + 32, fresh->entries + fresh->entry_bytes + 32, 16);
}

/* Do all partitions end before the backup, which goes to the end of the disk? */
static int fits(const struct vtc_gptcopy *copy, uint64_t last_usable_lba)
{
    uint64_t off, bytes;

    for (uint32_t i = 0; i < copy->entry_count; i++)
        if (vtc_gptcopy_entry(copy, i, &off, &bytes) &&
            (off + bytes) / copy->sector_bytes - 1 > last_usable_lba)
            return 0;
    return 1;
}

static int plan_copies(struct vtc_repair_job *job, struct vtc_gptcopy *copy)
{
    uint32_t sector = copy->sector_bytes;
    uint64_t last = job->target->dev->bytes / sector - 1,
             spare = last - copy->entries_bytes / sector;
    uint8_t *header, *entries = copy->entries;
    int rc;

    copy->entries = NULL; /* the plan's from here on */
    rc = vtc_plan_own_memory(job->plan, entries);
    header = rc ? NULL : malloc(2 * sector);
    if (!header)
        return rc ? rc : -ENOMEM;
    rc = vtc_plan_own_memory(job->plan, header);
    if (rc)
        return rc;
    vtc_gptcopy_at(copy, last, 1, spare, header);
    vtc_gptcopy_at(copy, 1, last, 2, header + sector);
    /* The only good copy is the last that is written to. */
    for (unsigned i = 0; !rc && i < 2; i++) {
        int primary = i == (job->check->gpt_used == 1 ? 0 : 1);

        rc =
            vtc_repair_difference(job, (primary ? 2 : spare) * sector, entries, copy->entries_bytes,
                                  primary ? "primary GPT, entries" : "backup GPT, entries");
        if (!rc)
            rc = vtc_repair_difference(job, (primary ? 1 : last) * sector,
                                       header + (primary ? sector : 0), sector,
                                       primary ? "primary GPT, header" : "backup GPT, header");
        vtc_plan_barrier(job->plan);
    }
    return rc;
}

/* *done: 0 when it has to stay as it is. */
static int plan_gpt(struct vtc_repair_job *job, const struct vtc_table_sectors *sectors, int *done)
{
    const struct vtc_check *check = job->check;
    uint32_t sector = check->record.sector_bytes;
    struct vtc_reader reader = {memory_read, sectors->head, sectors->head_bytes};
    struct vtc_gptcopy fresh, copy = {0};
    uint64_t last_usable;
    int rc = vtc_gptcopy_read(&reader, sector, 1, &fresh);

    *done = 0;
    if (!rc && fresh.state != VTC_GPTCOPY_GOOD)
        rc = -EBADMSG;
    if (!rc)
        rc = first_copy(check, &fresh, &copy);
    if (!rc && (copy.entries_bytes != GPT_ENTRIES_BYTES || copy.entry_bytes != fresh.entry_bytes)) {
        vtc_repair_refuse(job, "gpt_primary", shrink_hint,
                          "the GPT has an unusual number of entries: it is left alone");
    } else if (!rc) {
        last_usable = job->target->dev->bytes / sector - 2 - copy.entries_bytes / sector;
        set_entries(job, &fresh, &copy);
        vtc_put_le64(copy.header + 48, last_usable);
        vtc_gptcopy_seal(&copy);
        *done = fits(&copy, last_usable);
        if (*done)
            rc = plan_copies(job, &copy);
        else
            vtc_repair_refuse(job, "gpt_backup", shrink_hint,
                              "a partition lies where the backup GPT belongs: it is left alone");
    }
    vtc_gptcopy_free(&fresh);
    vtc_gptcopy_free(&copy);
    return rc;
}

/* ---- all ----------------------------------------------------------------------------------- */

/* Is all of it as it should be, with this slot live? */
static int is_whole(const struct vtc_check *check, unsigned live)
{
    int is_gpt = !!(check->record.flags & VTC_RECORD_GPT);

    if (!check->is_mbr || !check->entry_good[0] || !check->entry_good[1] ||
        check->live != (int)live)
        return 0;
    if (check->code != VTC_CHECK_CODE_NONE &&
        (check->code == VTC_CHECK_CODE_BAD || check->boot_slot != (int)live))
        return 0;
    return !is_gpt || check->gpt_is_whole;
}

int vtc_repair_table(struct vtc_repair_job *job)
{
    const struct vtc_check *check = job->check;
    const struct vtc_record *record = &check->record;
    struct vtc_table_spec *spec = &job->repair->table;
    struct vtc_table_sectors sectors;
    uint64_t data_bytes = check->entry[0].bytes;
    int done = 1, rc;

    if (!check->entry_good[0])
        data_bytes = job->data_bytes;
    *spec = (struct vtc_table_spec){.gpt = !!(record->flags & VTC_RECORD_GPT),
                                    .sector_bytes = record->sector_bytes,
                                    .disk_bytes = job->target->dev->bytes,
                                    .data_off = record->data_off,
                                    .data_bytes = data_bytes,
                                    .slot_off = record->slot_off[job->repair->live],
                                    .slot_bytes = record->slot_bytes,
                                    .label = record->label};
    if (is_whole(check, job->repair->live))
        return 0;
    rc = vtc_table_build(spec, &sectors, job->err);
    if (rc)
        return rc;
    if (spec->gpt)
        rc = plan_gpt(job, &sectors, &done);
    if (!rc && done)
        rc = plan_sector0(job, sectors.head);
    if (!done)
        spec->data_bytes = 0;
    vtc_table_free(&sectors);
    return rc;
}

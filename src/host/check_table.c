/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The partition table, copy by copy, compared with the stick record. */
#include "host/check.h"

#include <inttypes.h>
#include <string.h>

#include <ventoc/bytes.h>
#include <ventoc/disk_parts.h>

#include "host/fdio.h"
#include "host/stick.h"

#define MBR_ENTRIES_AT  446
#define MBR_ENTRY_BYTES 16

static const uint8_t basic_data[16] = {0xa2, 0xa0, 0xd0, 0xeb, 0xe5, 0xb9, 0x33, 0x44,
                                       0x87, 0xc0, 0x68, 0xb6, 0xb7, 0x26, 0x99, 0xc7};

/* What the table that counts says, of either kind. */
struct table {
    const struct vtc_target *target;
    struct vtc_check *check;
    int is_gpt;
};

static void mend(const struct table *t)
{
    vtc_check_hint(t->check, "Mend it: ventoc repair %s", t->target->dev->path);
}

static void bad(const struct table *t, const char *part, enum vtc_check_level level,
                const char *text)
{
    vtc_check_add(t->check, part, level, "%s", text);
    mend(t);
}

/* ---- the two copies of a GPT --------------------------------------------------------------- */

static void say_copy(const struct table *t, unsigned i)
{
    struct vtc_check *check = t->check;
    const struct vtc_gptcopy *copy = &check->gpt[i];
    const char *part = i ? "gpt_backup" : "gpt_primary", *name = i ? "backup" : "primary";

    if (copy->state == VTC_GPTCOPY_GOOD) {
        vtc_check_add(check, part, VTC_CHECK_GOOD, "the %s GPT is good", name);
        return;
    }
    /* Nothing but a person at a partitioning tool reads the backup while the primary is good. */
    vtc_check_add(check, part, i && check->gpt_used == 0 ? VTC_CHECK_WARNING : VTC_CHECK_ERROR,
                  "the %s GPT %s", name, vtc_gptcopy_state_words(copy->state));
    mend(t);
}

static void compare_copies(const struct table *t)
{
    struct vtc_check *check = t->check;
    uint64_t last = t->target->dev->bytes / check->record.sector_bytes - 1;

    check->gpt_is_whole =
        check->gpt[0].state == VTC_GPTCOPY_GOOD && check->gpt[1].state == VTC_GPTCOPY_GOOD &&
        check->gpt[0].alternate_lba == last && vtc_gptcopy_agree(&check->gpt[0], &check->gpt[1]);
    if (check->gpt_used == 0 && check->gpt[0].alternate_lba != last) {
        vtc_check_add(check, "gpt_backup", VTC_CHECK_WARNING,
                      "the backup GPT is not at the end of the disk (was it copied to a larger "
                      "one?)");
        mend(t);
    }
    if (check->gpt[0].state == VTC_GPTCOPY_GOOD && check->gpt[1].state == VTC_GPTCOPY_GOOD &&
        !vtc_gptcopy_agree(&check->gpt[0], &check->gpt[1])) {
        vtc_check_add(check, "gpt_backup", VTC_CHECK_WARNING,
                      "the primary and the backup GPT contradict each other: an upgrade did not "
                      "end, or a program changed only one of them");
        mend(t);
    }
}

static int read_gpt(const struct table *t, const struct vtc_reader *disk)
{
    struct vtc_check *check = t->check;
    uint32_t sector = check->record.sector_bytes;
    uint64_t last = disk->bytes / sector - 1, backup = last;
    int rc = vtc_gptcopy_read(disk, sector, 1, &check->gpt[0]);

    if (check->gpt[0].state == VTC_GPTCOPY_GOOD && check->gpt[0].alternate_lba <= last)
        backup = check->gpt[0].alternate_lba;
    if (!rc)
        rc = vtc_gptcopy_read(disk, sector, backup, &check->gpt[1]);
    if (rc)
        return rc;
    check->gpt_used = check->gpt[0].state == VTC_GPTCOPY_GOOD   ? 0
                      : check->gpt[1].state == VTC_GPTCOPY_GOOD ? 1
                                                                : -1;
    say_copy(t, 0);
    say_copy(t, 1);
    compare_copies(t);
    return 0;
}

/* ---- entries ------------------------------------------------------------------------------- */

/* Entry index, from 0. Returns 1 and its place, or 0 when it is not used. */
static int entry_at(const struct table *t, uint32_t index, struct vtc_table_entry *entry)
{
    const struct vtc_check *check = t->check;
    const uint8_t *e = check->sector0 + MBR_ENTRIES_AT + MBR_ENTRY_BYTES * (size_t)index;

    memset(entry, 0, sizeof(*entry));
    if (t->is_gpt) {
        entry->used = check->gpt_used >= 0 && vtc_gptcopy_entry(&check->gpt[check->gpt_used], index,
                                                                &entry->off, &entry->bytes);
        return entry->used;
    }
    if (index >= 4 || !check->is_mbr || !e[4])
        return 0;
    entry->used = 1;
    entry->off = (uint64_t)vtc_le32(e + 8) * check->record.sector_bytes;
    entry->bytes = (uint64_t)vtc_le32(e + 12) * check->record.sector_bytes;
    return 1;
}

static uint32_t entry_count(const struct table *t)
{
    return !t->is_gpt               ? 4
           : t->check->gpt_used < 0 ? 0
                                    : t->check->gpt[t->check->gpt_used].entry_count;
}

/* Entry 1 may have been made longer or shorter since, with its file system: the start counts. */
static void check_data_entry(const struct table *t)
{
    struct vtc_check *check = t->check;
    const struct vtc_record *record = &check->record;
    const struct vtc_table_entry *e = &check->entry[0];

    if (!e->used || e->off != record->data_off) {
        bad(t, "data_partition", VTC_CHECK_ERROR,
            e->used ? "entry 1 of the partition table is not the data partition"
                    : "the data partition is missing in the partition table (entry 1)");
        return;
    }
    if (e->off > t->target->dev->bytes || e->bytes > t->target->dev->bytes - e->off) {
        vtc_check_add(check, "data_partition", VTC_CHECK_ERROR,
                      "the data partition (entry 1) reaches beyond the end of the disk");
        return;
    }
    check->entry_good[0] = 1;
    if (e->bytes < record->data_bytes)
        vtc_check_add(check, "data_partition", VTC_CHECK_WARNING,
                      "entry 1 of the partition table is shorter than the data partition that was "
                      "installed");
    else
        vtc_check_add(check, "data_partition", VTC_CHECK_GOOD,
                      "entry 1 of the partition table is the data partition");
}

/* Types as they are installed: anything else is hidden from UEFI, or shown to people. */
static int slot_type_is_right(const struct table *t)
{
    const struct vtc_check *check = t->check;
    const uint8_t *e;

    if (!t->is_gpt)
        return check->sector0[MBR_ENTRIES_AT + MBR_ENTRY_BYTES + 4] == VTC_MBR_ESP;
    e = check->gpt[check->gpt_used].entries + check->gpt[check->gpt_used].entry_bytes;
    return memcmp(e, basic_data, sizeof(basic_data)) == 0 && e[55] & 0x80;
}

static void check_slot_entry(const struct table *t)
{
    struct vtc_check *check = t->check;
    const struct vtc_table_entry *e = &check->entry[1];

    for (unsigned i = 0; i < VTC_SLOT_COUNT; i++)
        if (e->used && e->off == check->record.slot_off[i])
            check->live = (int)i;
    if (check->live < 0) {
        bad(t, "boot_partition", VTC_CHECK_ERROR,
            e->used ? "entry 2 of the partition table is not one of the stick's boot slots: UEFI "
                      "will not boot it"
                    : "the boot partition is missing in the partition table (entry 2): UEFI will "
                      "not boot it");
    } else if (e->bytes != check->record.slot_bytes) {
        bad(t, "boot_partition", VTC_CHECK_ERROR,
            "entry 2 of the partition table has not the length of a boot slot");
    } else if (!slot_type_is_right(t)) {
        bad(t, "boot_partition", VTC_CHECK_WARNING,
            "entry 2 of the partition table has not the type that was installed");
    } else {
        check->entry_good[1] = 1;
        vtc_check_add(check, "boot_partition", VTC_CHECK_GOOD,
                      "entry 2 of the partition table is slot %c",
                      vtc_stick_slot_letter((unsigned)check->live));
    }
}

static int meets(const struct vtc_table_entry *e, uint64_t off, uint64_t bytes)
{
    return e->bytes && (e->off <= off ? off - e->off < e->bytes : e->off - off < bytes);
}

/* Entry 2 is a slot; what else reaches into slots, into the BIOS cores, or into the data partition? */
static void check_others(const struct table *t)
{
    struct vtc_check *check = t->check;
    const struct vtc_record *r = &check->record;
    struct vtc_table_entry e;

    for (uint32_t i = 0; i < entry_count(t); i++) {
        if (i == 1 || (!i && !check->entry_good[0]) || !entry_at(t, i, &e))
            continue;
        if (!meets(&e, r->slot_off[0], r->slot_bytes) &&
            !meets(&e, r->slot_off[1], r->slot_bytes) &&
            !(i && meets(&e, r->data_off, r->data_bytes)) &&
            (r->flags & VTC_RECORD_NO_BIOS || !meets(&e, 0, VTC_MIB)))
            continue;
        check->overlap = 1;
        vtc_check_add(check, "partitions", VTC_CHECK_ERROR,
                      "partition %" PRIu32 " lies over parts of the stick", i + 1);
        vtc_check_hint(check, "Delete it with a partitioning tool, or install the stick anew.");
    }
}

/* ---- all ----------------------------------------------------------------------------------- */

static void check_sector0(const struct table *t)
{
    struct vtc_check *check = t->check;
    const uint8_t *s = check->sector0, *e = s + MBR_ENTRIES_AT;
    uint64_t lba = vtc_le64(s + VTC_BOOT_KERNEL_LBA_AT);
    int is_signed = s[510] == 0x55 && s[511] == 0xaa;

    check->is_mbr =
        is_signed && (!t->is_gpt || (e[4] == VTC_MBR_PROTECTIVE && vtc_le32(e + 8) == 1));
    if (check->is_mbr)
        vtc_check_add(check, "mbr", VTC_CHECK_GOOD, "sector 0 holds %s MBR",
                      t->is_gpt ? "a protective" : "an");
    else if (!is_signed)
        bad(t, "mbr", VTC_CHECK_ERROR, "there is no partition table in sector 0");
    else
        bad(t, "mbr", VTC_CHECK_ERROR,
            "sector 0 holds no protective MBR: systems will not see the GPT");
    if (!(check->record.flags & VTC_RECORD_NO_BIOS))
        for (unsigned i = 0; i < VTC_SLOT_COUNT; i++)
            if (lba == vtc_check_core_lba512(check, i))
                check->boot_slot = (int)i;
}

int vtc_check_table(const struct vtc_target *target, struct vtc_check *check)
{
    struct vtc_fdio_region region = {target->fd, 0};
    struct vtc_reader disk = vtc_fdio_reader(&region, target->dev->bytes);
    struct table t = {target, check, !!(check->record.flags & VTC_RECORD_GPT)};
    int rc = 0;

    if (vtc_reader_read(&disk, 0, check->sector0, sizeof(check->sector0))) {
        vtc_check_add(check, "mbr", VTC_CHECK_ERROR, "sector 0 cannot be read");
        vtc_check_hint(check, "The medium or its connection is failing; try another port.");
    } else {
        check_sector0(&t);
    }
    if (t.is_gpt)
        rc = read_gpt(&t, &disk);
    if (rc || (t.is_gpt ? check->gpt_used < 0 : !check->is_mbr))
        return rc;
    for (uint32_t i = 0; i < 2; i++)
        entry_at(&t, i, &check->entry[i]);
    check_data_entry(&t);
    check_slot_entry(&t);
    check_others(&t);
    return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A disk that somebody partitioned anew may keep the stick record and parts of the stick for long:
 * then to mend the stick is to destroy what is there now. */
#include "host/repair.h"

#include <string.h>

#include <ventoc/bytes.h>
#include <ventoc/disk_parts.h>

#include "host/fdio.h"
#include "host/probe.h"

#define MBR_ENTRIES_AT  446
#define MBR_ENTRY_BYTES 16u

static const char hint[] = "Look at it with a partitioning tool. To make it a stick again: ventoc "
                           "-I (this erases its files).";

/* A file system of its own; what is left of a boot sector may pass for a partition table. */
static int has_file_system(const struct vtc_repair_job *job, uint64_t off, uint64_t bytes)
{
    uint64_t disk_bytes = job->target->dev->bytes;
    struct vtc_probe_signature found;
    struct vtc_probe_area area = {off, bytes};

    if (off >= disk_bytes)
        return 0;
    if (bytes > disk_bytes - off)
        area.bytes = disk_bytes - off;
    return vtc_probe_first(job->target->fd, area, job->check->record.sector_bytes, &found) > 0 &&
           strcmp(found.type, "dos") != 0 && strcmp(found.type, "gpt") != 0;
}

/* Is the data partition's file system there? job->data_bytes: its length, if it tells. */
static int find_data(struct vtc_repair_job *job)
{
    const struct vtc_record *record = &job->check->record;
    uint64_t disk_bytes = job->target->dev->bytes, volume;
    uint8_t boot[512];

    job->data_bytes = record->data_bytes;
    /* The backup of exFAT's boot sector says as much as the sector. */
    if (vtc_fdio_read(job->target->fd, record->data_off + 12ull * record->sector_bytes, boot,
                      sizeof(boot)) ||
        memcmp(boot + 3, "EXFAT   ", 8) != 0 || boot[108] < 9 || boot[108] > 12)
        return has_file_system(job, record->data_off, record->data_bytes);
    volume = vtc_le64(boot + 72);
    if (volume <= disk_bytes >> boot[108] && volume << boot[108] > job->data_bytes &&
        volume << boot[108] <= disk_bytes - record->data_off)
        job->data_bytes = volume << boot[108];
    return 1;
}

/* New partitions like to begin at 1 MiB, as slot A does: then it is a slot if it is as long as one,
 * or holds what a slot holds. */
static int is_ours(const struct vtc_check *check, uint64_t off, uint64_t bytes)
{
    for (unsigned i = 0; i < VTC_SLOT_COUNT; i++)
        if (off == check->record.slot_off[i] &&
            (bytes == check->record.slot_bytes || check->slot[i].text))
            return 1;
    return off == check->record.data_off;
}

/* Has an entry that should be ours, and is not, a file system of its own? */
static int is_another(const struct vtc_repair_job *job, uint64_t off, uint64_t bytes)
{
    return !is_ours(job->check, off, bytes) && has_file_system(job, off, bytes);
}

static int has_another_partition(const struct vtc_repair_job *job)
{
    const struct vtc_check *check = job->check;
    const uint8_t *s = check->sector0;
    uint32_t sector = check->record.sector_bytes;
    int is_gpt = !!(check->record.flags & VTC_RECORD_GPT);

    for (unsigned i = 0; i < 2; i++)
        if (check->entry[i].used && is_another(job, check->entry[i].off, check->entry[i].bytes))
            return 1;
    /* The four of an MBR that took a GPT's place. */
    for (unsigned i = 0; is_gpt && s[510] == 0x55 && s[511] == 0xaa && i < 4; i++) {
        const uint8_t *e = s + MBR_ENTRIES_AT + MBR_ENTRY_BYTES * i;

        if (e[4] && e[4] != VTC_MBR_PROTECTIVE &&
            is_another(job, (uint64_t)vtc_le32(e + 8) * sector,
                       (uint64_t)vtc_le32(e + 12) * sector))
            return 1;
    }
    return 0;
}

/* A GPT that took an MBR's place lies over the BIOS core of slot A. */
static int has_new_gpt(const struct vtc_repair_job *job, int *rc)
{
    struct vtc_fdio_region region = {job->target->fd, 0};
    struct vtc_reader disk = vtc_fdio_reader(&region, job->target->dev->bytes);
    struct vtc_gptcopy copy;
    int is_new;

    if (job->check->record.flags & VTC_RECORD_GPT)
        return 0;
    *rc = vtc_gptcopy_read(&disk, job->check->record.sector_bytes, 1, &copy);
    is_new = !*rc && copy.state == VTC_GPTCOPY_GOOD;
    vtc_gptcopy_free(&copy);
    return is_new;
}

/* A file system or the like over the whole disk, made without a partition table: all of the stick may
 * still be there below it. An installation leaves no signature; --keep and a conversion may have left
 * old ones in front of the data partition, where a whole table says more. */
static int find_whole_disk(const struct vtc_repair_job *job, struct vtc_probe_signature *found,
                           int *rc)
{
    const struct vtc_check *check = job->check;
    struct vtc_probe_area disk = {0, job->target->dev->bytes};
    struct vtc_probe_list list = {0};
    int is_found = 0;

    if (check->record.flags & VTC_RECORD_CONVERTED && check->entry_good[0] && check->entry_good[1])
        return 0;
    *rc = vtc_probe_area(job->target->fd, disk, check->record.sector_bytes, &list, job->err);
    for (size_t i = 0; !*rc && !is_found && i < list.count; i++)
        if (list.v[i].off < check->record.data_off && strcmp(list.v[i].type, "dos") != 0 &&
            strcmp(list.v[i].type, "gpt") != 0 && strcmp(list.v[i].type, "PMBR") != 0) {
            *found = list.v[i];
            is_found = 1;
        }
    vtc_probe_free(&list);
    return is_found;
}

int vtc_repair_is_foreign(struct vtc_repair_job *job, int *rc)
{
    const struct vtc_check *check = job->check;
    struct vtc_probe_signature whole;

    *rc = 0;
    if (find_whole_disk(job, &whole, rc))
        vtc_repair_refuse(job, "disk", hint,
                          "the whole disk holds %s, made over the stick: nothing is mended",
                          whole.type);
    else if (check->overlap)
        vtc_repair_refuse(job, "partitions", hint,
                          "a partition lies over parts of the stick: nothing is mended");
    else if (has_another_partition(job) || has_new_gpt(job, rc))
        vtc_repair_refuse(job, "partitions", hint,
                          "the disk has been partitioned anew, for something else: nothing is "
                          "mended");
    else if (!check->entry_good[0] && !find_data(job))
        vtc_repair_refuse(job, "data_partition", hint,
                          "entry 1 of the table is not the data partition, and no file system is "
                          "where it should begin: nothing is mended");
    return job->repair->refusal_count != 0;
}

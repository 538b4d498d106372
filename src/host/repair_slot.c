/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The content of a slot that is mended: the other slot's, or the boot files'. */
#include "host/repair.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/bootcode.h"
#include "host/fdio.h"

struct content {
    uint8_t *files, *core; /* core as an image that nobody installed; NULL without BIOS */
    size_t files_bytes, core_bytes;
};

static int take_memory(struct vtc_repair_job *job, size_t bytes, uint8_t **out)
{
    *out = malloc(bytes);
    return *out ? vtc_plan_own_memory(job->plan, *out) : -ENOMEM;
}

/* The other slot, up to its last byte that is not zero: what lies behind is free space. */
static int take_other(struct vtc_repair_job *job, unsigned from, struct content *c)
{
    const struct vtc_check *check = job->check;
    uint32_t sector = check->record.sector_bytes;
    int rc = take_memory(job, check->record.slot_bytes, &c->files);

    if (!rc)
        rc = vtc_fdio_read(job->target->fd, check->record.slot_off[from], c->files,
                           check->record.slot_bytes);
    if (rc)
        return rc;
    c->files_bytes = check->record.slot_bytes;
    while (c->files_bytes && !c->files[c->files_bytes - 1])
        c->files_bytes--;
    c->files_bytes = (c->files_bytes + sector - 1) / sector * sector;
    if (check->record.flags & VTC_RECORD_NO_BIOS)
        return 0;
    c->core_bytes = check->slot[from].core_bytes;
    rc = take_memory(job, c->core_bytes, &c->core);
    return rc ? rc
              : vtc_fdio_read(job->target->fd, vtc_check_core_lba512(check, from) * 512ull, c->core,
                              c->core_bytes);
}

int vtc_repair_slot(struct vtc_repair_job *job, unsigned slot, int from_payload)
{
    const struct vtc_check *check = job->check;
    uint32_t lba512 = vtc_check_core_lba512(check, slot);
    struct content c = {0};
    uint8_t *core;
    int rc;

    if (from_payload)
        c = (struct content){job->payload->slot.bytes, job->payload->core.bytes,
                             job->payload->slot.count, job->payload->core.count};
    rc = from_payload ? 0 : take_other(job, !slot, &c);
    if (!rc && c.files_bytes > check->record.slot_bytes)
        rc = -ENOSPC;
    if (!rc)
        rc = vtc_repair_difference(job, check->record.slot_off[slot], c.files, c.files_bytes,
                                   from_payload ? slot ? "slot B, from the installed boot files"
                                                       : "slot A, from the installed boot files"
                                   : slot       ? "slot B, a copy of slot A"
                                                : "slot A, a copy of slot B");
    if (rc || !c.core)
        return rc;
    rc = take_memory(job, vtc_bootcode_core_bytes(c.core_bytes), &core);
    if (!rc)
        rc = vtc_bootcode_patch_core(c.core, c.core_bytes, lba512, core);
    return rc ? rc
              : vtc_repair_difference(job, lba512 * 512ull, core,
                                      vtc_bootcode_core_bytes(c.core_bytes),
                                      slot ? "BIOS core, slot B" : "BIOS core, slot A");
}

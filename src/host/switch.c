/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/switch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <ventoc/bytes.h>

#include "host/bootcode.h"
#include "host/fdio.h"
#include "host/table.h"

/* The sectors of the table with entry 2 on a slot and the boot code leading there. They belong to
 * the plan. */
static int build(const struct vtc_target *target, const struct vtc_stick *stick,
                 const struct vtc_payload_image *boot, unsigned slot, struct vtc_plan *plan,
                 struct vtc_table_sectors *s, struct vtc_error *err)
{
    const struct vtc_record *record = &stick->record;
    uint8_t code[512];
    int rc = vtc_table_move_slot(target->fd, target->dev->path, target->dev->bytes,
                                 record->sector_bytes, record->slot_off[slot], record->slot_bytes,
                                 stick->half_converted, s, err);

    if (rc)
        return rc;
    memcpy(code, s->head, sizeof(code)); /* what is there already */
    if (!(record->flags & VTC_RECORD_NO_BIOS))
        rc = vtc_bootcode_patch_boot(boot->bytes ? boot->bytes : code,
                                     boot->bytes ? boot->count : sizeof(code),
                                     vtc_core_lba512(slot, stick->gpt), s->head);
    if (rc) {
        vtc_table_free(s);
        return rc;
    }
    rc = vtc_plan_own_memory(plan, s->head);
    if (rc) {
        free(s->tail);
        return rc;
    }
    return vtc_plan_own_memory(plan, s->tail);
}

static int add_tail(struct vtc_plan *plan, const struct vtc_table_sectors *s, const char *reason)
{
    int rc = vtc_plan_add_memory(plan, s->tail_off, s->tail, s->tail_bytes, reason);

    vtc_plan_barrier(plan);
    return rc;
}

static int add_head(struct vtc_plan *plan, const struct vtc_table_sectors *s, uint32_t sector,
                    const char *reason)
{
    int rc = vtc_plan_add_memory(plan, sector, s->head + sector, s->head_bytes - sector, reason);

    vtc_plan_barrier(plan);
    return rc;
}

int vtc_switch_plan(const struct vtc_target *target, const struct vtc_stick *stick,
                    const struct vtc_payload_image *boot, unsigned slot, struct vtc_plan *plan,
                    struct vtc_error *err)
{
    uint32_t sector = stick->record.sector_bytes;
    struct vtc_table_sectors s;
    int rc = build(target, stick, boot, slot, plan, &s, err);

    if (!rc && s.tail_bytes)
        rc = add_tail(plan, &s, "backup GPT switched");
    if (!rc && s.tail_bytes)
        rc = add_head(plan, &s, sector, "GPT switched");
    if (!rc)
        rc = vtc_plan_add_memory(plan, 0, s.head, sector,
                                 stick->gpt ? "boot sector switched"
                                            : "boot sector and partition table switched");
    return rc;
}

/* Is sector 0 as far as asked for what it should be? */
static int boot_is_right(const uint8_t *have, const uint8_t *want, enum vtc_switch_mend what)
{
    switch (what) {
    case VTC_SWITCH_TABLES:
        return 1;
    case VTC_SWITCH_BOOT_SLOT:
        return vtc_le64(have + VTC_BOOT_KERNEL_LBA_AT) == vtc_le64(want + VTC_BOOT_KERNEL_LBA_AT);
    default:
        return memcmp(have, want, VTC_BOOT_CODE_BYTES) == 0;
    }
}

static int add_differences(const struct vtc_table_sectors *s, const uint8_t *head,
                           const uint8_t *tail, uint32_t sector, enum vtc_switch_mend what,
                           struct vtc_plan *plan)
{
    int rc = 0;

    /* Of the copies of a GPT one is what s was made of. Where that is the backup, only the primary
     * differs; so the order is right for both. */
    if (s->tail_bytes && memcmp(tail, s->tail, s->tail_bytes) != 0)
        rc = add_tail(plan, s, "backup GPT mended");
    if (!rc && s->tail_bytes &&
        memcmp(head + sector, s->head + sector, s->head_bytes - sector) != 0)
        rc = add_head(plan, s, sector, "GPT mended");
    if (!rc && !boot_is_right(head, s->head, what)) {
        rc = vtc_plan_add_memory(plan, 0, s->head, sector, "boot sector mended");
        vtc_plan_barrier(plan);
    }
    return rc;
}

int vtc_switch_mend(const struct vtc_target *target, const struct vtc_stick *stick,
                    const struct vtc_payload_image *boot, enum vtc_switch_mend what,
                    struct vtc_plan *plan, struct vtc_error *err)
{
    struct vtc_table_sectors s;
    uint8_t *head, *tail;
    int rc = build(target, stick, boot, stick->live, plan, &s, err);

    if (rc)
        return rc;
    if (stick->record.flags & VTC_RECORD_NO_BIOS)
        what = VTC_SWITCH_TABLES;
    head = malloc(s.head_bytes);
    tail = malloc(s.tail_bytes ? s.tail_bytes : 1);
    rc = head && tail ? vtc_fdio_read(target->fd, 0, head, s.head_bytes) : -ENOMEM;
    if (!rc)
        rc = vtc_fdio_read(target->fd, s.tail_off, tail, s.tail_bytes);
    if (!rc)
        rc = add_differences(&s, head, tail, stick->record.sector_bytes, what, plan);
    free(head);
    free(tail);
    return rc;
}

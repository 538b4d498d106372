/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Grow a file in every tree of an image that shows it. */
#include <ventoc/grow_file.h>

#include <ventoc/mem.h>

#define SECTOR VTC_GROW_SECTOR_BYTES

int vtc_grow_file_append(struct vtc_grow_plan *p, struct vtc_grow_file *f,
                         const struct vtc_grow_tail *tail)
{
    struct vtc_grow_run run;
    uint32_t i, room = (uint32_t)(0 - f->bytes) & (SECTOR - 1);
    uint64_t end;
    int rc = vtc_grow_run_init(&run, tail, f->bytes);

    if (!rc && run.bytes > UINT32_MAX - f->section[f->count - 1].bytes)
        rc = VTC_ENOTSUP;
    if (!rc)
        rc = vtc_grow_plan_pad(p);
    if (rc)
        return rc;
    f->new_lba2048 = (uint32_t)(p->reader.bytes / SECTOR);
    f->new_bytes = f->bytes + run.bytes;
    for (i = 0; !rc && i < f->count; i++) {
        const struct vtc_grow_section *s = &f->section[i];
        uint64_t bytes = (uint64_t)s->bytes + ((0 - s->bytes) & (SECTOR - 1));

        rc = vtc_grow_plan_alias(p, (uint64_t)s->lba2048 * SECTOR, bytes);
    }
    end = (uint64_t)f->new_lba2048 * SECTOR + f->bytes;
    if (!rc)
        rc = vtc_grow_run_fill(p, &run, end, room);
    if (!rc)
        rc = vtc_grow_run_append(p, &run, room);
    return rc ? rc : vtc_grow_plan_pad(p);
}

static int grow(struct vtc_grow_plan *p, const char *path, const struct vtc_grow_tail *tail)
{
    struct vtc_grow_file f;
    struct vtc_grow_udf u;
    int has_udf, in_udf = 0, rc;

    memset(&f, 0, sizeof(f));
    rc = vtc_grow_iso9660_find(p, path, &f, &has_udf);
    if (has_udf && (!rc || rc == VTC_ENOENT)) {
        rc = vtc_grow_udf_find(p, path, &f, &u);
        in_udf = rc == VTC_OK;
        if (rc == VTC_ENOENT && f.count)
            rc = VTC_OK; /* a file of the ISO 9660 tree alone */
    }
    if (!rc)
        rc = vtc_grow_file_append(p, &f, tail);
    /* Also for a file found in the UDF tree only: it may have another name here. */
    if (!rc)
        rc = vtc_grow_iso9660_records(p, &f);
    if (!rc && in_udf)
        rc = vtc_grow_udf_entry(p, &u, &f);
    if (!rc && in_udf)
        rc = vtc_grow_udf_volume(p, &u);
    return rc ? rc : vtc_grow_iso9660_volume(p);
}

int vtc_grow_iso_file(const struct vtc_grow *g, const char *path, const struct vtc_grow_tail *tail)
{
    struct vtc_grow_plan plan;
    int rc = vtc_grow_plan_begin(&plan, g);

    return rc ? rc : vtc_grow_plan_end(&plan, grow(&plan, path, tail));
}

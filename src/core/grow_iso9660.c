/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The ISO 9660 side of growing a file (ECMA-119, section numbers from it). A file may have several
 * records: in the primary tree, in those of supplementary descriptors (Joliet, ISO 9660:1999), and
 * more than one in each (hard links). They are told by the sections they show, not by name.
 */
#include <ventoc/grow_file.h>

#include <ventoc/bytes.h>
#include <ventoc/iso9660.h>
#include <ventoc/iso9660_record.h>
#include <ventoc/mem.h>

#define SECTOR           VTC_GROW_SECTOR_BYTES
#define FIRST_DESCRIPTOR 16u
#define DESCRIPTORS_MAX  64u
#define DEPTH_MAX        48u
/* Directories entered, their sectors read and files looked at, of all trees together: more than the
 * largest discs have, and where trees that are hostile end. */
#define STEPS_MAX (1u << 18)

/* ---- one file's records -------------------------------------------------------------------- */

/* The record at *off, or the next one of its directory when the rest of the sector is empty. It is
 * copied to rec (256 bytes). */
static int read_record(const struct vtc_grow_plan *p, uint64_t *off, uint8_t *rec)
{
    uint32_t room = SECTOR - ((uint32_t)*off & (SECTOR - 1));
    int rc = vtc_reader_read(&p->reader, *off, rec, 1);

    if (!rc && !rec[0]) {
        *off += room;
        room = SECTOR;
        rc = vtc_reader_read(&p->reader, *off, rec, 1);
    }
    if (!rc && rec[0] > room)
        rc = VTC_EFORMAT;
    if (!rc)
        rc = vtc_reader_read(&p->reader, *off, rec, rec[0]);
    if (rc)
        return rc;
    return vtc_iso9660_record_ok(rec, room) ? VTC_OK : VTC_EFORMAT;
}

/* The file whose first record is at off. A record that cannot be rewritten is VTC_ENOTSUP: extended
 * attributes in front (9.1.2), interleaving (9.1.7, 9.1.8), a section that ends inside a sector. */
static int read_sections(const struct vtc_grow_plan *p, uint64_t off, struct vtc_grow_file *f)
{
    uint8_t rec[256];
    int rc;

    memset(f, 0, sizeof(*f));
    f->record_off = off;
    do {
        struct vtc_grow_section *s = &f->section[f->count];

        if (f->count++ == VTC_GROW_SECTIONS_MAX)
            return VTC_ENOTSUP;
        rc = read_record(p, &off, rec);
        if (rc)
            return rc;
        if (rec[1] || rec[26] || rec[27] || f->bytes % SECTOR)
            return VTC_ENOTSUP;
        s->lba2048 = vtc_le32(rec + 2);
        s->bytes = vtc_le32(rec + 10);
        f->bytes += s->bytes;
        off += rec[0];
    } while (rec[25] & VTC_ISO9660_FLAG_MULTI_EXTENT);
    return VTC_OK;
}

static int same_sections(const struct vtc_grow_file *a, const struct vtc_grow_file *b)
{
    return a->count == b->count && a->bytes == b->bytes &&
           !memcmp(a->section, b->section, a->count * sizeof(a->section[0]));
}

/* Rewrite the records of the file whose first one is at off. */
static int write_sections(struct vtc_grow_plan *p, uint64_t off, const struct vtc_grow_file *f)
{
    uint32_t i, lba2048 = f->new_lba2048;
    uint8_t rec[256];
    int rc = VTC_OK;

    for (i = 0; !rc && i < f->count; i++) {
        uint32_t bytes = f->section[i].bytes;

        if (i + 1 == f->count)
            bytes += (uint32_t)(f->new_bytes - f->bytes);
        rc = read_record(p, &off, rec);
        if (rc)
            return rc;
        vtc_iso9660_put_both32(rec + 2, lba2048);
        vtc_iso9660_put_both32(rec + 10, bytes);
        rc = vtc_grow_plan_write(p, off, rec, rec[0]);
        lba2048 += bytes / SECTOR;
        off += rec[0];
    }
    return rc;
}

/* A file that the kernel decompresses (zisofs: its magic) has another length than its records. */
static int is_zisofs(const struct vtc_grow_plan *p, const struct vtc_grow_file *f, int *rc)
{
    uint8_t head[8];

    if (f->section[0].bytes < sizeof(head))
        return 0;
    *rc = vtc_reader_read(&p->reader, (uint64_t)f->section[0].lba2048 * SECTOR, head, sizeof(head));
    return !*rc && !memcmp(head, "\x37\xe4\x53\x96\xc9\xdb\xd6\x07", sizeof(head));
}

int vtc_grow_iso9660_find(struct vtc_grow_plan *p, const char *path, struct vtc_grow_file *f,
                          int *has_udf)
{
    struct vtc_iso9660 iso;
    struct vtc_iso9660_node node;
    int rc = vtc_iso9660_open(&iso, &p->reader);

    *has_udf = iso.has_udf;
    if (!rc)
        rc = vtc_iso9660_find(&iso, path, &node);
    if (!rc && node.is_dir)
        rc = VTC_ENOENT;
    if (!rc)
        rc = read_sections(p, node.record_off, f);
    if (!rc && is_zisofs(p, f, &rc))
        rc = VTC_ENOTSUP;
    return rc;
}

/* ---- walking a tree ------------------------------------------------------------------------ */

struct walk {
    struct vtc_grow_plan *p;
    const struct vtc_grow_file *f;
    uint32_t depth, step_count;
    int found;              /* the record that f was found by */
    int unfinished;         /* the next record is a further section of a file that was looked at */
    uint64_t sector_off[2]; /* of what sector[] holds, 1: nothing */
    struct {
        uint64_t at, end; /* the next record, the directory's end */
    } level[DEPTH_MAX];
    uint8_t sector[2][SECTOR]; /* a directory's, and that of the one it is in */
};

static int step(struct walk *w)
{
    return w->step_count++ < STEPS_MAX ? VTC_OK : VTC_EFORMAT;
}

static int enter(struct walk *w, const uint8_t *rec)
{
    if (w->depth == DEPTH_MAX || step(w))
        return VTC_EFORMAT;
    w->level[w->depth].at = vtc_iso9660_record_lba2048(rec) * SECTOR;
    w->level[w->depth].end = w->level[w->depth].at + vtc_le32(rec + 10);
    w->depth++;
    return VTC_OK;
}

/* One record of a directory, at off. */
static int take_record(struct walk *w, const uint8_t *rec, uint64_t off)
{
    struct vtc_grow_file here;
    int rc, first = !w->unfinished;

    if (vtc_iso9660_record_is_dot(rec) || (rec[25] & VTC_ISO9660_FLAG_ASSOCIATED))
        return VTC_OK;
    if (rec[25] & VTC_ISO9660_FLAG_DIRECTORY)
        return enter(w, rec);
    w->unfinished = (rec[25] & VTC_ISO9660_FLAG_MULTI_EXTENT) != 0;
    if (!first || vtc_le32(rec + 2) != w->f->section[0].lba2048)
        return VTC_OK;
    if (step(w))
        return VTC_EFORMAT;
    rc = read_sections(w->p, off, &here);
    if (rc)
        return rc == VTC_ENOTSUP ? VTC_OK : rc; /* another file's matter */
    if (!same_sections(&here, w->f))
        return VTC_OK;
    w->found |= off == w->f->record_off;
    return write_sections(w->p, off, w->f);
}

/* The sector at off, for the level the walk is at. */
static int read_sector(struct walk *w, uint64_t off, const uint8_t **sector)
{
    uint32_t half = w->depth & 1;
    int rc;

    *sector = w->sector[half];
    if (w->sector_off[half] == off)
        return VTC_OK;
    if (step(w))
        return VTC_EFORMAT;
    w->sector_off[half] = 1;
    rc = vtc_reader_read(&w->p->reader, off, w->sector[half], SECTOR);
    if (!rc)
        w->sector_off[half] = off;
    return rc;
}

/* Directories may have any number of sectors. */
static int walk_tree(struct walk *w, const uint8_t *root)
{
    int rc = enter(w, root);

    w->unfinished = 0;
    while (!rc && w->depth) {
        uint64_t off = w->level[w->depth - 1].at, end = w->level[w->depth - 1].end;
        uint32_t skip = (uint32_t)off & (SECTOR - 1), room;
        const uint8_t *sector, *rec;

        off -= skip;
        if (off + skip >= end) {
            w->depth--;
            continue;
        }
        room = end - off < SECTOR ? (uint32_t)(end - off) : SECTOR;
        rc = read_sector(w, off, &sector);
        if (rc)
            return rc;
        rec = sector + skip;
        if (!rec[0]) {
            w->level[w->depth - 1].at = off + SECTOR;
            continue;
        }
        if (!vtc_iso9660_record_ok(rec, room - skip))
            return VTC_EFORMAT;
        w->level[w->depth - 1].at = off + skip + rec[0];
        rc = take_record(w, rec, off + skip);
    }
    return rc;
}

/* ---- volume descriptors -------------------------------------------------------------------- */

/* Descriptor number i (8.1): its first 256 bytes. Returns VTC_ENOENT behind the last. */
static int read_descriptor(const struct vtc_grow_plan *p, uint32_t i, uint8_t *d)
{
    int rc;

    if (i == DESCRIPTORS_MAX)
        return VTC_ENOENT;
    rc = vtc_reader_read(&p->reader, (uint64_t)(FIRST_DESCRIPTOR + i) * SECTOR, d, 256);
    if (rc)
        return rc;
    return d[0] != 255 && !memcmp(d + 1, "CD001", 5) ? VTC_OK : VTC_ENOENT;
}

/* A primary descriptor or a supplementary one: it has a tree and a size. */
static int has_tree(const uint8_t *d)
{
    return d[0] == 1 || d[0] == 2;
}

/* A file without a byte has no sections to tell its records by; the one that was found is changed
 * when there is no other tree. */
static int only_record(struct vtc_grow_plan *p, const struct vtc_grow_file *f)
{
    uint8_t d[256];
    uint32_t i;
    int rc;

    for (i = 0; (rc = read_descriptor(p, i, d)) == 0; i++)
        if (d[0] == 2)
            return VTC_ENOTSUP;
    return rc == VTC_ENOENT ? write_sections(p, f->record_off, f) : rc;
}

int vtc_grow_iso9660_records(struct vtc_grow_plan *p, const struct vtc_grow_file *f)
{
    uint8_t d[256];
    struct walk *w;
    uint32_t i;
    int rc;

    if (!f->bytes)
        return only_record(p, f);
    w = vtc_grow_plan_scratch(p, sizeof(*w));
    if (!w)
        return VTC_ENOSPC;
    memset(w, 0, sizeof(*w));
    w->p = p;
    w->f = f;
    w->sector_off[0] = w->sector_off[1] = 1;
    for (i = 0; (rc = read_descriptor(p, i, d)) == 0; i++) {
        if (!has_tree(d))
            continue;
        if (vtc_le16(d + 128) != SECTOR)
            return VTC_ENOTSUP;
        if (!vtc_iso9660_record_ok(d + 156, VTC_ISO9660_RECORD_MIN_BYTES))
            return VTC_EFORMAT;
        rc = walk_tree(w, d + 156);
        if (rc)
            return rc;
    }
    if (rc != VTC_ENOENT)
        return rc;
    return w->found || !f->record_off ? VTC_OK : VTC_EFORMAT;
}

int vtc_grow_iso9660_volume(struct vtc_grow_plan *p)
{
    uint32_t sectors = (uint32_t)(p->reader.bytes / SECTOR), i;
    uint8_t d[256];
    int rc;

    for (i = 0; (rc = read_descriptor(p, i, d)) == 0; i++) {
        if (!has_tree(d) || vtc_le32(d + 80) >= sectors)
            continue;
        vtc_iso9660_put_both32(d + 80, sectors);
        rc = vtc_grow_plan_write(p, (uint64_t)(FIRST_DESCRIPTOR + i) * SECTOR + 80, d + 80, 8);
        if (rc)
            return rc;
    }
    return rc == VTC_ENOENT ? VTC_OK : rc;
}

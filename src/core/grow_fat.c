/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Grow a file of a FAT volume inside an image (Microsoft FAT specification 1.03, section numbers
 * from it). The volume is shown once more behind the image's end, with longer tables when those in
 * place have no room, and with as many clusters more as the file needs. Clusters keep their
 * numbers, so that directories and chains stay as they are.
 */
#include <ventoc/grow_plan.h>

#include <ventoc/bytes.h>
#include <ventoc/fat.h>
#include <ventoc/iso9660.h>
#include <ventoc/mem.h>
#include <ventoc/slice.h>
#include <ventoc/grow_file.h>
#include <ventoc/grow_fat_table.h>

#define SECTOR        VTC_GROW_SECTOR_BYTES
#define BOOT_BYTES    512u
#define FAT32_ONE_FAT 0x80 /* BPB_ExtFlags, section 3.3 */

struct volume {
    struct vtc_grow_plan *p;
    struct vtc_eltorito torito;
    struct vtc_slice slice;
    struct vtc_fat fat;
    struct vtc_fat_node node;
    struct vtc_grow_run run;
    uint8_t boot[BOOT_BYTES];
    uint64_t old_off, new_off; /* of the volume in the image */
    uint64_t tables_off;       /* of the first FAT in the volume */
    uint64_t table_bytes;      /* of each */
    uint64_t more_bytes;       /* what each FAT is longer by */
    uint32_t table_count;
    uint32_t cluster_shift;
    uint32_t last_cluster;  /* of the file, 0: it has none */
    uint32_t room_bytes;    /* free in it */
    uint32_t cluster_count; /* new ones */
    uint64_t total_sectors; /* then */
};

static uint64_t shift_bytes(const struct volume *v)
{
    return v->table_count * v->more_bytes; /* how much further the root and the data lie */
}

/* ---- finding ------------------------------------------------------------------------------- */

static int open_volume(struct volume *v, uint32_t entry_index)
{
    const struct vtc_reader *image = &v->p->reader;
    const struct vtc_eltorito_entry *e;
    struct vtc_iso9660 iso;
    int rc = vtc_iso9660_open(&iso, image);

    if (!rc && !iso.boot_catalog_lba2048)
        rc = VTC_ENOENT;
    if (!rc)
        rc = vtc_eltorito_read(image, iso.boot_catalog_lba2048, &v->torito);
    if (!rc && entry_index >= v->torito.count)
        rc = VTC_ENOENT;
    if (rc)
        return rc;
    e = &v->torito.entry[entry_index];
    if (e->platform != VTC_ELTORITO_EFI || e->media != VTC_ELTORITO_NO_EMULATION)
        return VTC_ENOTSUP;
    v->old_off = (uint64_t)e->load_lba2048 * SECTOR;
    rc = vtc_slice_init(&v->slice, image, v->old_off, image->bytes - v->old_off);
    return rc ? rc : vtc_fat_open(&v->fat, &v->slice.reader);
}

/* What vtc_fat_open() checked, as needed to move it. */
static int read_geometry(struct volume *v)
{
    const uint8_t *b = v->boot;
    uint32_t sectors;
    int rc = vtc_reader_read(&v->slice.reader, 0, v->boot, BOOT_BYTES);

    if (rc)
        return rc;
    sectors = vtc_le16(b + 22) ? vtc_le16(b + 22) : vtc_le32(b + 36);
    v->tables_off = (uint64_t)vtc_le16(b + 14) * v->fat.sector_bytes;
    v->table_bytes = (uint64_t)sectors * v->fat.sector_bytes;
    v->table_count = b[16];
    while (1u << v->cluster_shift < v->fat.cluster_bytes)
        v->cluster_shift++;
    if (v->fat.volume_bytes > v->slice.reader.bytes)
        return VTC_EFORMAT;
    if (v->fat.bits == 32 && (b[40] & FAT32_ONE_FAT))
        return VTC_ENOTSUP;
    /* Clusters that the tables have no entry for would come to light in longer ones. */
    if ((v->fat.volume_bytes - v->fat.data_off) >> v->cluster_shift != v->fat.cluster_count)
        return VTC_ENOTSUP;
    return VTC_OK;
}

/* How many clusters the file needs, and whether they can be had. */
static int count_clusters(struct volume *v, const struct vtc_grow_tail *tail)
{
    uint32_t mask = v->fat.cluster_bytes - 1, old_count, most;
    uint64_t wanted;
    int rc = vtc_grow_run_init(&v->run, tail, v->node.bytes);

    if (!rc)
        rc = vtc_fat_last_cluster(&v->fat, &v->node, &v->last_cluster, &old_count);
    if (rc)
        return rc;
    if (old_count != ((uint64_t)v->node.bytes + mask) >> v->cluster_shift)
        return VTC_ENOTSUP; /* clusters behind its end, or not as many as it is long */
    if (v->run.bytes > UINT32_MAX - v->node.bytes)
        return VTC_ENOTSUP;
    wanted = (v->node.bytes + v->run.bytes + mask) >> v->cluster_shift;
    v->cluster_count = (uint32_t)wanted - old_count;
    v->room_bytes = (0 - v->node.bytes) & mask;
    most = vtc_grow_fat_table_clusters_max(v->fat.bits);
    return v->fat.cluster_count > most || v->cluster_count > most - v->fat.cluster_count
               ? VTC_ENOTSUP
               : VTC_OK;
}

/* ---- the new volume ------------------------------------------------------------------------ */

/* How much longer the tables get: whole sectors, and such that what lies behind them stays where it
 * was within a sector of the image. */
static void size_tables(struct volume *v)
{
    uint64_t entries = (uint64_t)v->fat.cluster_count + v->cluster_count + 2, need, data;

    need = v->fat.bits == 12 ? entries + (entries + 1) / 2 : entries * (v->fat.bits / 8);
    while (v->table_bytes + v->more_bytes < need || (shift_bytes(v) & (SECTOR - 1)))
        v->more_bytes += v->fat.sector_bytes;
    data = ((uint64_t)v->fat.cluster_count + v->cluster_count) << v->cluster_shift;
    v->total_sectors =
        (v->fat.data_off + shift_bytes(v) + data) >> __builtin_ctz(v->fat.sector_bytes);
}

static int append_volume(struct volume *v)
{
    struct vtc_grow_plan *p = v->p;
    uint64_t tables_end = v->tables_off + v->table_count * v->table_bytes, end;
    uint32_t i;
    int rc = vtc_grow_plan_pad(p);

    v->new_off = p->reader.bytes;
    if (!rc)
        rc = vtc_grow_plan_alias(p, v->old_off, v->tables_off);
    for (i = 0; !rc && i < v->table_count; i++) {
        rc =
            vtc_grow_plan_alias(p, v->old_off + v->tables_off + i * v->table_bytes, v->table_bytes);
        if (!rc)
            rc = vtc_grow_plan_zero(p, v->more_bytes);
    }
    end = v->fat.data_off + ((uint64_t)v->fat.cluster_count << v->cluster_shift);
    if (!rc)
        rc = vtc_grow_plan_alias(p, v->old_off + tables_end, end - tables_end);
    end = p->reader.bytes + ((uint64_t)v->cluster_count << v->cluster_shift);
    if (!rc)
        rc = vtc_grow_run_append(p, &v->run, v->room_bytes);
    if (!rc)
        rc = vtc_grow_plan_zero(p, end - p->reader.bytes);
    return rc ? rc : vtc_grow_plan_pad(p);
}

/* Sizes in a boot sector (sections 3.1 to 3.3): the live one, and FAT32's copy of it. */
static int write_boot(struct volume *v)
{
    uint8_t *b = v->boot;
    uint64_t table = (v->table_bytes + v->more_bytes) >> __builtin_ctz(v->fat.sector_bytes);
    uint32_t copy = v->fat.bits == 32 ? vtc_le16(b + 50) : 0;
    int rc;

    if (v->total_sectors > UINT32_MAX || table > UINT32_MAX ||
        (v->fat.bits != 32 && table > UINT16_MAX))
        return VTC_ENOTSUP;
    if (vtc_le16(b + 19) && v->total_sectors <= UINT16_MAX) {
        vtc_put_le16(b + 19, (uint16_t)v->total_sectors);
    } else {
        vtc_put_le16(b + 19, 0);
        vtc_put_le32(b + 32, (uint32_t)v->total_sectors);
    }
    if (v->fat.bits == 32)
        vtc_put_le32(b + 36, (uint32_t)table);
    else
        vtc_put_le16(b + 22, (uint16_t)table);
    rc = vtc_grow_plan_write(v->p, v->new_off, b, BOOT_BYTES);
    if (!rc && copy && (uint64_t)copy * v->fat.sector_bytes < v->tables_off)
        rc = vtc_grow_plan_write(v->p, v->new_off + (uint64_t)copy * v->fat.sector_bytes, b,
                                 BOOT_BYTES);
    return rc;
}

static int write_chain(struct volume *v)
{
    struct vtc_grow_fat_table table = {v->p, v->new_off + v->tables_off,
                                       v->table_bytes + v->more_bytes, v->table_count, v->fat.bits};

    return vtc_grow_fat_table_chain(&table, v->last_cluster, v->fat.cluster_count + 2,
                                    v->cluster_count);
}

/* The file's directory entry (section 6.1) and what its last cluster has room for, in the volume
 * at volume_off whose data lies moved_bytes further on. */
static int write_file(struct volume *v, uint64_t volume_off, uint64_t moved_bytes)
{
    uint64_t off = volume_off + moved_bytes + v->node.entry_off, end;
    uint8_t e[32];
    int rc = vtc_reader_read(&v->p->reader, off, e, sizeof(e));

    if (rc)
        return rc;
    vtc_put_le32(e + 28, (uint32_t)(v->node.bytes + v->run.bytes));
    if (!v->last_cluster && v->cluster_count) {
        vtc_put_le16(e + 26, (uint16_t)(v->fat.cluster_count + 2));
        if (v->fat.bits == 32)
            vtc_put_le16(e + 20, (uint16_t)((v->fat.cluster_count + 2) >> 16));
    }
    rc = vtc_grow_plan_write(v->p, off, e, sizeof(e));
    if (rc || !v->room_bytes)
        return rc;
    end = v->fat.data_off + ((uint64_t)(v->last_cluster - 1) << v->cluster_shift);
    return vtc_grow_run_fill(v->p, &v->run, volume_off + moved_bytes + end - v->room_bytes,
                             v->room_bytes);
}

/* The boot catalog's entry (El Torito 1.0 figures 3 and 5). 0 sectors mean "to the end of the
 * volume" (UEFI 2.10, 13.3.2.1): what 16 bits cannot say, and what was said before. */
static int write_catalog(struct volume *v, const struct vtc_eltorito_entry *e)
{
    uint64_t sectors = (v->p->reader.bytes - v->new_off) / 512;
    uint8_t b[6];

    vtc_put_le16(b, e->sector_count <= 1   ? e->sector_count
                    : sectors > UINT16_MAX ? 0
                                           : (uint16_t)sectors);
    vtc_put_le32(b + 2, (uint32_t)(v->new_off / SECTOR));
    return vtc_grow_plan_write(v->p, e->record_off + 6, b, sizeof(b));
}

static int grow(struct vtc_grow_plan *p, uint32_t entry_index, const char *path,
                const struct vtc_grow_tail *tail)
{
    struct volume *v = vtc_grow_plan_scratch(p, sizeof(*v));
    int rc;

    if (!v)
        return VTC_ENOSPC;
    memset(v, 0, sizeof(*v));
    v->p = p;
    rc = open_volume(v, entry_index);
    if (!rc)
        rc = vtc_fat_find(&v->fat, path, &v->node);
    if (!rc && v->node.is_dir)
        rc = VTC_ENOENT;
    if (!rc)
        rc = read_geometry(v);
    if (!rc)
        rc = count_clusters(v, tail);
    if (rc || !v->cluster_count)
        return rc ? rc : write_file(v, v->old_off, 0); /* its last cluster is enough */
    size_tables(v);
    rc = append_volume(v);
    if (!rc)
        rc = write_boot(v);
    if (!rc)
        rc = write_chain(v);
    if (!rc)
        rc = write_file(v, v->new_off, shift_bytes(v));
    if (!rc)
        rc = write_catalog(v, &v->torito.entry[entry_index]);
    return rc ? rc : vtc_grow_iso9660_volume(p);
}

int vtc_grow_fat_file(const struct vtc_grow *g, uint32_t entry_index, const char *path,
                      const struct vtc_grow_tail *tail)
{
    struct vtc_grow_plan plan;
    int rc = vtc_grow_plan_begin(&plan, g);

    return rc ? rc : vtc_grow_plan_end(&plan, grow(&plan, entry_index, path, tail));
}

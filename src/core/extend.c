/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ventoc/extend.h>
#include <ventoc/grow_disk.h>
#include <ventoc/handoff.h>
#include <ventoc/iso9660.h>
#include <ventoc/mem.h>

#define SWAP_MAX_BYTES   VTC_HANDOFF_SWAP_BYTES_MAX
#define WORK_BYTES       16384u /* held while one initrd is extended */
#define PER_INITRD_BYTES 32768u /* its swap archive and the sectors that change */
#define PER_FAT_BYTES    65536u /* the rest of its last cluster */
#define NEWC_GAP_BYTES   8u
#define NEWC_ALIGN_BYTES 4u

/* An initrd that gets an archive, wherever it was found. */
struct target {
    const char *path;
    enum vtc_initrd_kind kind;
    unsigned kernel_bits;
    const struct vtc_bootcfg_initrd *iso;
    const struct vtc_diskcfg_initrd *disk;
};

static uint32_t candidate_count(const struct vtc_extend_found *found)
{
    return found->iso ? found->iso->initrd_count : found->disk->count;
}

/* The candidate of that number. Returns 0 when it is none: ours goes behind the last initrd of an
 * entry, and microcode alone is not what the kernel starts. */
static int target_at(const struct vtc_extend_found *found, uint32_t i, struct target *t)
{
    const struct vtc_initrd_facts *facts;

    t->iso = found->iso ? &found->iso->initrd[i] : NULL;
    t->disk = found->iso ? NULL : &found->disk->initrd[i];
    facts = t->iso ? &t->iso->facts : &t->disk->facts;
    t->path = t->iso ? t->iso->path : t->disk->path;
    t->kernel_bits = t->iso ? t->iso->kernel_bits : t->disk->kernel_bits;
    t->kind = facts->kind;
    return !facts->only_microcode && (!t->iso || t->iso->is_last);
}

uint32_t vtc_extend_count(const struct vtc_extend_found *found)
{
    uint32_t count = 0;
    struct target t;

    for (uint32_t i = 0; i < candidate_count(found); i++)
        count += target_at(found, i, &t) != 0;
    return count;
}

uint32_t vtc_extend_arena_bytes(const struct vtc_extend_found *found, uint32_t body_bytes)
{
    uint32_t bytes = WORK_BYTES;
    struct target t;

    for (uint32_t i = 0; i < candidate_count(found); i++) {
        if (!target_at(found, i, &t))
            continue;
        bytes += PER_INITRD_BYTES;
        if (t.kind == VTC_INITRD_LZ4)
            bytes += vtc_handoff_lz4_bytes(SWAP_MAX_BYTES + body_bytes);
        if (t.iso ? t.iso->where == VTC_IN_FAT : t.disk->fs == VTC_DISKCFG_FAT)
            bytes += PER_FAT_BYTES;
    }
    return bytes;
}

uint32_t vtc_extend_scratch_bytes(uint32_t body_bytes)
{
    uint32_t plain_bytes = SWAP_MAX_BYTES + body_bytes;

    return plain_bytes + vtc_handoff_lz4_bytes(plain_bytes);
}

static int grow(const struct vtc_extend *e, const struct target *t,
                const struct vtc_grow_tail *tail)
{
    const struct vtc_diskcfg_initrd *disk = t->disk;
    const char *why;

    if (!disk)
        return t->iso->where == VTC_IN_FAT
                   ? vtc_grow_fat_file(&e->grow, e->found.iso->efi_entry, t->path, tail)
                   : vtc_grow_iso_file(&e->grow, t->path, tail);
    return disk->fs == VTC_DISKCFG_FAT
               ? vtc_grow_fat_volume_file(&e->grow, disk->part_off, disk->part_bytes, t->path, tail,
                                          &why)
               : vtc_grow_ext4_file(&e->grow, disk->part_off, disk->part_bytes, t->path, tail,
                                    &why);
}

static int read_image(void *ctx, uint64_t off, void *buf, uint32_t bytes)
{
    const struct vtc_grow *g = ctx;

    return vtc_image_read(g->img, g->disk, off, buf, bytes);
}

/* A file of several names in an ISO grows under all of them: is it longer than it was found? */
static int is_extended(const struct vtc_extend *e, const struct target *t)
{
    struct vtc_reader image = {read_image, (void *)&e->grow, e->grow.img->bytes};
    struct vtc_iso9660 iso;
    struct vtc_iso9660_node node;

    return t->iso && t->iso->where == VTC_IN_ISO && vtc_iso9660_open(&iso, &image) == VTC_OK &&
           vtc_iso9660_find(&iso, t->path, &node) == VTC_OK && node.bytes > t->iso->bytes;
}

/* Behind an lz4 archive only lz4 may follow, without a gap; behind any other a plain archive. */
static int extend_one(const struct vtc_extend *e, const struct target *t, unsigned number)
{
    uint8_t *swap = e->scratch, *wrapped = swap + SWAP_MAX_BYTES + e->body_bytes;
    struct vtc_grow_tail tail = {.zero_bytes = NEWC_GAP_BYTES,
                                 .align_bytes = NEWC_ALIGN_BYTES,
                                 .head = swap,
                                 .body = e->body,
                                 .body_bytes = e->body_bytes};
    uint32_t bytes;
    int rc = vtc_handoff_swap_archive(swap, SWAP_MAX_BYTES, number, t->kernel_bits, &bytes);

    if (rc)
        return rc;
    tail.head_bytes = bytes;
    if (t->kind == VTC_INITRD_LZ4) {
        memcpy(swap + bytes, e->body, e->body_bytes);
        bytes += e->body_bytes;
        vtc_handoff_lz4_wrap(swap, bytes, wrapped);
        tail = (struct vtc_grow_tail){
            .align_bytes = 1, .head = wrapped, .head_bytes = vtc_handoff_lz4_bytes(bytes)};
    }
    return grow(e, t, &tail);
}

uint32_t vtc_extend_initrds(const struct vtc_extend *e)
{
    uint32_t done = 0;
    unsigned number = 0;
    struct target t;

    for (uint32_t i = 0; i < candidate_count(&e->found); i++) {
        int rc;

        if (!target_at(&e->found, i, &t))
            continue;
        rc = is_extended(e, &t) ? VTC_OK : extend_one(e, &t, number++);
        if (rc == VTC_OK)
            done++;
        else if (e->failed)
            e->failed(e->ctx, t.path, rc);
    }
    return done;
}

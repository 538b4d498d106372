/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ventoc/extend.h>
#include <ventoc/handoff.h>
#include <ventoc/iso9660.h>
#include <ventoc/mem.h>

#define SWAP_MAX_BYTES   VTC_HANDOFF_SWAP_BYTES_MAX
#define PER_INITRD_BYTES 16384u     /* its swap archive and the directory sectors that change */
#define PER_FAT_BYTES    (1u << 20) /* tables of a FAT volume that are written anew */
#define NEWC_GAP_BYTES   8u
#define NEWC_ALIGN_BYTES 4u

/* Ours goes behind the last initrd of an entry; microcode alone is not what the kernel starts. */
static int is_target(const struct vtc_bootcfg_initrd *initrd)
{
    return initrd->is_last && !initrd->facts.only_microcode;
}

uint32_t vtc_extend_count(const struct vtc_bootcfg *cfg)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < cfg->initrd_count; i++)
        count += is_target(&cfg->initrd[i]) != 0;
    return count;
}

uint32_t vtc_extend_arena_bytes(const struct vtc_bootcfg *cfg, uint32_t body_bytes)
{
    uint32_t bytes = 0, fat_bytes = 0;

    for (uint32_t i = 0; i < cfg->initrd_count; i++) {
        const struct vtc_bootcfg_initrd *initrd = &cfg->initrd[i];

        if (!is_target(initrd))
            continue;
        bytes += PER_INITRD_BYTES;
        if (initrd->facts.kind == VTC_INITRD_LZ4)
            bytes += vtc_handoff_lz4_bytes(SWAP_MAX_BYTES + body_bytes);
        if (initrd->where == VTC_IN_FAT)
            fat_bytes = PER_FAT_BYTES;
    }
    return bytes + fat_bytes;
}

uint32_t vtc_extend_scratch_bytes(uint32_t body_bytes)
{
    uint32_t plain_bytes = SWAP_MAX_BYTES + body_bytes;

    return plain_bytes + vtc_handoff_lz4_bytes(plain_bytes);
}

static int grow(const struct vtc_extend *e, const struct vtc_bootcfg_initrd *initrd,
                const struct vtc_grow_tail *tail)
{
    if (initrd->where == VTC_IN_FAT)
        return vtc_grow_fat_file(&e->grow, e->cfg->efi_entry, initrd->path, tail);
    return vtc_grow_iso_file(&e->grow, initrd->path, tail);
}

static int read_image(void *ctx, uint64_t off, void *buf, uint32_t bytes)
{
    const struct vtc_grow *g = ctx;

    return vtc_image_read(g->img, g->disk, off, buf, bytes);
}

/* A file of several names grows under all of them at once: is it longer than it was found? */
static int is_extended(const struct vtc_extend *e, const struct vtc_bootcfg_initrd *initrd)
{
    struct vtc_reader image = {read_image, (void *)&e->grow, e->grow.img->bytes};
    struct vtc_iso9660 iso;
    struct vtc_iso9660_node node;

    return initrd->where == VTC_IN_ISO && vtc_iso9660_open(&iso, &image) == VTC_OK &&
           vtc_iso9660_find(&iso, initrd->path, &node) == VTC_OK && node.bytes > initrd->bytes;
}

/* Behind an lz4 archive only lz4 may follow, without a gap; behind any other a plain archive. */
static int extend_one(const struct vtc_extend *e, const struct vtc_bootcfg_initrd *initrd,
                      unsigned number)
{
    uint8_t *swap = e->scratch, *wrapped = swap + SWAP_MAX_BYTES + e->body_bytes;
    struct vtc_grow_tail tail = {.zero_bytes = NEWC_GAP_BYTES,
                                 .align_bytes = NEWC_ALIGN_BYTES,
                                 .head = swap,
                                 .body = e->body,
                                 .body_bytes = e->body_bytes};
    uint32_t bytes;
    int rc = vtc_handoff_swap_archive(swap, SWAP_MAX_BYTES, number, initrd->kernel_bits, &bytes);

    if (rc)
        return rc;
    tail.head_bytes = bytes;
    if (initrd->facts.kind == VTC_INITRD_LZ4) {
        memcpy(swap + bytes, e->body, e->body_bytes);
        bytes += e->body_bytes;
        vtc_handoff_lz4_wrap(swap, bytes, wrapped);
        tail = (struct vtc_grow_tail){
            .align_bytes = 1, .head = wrapped, .head_bytes = vtc_handoff_lz4_bytes(bytes)};
    }
    return grow(e, initrd, &tail);
}

uint32_t vtc_extend_initrds(const struct vtc_extend *e)
{
    uint32_t done = 0;
    unsigned number = 0;

    for (uint32_t i = 0; i < e->cfg->initrd_count; i++) {
        const struct vtc_bootcfg_initrd *initrd = &e->cfg->initrd[i];
        int rc;

        if (!is_target(initrd))
            continue;
        rc = is_extended(e, initrd) ? VTC_OK : extend_one(e, initrd, number++);
        if (rc == VTC_OK)
            done++;
        else if (e->failed)
            e->failed(e->ctx, initrd, rc);
    }
    return done;
}

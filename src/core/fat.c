/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FAT12, FAT16 and FAT32, read only (Microsoft FAT specification 1.03, section numbers from it). */
#include <ventoc/fat.h>

#include <ventoc/bytes.h>
#include <ventoc/fat_name.h>
#include <ventoc/mem.h>
#include <ventoc/window.h>

#define ENTRY_BYTES        32u
#define DIRECTORY_MAX      65536u /* entries in a directory, section 6 */
#define ATTR_VOLUME_ID     0x08
#define ATTR_DIRECTORY     0x10
#define ATTR_LONG_NAME     0x0f
#define ATTR_LONG_MASK     0x3f
#define FAT32_ENTRY_MASK   0x0fffffffu
#define FAT32_ONE_FAT_ONLY 0x80 /* BPB_ExtFlags: no mirroring, the low nibble says which FAT */

/* ---- BIOS parameter block (section 3) ------------------------------------------------------ */

static int is_power_of_two(uint32_t v)
{
    return v && !(v & (v - 1));
}

static void copy_label(char out[12], const uint8_t *in)
{
    uint32_t i, n = 11;

    while (n > 0 && in[n - 1] == ' ')
        n--;
    for (i = 0; i < n; i++)
        out[i] = in[i] >= 0x20 && in[i] < 0x7f ? (char)in[i] : '_';
    if (n == 7 && !memcmp(in, "NO NAME", 7))
        n = 0;
    out[n] = '\0';
}

/* What tells a FAT boot sector from an MBR, an NTFS or an exFAT one. */
static int has_bpb(const uint8_t *b)
{
    uint32_t sector = vtc_le16(b + 11);

    return vtc_le16(b + 510) == 0xaa55 && (b[0] == 0xe9 || (b[0] == 0xeb && b[2] == 0x90)) &&
           is_power_of_two(sector) && sector >= 512 && sector <= 4096 && b[16] != 0 &&
           vtc_le16(b + 14) != 0;
}

/* FAT32 only: which of the FATs is live, the root cluster (section 3.3). */
static int open_fat32(struct vtc_fat *fat, const uint8_t *b, uint64_t fat_bytes)
{
    unsigned active = b[40] & 0x0f;

    if (vtc_le16(b + 42) != 0)
        return VTC_ENOTSUP; /* BPB_FSVer */
    if (b[40] & FAT32_ONE_FAT_ONLY) {
        if (active >= b[16])
            return VTC_EFORMAT;
        fat->fat_off += active * fat_bytes;
    }
    fat->root_cluster = vtc_le32(b + 44);
    if (fat->root_cluster < 2 || fat->root_cluster - 2 >= fat->cluster_count)
        return VTC_EFORMAT;
    return VTC_OK;
}

/* Sizes and places in sectors, all below 2^41 and so without overflow. */
static int open_bpb(struct vtc_fat *fat, const uint8_t *b)
{
    uint32_t per_cluster = b[13], sector = vtc_le16(b + 11), fat_sectors = vtc_le16(b + 22);
    uint32_t total = vtc_le16(b + 19), is32 = fat_sectors == 0, root_sectors, shift = 0;
    uint64_t data, fat_bytes, entries;

    if (!total)
        total = vtc_le32(b + 32);
    if (is32)
        fat_sectors = vtc_le32(b + 36);
    fat->sector_bytes = sector;
    fat->root_entries = vtc_le16(b + 17);
    if (!is_power_of_two(per_cluster) || !fat_sectors || is32 != (fat->root_entries == 0))
        return VTC_EFORMAT;
    fat->cluster_bytes = per_cluster * sector;
    root_sectors = (fat->root_entries * ENTRY_BYTES + sector - 1) / sector;
    data = vtc_le16(b + 14) + (uint64_t)b[16] * fat_sectors + root_sectors;
    if (data >= total)
        return VTC_EFORMAT;
    while (1u << shift < per_cluster)
        shift++;
    fat->cluster_count = (uint32_t)(total - data) >> shift;
    fat->bits = is32 ? 32 : fat->cluster_count < 4085 ? 12 : 16; /* section 3.5 */
    fat_bytes = (uint64_t)fat_sectors * sector;
    if (fat->bits == 12)
        entries = (uint32_t)fat_bytes * 2 / 3; /* below 2^29: a 32-bit division */
    else
        entries = fat_bytes >> (is32 ? 2 : 1);
    if (!fat->cluster_count)
        return VTC_EFORMAT;
    if (fat->cluster_count > entries - 2)
        fat->cluster_count = (uint32_t)(entries - 2); /* what the FAT cannot name is not there */
    fat->volume_bytes = (uint64_t)total * sector;
    fat->fat_off = (uint64_t)vtc_le16(b + 14) * sector;
    fat->data_off = data * sector;
    if (is32)
        return open_fat32(fat, b, fat_bytes);
    fat->root_off = fat->data_off - (uint64_t)root_sectors * sector;
    return VTC_OK;
}

int vtc_fat_open(struct vtc_fat *fat, const struct vtc_reader *reader)
{
    uint8_t b[512];
    int rc;

    memset(fat, 0, sizeof(*fat));
    fat->reader = reader;
    if (reader->bytes < sizeof(b))
        return VTC_ENOENT;
    rc = vtc_reader_read(reader, 0, b, sizeof(b));
    if (rc)
        return rc;
    if (!has_bpb(b))
        return VTC_ENOENT;
    rc = open_bpb(fat, b);
    if (rc)
        return rc;
    if (fat->bits == 32 && b[66] == 0x29)
        copy_label(fat->label, b + 71);
    else if (fat->bits != 32 && b[38] == 0x29)
        copy_label(fat->label, b + 43);
    return VTC_OK;
}

/* ---- cluster chains (section 4) ------------------------------------------------------------ */

/* A walk along a chain. mark stays behind at every power of two of steps (Brent): meeting it again
 * means that the chain is a loop. */
struct chain {
    const struct vtc_fat *fat;
    struct vtc_window *w;
    uint32_t cluster; /* 0 behind the end */
    uint32_t mark, step_count, next_mark;
};

static int cluster_ok(const struct vtc_fat *fat, uint32_t cluster)
{
    return cluster >= 2 && cluster - 2 < fat->cluster_count;
}

static uint64_t cluster_off(const struct vtc_fat *fat, uint32_t cluster)
{
    return fat->data_off + (uint64_t)(cluster - 2) * fat->cluster_bytes;
}

static int chain_begin(struct chain *c, const struct vtc_fat *fat, struct vtc_window *w,
                       uint32_t first)
{
    c->fat = fat;
    c->w = w;
    c->cluster = c->mark = first;
    c->step_count = 0;
    c->next_mark = 1;
    return cluster_ok(fat, first) ? VTC_OK : VTC_EFORMAT;
}

static int chain_next(struct chain *c)
{
    const struct vtc_fat *fat = c->fat;
    uint32_t n = c->cluster, max = FAT32_ENTRY_MASK, value;
    uint64_t at = fat->bits == 12 ? n + n / 2 : fat->bits == 16 ? 2ull * n : 4ull * n;
    const uint8_t *p;
    int rc = vtc_window_get(c->w, fat->fat_off + at, fat->bits == 32 ? 4 : 2, &p);

    if (rc)
        return rc;
    if (fat->bits == 32) {
        value = vtc_le32(p) & FAT32_ENTRY_MASK;
    } else {
        value = vtc_le16(p);
        max = 0xffff;
        if (fat->bits == 12) {
            value = n & 1 ? value >> 4 : value & 0xfff;
            max = 0xfff;
        }
    }
    if (value >= max - 7) {
        c->cluster = 0;
        return VTC_OK;
    }
    if (!cluster_ok(fat, value) || value == c->mark)
        return VTC_EFORMAT;
    c->cluster = value;
    if (++c->step_count == c->next_mark) {
        c->mark = value;
        c->next_mark *= 2;
    }
    return VTC_OK;
}

/* ---- directories (section 6) --------------------------------------------------------------- */

struct directory {
    struct chain chain;
    uint64_t off;      /* of the next entry */
    uint32_t run_left; /* bytes until the end of the cluster, or of the FAT12/16 root */
    uint32_t entry_count;
    int is_fixed; /* the FAT12/16 root */
};

static int directory_begin(struct directory *d, const struct vtc_fat *fat, struct vtc_window *w,
                           const struct vtc_fat_node *node)
{
    memset(d, 0, sizeof(*d));
    if (node->first_cluster == 0 && fat->bits != 32) {
        d->chain.w = w;
        d->is_fixed = 1;
        d->off = fat->root_off;
        d->run_left = fat->root_entries * ENTRY_BYTES;
        return VTC_OK;
    }
    d->off = cluster_off(fat, node->first_cluster);
    d->run_left = fat->cluster_bytes;
    return chain_begin(&d->chain, fat, w, node->first_cluster);
}

/* The next 32-byte entry and its place. Returns 0, VTC_ENOENT at the end, ... */
static int directory_next(struct directory *d, const uint8_t **e, uint64_t *entry_off)
{
    int rc;

    if (d->entry_count++ == DIRECTORY_MAX)
        return VTC_EFORMAT;
    if (!d->run_left) {
        if (d->is_fixed)
            return VTC_ENOENT;
        rc = chain_next(&d->chain);
        if (rc)
            return rc;
        if (!d->chain.cluster)
            return VTC_ENOENT;
        d->off = cluster_off(d->chain.fat, d->chain.cluster);
        d->run_left = d->chain.fat->cluster_bytes;
    }
    rc = vtc_window_get(d->chain.w, d->off, ENTRY_BYTES, e);
    if (rc)
        return rc;
    if (!(*e)[0])
        return VTC_ENOENT; /* this entry and all behind it are free */
    *entry_off = d->off;
    d->off += ENTRY_BYTES;
    d->run_left -= ENTRY_BYTES;
    return VTC_OK;
}

/* ---- paths and files ----------------------------------------------------------------------- */

static void take_node(const struct vtc_fat *fat, const uint8_t *e, uint64_t entry_off,
                      struct vtc_fat_node *node)
{
    node->is_dir = (e[11] & ATTR_DIRECTORY) != 0;
    node->first_cluster = vtc_le16(e + 26);
    if (fat->bits == 32)
        node->first_cluster |= (uint32_t)vtc_le16(e + 20) << 16;
    node->bytes = node->is_dir ? 0 : vtc_le32(e + 28);
    node->entry_off = entry_off;
}

/* The next file or folder: its short entry, and in *l what precedes it of a long name. "." and "..",
 * deleted entries, the label, and what has no name are passed over. Returns 0, VTC_ENOENT at the end,
 * ... */
static int next_file(struct directory *d, struct vtc_fat_name *l, const uint8_t **e,
                     uint64_t *entry_off)
{
    int rc;

    for (;;) {
        l->unit_count = 0;
        rc = directory_next(d, e, entry_off);
        while (!rc && (*e)[0] != 0xe5 && ((*e)[11] & ATTR_LONG_MASK) == ATTR_LONG_NAME) {
            vtc_fat_name_add(l, *e);
            rc = directory_next(d, e, entry_off);
        }
        if (rc ||
            ((*e)[0] != 0xe5 && !((*e)[11] & ATTR_VOLUME_ID) && (*e)[0] != '.' && (*e)[0] != ' '))
            return rc;
    }
}

/* Replace the directory *node by its member [want, want+n). */
static int find_in(const struct vtc_fat *fat, struct vtc_window *w, const char *want, uint32_t n,
                   struct vtc_fat_node *node)
{
    struct directory d;
    struct vtc_fat_name l;
    char short_name[13];
    const uint8_t *e;
    uint64_t entry_off;
    int rc = directory_begin(&d, fat, w, node), is_long;

    while (!rc) {
        rc = next_file(&d, &l, &e, &entry_off);
        if (rc)
            break;
        vtc_fat_name_short(e, short_name);
        is_long = vtc_fat_name_long(&l, e, node->name);
        if ((!is_long || !vtc_fat_name_same(node->name, want, n)) &&
            !vtc_fat_name_same(short_name, want, n))
            continue;
        if (!is_long)
            memcpy(node->name, short_name, sizeof(short_name));
        take_node(fat, e, entry_off, node);
        return VTC_OK;
    }
    return rc;
}

void vtc_fat_root(const struct vtc_fat *fat, struct vtc_fat_node *node)
{
    memset(node, 0, sizeof(*node));
    node->is_dir = 1;
    node->first_cluster = fat->root_cluster;
}

int vtc_fat_list(const struct vtc_fat *fat, struct vtc_fat_node *node,
                 int (*visit)(void *ctx, const struct vtc_fat_node *node), void *ctx)
{
    struct directory d;
    struct vtc_fat_name l;
    struct vtc_window w;
    const uint8_t *e;
    uint64_t entry_off;
    int rc;

    if (!node->is_dir)
        return VTC_EINVAL;
    if (node->entry_off && !node->first_cluster)
        return VTC_EFORMAT; /* only the root may be without a cluster */
    vtc_window_init(&w, fat->reader);
    rc = directory_begin(&d, fat, &w, node);
    while (!rc) {
        rc = next_file(&d, &l, &e, &entry_off);
        if (rc)
            return rc == VTC_ENOENT ? VTC_OK : rc;
        if (!vtc_fat_name_long(&l, e, node->name))
            vtc_fat_name_short(e, node->name);
        take_node(fat, e, entry_off, node);
        rc = visit(ctx, node);
    }
    return rc;
}

int vtc_fat_find(const struct vtc_fat *fat, const char *path, struct vtc_fat_node *node)
{
    struct vtc_window w;
    uint32_t n;
    int rc;

    vtc_window_init(&w, fat->reader);
    vtc_fat_root(fat, node);
    for (;;) {
        while (*path == '/')
            path++;
        if (!*path)
            return VTC_OK;
        if (!node->is_dir)
            return VTC_ENOENT;
        if (node->entry_off && !node->first_cluster)
            return VTC_EFORMAT; /* only the root may be without a cluster */
        for (n = 0; path[n] && path[n] != '/';)
            n++;
        rc = find_in(fat, &w, path, n, node);
        if (rc)
            return rc;
        path += n;
    }
}

int vtc_fat_last_cluster(const struct vtc_fat *fat, const struct vtc_fat_node *node,
                         uint32_t *cluster, uint32_t *count)
{
    uint32_t most = node->bytes / fat->cluster_bytes + (node->bytes % fat->cluster_bytes != 0);
    struct vtc_window w;
    struct chain chain;
    int rc;

    *cluster = *count = 0;
    if (node->is_dir)
        return VTC_EINVAL;
    if (!node->first_cluster)
        return VTC_OK;
    vtc_window_init(&w, fat->reader);
    rc = chain_begin(&chain, fat, &w, node->first_cluster);
    while (!rc && chain.cluster && *count <= most) {
        *cluster = chain.cluster;
        ++*count;
        rc = chain_next(&chain);
    }
    return rc ? rc : *count > fat->cluster_count ? VTC_EFORMAT : VTC_OK;
}

/* Read bytes from byte skip of the cluster the chain stands at; neighbouring clusters at once. */
static int read_run(struct chain *c, uint32_t skip, uint8_t *buf, uint32_t bytes, uint32_t *done)
{
    uint64_t off = cluster_off(c->fat, c->cluster) + skip;
    uint32_t run = c->fat->cluster_bytes - skip, last;
    int rc;

    for (;;) {
        if (run >= bytes) {
            run = bytes;
            break;
        }
        last = c->cluster;
        rc = chain_next(c);
        if (rc)
            return rc;
        if (!c->cluster)
            return VTC_EFORMAT; /* ends before the file does */
        if (c->cluster != last + 1)
            break;
        run = bytes - run < c->fat->cluster_bytes ? bytes : run + c->fat->cluster_bytes;
    }
    *done = run;
    return vtc_reader_read(c->fat->reader, off, buf, run);
}

int vtc_fat_read(const struct vtc_fat *fat, const struct vtc_fat_node *node, uint32_t off,
                 void *buf, uint32_t bytes)
{
    struct vtc_window w;
    struct chain chain;
    uint8_t *out = buf;
    uint32_t done;
    int rc;

    if (node->is_dir)
        return VTC_EINVAL;
    if (off > node->bytes || bytes > node->bytes - off)
        return VTC_EFORMAT;
    if (!bytes)
        return VTC_OK;
    vtc_window_init(&w, fat->reader);
    rc = chain_begin(&chain, fat, &w, node->first_cluster);
    for (; !rc && off >= fat->cluster_bytes; off -= fat->cluster_bytes) {
        rc = chain_next(&chain);
        if (!rc && !chain.cluster)
            rc = VTC_EFORMAT;
    }
    while (!rc && bytes) {
        rc = read_run(&chain, off, out, bytes, &done);
        out += done;
        bytes -= done;
        off = 0;
    }
    return rc;
}

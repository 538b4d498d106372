/* SPDX-License-Identifier: GPL-3.0-or-later */
/* exFAT (Microsoft exFAT file system specification): directory entry sets and path lookup. */
#include <ventoc/exfat.h>
#include <ventoc/bytes.h>
#include <ventoc/mem.h>
#include <ventoc/utf8.h>

#define ENTRY_BYTES      32u
#define ENTRY_FILE       0x85u /* section 7.4 */
#define ENTRY_STREAM     0xc0u /* section 7.6 */
#define ENTRY_NAME       0xc1u /* section 7.7 */
#define NAME_UNITS_MAX   255u
#define DIR_BYTES_MAX    (256u * 1024 * 1024) /* section 7.4: limit of a directory's size */
#define ATTR_DIRECTORY   0x10u
#define NO_FAT_CHAIN     0x02u
#define UNITS_PER_RECORD 15u

/* Reading position in a directory: one entry at a time, following the chain. */
struct cursor {
    const struct vtc_exfat *fs;
    uint32_t cluster;
    uint32_t in_cluster; /* bytes */
    uint32_t left;       /* clusters that may still follow, the loop guard */
    int contiguous;
    int length_known; /* clusters: a directory that is full has no end mark (6.2.1.1) */
};

int vtc_exfat_open(struct vtc_exfat *fs, const struct vtc_reader *disk, uint64_t part_off,
                   uint64_t part_bytes)
{
    uint8_t boot[512];
    int rc = vtc_reader_read(disk, part_off, boot, sizeof(boot));

    if (rc)
        return rc;
    if (memcmp(boot + 3, "EXFAT   ", 8) != 0)
        return VTC_ENOENT;
    rc = vtc_fat_geometry(boot, part_off, part_bytes, &fs->geometry);
    if (rc)
        return rc;
    fs->disk = disk;
    fs->root_cluster = vtc_le32(boot + 96);
    if (fs->root_cluster < 2 || fs->root_cluster - 2 >= fs->geometry.cluster_count)
        return VTC_EFORMAT;
    return VTC_OK;
}

/* Next cluster of a chain into *cluster; VTC_ENOENT at its end. */
static int next_cluster(const struct vtc_exfat *fs, uint32_t *cluster)
{
    const struct vtc_fat_geometry *g = &fs->geometry;
    uint64_t at = (uint64_t)*cluster * 4;
    uint8_t raw[4];
    uint32_t next;
    int rc;

    if (g->fat_bytes < 4 || at > g->fat_bytes - 4)
        return VTC_EFORMAT;
    rc = vtc_reader_read(fs->disk, g->part_off + g->fat_off + at, raw, sizeof(raw));
    if (rc)
        return rc;
    next = vtc_le32(raw);
    if (next == 0xffffffffu)
        return VTC_ENOENT;
    if (next < 2 || next - 2 >= g->cluster_count)
        return VTC_EFORMAT;
    *cluster = next;
    return VTC_OK;
}

/* Read the next 32-byte entry; VTC_ENOENT behind the last cluster. */
static int next_entry(struct cursor *c, uint8_t entry[ENTRY_BYTES])
{
    const struct vtc_fat_geometry *g = &c->fs->geometry;
    uint64_t off;
    int rc;

    if (c->in_cluster == g->cluster_bytes) {
        if (c->left == 0)
            return c->length_known ? VTC_ENOENT : VTC_EFORMAT;
        c->left--;
        if (c->contiguous) {
            c->cluster++;
        } else {
            rc = next_cluster(c->fs, &c->cluster);
            if (rc)
                return rc;
        }
        c->in_cluster = 0;
    }
    if (c->cluster < 2 || c->cluster - 2 >= g->cluster_count)
        return VTC_EFORMAT;
    off = g->part_off + g->heap_off + (uint64_t)(c->cluster - 2) * g->cluster_bytes;
    rc = vtc_reader_read(c->fs->disk, off + c->in_cluster, entry, ENTRY_BYTES);
    c->in_cluster += ENTRY_BYTES;
    return rc;
}

/* Decode one code point of UTF-8; returns its length in bytes, 0 when malformed. */
static unsigned utf8_decode(const char *text, unsigned left, uint32_t *code)
{
    const uint8_t *s = (const uint8_t *)text;
    unsigned length = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
    uint32_t value = length == 1 ? s[0] : s[0] & (0x7fu >> length);

    if (length == 0 || length > left || s[0] > 0xf4)
        return 0;
    for (unsigned i = 1; i < length; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (s[i] & 0x3f);
    }
    *code = value;
    return length;
}

/* A path component as UTF-16; returns the units, 0 when it cannot be an exFAT name. */
static unsigned utf16_from_utf8(const char *text, unsigned bytes, uint16_t units[NAME_UNITS_MAX])
{
    unsigned count = 0;

    while (bytes) {
        uint32_t code;
        unsigned length = utf8_decode(text, bytes, &code);

        if (length == 0 || count + (code > 0xffff ? 2u : 1u) > NAME_UNITS_MAX)
            return 0;
        if (code > 0xffff) {
            units[count++] = (uint16_t)(0xd800 + ((code - 0x10000) >> 10));
            units[count++] = (uint16_t)(0xdc00 + ((code - 0x10000) & 0x3ff));
        } else {
            units[count++] = (uint16_t)code;
        }
        text += length;
        bytes -= length;
    }
    return count;
}

static uint16_t fold(uint16_t unit)
{
    return unit >= 'a' && unit <= 'z' ? (uint16_t)(unit - 32) : unit;
}

/* Does the name record (up to 15 units at entry+2) agree with wanted[from..)? */
static int name_part_matches(const uint8_t *entry, const uint16_t *wanted, unsigned from,
                             unsigned count)
{
    for (unsigned i = 0; i < UNITS_PER_RECORD && from + i < count; i++)
        if (fold(vtc_le16(entry + 2 + 2 * i)) != fold(wanted[from + i]))
            return 0;
    return 1;
}

/* What the file entry and the stream extension say of a file. */
static void read_stream(const uint8_t *file, const uint8_t *stream, struct vtc_exfat_node *node)
{
    node->no_fat_chain = (stream[1] & NO_FAT_CHAIN) != 0;
    node->valid_bytes = vtc_le64(stream + 8);
    node->first_cluster = vtc_le32(stream + 20);
    node->bytes = vtc_le64(stream + 24);
    node->is_dir = (vtc_le16(file + 4) & ATTR_DIRECTORY) != 0;
}

/*
 * Read what follows a file entry (its secondary entries).
 * Returns 1 when the set is the wanted name and *node is filled in, 0 when not, or a vtc_err.
 */
static int read_set(struct cursor *c, const uint8_t *file, const uint16_t *wanted, unsigned count,
                    struct vtc_exfat_node *node)
{
    unsigned secondary = file[1], name_units = 0, seen = 0;
    int matches = 1, rc;
    uint8_t entry[ENTRY_BYTES];

    if (secondary < 2 || secondary > 18)
        return VTC_EFORMAT;
    for (unsigned i = 0; i < secondary; i++) {
        rc = next_entry(c, entry);
        if (rc)
            return rc == VTC_ENOENT ? VTC_EFORMAT : rc;
        if (i == 0) {
            if (entry[0] != ENTRY_STREAM)
                return VTC_EFORMAT;
            name_units = entry[3];
            matches = name_units == count;
            read_stream(file, entry, node);
        } else if (entry[0] == ENTRY_NAME && matches) {
            matches = name_part_matches(entry, wanted, seen, count);
            seen += UNITS_PER_RECORD;
        }
    }
    if (!matches || seen < name_units)
        return 0;
    if (node->valid_bytes > node->bytes)
        return VTC_EFORMAT;
    return 1;
}

/* Begin reading a directory. Returns 0, or VTC_ENOENT when it has no clusters. */
static int begin(struct cursor *c, const struct vtc_exfat *fs, const struct vtc_exfat_node *dir)
{
    const struct vtc_fat_geometry *g = &fs->geometry;
    /* the root's length is known by its chain only: as many clusters as a directory may have */
    uint64_t bytes = dir->bytes && dir->bytes < DIR_BYTES_MAX ? dir->bytes : DIR_BYTES_MAX;
    uint32_t clusters = 0;

    for (uint64_t b = 0; b < bytes && clusters < g->cluster_count; b += g->cluster_bytes)
        clusters++;
    if (clusters == 0 || dir->first_cluster == 0)
        return VTC_ENOENT;
    memset(c, 0, sizeof(*c));
    c->fs = fs;
    c->cluster = dir->first_cluster;
    c->contiguous = dir->no_fat_chain;
    c->length_known = dir->bytes != 0 || dir->no_fat_chain;
    c->left = clusters - 1;
    return VTC_OK;
}

/* Search one directory for a name. Returns 0 and *node, or a vtc_err. */
static int search(const struct vtc_exfat *fs, const struct vtc_exfat_node *dir,
                  const uint16_t *wanted, unsigned count, struct vtc_exfat_node *node)
{
    struct cursor c;
    uint8_t entry[ENTRY_BYTES];
    int rc = begin(&c, fs, dir);

    if (rc)
        return rc;
    for (;;) {
        rc = next_entry(&c, entry);
        if (rc)
            return rc;
        if (entry[0] == 0) /* end of directory, section 6.2.1 */
            return VTC_ENOENT;
        if (entry[0] != ENTRY_FILE)
            continue;
        rc = read_set(&c, entry, wanted, count, node);
        if (rc)
            return rc < 0 ? rc : VTC_OK;
    }
}

/* Append the character of a code point; returns where the next one goes. */
static char *put_utf8(char *at, uint32_t code)
{
    return at + vtc_utf8_encode(code, (uint8_t *)at);
}

/* A name record's units appended to a UTF-8 name. *half: a high surrogate that waits for its low. */
static char *append_units(char *at, const uint8_t *entry, unsigned count, uint32_t *half)
{
    for (unsigned i = 0; i < count; i++) {
        uint32_t unit = vtc_le16(entry + 2 + 2 * i);
        int is_low = unit >= 0xdc00 && unit < 0xe000;

        if (*half && is_low) {
            at = put_utf8(at, 0x10000 + ((*half - 0xd800) << 10) + (unit - 0xdc00));
            *half = 0;
            continue;
        }
        if (*half)
            at = put_utf8(at, 0xfffd);
        *half = unit >= 0xd800 && unit < 0xdc00 ? unit : 0;
        if (!*half)
            at = put_utf8(at, is_low ? 0xfffd : unit);
    }
    return at;
}

/* Read the secondary entries behind a file entry: its node and its name. */
static int read_named(struct cursor *c, const uint8_t *file, struct vtc_exfat_node *node,
                      char name[VTC_EXFAT_NAME_BYTES])
{
    unsigned secondary = file[1], left = 0;
    uint8_t entry[ENTRY_BYTES];
    uint32_t half = 0;
    char *at = name;

    if (secondary < 2 || secondary > 18)
        return VTC_EFORMAT;
    for (unsigned i = 0; i < secondary; i++) {
        int rc = next_entry(c, entry);

        if (rc)
            return rc == VTC_ENOENT ? VTC_EFORMAT : rc;
        if (i == 0) {
            if (entry[0] != ENTRY_STREAM)
                return VTC_EFORMAT;
            left = entry[3];
            read_stream(file, entry, node);
        } else if (entry[0] == ENTRY_NAME) {
            unsigned count = left < UNITS_PER_RECORD ? left : UNITS_PER_RECORD;

            at = append_units(at, entry, count, &half);
            left -= count;
        }
    }
    if (half)
        at = put_utf8(at, 0xfffd);
    *at = 0;
    return left || node->valid_bytes > node->bytes ? VTC_EFORMAT : VTC_OK;
}

void vtc_exfat_root(const struct vtc_exfat *fs, struct vtc_exfat_node *node)
{
    memset(node, 0, sizeof(*node));
    node->is_dir = 1;
    node->first_cluster = fs->root_cluster;
}

int vtc_exfat_list(const struct vtc_exfat *fs, const struct vtc_exfat_node *dir,
                   int (*visit)(void *ctx, const char *name, const struct vtc_exfat_node *node),
                   void *ctx)
{
    char name[VTC_EXFAT_NAME_BYTES];
    struct vtc_exfat_node node;
    uint8_t entry[ENTRY_BYTES];
    struct cursor c;
    int rc = begin(&c, fs, dir);

    while (!rc) {
        rc = next_entry(&c, entry);
        if (rc || entry[0] == 0)
            break;
        if (entry[0] != ENTRY_FILE)
            continue;
        memset(&node, 0, sizeof(node));
        rc = read_named(&c, entry, &node, name);
        if (!rc)
            rc = visit(ctx, name, &node);
    }
    return rc == VTC_ENOENT ? VTC_OK : rc;
}

int vtc_exfat_lookup(const struct vtc_exfat *fs, const char *path, struct vtc_exfat_node *node)
{
    uint16_t wanted[NAME_UNITS_MAX];

    vtc_exfat_root(fs, node);
    for (;;) {
        struct vtc_exfat_node dir = *node;
        unsigned bytes = 0, count;
        int rc;

        while (*path == '/')
            path++;
        if (!*path)
            return VTC_OK;
        if (!dir.is_dir)
            return VTC_ENOENT;
        while (path[bytes] && path[bytes] != '/')
            bytes++;
        count = utf16_from_utf8(path, bytes, wanted);
        if (count == 0)
            return VTC_ENOENT;
        rc = search(fs, &dir, wanted, count, node);
        if (rc)
            return rc;
        path += bytes;
    }
}

int vtc_exfat_extents(const struct vtc_exfat *fs, const struct vtc_exfat_node *node, void *buf,
                      uint32_t buf_bytes, struct vtc_extents *list, const char **why)
{
    if (node->is_dir)
        return VTC_EINVAL;
    if (node->valid_bytes < node->bytes) {
        *why = "not fully written";
        return VTC_EHOLE;
    }
    if (node->bytes == 0)
        return VTC_OK;
    if (node->no_fat_chain)
        return vtc_fat_contiguous(&fs->geometry, node->first_cluster, node->bytes, list);
    return vtc_fat_chain(&fs->geometry, fs->disk, node->first_cluster, node->bytes, buf, buf_bytes,
                         list);
}

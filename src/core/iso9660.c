/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ISO 9660 (ECMA-119, 4th edition) with Rock Ridge names (RRIP 1.12 over SUSP 1.12).
 *
 * Directories are read sector by sector into one buffer; a directory record never crosses a
 * sector (ECMA-119 6.8.1.1), so nothing has to be put together.
 */
#include <ventoc/iso9660.h>

#include <ventoc/ascii.h>
#include <ventoc/bytes.h>
#include <ventoc/iso9660_record.h>
#include <ventoc/mem.h>
#include <ventoc/window.h>

#define SECTOR              VTC_ISO9660_SECTOR_BYTES
#define FIRST_DESCRIPTOR    16u
#define DESCRIPTORS_MAX     64u
#define DIRECTORY_MAX_BYTES (32u << 20)
#define CONTINUATIONS_MAX   16u

/* ---- directory records (ECMA-119 9.1) ------------------------------------------------------ */

/* The System Use field (9.1.13) begins at an even offset behind the identifier. */
static uint32_t record_system_use_off(const uint8_t *rec)
{
    return (33u + rec[32] + 1) & ~1u;
}

/* The length of a name without ";1" (7.5.1: ';' and a version number) and a trailing '.'. */
static uint32_t plain_length(const char *name, uint32_t length)
{
    uint32_t n = length;

    while (n > 0 && name[n - 1] >= '0' && name[n - 1] <= '9')
        n--;
    if (n > 0 && n < length && name[n - 1] == ';')
        length = n - 1;
    if (length > 1 && name[length - 1] == '.')
        length--;
    return length;
}

static void iso_name(const uint8_t *rec, char name[256])
{
    uint32_t i, n = rec[32];

    memcpy(name, rec + 33, n);
    n = plain_length(name, n);
    for (i = 0; i < n; i++)
        if (name[i] == '/' || (uint8_t)name[i] < 0x20 || name[i] == 0x7f)
            name[i] = '_';
    name[n] = '\0';
}

/* ---- Rock Ridge names ---------------------------------------------------------------------- */

struct susp {
    char *name; /* 256 bytes */
    uint32_t name_length;
    int complete; /* an NM entry without CONTINUE was seen */
    int ended;    /* ST, or nothing else can follow */
    uint64_t ce_off;
    uint32_t ce_bytes; /* 0: no continuation area announced */
};

/* NM: RRIP 4.1.4. Flags 1 CONTINUE, 2 CURRENT, 4 PARENT (the latter only in "." and ".."). */
static int susp_nm(struct susp *s, const uint8_t *e)
{
    uint32_t i, n;

    if (e[2] < 5 || (e[4] & 6))
        return VTC_EFORMAT;
    n = e[2] - 5u;
    if (n > 255 - s->name_length)
        return VTC_EFORMAT;
    for (i = 0; i < n; i++)
        if (e[5 + i] == '/' || e[5 + i] < 0x20 || e[5 + i] == 0x7f)
            return VTC_EFORMAT;
    memcpy(s->name + s->name_length, e + 5, n);
    s->name_length += n;
    s->complete = !(e[4] & 1);
    return VTC_OK;
}

/* CE: SUSP 5.1, the rest of the System Use field lies elsewhere. */
static int susp_ce(struct susp *s, const uint8_t *e)
{
    uint32_t off, bytes;

    if (e[2] < 28)
        return VTC_EFORMAT;
    off = vtc_le32(e + 12);
    bytes = vtc_le32(e + 20);
    if (off > SECTOR || bytes > SECTOR - off)
        return VTC_EFORMAT;
    s->ce_off = (uint64_t)vtc_le32(e + 4) * SECTOR + off;
    s->ce_bytes = bytes;
    return VTC_OK;
}

/* One whole System Use entry. */
static int susp_entry(struct susp *s, const uint8_t *e)
{
    if (e[0] == 'N' && e[1] == 'M' && !s->complete)
        return susp_nm(s, e);
    if (e[0] == 'C' && e[1] == 'E')
        return susp_ce(s, e);
    if (e[0] == 'S' && e[1] == 'T')
        s->ended = 1;
    return VTC_OK;
}

/* Entries of [p, p+bytes): signature, length, version, data (SUSP 4.1). */
static int susp_in_record(struct susp *s, const uint8_t *p, uint32_t bytes)
{
    int rc;

    while (!s->ended && bytes >= 4) {
        if (p[2] < 4 || p[2] > bytes)
            return VTC_EFORMAT;
        rc = susp_entry(s, p);
        if (rc)
            return rc;
        bytes -= p[2];
        p += p[2];
    }
    return VTC_OK;
}

/* The same in the continuation area last announced. */
static int susp_in_continuation(struct susp *s, struct vtc_window *w)
{
    uint64_t off = s->ce_off;
    uint32_t left = s->ce_bytes;
    const uint8_t *e;
    int rc;

    s->ce_bytes = 0;
    s->ended = 0;
    while (!s->ended && left >= 4) {
        rc = vtc_window_get(w, off, 4, &e);
        if (rc)
            return rc;
        if (e[2] < 4 || e[2] > left)
            return VTC_EFORMAT;
        rc = vtc_window_get(w, off, e[2], &e);
        if (!rc)
            rc = susp_entry(s, e);
        if (rc)
            return rc;
        off += e[2];
        left -= e[2];
    }
    return VTC_OK;
}

/* The record's NM name. Continuation areas are read only while the name is not complete.
 * Returns 0, VTC_ENOENT: none; VTC_EFORMAT; the reader's error. */
static int rock_ridge_name(const struct vtc_iso9660 *iso, const uint8_t *rec, char name[256])
{
    struct susp s = {.name = name};
    struct vtc_window w;
    uint32_t use = record_system_use_off(rec) + iso->rock_ridge_skip;
    uint32_t hops;
    int rc;

    if (use >= rec[0])
        return VTC_ENOENT;
    rc = susp_in_record(&s, rec + use, rec[0] - use);
    vtc_window_init(&w, iso->reader);
    for (hops = 0; !rc && !s.complete && s.ce_bytes; hops++)
        rc = hops < CONTINUATIONS_MAX ? susp_in_continuation(&s, &w) : VTC_EFORMAT;
    if (rc)
        return rc;
    if (!s.complete || !s.name_length)
        return VTC_ENOENT;
    name[s.name_length] = '\0';
    return VTC_OK;
}

/* Look for SP (SUSP 5.3) at the beginning of the System Use field of the root's first record;
 * CD-ROM XA puts 14 bytes of its own before it. */
static void find_sp(struct vtc_iso9660 *iso, const uint8_t *rec)
{
    uint32_t use = record_system_use_off(rec);
    unsigned try;

    for (try = 0; try < 2; try++, use += 14) {
        if (use >= rec[0] || rec[0] - use < 7)
            return;
        if (!memcmp(rec + use, "SP\7\1\xbe\xef", 6)) {
            iso->has_rock_ridge = 1;
            iso->rock_ridge_skip = rec[use + 6];
            return;
        }
    }
}

/* ---- volume descriptors (ECMA-119 section 8) ----------------------------------------------- */

static void copy_volume_id(char out[33], const uint8_t *in)
{
    uint32_t i, n = 32;

    while (n > 0 && (in[n - 1] == ' ' || in[n - 1] == '\0'))
        n--;
    for (i = 0; i < n; i++)
        out[i] = in[i] >= 0x20 && in[i] < 0x7f ? (char)in[i] : '_';
    out[n] = '\0';
}

/* Primary volume descriptor, 8.4. */
static int take_primary(struct vtc_iso9660 *iso, const uint8_t *d)
{
    const uint8_t *root = d + 156;

    if (vtc_le16(d + 128) != SECTOR)
        return VTC_ENOTSUP;
    if (!vtc_iso9660_record_ok(root, VTC_ISO9660_RECORD_MIN_BYTES) ||
        !(root[25] & VTC_ISO9660_FLAG_DIRECTORY) || vtc_iso9660_record_lba2048(root) > UINT32_MAX)
        return VTC_EFORMAT;
    copy_volume_id(iso->volume_id, d + 40);
    iso->volume_bytes = (uint64_t)vtc_le32(d + 80) * SECTOR;
    iso->root_lba2048 = (uint32_t)vtc_iso9660_record_lba2048(root);
    iso->root_bytes = vtc_le32(root + 10);
    return VTC_OK;
}

/* Joliet: a supplementary descriptor whose escape sequences (8.5.6) name UCS-2. */
static int is_joliet(const uint8_t *d)
{
    return d[88] == '%' && d[89] == '/' && (d[90] == '@' || d[90] == 'C' || d[90] == 'E');
}

/* One "CD001" descriptor; *primary counts the primary ones. */
static int take_descriptor(struct vtc_iso9660 *iso, const uint8_t *d, int *primary)
{
    static const char torito[] = "EL TORITO SPECIFICATION"; /* El Torito 1.0, figure 7 */

    switch (d[0]) {
    case 0:
        if (!memcmp(d + 7, torito, sizeof(torito) - 1) && !iso->boot_catalog_lba2048)
            iso->boot_catalog_lba2048 = vtc_le32(d + 0x47);
        return VTC_OK;
    case 1:
        return (*primary)++ ? VTC_OK : take_primary(iso, d);
    case 2:
        iso->has_joliet |= is_joliet(d);
        return VTC_OK;
    default:
        return VTC_OK;
    }
}

/* Members of the extended area behind the descriptors: ECMA-167 2/9 and 3/9.1. */
static int is_extended(const uint8_t *d)
{
    return !memcmp(d + 1, "BEA01", 5) || !memcmp(d + 1, "TEA01", 5) || !memcmp(d + 1, "BOOT2", 5) ||
           !memcmp(d + 1, "NSR02", 5) || !memcmp(d + 1, "NSR03", 5);
}

int vtc_iso9660_open(struct vtc_iso9660 *iso, const struct vtc_reader *reader)
{
    uint8_t head[512]; /* of a sector: all that is looked at */
    int primary = 0, any = 0, rc;
    uint32_t i;

    memset(iso, 0, sizeof(*iso));
    iso->reader = reader;
    for (i = FIRST_DESCRIPTOR; i < FIRST_DESCRIPTOR + DESCRIPTORS_MAX; i++) {
        if (reader->bytes / SECTOR <= i)
            break;
        rc = vtc_reader_read(reader, (uint64_t)i * SECTOR, head, sizeof(head));
        if (rc)
            return rc;
        if (!memcmp(head + 1, "CD001", 5)) {
            any = 1;
            rc = take_descriptor(iso, head, &primary);
            if (rc)
                return rc;
        } else if (is_extended(head)) {
            iso->has_udf |= !memcmp(head + 1, "NSR", 3);
        } else {
            break;
        }
    }
    if (!any)
        return VTC_ENOENT;
    if (!primary)
        return VTC_EFORMAT;
    /* In a truncated image the root may be out of reach; what is known so far stays useful. */
    rc = vtc_reader_read(reader, (uint64_t)iso->root_lba2048 * SECTOR, head, sizeof(head));
    if (!rc && vtc_iso9660_record_ok(head, sizeof(head)))
        find_sp(iso, head);
    return rc == VTC_EFORMAT ? VTC_OK : rc;
}

/* ---- directories --------------------------------------------------------------------------- */

void vtc_iso9660_root(const struct vtc_iso9660 *iso, struct vtc_iso9660_node *node)
{
    memset(node, 0, sizeof(*node));
    node->lba2048 = iso->root_lba2048;
    node->bytes = iso->root_bytes;
    node->is_dir = 1;
}

/* Begin a node with its first (mostly only) record. */
static int node_begin(const struct vtc_iso9660 *iso, const uint8_t *rec, uint64_t record_off,
                      struct vtc_iso9660_node *node)
{
    int rc = VTC_ENOENT;

    if (vtc_iso9660_record_lba2048(rec) > UINT32_MAX)
        return VTC_EFORMAT;
    node->lba2048 = (uint32_t)vtc_iso9660_record_lba2048(rec);
    node->bytes = vtc_le32(rec + 10);
    node->is_dir = (rec[25] & VTC_ISO9660_FLAG_DIRECTORY) != 0;
    node->multi_extent = 0;
    node->record_off = record_off;
    if (iso->has_rock_ridge)
        rc = rock_ridge_name(iso, rec, node->name);
    if (rc == VTC_ENOENT || rc == VTC_EFORMAT) {
        iso_name(rec, node->name); /* no Rock Ridge name that could be used */
        rc = VTC_OK;
    }
    return rc;
}

/* Add a further section of the same file. */
static void node_extend(struct vtc_iso9660_node *node, const uint8_t *rec)
{
    int follows = node->bytes % SECTOR == 0 &&
                  vtc_iso9660_record_lba2048(rec) == node->lba2048 + node->bytes / SECTOR;

    if (node->multi_extent != VTC_ISO9660_SCATTERED)
        node->multi_extent = follows ? VTC_ISO9660_GAPLESS : VTC_ISO9660_SCATTERED;
    node->bytes += vtc_le32(rec + 10);
}

int vtc_iso9660_list(const struct vtc_iso9660 *iso, const struct vtc_iso9660_node *dir,
                     int (*visit)(void *ctx, const struct vtc_iso9660_node *node), void *ctx)
{
    uint8_t sector[SECTOR];
    struct vtc_iso9660_node node;
    uint64_t base = (uint64_t)dir->lba2048 * SECTOR, dir_bytes = dir->bytes, off;
    uint32_t at, room;
    int rc, unfinished = 0;

    if (!dir->is_dir)
        return VTC_EINVAL;
    if (dir_bytes > DIRECTORY_MAX_BYTES)
        return VTC_EFORMAT;
    for (off = 0; off < dir_bytes; off += SECTOR) {
        room = dir_bytes - off < SECTOR ? (uint32_t)(dir_bytes - off) : SECTOR;
        rc = vtc_reader_read(iso->reader, base + off, sector, room);
        if (rc)
            return rc;
        for (at = 0; at < room && sector[at]; at += sector[at]) {
            const uint8_t *rec = sector + at;

            if (!vtc_iso9660_record_ok(rec, room - at))
                return VTC_EFORMAT;
            if (vtc_iso9660_record_is_dot(rec) || (rec[25] & VTC_ISO9660_FLAG_ASSOCIATED))
                continue;
            if (unfinished)
                node_extend(&node, rec);
            else if ((rc = node_begin(iso, rec, base + off + at, &node)) != 0)
                return rc;
            unfinished = (rec[25] & VTC_ISO9660_FLAG_MULTI_EXTENT) != 0;
            if (!unfinished && (rc = visit(ctx, &node)) != 0)
                return rc;
        }
    }
    return unfinished ? VTC_EFORMAT : VTC_OK;
}

/* ---- paths --------------------------------------------------------------------------------- */

struct wanted {
    const char *name;
    uint32_t length;
    struct vtc_iso9660_node *node;
};

static int visit_compare(void *ctx, const struct vtc_iso9660_node *node)
{
    const struct wanted *want = ctx;
    uint32_t i = 0, n = 0;

    while (node->name[n])
        n++;
    if (plain_length(node->name, n) != plain_length(want->name, want->length))
        return 0;
    n = plain_length(node->name, n);
    while (i < n && vtc_ascii_lower(node->name[i]) == vtc_ascii_lower(want->name[i]))
        i++;
    if (i < n)
        return 0;
    memcpy(want->node, node, sizeof(*node));
    return 1;
}

int vtc_iso9660_find(const struct vtc_iso9660 *iso, const char *path, struct vtc_iso9660_node *node)
{
    struct wanted want = {.node = node};
    int rc;

    vtc_iso9660_root(iso, node);
    for (;;) {
        while (*path == '/')
            path++;
        if (!*path)
            return VTC_OK;
        if (!node->is_dir)
            return VTC_ENOENT;
        want.name = path;
        for (want.length = 0; path[want.length] && path[want.length] != '/';)
            want.length++;
        path += want.length;
        rc = vtc_iso9660_list(iso, node, visit_compare, &want);
        if (rc != 1)
            return rc ? rc : VTC_ENOENT;
    }
}

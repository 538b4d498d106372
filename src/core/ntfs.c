/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * NTFS attribute records. Field offsets and the run list as in the Linux-NTFS project's
 * documentation ("Concept - Attribute Header", "Concept - Data Runs").
 */
#include <ventoc/bytes.h>
#include <ventoc/ntfs.h>

enum {
    ATTR_DATA = 0x80,
    AT_TYPE = 0x00,
    AT_BYTES = 0x04,
    AT_NON_RESIDENT = 0x08,
    AT_FLAGS = 0x0c,
    AT_FIRST_VCN = 0x10,
    AT_LAST_VCN = 0x18,
    AT_RUNS = 0x20,
    AT_REAL_BYTES = 0x30,
    AT_INIT_BYTES = 0x38,
    HEADER_BYTES = 0x40,
    FLAG_COMPRESSION = 0x00ff,
    FLAG_ENCRYPTED = 0x4000,
};

static int refuse(const char **why, const char *reason, int rc)
{
    *why = reason;
    return rc;
}

/* A little-endian integer of 1 to 8 bytes, sign-extended. */
static uint64_t signed_le(const uint8_t *p, unsigned bytes)
{
    uint64_t v = p[bytes - 1] & 0x80 ? UINT64_MAX : 0;

    while (bytes--)
        v = v << 8 | p[bytes];
    return v;
}

/* The run list [p, end). clusters: how many it must map; part_clusters: what the volume has. */
static int add_runs(const uint8_t *p, const uint8_t *end, uint64_t clusters, uint64_t part_clusters,
                    uint32_t cluster_bytes, uint64_t part_off, struct vtc_extents *list,
                    const char **why)
{
    uint64_t lcn = 0;

    for (; p < end && *p;) {
        unsigned count_bytes = *p & 15, offset_bytes = *p >> 4;
        uint64_t count;
        int rc;

        p++;
        if (!count_bytes || count_bytes > 8 || offset_bytes > 8 ||
            count_bytes + offset_bytes > (size_t)(end - p))
            return VTC_EFORMAT;
        count = signed_le(p, count_bytes);
        p += count_bytes;
        if (!count || count > clusters)
            return VTC_EFORMAT;
        if (!offset_bytes)
            return refuse(why, "sparse", VTC_EHOLE);
        /* Modulo 2^64: a sum below zero becomes greater than any volume. */
        lcn += signed_le(p, offset_bytes);
        p += offset_bytes;
        if (lcn > part_clusters || count > part_clusters - lcn)
            return VTC_EFORMAT;
        rc = vtc_extents_add(list, part_off + lcn * cluster_bytes, count * cluster_bytes);
        if (rc)
            return rc;
        clusters -= count;
    }
    return p < end && !clusters ? VTC_OK : VTC_EFORMAT;
}

int vtc_ntfs_extents(const uint8_t *attr, uint32_t attr_bytes, uint32_t cluster_bytes,
                     uint64_t part_off, uint64_t part_bytes, struct vtc_extents *list,
                     const char **why)
{
    uint32_t bytes, runs, flags;
    uint64_t part_clusters;
    int rc;

    if (!cluster_bytes || (cluster_bytes & (cluster_bytes - 1)) ||
        part_bytes > UINT64_MAX - part_off)
        return VTC_EINVAL;
    if (attr_bytes < AT_FIRST_VCN || vtc_le32(attr + AT_TYPE) != ATTR_DATA)
        return VTC_EFORMAT;
    bytes = vtc_le32(attr + AT_BYTES);
    if (bytes > attr_bytes || bytes < AT_FIRST_VCN)
        return VTC_EFORMAT;
    if (!attr[AT_NON_RESIDENT])
        return refuse(why, "resident", VTC_ENOTSUP);
    flags = vtc_le16(attr + AT_FLAGS);
    if (flags & FLAG_COMPRESSION)
        return refuse(why, "compressed", VTC_ENOTSUP);
    if (flags & FLAG_ENCRYPTED)
        return refuse(why, "encrypted", VTC_ENOTSUP);
    if (bytes < HEADER_BYTES)
        return VTC_EFORMAT;
    runs = vtc_le16(attr + AT_RUNS);
    if (runs < HEADER_BYTES || runs >= bytes || vtc_le64(attr + AT_FIRST_VCN))
        return VTC_EFORMAT;

    /* The last VCN of an empty file is -1: no clusters. */
    part_clusters = part_bytes >> __builtin_ctz(cluster_bytes);
    rc = add_runs(attr + runs, attr + bytes, vtc_le64(attr + AT_LAST_VCN) + 1, part_clusters,
                  cluster_bytes, part_off, list, why);
    if (!rc && vtc_extents_trim(list, vtc_le64(attr + AT_REAL_BYTES)))
        rc = VTC_EFORMAT;
    if (!rc && vtc_le64(attr + AT_INIT_BYTES) < vtc_le64(attr + AT_REAL_BYTES))
        rc = refuse(why, "not fully written", VTC_EHOLE);
    return rc;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The El Torito boot catalog ("El Torito" Bootable CD-ROM Format Specification 1.0, section 2): a
 * row of 32-byte records: validation entry, default entry, then section headers, each with its
 * entries, which extension records may follow.
 */
#include <ventoc/eltorito.h>

#include <ventoc/bytes.h>
#include <ventoc/fat.h>
#include <ventoc/mem.h>
#include <ventoc/slice.h>
#include <ventoc/window.h>

#define RECORD_BYTES 32u
#define RECORDS_MAX  512u /* of the whole catalog; hostile ones end here */
#define LBA_BYTES    2048u

/* First byte of a record, figures 2 to 6. */
#define ID_VALIDATION  0x01
#define ID_EXTENSION   0x44
#define ID_BOOTABLE    0x88
#define ID_HEADER      0x90 /* more headers follow */
#define ID_LAST_HEADER 0x91

/* Figure 2: the sum of the 16 words is zero, and the key stands in the last two bytes. */
static int validation_ok(const uint8_t *r)
{
    uint16_t sum = 0;
    unsigned i;

    for (i = 0; i < RECORD_BYTES; i += 2)
        sum = (uint16_t)(sum + vtc_le16(r + i));
    return r[0] == ID_VALIDATION && r[30] == 0x55 && r[31] == 0xaa && sum == 0;
}

/* Hard-disk emulation: the image is a disk with one partition (section 2.2); it ends there. */
static int hard_disk_bytes(const struct vtc_reader *iso, uint64_t off, uint64_t *bytes)
{
    uint8_t table[66];
    unsigned i;
    int rc = vtc_reader_read(iso, off + 446, table, sizeof(table));

    if (rc == VTC_EFORMAT || (!rc && vtc_le16(table + 64) != 0xaa55))
        return VTC_OK; /* no table: the sector count has to do */
    for (i = 0; !rc && i < 4; i++) {
        const uint8_t *e = table + 16 * i;
        uint64_t end = ((uint64_t)vtc_le32(e + 8) + vtc_le32(e + 12)) * 512;

        if (e[4] && end > *bytes)
            *bytes = end;
    }
    return rc;
}

/* An EFI image is a FAT volume. Its sector count has only 16 bits, so that the volume's own size
 * counts when it is the larger; 0 and 1 mean "to the end" (UEFI 2.10, 13.3.2.1). */
static int efi_bytes(const struct vtc_reader *iso, uint64_t off, uint16_t sector_count,
                     uint64_t *bytes)
{
    struct vtc_slice slice;
    struct vtc_fat fat;
    int rc;

    if (sector_count <= 1) {
        *bytes = iso->bytes - off;
        return VTC_OK;
    }
    rc = vtc_slice_init(&slice, iso, off, iso->bytes - off);
    if (!rc)
        rc = vtc_fat_open(&fat, &slice.reader);
    if (!rc && fat.volume_bytes > *bytes)
        *bytes = fat.volume_bytes;
    return rc == VTC_ENOENT || rc == VTC_EFORMAT || rc == VTC_ENOTSUP ? VTC_OK : rc;
}

static int image_bytes(const struct vtc_reader *iso, struct vtc_eltorito_entry *e)
{
    uint64_t off = (uint64_t)e->load_lba2048 * LBA_BYTES;
    uint64_t bytes = (uint64_t)e->sector_count * 512;
    int rc = VTC_OK;

    switch (e->media) {
    case VTC_ELTORITO_FLOPPY_1200K:
        bytes = 1200 * 1024;
        break;
    case VTC_ELTORITO_FLOPPY_1440K:
        bytes = 1440 * 1024;
        break;
    case VTC_ELTORITO_FLOPPY_2880K:
        bytes = 2880 * 1024;
        break;
    case VTC_ELTORITO_HARD_DISK:
        rc = hard_disk_bytes(iso, off, &bytes);
        break;
    default:
        if (e->platform == VTC_ELTORITO_EFI)
            rc = efi_bytes(iso, off, e->sector_count, &bytes);
        break;
    }
    e->image_bytes = bytes < iso->bytes - off ? bytes : iso->bytes - off;
    return rc;
}

/* Take a default entry (figure 3) or section entry (figure 5) into the table. */
static int take_entry(const struct vtc_reader *iso, const uint8_t *r, uint64_t record_off,
                      uint8_t platform, struct vtc_eltorito *out)
{
    struct vtc_eltorito_entry *e;

    if (vtc_le32(r + 8) >= (iso->bytes + LBA_BYTES - 1) / LBA_BYTES)
        return VTC_OK; /* outside the image: dropped */
    if (out->count == VTC_ELTORITO_MAX_ENTRIES)
        return VTC_EFORMAT;
    e = &out->entry[out->count++];
    e->platform = platform;
    e->bootable = r[0] == ID_BOOTABLE;
    e->media = r[1] & 0x0f;
    e->load_segment = vtc_le16(r + 2);
    e->system_type = r[4];
    e->sector_count = vtc_le16(r + 6);
    e->load_lba2048 = vtc_le32(r + 8);
    e->record_off = record_off;
    return image_bytes(iso, e);
}

struct catalog {
    struct vtc_window w;
    uint64_t off;          /* of the record last read */
    uint32_t record_count; /* read so far */
};

/* The next record; it stays valid until the next call. */
static int next_record(struct catalog *c, const uint8_t **r)
{
    if (c->record_count)
        c->off += RECORD_BYTES;
    if (c->record_count++ == RECORDS_MAX)
        return VTC_EFORMAT;
    return vtc_window_get(&c->w, c->off, RECORD_BYTES, r);
}

/* Section headers and their entries (figures 4 to 6). Anything else ends the catalog. */
static int read_sections(const struct vtc_reader *iso, struct catalog *c, struct vtc_eltorito *out)
{
    const uint8_t *r;
    uint8_t platform, last;
    uint32_t left;
    int rc;

    do {
        do {
            rc = next_record(c, &r);
            if (rc)
                return rc;
        } while (r[0] == ID_EXTENSION);
        if (r[0] != ID_HEADER && r[0] != ID_LAST_HEADER)
            return VTC_OK;
        last = r[0] == ID_LAST_HEADER;
        platform = r[1];
        left = vtc_le16(r + 2);
        while (left) {
            rc = next_record(c, &r);
            if (rc)
                return rc;
            if (r[0] == ID_EXTENSION)
                continue;
            rc = take_entry(iso, r, c->off, platform, out);
            if (rc)
                return rc;
            left--;
        }
    } while (!last);
    return VTC_OK;
}

int vtc_eltorito_read(const struct vtc_reader *iso, uint32_t catalog_lba2048,
                      struct vtc_eltorito *out)
{
    struct catalog c = {.off = (uint64_t)catalog_lba2048 * LBA_BYTES};
    uint8_t platform;
    const uint8_t *r;
    int rc;

    memset(out, 0, sizeof(*out));
    vtc_window_init(&c.w, iso);
    rc = next_record(&c, &r);
    if (rc)
        return rc;
    if (!validation_ok(r))
        return VTC_EFORMAT;
    platform = r[1];
    rc = next_record(&c, &r);
    if (!rc)
        rc = take_entry(iso, r, c.off, platform, out);
    return rc ? rc : read_sections(iso, &c, out);
}

const struct vtc_eltorito_entry *vtc_eltorito_find(const struct vtc_eltorito *et, uint8_t platform)
{
    uint32_t i;

    for (i = 0; i < et->count && i < VTC_ELTORITO_MAX_ENTRIES; i++)
        if (et->entry[i].bootable && et->entry[i].platform == platform)
            return &et->entry[i];
    return NULL;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a file is: by its name for the menu, by its content for booting. */
#include <ventoc/classify.h>

#include <ventoc/bytes.h>
#include <ventoc/disk_parts.h>
#include <ventoc/eltorito.h>
#include <ventoc/fat.h>
#include <ventoc/floppy.h>
#include <ventoc/iso9660.h>
#include <ventoc/mem.h>
#include <ventoc/meter.h>
#include <ventoc/slice.h>

/* Reads for finding /EFI/BOOT on the volumes of one image; a real one needs some ten. */
#define VOLUME_READS_MAX 32768u

/* Inlined into one another these functions would hold all their buffers on the stack at once. */
#define OWN_FRAME __attribute__((noinline))

/* ---- names --------------------------------------------------------------------------------- */

enum vtc_image_type vtc_classify_name(const char *name)
{
    static const struct {
        char ending[6];
        uint8_t type;
    } known[] = {{".iso", VTC_TYPE_ISO},
                 {".img", VTC_TYPE_IMG},
                 {".vtoy", VTC_TYPE_IMG}, /* a raw disk image as well */
                 {".efi", VTC_TYPE_EFI}};
    size_t n = 0, length;
    unsigned i, k;

    while (name[n])
        n++;
    if (name[0] == '.' && name[1] == '_')
        return VTC_TYPE_NONE;
    for (k = 0; k < sizeof(known) / sizeof(known[0]); k++) {
        for (length = 4; length < sizeof(known[k].ending) && known[k].ending[length];)
            length++;
        if (n <= length)
            continue;
        for (i = 0; i < length; i++) {
            char c = name[n - length + i];

            if ((c >= 'A' && c <= 'Z' ? c + 32 : c) != known[k].ending[i])
                break;
        }
        if (i == length)
            return (enum vtc_image_type)known[k].type;
    }
    return VTC_TYPE_NONE;
}

/* ---- ISO 9660 ------------------------------------------------------------------------------ */

OWN_FRAME static int look_at_torito(const struct vtc_reader *image, uint32_t catalog_lba2048,
                                    struct vtc_boot_facts *facts)
{
    const struct vtc_eltorito_entry *efi;
    struct vtc_eltorito et;
    int rc = vtc_eltorito_read(image, catalog_lba2048, &et);

    /* careless section headers behind a good default entry: such discs boot everywhere */
    if (rc == VTC_EFORMAT && et.count)
        rc = VTC_OK;
    facts->has_bios = vtc_eltorito_find(&et, VTC_ELTORITO_X86) != NULL;
    efi = vtc_eltorito_find(&et, VTC_ELTORITO_EFI);
    if (efi) {
        facts->has_efi = 1;
        facts->efi_lba2048 = efi->load_lba2048;
        facts->efi_bytes = efi->image_bytes;
    }
    return rc;
}

/* Returns VTC_ENOENT when there is no ISO 9660 and no UDF volume. */
OWN_FRAME static int look_at_iso(const struct vtc_reader *image, struct vtc_boot_facts *facts)
{
    struct vtc_iso9660 iso;
    int rc = vtc_iso9660_open(&iso, image);

    facts->is_udf = iso.has_udf;
    facts->is_iso = rc == VTC_OK;
    if (rc == VTC_ENOENT && iso.has_udf)
        return VTC_OK;
    if (rc)
        return rc;
    memcpy(facts->label, iso.volume_id, sizeof(facts->label));
    facts->declared_bytes = iso.volume_bytes;
    if (!iso.boot_catalog_lba2048)
        return VTC_OK;
    return look_at_torito(image, iso.boot_catalog_lba2048, facts);
}

/* ---- FAT volumes --------------------------------------------------------------------------- */

/* Nonzero when [off, off+bytes) holds a FAT volume the firmware would boot: is_esp (by its type)
 * or with /EFI/BOOT in it. Errors mean no: what cannot be read cannot be booted. *reads_left: for
 * all volumes of an image together. */
OWN_FRAME static int boots_efi(const struct vtc_reader *image, uint64_t off, uint64_t bytes,
                               int is_esp, uint32_t *reads_left)
{
    struct vtc_meter meter;
    struct vtc_slice slice;
    struct vtc_fat fat;
    struct vtc_fat_node node;
    int found = 0;

    vtc_meter_init(&meter, image, *reads_left, UINT64_MAX);
    if (!vtc_slice_init(&slice, &meter.reader, off, bytes) && !vtc_fat_open(&fat, &slice.reader))
        found = is_esp || (!vtc_fat_find(&fat, "/EFI/BOOT", &node) && node.is_dir);
    *reads_left = meter.reads_left;
    return found;
}

/* A FAT volume without a partition table. */
OWN_FRAME static int look_at_volume(const struct vtc_reader *image, const uint8_t *sector,
                                    struct vtc_boot_facts *facts)
{
    struct vtc_fat fat;
    uint32_t reads_left = VOLUME_READS_MAX;
    unsigned code = sector[0] == 0xeb ? 2u + sector[1] : 3u + vtc_le16(sector + 1);
    int rc = vtc_fat_open(&fat, image);

    if (rc)
        return rc;
    facts->is_disk = 1;
    facts->declared_bytes = fat.volume_bytes;
    memcpy(facts->label, fat.label, sizeof(fat.label));
    facts->has_bios = code < 510 && sector[code] != 0;
    facts->has_efi = boots_efi(image, 0, image->bytes, 0, &reads_left);
    return VTC_OK;
}

/* A boot sector and the size of a floppy: a disk without a file system that we know. */
static int look_at_floppy(const struct vtc_reader *image, const uint8_t *sector,
                          struct vtc_boot_facts *facts)
{
    if (facts->is_iso || !vtc_floppy_of(image->bytes) || sector[0] == 0)
        return VTC_ENOENT;
    facts->is_disk = 1;
    facts->has_bios = 1;
    return VTC_OK;
}

/* ---- partition tables ---------------------------------------------------------------------- */

struct looking {
    const struct vtc_reader *image;
    struct vtc_boot_facts *facts;
    uint32_t reads_left;
};

static int look_at_gpt_part(void *ctx, const struct vtc_disk_part *part)
{
    /* C12A7328-F81F-11D2-BA4B-00A0C93EC93B and EBD0A0A2-B9E5-4433-87C0-68B6B72699C7 */
    static const uint8_t esp[16] = {0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11,
                                    0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b};
    static const uint8_t basic_data[16] = {0xa2, 0xa0, 0xd0, 0xeb, 0xe5, 0xb9, 0x33, 0x44,
                                           0x87, 0xc0, 0x68, 0xb6, 0xb7, 0x26, 0x99, 0xc7};
    struct looking *l = ctx;
    int is_esp = !memcmp(part->gpt_type, esp, 16);

    if (!is_esp && memcmp(part->gpt_type, basic_data, 16))
        return 0;
    l->facts->has_efi = boots_efi(l->image, part->off, part->bytes, is_esp, &l->reads_left);
    return l->facts->has_efi;
}

/* Returns VTC_ENOENT when there is no GPT. */
OWN_FRAME static int look_at_gpt(const struct vtc_reader *image, struct vtc_boot_facts *facts)
{
    struct looking l = {image, facts, VOLUME_READS_MAX};
    struct vtc_gpt gpt;
    int rc = vtc_gpt_open(&gpt, image);

    if (rc)
        return rc;
    facts->is_gpt = 1;
    if (facts->is_iso)
        return VTC_OK;
    facts->declared_bytes = (gpt.last_lba + 1) << gpt.sector_shift;
    rc = vtc_gpt_walk(&gpt, look_at_gpt_part, &l);
    return rc > 0 ? VTC_OK : rc;
}

static int is_fat_type(uint8_t type)
{
    return type == 0x01 || type == 0x04 || type == 0x06 || type == 0x0b || type == 0x0c ||
           type == 0x0e;
}

static int look_at_mbr_part(void *ctx, const struct vtc_disk_part *part)
{
    struct looking *l = ctx;
    struct vtc_boot_facts *facts = l->facts;
    int is_esp = part->mbr_type == VTC_MBR_ESP;

    if (part->mbr_type == VTC_MBR_PROTECTIVE)
        return 0;
    if (part->off + part->bytes > facts->declared_bytes && !facts->is_gpt)
        facts->declared_bytes = part->off + part->bytes;
    if (!facts->has_efi && (is_esp || is_fat_type(part->mbr_type)))
        facts->has_efi = boots_efi(l->image, part->off, part->bytes, is_esp, &l->reads_left);
    return 0;
}

static void look_at_mbr(const struct vtc_reader *image, const uint8_t *sector,
                        struct vtc_boot_facts *facts)
{
    struct looking l = {image, facts, VOLUME_READS_MAX};

    facts->has_bios = (sector[0] | sector[1] | sector[2] | sector[3]) != 0;
    vtc_mbr_walk(sector, look_at_mbr_part, &l);
}

/* Returns VTC_ENOENT when LBA 0 has no 0x55AA, or one that nothing stands behind. On an ISO only
 * notes that it is a disk as well: what it boots is the El Torito catalog's to say. */
static int look_at_disk(const struct vtc_reader *image, const uint8_t *sector,
                        struct vtc_boot_facts *facts)
{
    int rc;

    if (vtc_le16(sector + 510) != 0xaa55)
        return VTC_ENOENT;
    if (!vtc_mbr_ok(sector)) {
        rc = facts->is_iso ? VTC_ENOENT : look_at_volume(image, sector, facts);
        return rc == VTC_ENOENT ? look_at_floppy(image, sector, facts) : rc;
    }
    facts->is_disk = 1;
    rc = look_at_gpt(image, facts);
    if (!facts->is_iso)
        look_at_mbr(image, sector, facts);
    return rc == VTC_ENOENT || facts->is_iso ? VTC_OK : rc;
}

/* ---- PE (Microsoft PE/COFF, "MS-DOS Stub" and "COFF File Header") --------------------------- */

OWN_FRAME static int look_at_pe(const struct vtc_reader *image, struct vtc_boot_facts *facts)
{
    uint8_t b[64];
    int rc = vtc_reader_read(image, 0, b, sizeof(b));

    if (rc || b[0] != 'M' || b[1] != 'Z')
        return rc && rc != VTC_EFORMAT ? rc : VTC_ENOENT;
    rc = vtc_reader_read(image, vtc_le32(b + 0x3c), b, 6);
    if (rc || memcmp(b, "PE\0\0", 4))
        return rc && rc != VTC_EFORMAT ? rc : VTC_ENOENT;
    facts->is_pe = 1;
    facts->pe_machine = vtc_le16(b + 4);
    return VTC_OK;
}

/* ---- all of it ----------------------------------------------------------------------------- */

/* Looks that find nothing do not hide the others; the first real error is kept. */
static int merge(int rc, int next, int *found)
{
    if (next != VTC_ENOENT)
        *found = 1;
    return rc || next == VTC_ENOENT ? rc : next;
}

OWN_FRAME static int look_at_sector0(const struct vtc_reader *image, struct vtc_boot_facts *facts)
{
    uint8_t sector[512];
    int rc;

    if (image->bytes < sizeof(sector))
        return VTC_ENOENT;
    rc = vtc_reader_read(image, 0, sector, sizeof(sector));
    return rc ? rc : look_at_disk(image, sector, facts);
}

int vtc_classify(const struct vtc_reader *image, struct vtc_boot_facts *facts)
{
    int rc = VTC_OK, found = 0;

    memset(facts, 0, sizeof(*facts));
    rc = merge(rc, look_at_iso(image, facts), &found);
    rc = merge(rc, look_at_sector0(image, facts), &found);
    if (!facts->is_iso && !facts->is_disk)
        rc = merge(rc, look_at_pe(image, facts), &found);
    if (rc == VTC_EIO)
        return rc;
    if (facts->declared_bytes > image->bytes)
        return VTC_ETRUNC;
    return found ? rc : VTC_ENOENT;
}

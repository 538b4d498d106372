/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/table.h"

#include <errno.h>
#include <fcntl.h>
#include <libfdisk.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ventoc/layout.h>

#include "host/fdio.h"
#include "host/gptcopy.h"
#include "host/scratch.h"

#define GPT_ENTRIES_BYTES 16384u /* 128 entries of 128 bytes, the usual and smallest array */
#define GPT_BASIC_DATA    "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7"
#define GPT_ESP           "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
#define GPT_NO_LETTER     "GUID:63" /* bit 63 of the attributes */

static const char slot_name[] = "ventoc";

static uint64_t head_bytes(int gpt, uint32_t sector_bytes)
{
    return gpt ? 2 * sector_bytes + GPT_ENTRIES_BYTES : sector_bytes;
}

uint64_t vtc_table_tail_bytes(uint32_t sector_bytes)
{
    return sector_bytes + GPT_ENTRIES_BYTES;
}

static int fail(struct vtc_error *err, int rc, const char *name, const char *what)
{
    return vtc_error_set(err, VTC_ERROR_FAILED, rc, NULL, "%s: cannot %s: %s", name, what,
                         strerror(-rc));
}

/* A libfdisk context on a descriptor. It never asks or prints: no callback is set. */
static int open_context(int fd, const char *name, uint32_t sector_bytes, int readonly,
                        struct fdisk_context **out)
{
    struct fdisk_context *cxt = fdisk_new_context();
    int rc;

    if (!cxt)
        return -ENOMEM;
    fdisk_disable_dialogs(cxt, 1);
    rc = fdisk_save_user_sector_size(cxt, sector_bytes, sector_bytes);
    if (!rc)
        rc = fdisk_assign_device_by_fd(cxt, fd, name, readonly);
    if (rc)
        fdisk_unref_context(cxt);
    else
        *out = cxt;
    return rc;
}

/* The name is a courtesy; libfdisk 2.38 cannot set one with characters beyond U+FFFF. */
static const char *possible_name(const char *name)
{
    for (const char *p = name; *p; p++)
        if ((unsigned char)*p >= 0xf0)
            return "ventoc data";
    return name;
}

/* Type, name and attribute of an entry. */
static int set_kind(struct fdisk_context *cxt, struct fdisk_partition *pa, size_t number, int gpt,
                    const char *name)
{
    struct fdisk_label *label = fdisk_get_label(cxt, NULL);
    struct fdisk_parttype *type = fdisk_label_parse_parttype(label, gpt           ? GPT_BASIC_DATA
                                                                    : number == 0 ? "07"
                                                                                  : "ef");
    int rc = type ? fdisk_partition_set_type(pa, type) : -ENOMEM;

    if (!rc && gpt)
        rc = fdisk_partition_set_name(pa, possible_name(name));
    if (!rc && gpt && number == 1)
        rc = fdisk_partition_set_attrs(pa, GPT_NO_LETTER);
    fdisk_unref_parttype(type);
    return rc;
}

static int add_partition(struct fdisk_context *cxt, size_t number, uint64_t off, uint64_t bytes,
                         int gpt, const char *name)
{
    struct fdisk_partition *pa = fdisk_new_partition();
    uint64_t sector = fdisk_get_sector_size(cxt);
    int rc;

    if (!pa)
        return -ENOMEM;
    fdisk_partition_set_partno(pa, number);
    fdisk_partition_set_start(pa, off / sector);
    fdisk_partition_set_size(pa, bytes / sector);
    fdisk_partition_size_explicit(pa, 1);
    rc = set_kind(cxt, pa, number, gpt, name);
    if (!rc)
        rc = fdisk_add_partition(cxt, pa, NULL);
    fdisk_unref_partition(pa);
    return rc;
}

/* Take the written sectors out of the scratch disk. */
static int take_sectors(int fd, int gpt, uint64_t disk_bytes, uint32_t sector_bytes,
                        struct vtc_table_sectors *out)
{
    int rc = 0;

    memset(out, 0, sizeof(*out));
    out->head_bytes = head_bytes(gpt, sector_bytes);
    out->tail_bytes = gpt ? vtc_table_tail_bytes(sector_bytes) : 0;
    out->tail_off = disk_bytes - out->tail_bytes;
    out->head = malloc(out->head_bytes);
    out->tail = malloc(out->tail_bytes ? out->tail_bytes : 1);
    if (!out->head || !out->tail)
        rc = -ENOMEM;
    if (!rc)
        rc = vtc_fdio_read(fd, 0, out->head, out->head_bytes);
    if (!rc)
        rc = vtc_fdio_read(fd, out->tail_off, out->tail, out->tail_bytes);
    if (rc)
        vtc_table_free(out);
    return rc;
}

void vtc_table_free(struct vtc_table_sectors *sectors)
{
    free(sectors->head);
    free(sectors->tail);
    memset(sectors, 0, sizeof(*sectors));
}

int vtc_table_build(const struct vtc_table_spec *spec, struct vtc_table_sectors *out,
                    struct vtc_error *err)
{
    struct fdisk_context *cxt = NULL;
    int fd = vtc_scratch_open(spec->disk_bytes, err), rc;

    memset(out, 0, sizeof(*out));
    if (fd < 0)
        return fd;
    rc = open_context(fd, "scratch", spec->sector_bytes, 0, &cxt);
    if (!rc)
        rc = fdisk_create_disklabel(cxt, spec->gpt ? "gpt" : "dos");
    if (!rc)
        rc = add_partition(cxt, 0, spec->data_off, spec->data_bytes, spec->gpt, spec->label);
    if (!rc)
        rc = add_partition(cxt, 1, spec->slot_off, spec->slot_bytes, spec->gpt, slot_name);
    if (!rc)
        rc = fdisk_write_disklabel(cxt);
    if (!rc)
        rc = take_sectors(fd, spec->gpt, spec->disk_bytes, spec->sector_bytes, out);
    fdisk_unref_context(cxt);
    close(fd);
    return rc ? fail(err, rc, "partition table", "make it") : 0;
}

/* Copy the regions where tables are, so that libfdisk works on a copy. What is read here is written
 * back, so a bit that went wrong on its way would stay: it is read twice. */
static int copy_region(int from, int to, uint64_t off, size_t bytes)
{
    uint8_t *buf = malloc(2 * bytes);
    int rc = buf ? vtc_fdio_read(from, off, buf, bytes) : -ENOMEM;

    posix_fadvise(from, (off_t)off, (off_t)bytes, POSIX_FADV_DONTNEED);
    if (!rc)
        rc = vtc_fdio_read(from, off, buf + bytes, bytes);
    if (!rc && memcmp(buf, buf + bytes, bytes) != 0)
        rc = -EIO;
    if (!rc)
        rc = vtc_scratch_write(to, off, buf, bytes);
    free(buf);
    return rc;
}

static int copy_is_usual(const struct vtc_reader *disk, uint32_t sector_bytes, uint64_t lba,
                         uint64_t entries_lba)
{
    struct vtc_gptcopy copy;
    int rc = vtc_gptcopy_read(disk, sector_bytes, lba, &copy);

    if (!rc)
        rc = copy.state != VTC_GPTCOPY_GOOD ||
             (copy.entries_bytes == GPT_ENTRIES_BYTES && copy.entries_lba == entries_lba);
    vtc_gptcopy_free(&copy);
    return rc;
}

int vtc_table_is_usual(int fd, const char *name, uint64_t disk_bytes, uint32_t sector_bytes,
                       struct vtc_error *err)
{
    struct vtc_fdio_region region = {fd, 0};
    struct vtc_reader disk = vtc_fdio_reader(&region, disk_bytes);
    uint64_t last = disk_bytes / sector_bytes - 1;
    int rc = copy_is_usual(&disk, sector_bytes, 1, 2);

    if (rc > 0)
        rc = copy_is_usual(&disk, sector_bytes, last, last - GPT_ENTRIES_BYTES / sector_bytes);
    if (rc < 0)
        return fail(err, rc, name, "read its partition table");
    return rc ? 0
              : vtc_error_set(err, VTC_ERROR_REFUSED, -EOPNOTSUPP,
                              "Give it 128 entries (sgdisk -S 128 TARGET), at the end of the disk "
                              "(sfdisk --relocate gpt-bak-std TARGET).",
                              "%s: its GPT has an unusual number or place of entries", name);
}

static int move_entry(struct fdisk_context *cxt, uint64_t off, uint64_t bytes, int adopt)
{
    struct fdisk_partition *pa = fdisk_new_partition();
    uint64_t sector = fdisk_get_sector_size(cxt);
    int rc = 0;

    if (!pa)
        return -ENOMEM;
    fdisk_partition_set_start(pa, off / sector);
    fdisk_partition_set_size(pa, bytes / sector);
    if (adopt)
        rc = set_kind(cxt, pa, 1, fdisk_is_labeltype(cxt, FDISK_DISKLABEL_GPT), slot_name);
    if (!rc)
        rc = fdisk_set_partition(cxt, 1, pa);
    fdisk_unref_partition(pa);
    return rc;
}

/* Change a copy of the disk's table and take its sectors. */
static int edit(int fd, const char *name, uint64_t disk_bytes, uint32_t sector_bytes,
                int (*change)(struct fdisk_context *cxt, const void *ctx), const void *ctx,
                struct vtc_table_sectors *out, struct vtc_error *err)
{
    struct fdisk_context *cxt = NULL;
    int scratch = vtc_scratch_open(disk_bytes, err), odd = 0, rc;

    memset(out, 0, sizeof(*out));
    if (scratch < 0)
        return scratch;
    rc = copy_region(fd, scratch, 0, VTC_MIB);
    if (!rc)
        rc = copy_region(fd, scratch, disk_bytes - VTC_MIB, VTC_MIB);
    if (!rc)
        rc = open_context(scratch, name, sector_bytes, 0, &cxt);
    if (!rc && fdisk_is_labeltype(cxt, FDISK_DISKLABEL_GPT))
        rc = odd = vtc_table_is_usual(fd, name, disk_bytes, sector_bytes, err);
    if (!rc)
        rc = change(cxt, ctx);
    if (!rc)
        rc = fdisk_write_disklabel(cxt);
    if (!rc)
        rc = take_sectors(scratch, fdisk_is_labeltype(cxt, FDISK_DISKLABEL_GPT), disk_bytes,
                          sector_bytes, out);
    fdisk_unref_context(cxt);
    close(scratch);
    return odd || !rc ? rc : fail(err, rc, name, "change its partition table");
}

struct move {
    uint64_t off, bytes;
    int adopt;
};

static int move_slot(struct fdisk_context *cxt, const void *ctx)
{
    const struct move *move = ctx;

    return move_entry(cxt, move->off, move->bytes, move->adopt);
}

int vtc_table_move_slot(int fd, const char *name, uint64_t disk_bytes, uint32_t sector_bytes,
                        uint64_t slot_off, uint64_t slot_bytes, int adopt,
                        struct vtc_table_sectors *out, struct vtc_error *err)
{
    struct move move = {slot_off, slot_bytes, adopt};

    return edit(fd, name, disk_bytes, sector_bytes, move_slot, &move, out, err);
}

static int shorten_entry(struct fdisk_context *cxt, size_t number, uint64_t bytes)
{
    struct fdisk_partition *pa = fdisk_new_partition();
    int rc;

    if (!pa)
        return -ENOMEM;
    fdisk_partition_set_size(pa, bytes / fdisk_get_sector_size(cxt));
    rc = fdisk_set_partition(cxt, number, pa);
    fdisk_unref_partition(pa);
    return rc;
}

static int add_slot(struct fdisk_context *cxt, const void *ctx)
{
    const struct vtc_table_added *added = ctx;
    int rc = added->shorten ? shorten_entry(cxt, added->shorten - 1, added->shorten_bytes) : 0;

    return rc ? rc
              : add_partition(cxt, 1, added->slot_off, added->slot_bytes,
                              fdisk_is_labeltype(cxt, FDISK_DISKLABEL_GPT), slot_name);
}

int vtc_table_add_slot(int fd, const char *name, uint64_t disk_bytes, uint32_t sector_bytes,
                       const struct vtc_table_added *added, struct vtc_table_sectors *out,
                       struct vtc_error *err)
{
    return edit(fd, name, disk_bytes, sector_bytes, add_slot, added, out, err);
}

static int is_boot_type(struct fdisk_parttype *type)
{
    const char *guid = type ? fdisk_parttype_get_string(type) : NULL;

    if (guid)
        return strcmp(guid, GPT_BASIC_DATA) == 0 || strcmp(guid, GPT_ESP) == 0;
    return type && fdisk_parttype_get_code(type) == 0xef;
}

static void read_entry(struct fdisk_context *cxt, size_t number, struct vtc_table_entry *entry)
{
    struct fdisk_partition *pa = NULL;
    uint64_t sector = fdisk_get_sector_size(cxt);

    memset(entry, 0, sizeof(*entry));
    if (fdisk_get_partition(cxt, number, &pa) == 0 && fdisk_partition_has_start(pa) &&
        fdisk_partition_has_size(pa)) {
        entry->used = 1;
        entry->off = fdisk_partition_get_start(pa) * sector;
        entry->bytes = fdisk_partition_get_size(pa) * sector;
        entry->is_boot_type = is_boot_type(fdisk_partition_get_type(pa));
    }
    fdisk_unref_partition(pa);
}

int vtc_table_read(int fd, const char *name, uint32_t sector_bytes, struct vtc_table_facts *out,
                   struct vtc_error *err)
{
    struct fdisk_context *cxt = NULL;
    int rc;

    memset(out, 0, sizeof(*out));
    rc = open_context(fd, name, sector_bytes, 1, &cxt);
    if (rc)
        return fail(err, rc, name, "read its partition table");
    out->gpt = fdisk_is_labeltype(cxt, FDISK_DISKLABEL_GPT);
    if (!out->gpt && !fdisk_is_labeltype(cxt, FDISK_DISKLABEL_DOS)) {
        fdisk_unref_context(cxt);
        return vtc_error_set(err, VTC_ERROR_NOT_STICK, -ENOENT, NULL, "%s: no partition table",
                             name);
    }
    for (size_t i = 0; i < 2; i++)
        read_entry(cxt, i, &out->entry[i]);
    fdisk_unref_context(cxt);
    return 0;
}

int vtc_table_list(int fd, const char *name, uint32_t sector_bytes, struct vtc_table_part *parts,
                   size_t max, struct vtc_error *err)
{
    struct fdisk_context *cxt = NULL;
    uint64_t sector;
    size_t count = 0;
    int rc = open_context(fd, name, sector_bytes, 1, &cxt);

    if (rc)
        return fail(err, rc, name, "read its partition table");
    sector = fdisk_get_sector_size(cxt);
    for (size_t i = 0; fdisk_has_label(cxt) && i < fdisk_get_npartitions(cxt) && count < max; i++) {
        struct fdisk_partition *pa = NULL;

        if (fdisk_get_partition(cxt, i, &pa) == 0 && fdisk_partition_has_start(pa) &&
            fdisk_partition_has_size(pa)) {
            parts[count].number = (unsigned)i + 1;
            parts[count].off = fdisk_partition_get_start(pa) * sector;
            parts[count].bytes = fdisk_partition_get_size(pa) * sector;
            parts[count++].is_container = fdisk_partition_is_container(pa);
        }
        fdisk_unref_partition(pa);
    }
    fdisk_unref_context(cxt);
    return (int)count;
}

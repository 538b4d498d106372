/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading an image file for ventoc inspect. */
#include "cli/inspect.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ventoc/fat.h>
#include <ventoc/floppy.h>
#include <ventoc/iso9660.h>
#include <ventoc/slice.h>

#include "host/fdio.h"

/* ---- opening ------------------------------------------------------------------------------- */

static int open_image(const char *path, uint64_t *bytes, struct vtc_error *err)
{
    /* O_NONBLOCK: a FIFO must not keep us waiting */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), code;
    struct stat st;
    off_t end;

    if (fd < 0 || fstat(fd, &st)) {
        code = errno;
        if (fd >= 0)
            close(fd);
        return vtc_error_set(err, VTC_ERROR_FAILED, -code, NULL, "cannot open %s: %s", path,
                             strerror(code));
    }
    end = lseek(fd, 0, SEEK_END);
    if ((!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode)) || end < 0) {
        close(fd);
        return vtc_error_set(err, VTC_ERROR_FAILED, -EINVAL, NULL,
                             "%s is not an image file: it is %s", path,
                             S_ISDIR(st.st_mode) ? "a folder" : "no regular file");
    }
    *bytes = (uint64_t)end;
    return fd;
}

/* ---- what kind of file --------------------------------------------------------------------- */

/* By the first bytes: formats that images are downloaded in. */
static const char *packed_as(const struct vtc_reader *image)
{
    static const struct {
        const char *magic;
        unsigned bytes;
        const char *name;
    } kinds[] = {
        {"\x1f\x8b", 2, "gunzip"},
        {"BZh", 3, "bunzip2"},
        {"\xfd"
         "7zXZ\0",
         6, "unxz"},
        {"\x28\xb5\x2f\xfd", 4, "unzstd"},
        {"\x04\x22\x4d\x18", 4, "unlz4"},
        {"PK\3\4", 4, "unzip"},
        {"7z\xbc\xaf\x27\x1c", 6, "7z x"},
        {"Rar!\x1a\7", 6, "unrar"},
    };
    uint8_t head[8];

    if (image->bytes < sizeof(head) || vtc_reader_read(image, 0, head, sizeof(head)))
        return NULL;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (memcmp(head, kinds[i].magic, kinds[i].bytes) == 0)
            return kinds[i].name;
    return NULL;
}

/* As the boot menu decides: a hybrid image is what its name says. */
static enum vtc_inspect_type type_of(const struct vtc_inspect *in)
{
    const char *slash = strrchr(in->path, '/');
    const struct vtc_boot_facts *f = &in->facts;
    int is_cd = f->is_iso || f->is_udf;

    if (in->rc == VTC_ENOENT)
        return VTC_INSPECT_UNKNOWN;
    if (f->is_pe && !is_cd && !f->is_disk)
        return VTC_INSPECT_EFI;
    if (is_cd && !(f->is_disk && vtc_classify_name(slash ? slash + 1 : in->path) == VTC_TYPE_IMG))
        return VTC_INSPECT_CD;
    return vtc_floppy_of(in->bytes) ? VTC_INSPECT_FLOPPY : VTC_INSPECT_DISK;
}

/* ---- a CD ---------------------------------------------------------------------------------- */

static int keep_entry(void *ctx, const struct vtc_bootcfg_entry *e)
{
    const char *from[4] = {e->title, e->kernel, e->cmdline, e->initrds};
    char *to[4], *p;
    struct vtc_inspect *in = ctx;
    size_t total = 0;

    if (in->entry_count == VTC_INSPECT_ENTRIES_MAX) {
        in->entries_cut = 1;
        return 0;
    }
    for (unsigned i = 0; i < 4; i++)
        total += strlen(from[i]) + 1;
    p = malloc(total);
    if (!p)
        return -ENOMEM;
    for (unsigned i = 0; i < 4; i++) {
        size_t n = strlen(from[i]) + 1;

        to[i] = memcpy(p, from[i], n);
        p += n;
    }
    in->entry[in->entry_count++] = (struct vtc_inspect_entry){
        to[0], to[1], to[2], to[3], e->config, e->kernel_found, e->kernel_bits};
    return 0;
}

static unsigned machines_in(const struct vtc_reader *image, uint64_t off, uint64_t bytes)
{
    static const char *const files[] = {"/EFI/BOOT/BOOTX64.EFI", "/EFI/BOOT/BOOTIA32.EFI",
                                        "/EFI/BOOT/BOOTAA64.EFI"};
    struct vtc_fat_node node;
    struct vtc_slice slice;
    struct vtc_fat fat;
    unsigned found = 0;

    if (vtc_slice_init(&slice, image, off, bytes) || vtc_fat_open(&fat, &slice.reader))
        return 0;
    for (unsigned i = 0; i < 3; i++)
        if (vtc_fat_find(&fat, files[i], &node) == VTC_OK)
            found |= 1u << i;
    return found;
}

/* The parts that only an ISO 9660 has. Damage in them leaves them empty. Returns 0, VTC_EIO or
 * -ENOMEM. */
static int read_cd(struct vtc_inspect *in, const struct vtc_reader *image)
{
    struct vtc_iso9660 iso;
    void *work;
    int rc = vtc_iso9660_open(&iso, image);

    if (rc)
        return rc == VTC_EIO ? rc : 0;
    if (iso.boot_catalog_lba2048 &&
        vtc_eltorito_read(image, iso.boot_catalog_lba2048, &in->torito) == VTC_EIO)
        return VTC_EIO;
    if (vtc_family_of(&iso, &in->family) == VTC_EIO)
        return VTC_EIO;
    if (in->facts.efi_bytes)
        in->efi_machines = machines_in(
            image, (uint64_t)in->facts.efi_lba2048 * VTC_ISO9660_SECTOR_BYTES, in->facts.efi_bytes);
    work = malloc(VTC_BOOTCFG_WORK_BYTES);
    if (!work)
        return -ENOMEM;
    rc = vtc_bootcfg_scan(image, work, &in->cfg, keep_entry, in);
    free(work);
    return rc == VTC_EIO || rc == -ENOMEM ? rc : 0;
}

/* The same for a disk image. */
static int read_disk(struct vtc_inspect *in, const struct vtc_reader *image)
{
    void *work = malloc(VTC_DISKCFG_WORK_BYTES);
    int rc;

    if (!work)
        return -ENOMEM;
    rc = vtc_diskcfg_scan(image, work, &in->disk);
    free(work);
    return rc == VTC_EIO ? rc : 0;
}

int vtc_inspect_image(const struct vtc_reader *image, const char *path, struct vtc_inspect *in,
                      struct vtc_error *err)
{
    int rc;

    memset(in, 0, sizeof(*in));
    in->path = path;
    in->bytes = image->bytes;
    in->rc = rc = vtc_classify(image, &in->facts);
    in->type = type_of(in);
    if (rc != VTC_EIO) {
        in->packed = in->type == VTC_INSPECT_UNKNOWN ? packed_as(image) : NULL;
        rc = in->facts.is_iso               ? read_cd(in, image)
             : in->type == VTC_INSPECT_DISK ? read_disk(in, image)
                                            : 0;
    }
    if (rc == VTC_EIO)
        return vtc_error_set(err, VTC_ERROR_FAILED, -EIO, NULL, "cannot read %s to its end", path);
    if (rc)
        return vtc_error_set(err, VTC_ERROR_FAILED, -ENOMEM, NULL, "out of memory");
    return 0;
}

int vtc_inspect_read(const char *path, struct vtc_inspect *in, struct vtc_error *err)
{
    struct vtc_fdio_region region = {0};
    struct vtc_reader image;
    uint64_t bytes = 0;
    int rc;

    in->entry_count = 0; /* for vtc_inspect_free() */
    region.fd = open_image(path, &bytes, err);
    if (region.fd < 0)
        return region.fd;
    image = vtc_fdio_reader(&region, bytes);
    rc = vtc_inspect_image(&image, path, in, err);
    close(region.fd);
    return rc;
}

void vtc_inspect_free(struct vtc_inspect *in)
{
    for (uint32_t i = 0; i < in->entry_count; i++)
        free(in->entry[i].title);
    in->entry_count = 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which kinds of archive an initramfs file is made of. */
#include <ventoc/cpio.h>
#include <ventoc/initrd.h>
#include <ventoc/mem.h>
#include <ventoc/window.h>

#define ENTRIES_MAX 64u /* headers looked at in one file */
#define ZEROS_MAX   65536u
#define NAME_SEEN   16u /* bytes of a name that are looked at */

static const struct {
    uint8_t magic[6], bytes;
    uint8_t kind;
} magics[] = {
    {"070701", 6, VTC_INITRD_NEWC},
    {"070702", 6, VTC_INITRD_NEWC},
    {{0x1f, 0x8b}, 2, VTC_INITRD_GZIP},
    {{0x1f, 0x9e}, 2, VTC_INITRD_GZIP},
    {{'B', 'Z', 'h'}, 3, VTC_INITRD_BZIP2},
    {{0x5d, 0x00, 0x00}, 3, VTC_INITRD_LZMA},
    {{0xfd, '7', 'z', 'X', 'Z', 0x00}, 6, VTC_INITRD_XZ},
    {{0x89, 'L', 'Z', 'O'}, 4, VTC_INITRD_LZO},
    {{0x02, 0x21, 0x4c, 0x18}, 4, VTC_INITRD_LZ4},
    {{0x28, 0xb5, 0x2f, 0xfd}, 4, VTC_INITRD_ZSTD},
};

enum vtc_initrd_kind vtc_initrd_kind(const uint8_t *head, uint32_t bytes)
{
    unsigned i;

    for (i = 0; i < sizeof magics / sizeof *magics; i++)
        if (bytes >= magics[i].bytes && memcmp(head, magics[i].magic, magics[i].bytes) == 0)
            return (enum vtc_initrd_kind)magics[i].kind;
    return VTC_INITRD_NONE;
}

const char *vtc_initrd_kind_name(enum vtc_initrd_kind kind)
{
    switch (kind) {
    case VTC_INITRD_NEWC:
        return "newc";
    case VTC_INITRD_GZIP:
        return "gzip";
    case VTC_INITRD_BZIP2:
        return "bzip2";
    case VTC_INITRD_LZMA:
        return "lzma";
    case VTC_INITRD_XZ:
        return "xz";
    case VTC_INITRD_LZO:
        return "lzo";
    case VTC_INITRD_LZ4:
        return "lz4";
    case VTC_INITRD_ZSTD:
        return "zstd";
    default:
        return "none";
    }
}

/* A walk through the plain archives a file begins with. */
struct walk {
    struct vtc_window window;
    uint64_t off;     /* of the next header; behind the trailer: of what follows the archive */
    uint32_t entries; /* looked at so far */
    int has_kernel;   /* one of them lies below "kernel/" */
};

enum entry_kind { ENTRY_TRAILER, ENTRY_KERNEL, ENTRY_NEUTRAL, ENTRY_OTHER };

#define IS(name, literal) (memcmp(name, literal, sizeof(literal)) == 0)

/* name: its first NAME_SEEN bytes, then NULs; at least as many bytes as any literal here. */
static enum entry_kind entry_kind(const char *name)
{
    if (IS(name, "TRAILER!!!"))
        return ENTRY_TRAILER;
    if (memcmp(name, "./", 2) == 0)
        name += 2;
    if (memcmp(name, "kernel/", 7) == 0)
        return ENTRY_KERNEL;
    /* The directories on the way there, and the mark that dracut and mkinitcpio put in front. */
    if (IS(name, "") || IS(name, ".") || IS(name, "kernel") || IS(name, "early_cpio"))
        return ENTRY_NEUTRAL;
    return ENTRY_OTHER;
}

/* Bytes to the next multiple of 4. */
static uint32_t pad(uint64_t off)
{
    return (uint32_t)(0 - off) & 3;
}

/* The entry at w->off, which is moved to the next one. A header and the part of the name that
 * matters come with one read. */
static int next_entry(struct walk *w, enum entry_kind *kind)
{
    uint64_t left = w->window.reader->bytes - w->off;
    uint32_t seen = VTC_CPIO_HEADER_BYTES + NAME_SEEN;
    char name[NAME_SEEN + 8] = {0};
    struct vtc_cpio_header header;
    const uint8_t *p;
    int rc;

    if (seen > left)
        seen = (uint32_t)left;
    if (seen <= VTC_CPIO_HEADER_BYTES)
        return VTC_EFORMAT;
    rc = vtc_window_get(&w->window, w->off, seen, &p);
    if (rc)
        return rc;
    rc = vtc_cpio_parse(p, &header);
    if (rc)
        return rc;
    /* The padding behind the last trailer of a file may be missing. */
    if (VTC_CPIO_HEADER_BYTES + header.name_bytes > left)
        return VTC_EFORMAT;
    seen -= VTC_CPIO_HEADER_BYTES;
    if (seen > header.name_bytes)
        seen = header.name_bytes;
    memcpy(name, p + VTC_CPIO_HEADER_BYTES, seen);
    *kind = entry_kind(name);
    if (header.data_off > left)
        header.data_off = (uint32_t)left;
    if (header.data_bytes > left - header.data_off)
        return VTC_EFORMAT;
    left -= header.data_off + (uint64_t)header.data_bytes;
    w->off = w->window.reader->bytes - left;
    w->off += left < pad(w->off) ? left : pad(w->off);
    return VTC_OK;
}

/* Step over one archive. *is_last: it was given up, nothing is known of what follows it. */
static int skip_archive(struct walk *w, int *is_last)
{
    enum entry_kind kind = ENTRY_NEUTRAL;

    *is_last = 0;
    while (kind != ENTRY_TRAILER) {
        int rc = w->entries++ < ENTRIES_MAX ? next_entry(w, &kind) : VTC_OK;

        if (rc)
            return rc;
        if (kind == ENTRY_KERNEL)
            w->has_kernel = 1;
        if (kind == ENTRY_OTHER || w->entries > ENTRIES_MAX) {
            *is_last = 1;
            return VTC_OK;
        }
    }
    return VTC_OK;
}

/* Step over the zeros at w->off. *is_last: nothing else was seen. */
static int skip_zeros(struct walk *w, int *is_last)
{
    uint64_t begin = w->off, end = w->window.reader->bytes;

    *is_last = 0;
    while (w->off < end && w->off - begin < ZEROS_MAX) {
        uint64_t border = (w->off | (VTC_WINDOW_BYTES - 1)) + 1;
        uint32_t bytes = (uint32_t)((border < end ? border : end) - w->off), i;
        const uint8_t *p;
        int rc = vtc_window_get(&w->window, w->off, bytes, &p);

        if (rc)
            return rc;
        for (i = 0; i < bytes; i++, w->off++)
            if (p[i])
                return w->off & 3 ? VTC_EFORMAT : VTC_OK; /* the kernel: "broken padding" */
    }
    *is_last = 1;
    return VTC_OK;
}

/* The kind of what begins at w->off. */
static int kind_here(struct walk *w, enum vtc_initrd_kind *kind)
{
    uint64_t left = w->window.reader->bytes - w->off;
    uint32_t bytes = left < 6 ? (uint32_t)left : 6;
    const uint8_t *p;
    int rc = vtc_window_get(&w->window, w->off, bytes, &p);

    if (!rc)
        *kind = vtc_initrd_kind(p, bytes);
    return rc;
}

int vtc_initrd_probe(const struct vtc_reader *file, struct vtc_initrd_facts *facts)
{
    struct walk w;
    int rc, is_last;

    memset(facts, 0, sizeof *facts);
    vtc_window_init(&w.window, file);
    w.off = 0;
    w.entries = 0;
    w.has_kernel = 0;
    for (;;) {
        enum vtc_initrd_kind kind = VTC_INITRD_NONE;

        rc = kind_here(&w, &kind);
        if (rc)
            return rc;
        if (kind == VTC_INITRD_NONE)
            return facts->kind ? VTC_EFORMAT : VTC_ENOENT;
        facts->has_early = facts->kind != VTC_INITRD_NONE;
        facts->kind = kind;
        if (kind != VTC_INITRD_NEWC)
            return VTC_OK;
        rc = skip_archive(&w, &is_last);
        if (rc || is_last)
            return rc;
        rc = skip_zeros(&w, &is_last);
        if (rc)
            return rc;
        if (is_last) {
            facts->only_microcode = w.has_kernel && w.off == file->bytes;
            return VTC_OK;
        }
    }
}

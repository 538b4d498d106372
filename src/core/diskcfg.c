/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The initrds of a disk image. What is to be looked at stands in one queue: a folder adds its names
 * behind, a configuration the files it names. */
#include <ventoc/diskcfg_scan.h>

#include <ventoc/ascii.h>
#include <ventoc/disk_parts.h>
#include <ventoc/mem.h>
#include <ventoc/meter.h>

#define QUEUE_MAX    144u
#define CONFIG_BYTES 4096u /* of a configuration; the rest is not looked at */
#define NAMES_MAX    8192u /* looked at in one file system */

/* What a thing in the queue is, or what is taken from a folder. */
#define TAKE_INITRDS 1u
#define TAKE_IDS     2u /* folders called by a machine's number */
#define TAKE_FOLDERS 4u /* all of them, for their initrds */
#define TAKE_CONFIGS 8u
#define IS_INITRD    16u
#define IS_CONFIG    32u

struct waiting {
    uint32_t kind;
    char path[VTC_DISKCFG_PATH_BYTES];
};

struct scan {
    struct vtc_meter meter; /* the image */
    struct vtc_diskcfg *out;
    struct vtc_diskcfg_volume volume;
    struct vtc_diskcfg_file file, kernel;
    uint32_t count, at, names_left;
    struct waiting queue[QUEUE_MAX];
    char text[CONFIG_BYTES];
};

_Static_assert(sizeof(struct scan) <= VTC_DISKCFG_WORK_BYTES, "work space");

/* Add [name, name+n) below folder to the queue. Too long a path is passed over. */
static void add(struct scan *s, const char *folder, const char *name, uint32_t n, uint32_t kind)
{
    struct waiting *w;
    uint32_t at = vtc_ascii_length(folder);

    if (at && folder[at - 1] == '/')
        at--;
    if (n >= VTC_DISKCFG_PATH_BYTES - 1 || at > VTC_DISKCFG_PATH_BYTES - 2 - n)
        return;
    if (s->count == QUEUE_MAX) {
        s->out->is_cut = 1;
        return;
    }
    w = &s->queue[s->count++];
    w->kind = kind;
    memcpy(w->path, folder, at);
    w->path[at++] = '/';
    memcpy(w->path + at, name, n);
    w->path[at + n] = '\0';
}

/* ---- folders ------------------------------------------------------------------------------- */

static int take_name(void *ctx, const char *name, int may_be_dir, int may_be_file)
{
    struct scan *s = ctx;
    const struct waiting *folder = &s->queue[s->at];
    uint32_t n = vtc_ascii_length(name), kind = folder->kind;

    if (!s->names_left) {
        s->out->is_cut = 1;
        return 1;
    }
    s->names_left--;
    if (may_be_file && (kind & TAKE_INITRDS) && vtc_diskcfg_is_initrd_name(name))
        add(s, folder->path, name, n, IS_INITRD);
    else if (may_be_file && (kind & TAKE_CONFIGS) && n > 5 && !memcmp(name + n - 5, ".conf", 5))
        add(s, folder->path, name, n, IS_CONFIG);
    else if (may_be_dir && (kind & TAKE_IDS) && vtc_diskcfg_is_machine_id(name))
        add(s, folder->path, name, n, TAKE_FOLDERS);
    else if (may_be_dir && (kind & TAKE_FOLDERS))
        add(s, folder->path, name, n, TAKE_INITRDS);
    return 0;
}

/* ---- configurations ------------------------------------------------------------------------ */

static int is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* "initrd /path [/path ...]" on a line of its own. */
static void take_line(struct scan *s, char *line, uint32_t n)
{
    uint32_t at = 0, from;

    while (at < n && is_blank(line[at]))
        at++;
    if (n - at < 7 || memcmp(line + at, "initrd", 6) != 0 || !is_blank(line[at + 6]))
        return;
    for (at += 6; at < n;) {
        while (at < n && is_blank(line[at]))
            at++;
        for (from = at; at < n && !is_blank(line[at]); at++)
            if (line[at] == '\\')
                line[at] = '/';
        while (from < at && line[from] == '/')
            from++;
        if (from < at)
            add(s, "/", line + from, at - from, IS_INITRD);
    }
}

static int take_config(struct scan *s, const char *path)
{
    uint32_t bytes, at, from = 0;
    int rc = vtc_diskcfg_volume_file(&s->volume, path, &s->file);

    if (rc)
        return rc;
    bytes = s->file.reader.bytes < CONFIG_BYTES ? (uint32_t)s->file.reader.bytes : CONFIG_BYTES;
    rc = vtc_reader_read(&s->file.reader, 0, s->text, bytes);
    for (at = 0; !rc && at <= bytes; at++) {
        if (at < bytes && s->text[at] != '\n')
            continue;
        take_line(s, s->text + from, at - from);
        from = at + 1;
    }
    return rc;
}

/* ---- initrds ------------------------------------------------------------------------------- */

static struct vtc_diskcfg_initrd *find_known(const struct scan *s)
{
    uint32_t i;

    for (i = 0; i < s->out->count; i++)
        if (s->out->initrd[i].part_off == s->volume.part_off && s->out->initrd[i].id == s->file.id)
            return &s->out->initrd[i];
    return NULL;
}

/* The file under one more name: this may be the one that leads to a kernel. */
static int take_name_of(struct scan *s, struct vtc_diskcfg_initrd *out, const char *path)
{
    unsigned bits = out->kernel_bits ? 0 : vtc_diskcfg_kernel_bits(&s->volume, path, &s->kernel);

    if (bits) {
        memcpy(out->path, path, sizeof(out->path));
        out->kernel_bits = bits;
    }
    return VTC_OK;
}

static int take_initrd(struct scan *s, const char *path)
{
    struct vtc_diskcfg_initrd *out;
    struct vtc_initrd_facts facts;
    int rc = vtc_diskcfg_volume_file(&s->volume, path, &s->file);

    if (rc)
        return rc;
    out = find_known(s);
    if (out)
        return take_name_of(s, out, path);
    rc = vtc_initrd_probe(&s->file.reader, &facts);
    if (rc)
        return VTC_ENOENT; /* no initramfs, or nothing to be added to */
    if (facts.only_microcode)
        return VTC_OK;
    if (s->out->count == VTC_DISKCFG_INITRDS_MAX) {
        s->out->is_cut = 1;
        return VTC_OK;
    }
    out = &s->out->initrd[s->out->count++];
    out->part_number = s->volume.part_number;
    out->part_off = s->volume.part_off;
    out->part_bytes = s->volume.part_bytes;
    out->fs = s->volume.kind;
    memcpy(out->path, path, sizeof(out->path));
    out->id = s->file.id;
    out->bytes = s->file.reader.bytes;
    out->facts = facts;
    out->kernel_bits = vtc_diskcfg_kernel_bits(&s->volume, path, &s->kernel);
    return VTC_OK;
}

/* ---- all of it ----------------------------------------------------------------------------- */

static int take(struct scan *s, const struct waiting *w)
{
    int rc;

    if (w->kind == IS_INITRD)
        return take_initrd(s, w->path);
    if (w->kind == IS_CONFIG)
        return take_config(s, w->path);
    rc = vtc_diskcfg_volume_list(&s->volume, w->path, &s->file, take_name, s);
    return rc > 0 ? VTC_OK : rc;
}

static int scan_part(void *ctx, const struct vtc_disk_part *part)
{
    static const struct {
        char path[24];
        uint32_t kind;
    } begin[] = {{"boot", TAKE_INITRDS | TAKE_IDS},
                 {"", TAKE_INITRDS | TAKE_IDS},
                 {"EFI", TAKE_FOLDERS},
                 {"loader/entries", TAKE_CONFIGS},
                 {"boot/loader/entries", TAKE_CONFIGS}};
    struct scan *s = ctx;
    uint32_t i;
    int rc =
        vtc_diskcfg_volume_open(&s->volume, &s->meter.reader, part->number, part->off, part->bytes);

    if (rc) {
        s->out->is_damaged |= rc == VTC_EFORMAT;
        return s->meter.error;
    }
    s->count = 0;
    s->names_left = NAMES_MAX;
    for (i = 0; i < sizeof(begin) / sizeof(begin[0]); i++)
        add(s, "/", begin[i].path, vtc_ascii_length(begin[i].path), begin[i].kind);
    for (s->at = 0; s->at < s->count; s->at++) {
        rc = take(s, &s->queue[s->at]);
        if (s->meter.error)
            return s->meter.error;
        s->out->is_damaged |= rc == VTC_EFORMAT;
    }
    return VTC_OK;
}

int vtc_diskcfg_scan(const struct vtc_reader *image, void *work, struct vtc_diskcfg *out)
{
    struct vtc_disk_part whole;
    struct scan *s = work;
    int rc;

    memset(out, 0, sizeof(*out));
    memset(s, 0, sizeof(*s));
    s->out = out;
    vtc_meter_init(&s->meter, image, VTC_DISKCFG_READS_MAX, VTC_DISKCFG_READ_BYTES_MAX);
    rc = vtc_disk_parts_walk(&s->meter.reader, scan_part, s);
    if (rc == VTC_ENOENT) {
        memset(&whole, 0, sizeof(whole));
        whole.bytes = image->bytes;
        rc = scan_part(s, &whole);
    }
    if (s->meter.error != VTC_ENOSPC)
        return rc;
    out->is_cut = 1;
    return VTC_OK;
}

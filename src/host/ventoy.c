/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/ventoy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ventoc/fat.h>
#include <ventoc/layout.h>

#include "host/fdio.h"
#include "host/probe.h"

#define CONFIG_MAX_BYTES (1024u * 1024)
#define MAX_PARTS        256
/* Behind entry 1 there are at most the sectors that rounding entry 2's start has cost. */
#define GAP_MAX_BYTES VTC_MIB

static const char version_key[] = "VENTOY_VERSION=";

/* The two entries, inside a disk of disk_bytes. */
static int layout_ok(const struct vtc_table_facts *table, uint64_t disk_bytes)
{
    const struct vtc_table_entry *data = &table->entry[0], *boot = &table->entry[1];
    uint64_t end = disk_bytes - (table->gpt ? vtc_table_tail_bytes(512) : 0);

    return data->used && boot->used && data->off == VTC_CONVERTED_DATA_OFF && data->bytes &&
           boot->bytes == VTC_CONVERTED_BOOT_BYTES && boot->off > data->off &&
           data->bytes <= boot->off - data->off &&
           boot->off - data->off - data->bytes < GAP_MAX_BYTES && boot->off <= end &&
           boot->bytes <= end - boot->off && boot->is_boot_type;
}

/* No other partition reaches into what a conversion writes to: the first MiB and entry 2. */
static int others_are_clear(const struct vtc_target *target, const struct vtc_table_facts *table)
{
    const struct vtc_table_entry *boot = &table->entry[1];
    struct vtc_probe_area area[MAX_PARTS];
    int count = vtc_probe_partitions(target->fd, target->dev->bytes, 512, area, MAX_PARTS);
    int found_boot = 0;

    for (int i = 0; i < count; i++) {
        uint64_t off = area[i].off, end = off + area[i].bytes;

        if (off == boot->off && area[i].bytes == boot->bytes && !found_boot)
            found_boot = 1;
        else if (off < VTC_MIB || (off < boot->off + boot->bytes && boot->off < end))
            return 0;
    }
    return found_boot;
}

int vtc_ventoy_read_table(const struct vtc_target *target, struct vtc_table_facts *table)
{
    const struct vtc_device *dev = target->dev;
    int rc;

    memset(table, 0, sizeof(*table));
    if (dev->sector_bytes != 512 || dev->bytes < VTC_STICK_MIN_BYTES)
        return -ENOENT;
    rc = vtc_table_read(target->fd, dev->path, 512, table, NULL);
    if (rc)
        return rc;
    return layout_ok(table, dev->bytes) && others_are_clear(target, table) ? 0 : -ENOENT;
}

/* The value behind the key in a grub.cfg: digits, letters and dots, with or without quotes. */
static int take_version(const char *text, char version[32])
{
    const char *p = strstr(text, version_key);
    size_t n;

    if (!p)
        return -ENOENT;
    p += sizeof(version_key) - 1;
    p += *p == '"' || *p == '\'';
    n = strspn(p, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-_");
    if (!n || n > 31)
        return -ENOENT;
    memcpy(version, p, n);
    version[n] = '\0';
    return 0;
}

static int read_version(const struct vtc_target *target, const struct vtc_table_entry *boot,
                        char version[32])
{
    struct vtc_fdio_region region = {target->fd, boot->off};
    struct vtc_reader reader = vtc_fdio_reader(&region, boot->bytes);
    struct vtc_fat_node node;
    struct vtc_fat fat;
    char *text;
    int rc;

    if (vtc_fat_open(&fat, &reader) || fat.bits != 16 || fat.volume_bytes > boot->bytes ||
        vtc_fat_find(&fat, "/grub/grub.cfg", &node) || node.is_dir || node.bytes > CONFIG_MAX_BYTES)
        return -ENOENT;
    text = malloc((size_t)node.bytes + 1);
    if (!text)
        return -ENOMEM;
    text[node.bytes] = '\0';
    rc = vtc_fat_read(&fat, &node, 0, text, node.bytes) ? -ENOENT : take_version(text, version);
    free(text);
    return rc;
}

int vtc_ventoy_read(const struct vtc_target *target, struct vtc_ventoy *ventoy)
{
    struct vtc_probe_signature sig;
    int rc;

    memset(ventoy, 0, sizeof(*ventoy));
    rc = vtc_ventoy_read_table(target, &ventoy->table);
    if (!rc) {
        struct vtc_probe_area area = {ventoy->table.entry[1].off, ventoy->table.entry[1].bytes};

        /* libblkid takes the label from the root directory, where the BPB's may be stale. */
        rc = vtc_probe_first(target->fd, area, 512, &sig);
        rc = rc < 0                                                                  ? rc
             : rc == 1 && !strcmp(sig.type, "vfat") && !strcmp(sig.label, "VTOYEFI") ? 0
                                                                                     : -ENOENT;
    }
    return rc ? rc : read_version(target, &ventoy->table.entry[1], ventoy->version);
}

int vtc_ventoy_explain(const struct vtc_target *target, struct vtc_error *err)
{
    struct vtc_ventoy ventoy;

    if (vtc_ventoy_read(target, &ventoy))
        return 0;
    vtc_error_set(err, VTC_ERROR_NOT_STICK, -ENOENT, NULL,
                  "%s: not a ventoc stick but a Ventoy stick, version %s", target->dev->path,
                  ventoy.version);
    vtc_error_hint(err, "To convert it, keeping its files: ventoc -u %s", target->dev->path);
    return 1;
}

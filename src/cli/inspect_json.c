/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ventoc inspect for programs. */
#include "cli/inspect.h"

static const char *or_null(const char *text)
{
    return text[0] ? text : NULL;
}

static void put_torito(struct vtc_json *json, const struct vtc_inspect *in)
{
    vtc_json_open(json, "el_torito", '[');
    for (uint32_t i = 0; i < in->torito.count; i++) {
        const struct vtc_eltorito_entry *e = &in->torito.entry[i];

        vtc_json_open(json, NULL, '{');
        vtc_json_string(json, "platform", vtc_inspect_platform_name(e->platform));
        vtc_json_number(json, "platform_id", e->platform);
        vtc_json_bool(json, "bootable", e->bootable);
        vtc_json_string(json, "emulation", vtc_inspect_media_name(e->media));
        vtc_json_number(json, "load_lba", e->load_lba2048);
        vtc_json_number(json, "load_sectors", e->sector_count);
        vtc_json_number(json, "bytes", e->image_bytes);
        vtc_json_close(json, '}');
    }
    vtc_json_close(json, ']');
}

static const char *where_name(enum vtc_bootcfg_where where)
{
    return where == VTC_IN_FAT ? "efi image" : "iso";
}

static void put_configs(struct vtc_json *json, const struct vtc_inspect *in)
{
    static const char *const syntax[] = {"syslinux", "grub", "loader entry"};

    vtc_json_open(json, "configs", '[');
    for (uint32_t i = 0; i < in->cfg.config_count; i++) {
        vtc_json_open(json, NULL, '{');
        vtc_json_string(json, "path", in->cfg.config[i].path);
        vtc_json_string(json, "in", where_name(in->cfg.config[i].where));
        vtc_json_string(json, "syntax", syntax[in->cfg.config[i].syntax]);
        vtc_json_close(json, '}');
    }
    vtc_json_close(json, ']');
    vtc_json_open(json, "entries", '[');
    for (uint32_t i = 0; i < in->entry_count; i++) {
        const struct vtc_inspect_entry *e = &in->entry[i];

        vtc_json_open(json, NULL, '{');
        vtc_json_string(json, "title", e->title);
        vtc_json_string(json, "kernel", e->kernel);
        vtc_json_bool(json, "kernel_found", e->kernel_found);
        vtc_json_number(json, "kernel_bits", e->kernel_bits);
        vtc_json_string(json, "initrds", e->initrds);
        vtc_json_string(json, "cmdline", e->cmdline);
        vtc_json_string(json, "config", in->cfg.config[e->config].path);
        vtc_json_close(json, '}');
    }
    vtc_json_close(json, ']');
}

static void put_initrds(struct vtc_json *json, const struct vtc_inspect *in)
{
    vtc_json_open(json, "initrds", '[');
    for (uint32_t i = 0; i < in->cfg.initrd_count; i++) {
        const struct vtc_bootcfg_initrd *r = &in->cfg.initrd[i];

        vtc_json_open(json, NULL, '{');
        vtc_json_string(json, "path", r->path);
        vtc_json_string(json, "in", where_name(r->where));
        vtc_json_number(json, "bytes", r->bytes);
        vtc_json_string(json, "kind", vtc_initrd_kind_name(r->facts.kind));
        vtc_json_bool(json, "early_archive", r->facts.has_early);
        vtc_json_bool(json, "microcode", r->facts.only_microcode);
        vtc_json_number(json, "kernel_bits", r->kernel_bits);
        vtc_json_bool(json, "extended", r->is_last);
        vtc_json_string(json, "config", r->config < 0 ? NULL : in->cfg.config[r->config].path);
        vtc_json_close(json, '}');
    }
    for (uint32_t i = 0; i < in->disk.count; i++) {
        const struct vtc_diskcfg_initrd *r = &in->disk.initrd[i];

        vtc_json_open(json, NULL, '{');
        vtc_json_string(json, "path", r->path);
        vtc_json_string(json, "in", "partition");
        vtc_json_number(json, "partition", r->part_number);
        vtc_json_number(json, "bytes", r->bytes);
        vtc_json_string(json, "kind", vtc_initrd_kind_name(r->facts.kind));
        vtc_json_bool(json, "early_archive", r->facts.has_early);
        vtc_json_number(json, "kernel_bits", r->kernel_bits);
        vtc_json_bool(json, "extended", 1);
        vtc_json_close(json, '}');
    }
    vtc_json_close(json, ']');
}

void vtc_inspect_json(struct vtc_json *json, const struct vtc_inspect *in)
{
    const struct vtc_family *family = in->family;

    vtc_json_open(json, NULL, '{');
    vtc_json_string(json, "path", in->path);
    vtc_json_number(json, "bytes", in->bytes);
    vtc_json_string(json, "type", vtc_inspect_type_name(in));
    vtc_json_bool(json, "hybrid", in->facts.is_disk && in->facts.is_iso);
    vtc_json_string(json, "label", or_null(in->facts.label));
    vtc_json_string(json, "family", family ? family->name : NULL);
    vtc_json_string(json, "persistence_label", family ? family->persistence_label : NULL);
    vtc_json_bool(json, "has_bios", in->facts.has_bios);
    vtc_json_bool(json, "has_uefi", in->facts.has_efi);
    vtc_json_string(json, "bios", in->bios);
    vtc_json_string(json, "uefi", in->uefi);
    vtc_json_string(json, "linux", or_null(in->linux_words));
    put_torito(json, in);
    put_configs(json, in);
    put_initrds(json, in);
    vtc_json_open(json, "warnings", '[');
    for (uint32_t i = 0; i < in->warning_count; i++)
        vtc_json_string(json, NULL, in->warning[i]);
    vtc_json_close(json, ']');
    vtc_json_close(json, '}');
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ventoc inspect for people. */
#include "cli/inspect.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void put_clean(const char *text)
{
    vtc_say_clean(stdout, text);
}

static void put_line(const char *name, const char *text)
{
    printf("  %-9s ", name);
    put_clean(text);
    putchar('\n');
}

static void print_torito(const struct vtc_inspect *in)
{
    char size[VTC_SIZE_TEXT];

    for (uint32_t i = 0; i < in->torito.count; i++) {
        const struct vtc_eltorito_entry *e = &in->torito.entry[i];

        printf("  %-9s %s, %s, LBA %" PRIu32 ", %s%s\n", i ? "" : "el torito",
               vtc_inspect_platform_name(e->platform), vtc_inspect_media_name(e->media),
               e->load_lba2048, vtc_say_size(e->image_bytes, size),
               e->bootable ? "" : ", not bootable");
    }
}

static const char *syntax_name(enum vtc_bootcfg_syntax syntax)
{
    return syntax == VTC_CFG_SYSLINUX ? "syslinux"
           : syntax == VTC_CFG_GRUB   ? "GRUB"
                                      : "loader entry";
}

static void print_entry(const struct vtc_inspect_entry *e, int verbose)
{
    printf("    ");
    put_clean(e->title[0] ? e->title : "(no title)");
    printf(": ");
    put_clean(e->kernel);
    if (e->kernel_bits)
        printf(" (%u bit)", e->kernel_bits);
    if (e->initrds[0]) {
        printf(" + ");
        put_clean(e->initrds);
    }
    putchar('\n');
    if (verbose && e->cmdline[0]) {
        printf("      ");
        put_clean(e->cmdline);
        putchar('\n');
    }
}

static int has_entries(const struct vtc_inspect *in, uint32_t config)
{
    for (uint32_t i = 0; i < in->entry_count; i++)
        if (in->entry[i].config == (int)config)
            return 1;
    return 0;
}

/* The configurations and, below each, its entries. Those that only lead to others need --verbose. */
static void print_configs(const struct vtc_inspect *in, int verbose)
{
    for (uint32_t c = 0; c < in->cfg.config_count; c++) {
        const struct vtc_bootcfg_config *config = &in->cfg.config[c];

        if (!verbose && !has_entries(in, c))
            continue;
        printf("  %-9s ", "config");
        put_clean(config->path);
        printf(" (%s%s)\n", syntax_name(config->syntax),
               config->where == VTC_IN_FAT ? ", in the EFI image" : "");
        for (uint32_t i = 0; i < in->entry_count; i++)
            if (in->entry[i].config == (int)c)
                print_entry(&in->entry[i], verbose);
    }
}

static void print_initrds(const struct vtc_inspect *in)
{
    char size[VTC_SIZE_TEXT];

    for (uint32_t i = 0; i < in->cfg.initrd_count; i++) {
        const struct vtc_bootcfg_initrd *r = &in->cfg.initrd[i];

        printf("  %-9s ", "initrd");
        put_clean(r->path);
        printf(" (%s%s, %s%s", vtc_initrd_kind_name(r->facts.kind),
               r->facts.has_early ? " behind an early archive" : "", vtc_say_size(r->bytes, size),
               r->where == VTC_IN_FAT ? ", in the EFI image" : "");
        if (r->facts.only_microcode)
            printf(", microcode");
        if (r->kernel_bits)
            printf(", %u bit", r->kernel_bits);
        if (r->config < 0) {
            printf(", found by its name)\n");
        } else {
            printf(", named by ");
            put_clean(in->cfg.config[r->config].path);
            printf(")\n");
        }
    }
}

static void print_disk_initrds(const struct vtc_inspect *in)
{
    char size[VTC_SIZE_TEXT];

    for (uint32_t i = 0; i < in->disk.count; i++) {
        const struct vtc_diskcfg_initrd *r = &in->disk.initrd[i];

        printf("  %-9s ", "initrd");
        put_clean(r->path);
        printf(" in partition %" PRIu32 " (%s, %s", r->part_number,
               vtc_initrd_kind_name(r->facts.kind), vtc_say_size(r->bytes, size));
        if (r->kernel_bits)
            printf(", %u bit", r->kernel_bits);
        printf(")\n");
    }
}

void vtc_inspect_text(const struct vtc_inspect *in, int verbose)
{
    char size[VTC_SIZE_TEXT];

    put_clean(in->path);
    printf(": %s%s, %s\n", vtc_inspect_type_name(in),
           in->facts.is_disk && in->type == VTC_INSPECT_CD ? ", hybrid" : "",
           vtc_say_size(in->bytes, size));
    if (in->facts.label[0])
        put_line("label", in->facts.label);
    if (in->family)
        put_line("family", in->family->name);
    put_line("bios", in->bios);
    put_line("uefi", in->uefi);
    if (in->linux_words[0])
        put_line("linux", in->linux_words);
    print_torito(in);
    print_configs(in, verbose);
    print_initrds(in);
    print_disk_initrds(in);
    for (uint32_t i = 0; i < in->warning_count; i++)
        put_line("warning", in->warning[i]);
}

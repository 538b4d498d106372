/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What ventoc will do with an image, and what is odd about it, in words. */
#include "cli/inspect.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void warn(struct vtc_inspect *in, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Add a warning that is not there yet. */
static void warn(struct vtc_inspect *in, const char *format, ...)
{
    char line[VTC_INSPECT_LINE];
    va_list args;

    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    for (uint32_t i = 0; i < in->warning_count; i++)
        if (strcmp(in->warning[i], line) == 0)
            return;
    if (in->warning_count < VTC_INSPECT_WARNINGS_MAX)
        memcpy(in->warning[in->warning_count++], line, sizeof(line));
}

const char *vtc_inspect_type_name(const struct vtc_inspect *in)
{
    switch (in->type) {
    case VTC_INSPECT_CD:
        return in->facts.is_iso
                   ? in->facts.is_udf ? "CD image (ISO 9660 and UDF)" : "CD image (ISO 9660)"
                   : "CD image (UDF)";
    case VTC_INSPECT_DISK:
        return in->facts.is_gpt ? "disk image (GPT)" : "disk image";
    case VTC_INSPECT_FLOPPY:
        return "floppy image";
    case VTC_INSPECT_EFI:
        return "EFI program";
    default:
        return "unknown";
    }
}

const char *vtc_inspect_platform_name(unsigned platform)
{
    return platform == VTC_ELTORITO_X86   ? "BIOS"
           : platform == VTC_ELTORITO_EFI ? "UEFI"
           : platform == VTC_ELTORITO_PPC ? "PowerPC"
           : platform == VTC_ELTORITO_MAC ? "Mac"
                                          : "unknown";
}

const char *vtc_inspect_media_name(unsigned media)
{
    static const char *const names[] = {"no emulation", "1.2 MB floppy", "1.44 MB floppy",
                                        "2.88 MB floppy", "hard disk"};

    return media < sizeof(names) / sizeof(names[0]) ? names[media] : "unknown emulation";
}

/* ---- BIOS and UEFI ------------------------------------------------------------------------- */

static void say_bios(struct vtc_inspect *in)
{
    const struct vtc_eltorito_entry *e;

    if (in->type == VTC_INSPECT_EFI) {
        snprintf(in->bios, sizeof(in->bios), "does not start: EFI programs need UEFI");
    } else if (!in->facts.has_bios) {
        snprintf(in->bios, sizeof(in->bios), "does not start: it has no BIOS boot loader");
    } else if (in->type == VTC_INSPECT_CD) {
        e = vtc_eltorito_find(&in->torito, VTC_ELTORITO_X86);
        snprintf(in->bios, sizeof(in->bios), "starts its own boot loader from a virtual CD (%s)",
                 vtc_inspect_media_name(e ? e->media : 0));
    } else {
        snprintf(in->bios, sizeof(in->bios), "starts its own boot sector from a virtual %s",
                 in->type == VTC_INSPECT_FLOPPY ? "floppy" : "hard disk");
    }
}

static const char *machine_names(unsigned machines)
{
    static const char *const names[] = {
        "",      "x64",           "ia32",           "x64 and ia32",
        "arm64", "x64 and arm64", "ia32 and arm64", "x64, ia32 and arm64"};

    return names[machines & 7];
}

static void say_uefi(struct vtc_inspect *in)
{
    const struct vtc_boot_facts *f = &in->facts;

    if (in->type == VTC_INSPECT_EFI)
        snprintf(in->uefi, sizeof(in->uefi), "starts it on %s machines",
                 f->pe_machine == 0x8664   ? "x64"
                 : f->pe_machine == 0x14c  ? "ia32"
                 : f->pe_machine == 0xaa64 ? "arm64"
                                           : "other");
    else if (!f->has_efi && !(in->type == VTC_INSPECT_CD && f->is_udf))
        snprintf(in->uefi, sizeof(in->uefi), "does not start: it has no UEFI boot loader");
    else if (in->type != VTC_INSPECT_CD)
        snprintf(in->uefi, sizeof(in->uefi), "starts its own boot loader from a virtual disk");
    else if (in->efi_machines)
        snprintf(in->uefi, sizeof(in->uefi), "starts its own boot loader from a virtual CD (%s)",
                 machine_names(in->efi_machines));
    else
        snprintf(in->uefi, sizeof(in->uefi),
                 "starts its own boot loader from a virtual CD, if the machine finds one in it");
}

/* ---- Linux --------------------------------------------------------------------------------- */

/* Initrds that get the archive. */
static uint32_t last_count(const struct vtc_inspect *in)
{
    uint32_t count = in->disk.count;

    for (uint32_t i = 0; i < in->cfg.initrd_count; i++)
        count += in->cfg.initrd[i].is_last != 0;
    return count;
}

static void say_linux(struct vtc_inspect *in)
{
    uint32_t count = last_count(in);

    if (count)
        snprintf(in->linux_words, sizeof(in->linux_words),
                 "shows the started Linux its medium: %" PRIu32 " initrd%s extended in memory",
                 count, count == 1 ? " is" : "s are");
}

/* Is there an initrd whose path ends like the name, which may be relative or have a device? */
static int is_known(const struct vtc_inspect *in, const char *name)
{
    const char *base = strrchr(name, '/');

    base = base ? base + 1 : name;
    for (uint32_t i = 0; i < in->cfg.initrd_count; i++) {
        const char *have = strrchr(in->cfg.initrd[i].path, '/');

        if (have && strcasecmp(have + 1, base) == 0)
            return 1;
    }
    return 0;
}

static void warn_of_entry(struct vtc_inspect *in, const struct vtc_inspect_entry *e)
{
    const char *p = e->initrds;
    char name[VTC_BOOTCFG_PATH_BYTES];
    size_t n;

    if (!e->kernel_found && e->initrds[0])
        warn(in, "the kernel %.200s is named, but not there", e->kernel);
    if (!e->kernel_bits)
        return; /* what is no Linux may be given anything */
    for (; *p; p += n) {
        p += strspn(p, " ");
        n = strcspn(p, " ");
        if (!n || n >= sizeof(name))
            continue;
        memcpy(name, p, n);
        name[n] = '\0';
        if (!is_known(in, name))
            warn(in,
                 "%.200s is started as an initrd, but it is not there or no initramfs: it "
                 "cannot be extended",
                 name);
    }
}

static int has_linux(const struct vtc_inspect *in)
{
    for (uint32_t i = 0; i < in->entry_count; i++)
        if (in->entry[i].kernel_bits)
            return 1;
    return 0;
}

/* ---- all ----------------------------------------------------------------------------------- */

static void warn_of_file(struct vtc_inspect *in)
{
    char have[VTC_SIZE_TEXT], want[VTC_SIZE_TEXT];

    if (in->packed)
        warn(in, "it is compressed: unpack it first (%s)", in->packed);
    else if (!in->bytes)
        warn(in, "the file is empty");
    else if (in->type == VTC_INSPECT_UNKNOWN)
        warn(in, "neither a CD image nor a disk image nor an EFI program");
    if (in->rc == VTC_EFORMAT || in->rc == VTC_ENOTSUP)
        warn(in, "damaged: its boot records contradict themselves; compare its checksum");
    if (in->rc == VTC_ETRUNC)
        warn(in, "cut off: the file has %s, its volume says %s; ventoc will not start it",
             vtc_say_size(in->bytes, have), vtc_say_size(in->facts.declared_bytes, want));
}

static void warn_of_loaders(struct vtc_inspect *in)
{
    const struct vtc_boot_facts *f = &in->facts;

    if (in->type == VTC_INSPECT_UNKNOWN || in->type == VTC_INSPECT_EFI)
        return;
    if (!f->has_bios && !f->has_efi && !f->is_udf)
        warn(in, "not bootable: it has no boot loader");
    else if (!f->has_efi && !f->is_udf)
        warn(in, "BIOS only: it has no UEFI boot loader");
    else if (!f->has_bios)
        warn(in, "UEFI only: it has no BIOS boot loader");
}

void vtc_inspect_words(struct vtc_inspect *in)
{
    warn_of_file(in);
    if (in->type == VTC_INSPECT_UNKNOWN) {
        snprintf(in->bios, sizeof(in->bios), "does not start: not an image");
        snprintf(in->uefi, sizeof(in->uefi), "does not start: not an image");
        return;
    }
    if (in->rc == VTC_ETRUNC || in->rc == VTC_EFORMAT || in->rc == VTC_ENOTSUP) {
        const char *why = in->rc == VTC_ETRUNC ? "the file is cut off" : "the file is damaged";

        snprintf(in->bios, sizeof(in->bios), "does not start: %s", why);
        snprintf(in->uefi, sizeof(in->uefi), "does not start: %s", why);
    } else {
        say_bios(in);
        say_uefi(in);
        say_linux(in);
        warn_of_loaders(in);
    }
    for (uint32_t i = 0; i < in->entry_count; i++)
        warn_of_entry(in, &in->entry[i]);
    if (has_linux(in) && !last_count(in))
        warn(in, "it starts Linux, but no initrd was found: that Linux may not find its medium");
    if (in->cfg.is_cut || in->entries_cut)
        warn(in, "it has more boot entries than are looked at");
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of initrds, and of the kernels they belong to. */
#include <ventoc/diskcfg_scan.h>

#include <ventoc/bootcfg_parse.h>
#include <ventoc/kernel.h>
#include <ventoc/mem.h>

/* initrd.img-6.1.0-25-amd64, initramfs-6.11.4.x86_64.img, initrd-6.4.0-default, initramfs-linux.img,
 * and anything.img: what is no initramfs drops out when it is opened. */
int vtc_diskcfg_is_initrd_name(const char *name)
{
    static const char *const begin[] = {"initrd", "initramfs", "initrfs"};
    static const char *const other[] = {".txt", ".sig", ".md5", ".sha256", ".conf", ".dpkg-bak"};
    struct vtc_bootcfg_span n = {name, vtc_ascii_length(name)};
    uint32_t i;

    for (i = 0; i < sizeof(other) / sizeof(other[0]); i++)
        if (vtc_bootcfg_span_ends(n, other[i]))
            return 0;
    for (i = 0; i < sizeof(begin) / sizeof(begin[0]); i++)
        if (vtc_bootcfg_span_begins(n, begin[i]))
            return 1;
    return vtc_bootcfg_span_ends(n, ".img");
}

int vtc_diskcfg_is_machine_id(const char *name)
{
    uint32_t i;

    for (i = 0; i < 32; i++)
        if (!((name[i] >= '0' && name[i] <= '9') ||
              (vtc_ascii_lower(name[i]) >= 'a' && vtc_ascii_lower(name[i]) <= 'f')))
            return 0;
    return !name[32];
}

/* ---- kernels ------------------------------------------------------------------------------- */

static unsigned bits_of(const struct vtc_diskcfg_volume *v, const char *path,
                        struct vtc_diskcfg_file *file)
{
    return vtc_diskcfg_volume_file(v, path, file) ? 0 : vtc_kernel_bits(&file->reader);
}

/* The folder of path with name and [tail, tail+n) behind it, looked at as a kernel. */
static unsigned try_kernel(const struct vtc_diskcfg_volume *v, const char *path,
                           uint32_t folder_bytes, const char *name, const char *tail, uint32_t n,
                           struct vtc_diskcfg_file *file)
{
    char kernel[VTC_DISKCFG_PATH_BYTES];
    uint32_t name_bytes = vtc_ascii_length(name);

    if (folder_bytes + name_bytes + n >= sizeof(kernel))
        return 0;
    memcpy(kernel, path, folder_bytes);
    memcpy(kernel + folder_bytes, name, name_bytes);
    memcpy(kernel + folder_bytes + name_bytes, tail, n);
    kernel[folder_bytes + name_bytes + n] = '\0';
    return bits_of(v, kernel, file);
}

/* What follows the first "-" is the version: "-6.1.0-25-amd64" of initrd.img-6.1.0-25-amd64. */
unsigned vtc_diskcfg_kernel_bits(const struct vtc_diskcfg_volume *v, const char *path,
                                 struct vtc_diskcfg_file *file)
{
    static const char *const kernels[] = {"vmlinuz", "linux", "kernel", "bzImage"};
    static const char *const extras[] = {".img", ".gz", "-fallback"};
    uint32_t folder = vtc_ascii_length(path), i;
    struct vtc_bootcfg_span tail;
    unsigned bits = 0;

    while (folder && path[folder - 1] != '/')
        folder--;
    tail.p = path + folder;
    while (*tail.p && *tail.p != '-')
        tail.p++;
    tail.n = vtc_ascii_length(tail.p);
    for (i = 0; i < sizeof(extras) / sizeof(extras[0]); i++)
        if (vtc_bootcfg_span_ends(tail, extras[i]))
            tail.n -= vtc_ascii_length(extras[i]);
    for (i = 0; !bits && i < sizeof(kernels) / sizeof(kernels[0]); i++)
        bits = try_kernel(v, path, folder, kernels[i], tail.p, tail.n, file);
    return bits;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of initrds, and of the kernels they belong to. */
#include <ventoc/diskcfg_scan.h>

#include <ventoc/bytes.h>
#include <ventoc/mem.h>

#define KERNEL_HEAD_BYTES    0x238u /* x86 boot protocol */
#define KERNEL_MAGIC_AT      0x202u
#define KERNEL_VERSION_AT    0x206u
#define KERNEL_HAS_XLOAD     0x020cu
#define KERNEL_XLOADFLAGS_AT 0x236u
#define KERNEL_64            1u

static uint32_t length(const char *s)
{
    uint32_t n = 0;

    while (s[n])
        n++;
    return n;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* Does [name, name+n) end with, or begin with, text? ASCII case is ignored: FAT has such names. */
static int ends(const char *name, uint32_t n, const char *text)
{
    uint32_t t = length(text), i;

    for (i = 0; i < t; i++)
        if (n < t || lower(name[n - t + i]) != text[i])
            return 0;
    return 1;
}

static int begins(const char *name, const char *text)
{
    uint32_t i;

    for (i = 0; text[i]; i++)
        if (lower(name[i]) != text[i])
            return 0;
    return 1;
}

/* initrd.img-6.1.0-25-amd64, initramfs-6.11.4.x86_64.img, initrd-6.4.0-default, initramfs-linux.img,
 * and anything.img: what is no initramfs drops out when it is opened. */
int vtc_diskcfg_is_initrd_name(const char *name)
{
    static const char *const begin[] = {"initrd", "initramfs", "initrfs"};
    static const char *const other[] = {".txt", ".sig", ".md5", ".sha256", ".conf", ".dpkg-bak"};
    uint32_t n = length(name), i;

    for (i = 0; i < sizeof(other) / sizeof(other[0]); i++)
        if (ends(name, n, other[i]))
            return 0;
    for (i = 0; i < sizeof(begin) / sizeof(begin[0]); i++)
        if (begins(name, begin[i]))
            return 1;
    return ends(name, n, ".img");
}

int vtc_diskcfg_is_machine_id(const char *name)
{
    uint32_t i;

    for (i = 0; i < 32; i++)
        if (!((name[i] >= '0' && name[i] <= '9') ||
              (lower(name[i]) >= 'a' && lower(name[i]) <= 'f')))
            return 0;
    return !name[32];
}

/* ---- kernels ------------------------------------------------------------------------------- */

static int bits_of(const struct vtc_diskcfg_volume *v, const char *path,
                   struct vtc_diskcfg_file *file)
{
    uint8_t head[KERNEL_HEAD_BYTES];

    if (vtc_diskcfg_volume_file(v, path, file) ||
        vtc_reader_read(&file->reader, 0, head, sizeof(head)) ||
        memcmp(head + KERNEL_MAGIC_AT, "HdrS", 4) != 0 ||
        vtc_le16(head + KERNEL_VERSION_AT) < KERNEL_HAS_XLOAD)
        return 0;
    return head[KERNEL_XLOADFLAGS_AT] & KERNEL_64 ? 64 : 32;
}

/* The folder of path with name and [tail, tail+n) behind it, looked at as a kernel. */
static int try_kernel(const struct vtc_diskcfg_volume *v, const char *path, uint32_t folder_bytes,
                      const char *name, const char *tail, uint32_t n, struct vtc_diskcfg_file *file)
{
    char kernel[VTC_DISKCFG_PATH_BYTES];
    uint32_t name_bytes = length(name);

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
    uint32_t folder = length(path), n, i;
    const char *tail;
    int bits = 0;

    while (folder && path[folder - 1] != '/')
        folder--;
    tail = path + folder;
    while (*tail && *tail != '-')
        tail++;
    n = length(tail);
    for (i = 0; i < sizeof(extras) / sizeof(extras[0]); i++)
        if (n && ends(tail, n, extras[i]))
            n -= length(extras[i]);
    for (i = 0; !bits && i < sizeof(kernels) / sizeof(kernels[0]); i++)
        bits = try_kernel(v, path, folder, kernels[i], tail, n, file);
    return (unsigned)bits;
}

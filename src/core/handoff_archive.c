/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The cpio archives behind a guest's initrd.
 *
 * How the swap keeps the original /init, whatever it is and without a copy: the kernel unpacks entry
 * by entry, and ties an entry with more than one link to the NAME an earlier entry with the same
 * inode had. Between the two, the directory in that name is made to mean another one:
 *   ventoc/a -> t                 so "ventoc/a/init" is ventoc/t/init ...
 *   ventoc/a/init     (inode X)   a socket; the kernel notes the name
 *   ventoc/a -> /                 a symbolic link replaces what was there
 *   .ventoc-init-N    (inode X)   ... and is "/init" now: link("ventoc/a/init", ".ventoc-init-N")
 *   init -> /ventoc/init64        removes the name, not the file
 * and the same for etc/init, where there mostly is none: then the link fails, and nothing is made.
 * link() does not follow a link that is the last component, so the saved name is the original itself.
 * Sockets, since for them the kernel does nothing after the link: a regular file it would open for
 * writing, through a symbolic link, and change owner and mode of what that leads to.
 * ventoc/a is set to t first since another archive of the same boot may have left it at "/".
 */
#include <ventoc/cpio.h>
#include <ventoc/handoff.h>

/* Device and inode of the pair: "vt", "oc". The note is forgotten at the end of every archive, so
 * it can only be taken for an entry of an archive without a trailer. */
#define PAIR_MAJOR 0x7674u
#define PAIR_MINOR 0x6f63u
#define PAIR_INO   0x76746f00u /* and the number; behind those, the pairs of etc/init */

#define DIRECTORY  (VTC_CPIO_DIRECTORY | 0755)
#define PROGRAM    (VTC_CPIO_REGULAR | 0755)
#define DATA       (VTC_CPIO_REGULAR | 0444)
#define SYMLINK    (VTC_CPIO_SYMLINK | 0777)
#define SOCKET     (VTC_CPIO_SOCKET | 0600)

static void add(struct vtc_cpio *cpio, const char *name, uint32_t mode, const void *data,
                uint32_t data_bytes)
{
    const struct vtc_cpio_entry entry = {
        .name = name,
        .mode = mode,
        .data = data,
        .data_bytes = data_bytes,
    };

    vtc_cpio_add(cpio, &entry);
}

static void add_symlink(struct vtc_cpio *cpio, const char *name, const char *target)
{
    uint32_t bytes = 0;

    while (target[bytes])
        bytes++;
    add(cpio, name, SYMLINK, target, bytes);
}

/* One of a pair. */
static void add_linked(struct vtc_cpio *cpio, const char *name, unsigned number)
{
    const struct vtc_cpio_entry entry = {
        .name = name,
        .mode = SOCKET,
        .ino = PAIR_INO + number,
        .dev_major = PAIR_MAJOR,
        .dev_minor = PAIR_MINOR,
        .link_count = 2,
    };

    vtc_cpio_add(cpio, &entry);
}

/* The second of a pair: prefix and number, which is below 100. */
static void add_saved(struct vtc_cpio *cpio, const char *prefix, unsigned number, unsigned pair)
{
    char name[sizeof VTC_HANDOFF_SAVED_PREFIX + 2];
    uint32_t n = 0;

    while (prefix[n]) {
        name[n] = prefix[n];
        n++;
    }
    if (number > 9)
        name[n++] = (char)('0' + number / 10);
    name[n++] = (char)('0' + number % 10);
    name[n] = '\0';
    add_linked(cpio, name + 1, pair); /* without the slash */
}

int vtc_handoff_swap_archive(void *buf, uint32_t capacity_bytes, unsigned number,
                             unsigned init_bits, uint32_t *bytes)
{
    const unsigned etc_pair = VTC_HANDOFF_SAVED_MAX + number;
    struct vtc_cpio cpio;
    int rc;

    *bytes = 0;
    if (number >= VTC_HANDOFF_SAVED_MAX || (init_bits && init_bits != 32 && init_bits != 64))
        return VTC_EINVAL;
    vtc_cpio_init(&cpio, buf, capacity_bytes);
    add(&cpio, "ventoc", DIRECTORY, NULL, 0);
    add(&cpio, "ventoc/t", DIRECTORY, NULL, 0);
    add(&cpio, "ventoc/t/etc", DIRECTORY, NULL, 0);
    add_symlink(&cpio, "ventoc/a", "t");
    add_linked(&cpio, "ventoc/a/init", number);
    add_linked(&cpio, "ventoc/a/etc/init", etc_pair);
    add_symlink(&cpio, "ventoc/a", "/");
    add_saved(&cpio, VTC_HANDOFF_SAVED_PREFIX, number, number);
    add_saved(&cpio, VTC_HANDOFF_SAVED_ETC_PREFIX, number, etc_pair);
    add_symlink(&cpio, "init", init_bits == 32 ? "/ventoc/init32" : "/ventoc/init64");
    add_symlink(&cpio, "etc/init", init_bits == 32 ? "/ventoc/init64" : "/ventoc/init32");
    rc = vtc_cpio_finish(&cpio, 4);
    if (!rc)
        *bytes = cpio.bytes;
    return rc;
}

int vtc_handoff_body_archive(void *buf, uint32_t capacity_bytes, const void *init64,
                             uint32_t init64_bytes, const void *init32, uint32_t init32_bytes,
                             const void *conf, uint32_t conf_bytes, uint32_t *bytes)
{
    struct vtc_cpio cpio;
    int rc;

    *bytes = 0;
    vtc_cpio_init(&cpio, buf, capacity_bytes);
    add(&cpio, "ventoc", DIRECTORY, NULL, 0);
    if (init64_bytes)
        add(&cpio, "ventoc/init64", PROGRAM, init64, init64_bytes);
    if (init32_bytes)
        add(&cpio, "ventoc/init32", PROGRAM, init32, init32_bytes);
    add(&cpio, "ventoc/conf", DATA, conf, conf_bytes);
    rc = vtc_cpio_finish(&cpio, 512);
    if (!rc)
        *bytes = cpio.bytes;
    return rc;
}

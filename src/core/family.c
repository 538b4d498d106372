/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The families. The first row with a mark in the tree wins: what is more special stands first. */
#include <ventoc/family.h>

/* For all lookups together: a hostile image may have folders that are long to look through. */
#define READ_MAX_BYTES (16u << 20)

const struct vtc_family vtc_family_rows[] = {
    /* live-boot takes every file system image in /live; persistence.conf(5): a layer without that
     * file is passed over, "union" of "/" keeps everything. */
    {"live-boot", {"/live"}, "persistence", "persistence.conf", "/ union\n"},
    /* casper looked for "casper-rw" before Ubuntu 20.04; kernels had that name until 17.10. */
    {"casper-rw", {"/casper/vmlinuz.efi"}, "casper-rw", NULL, NULL},
    {"casper", {"/casper"}, "writable", NULL, NULL},
    /* The archiso hook mounts what cow_label names and knows no label of its own: ours. */
    {"archiso", {"/arch", "/sysresccd"}, "ventoc-cow", NULL, NULL},
    /* Alpine keeps changes in an overlay archive on any medium, not in a layer. */
    {"alpine", {"/.alpine-release", "/boot/modloop-lts", "/boot/modloop-virt"}, NULL, NULL, NULL},
    {"opensuse", {"/media.1/media", "/media.1/products", "/boot/x86_64/root"}, NULL, NULL, NULL},
    /* Older ones carry the installer in /LiveOS/squashfs.img: told by the tree's description. */
    {"anaconda", {"/images/install.img", "/.treeinfo"}, NULL, NULL, NULL},
    /* dmsquash-live takes the layer by its device, which our init tells it: any label will do. */
    {"dracut-live", {"/LiveOS"}, "live-rw", NULL, NULL},
    {"debian-installer",
     {"/.disk/mini-info", "/install.amd", "/install.386", "/.disk/cd_type"},
     NULL,
     NULL,
     NULL},
};

const uint32_t vtc_family_row_count = sizeof(vtc_family_rows) / sizeof(vtc_family_rows[0]);

struct limited {
    const struct vtc_reader *reader;
    uint32_t left_bytes;
};

static int limited_read(void *ctx, uint64_t off, void *buf, uint32_t bytes)
{
    struct limited *limited = ctx;

    if (bytes > limited->left_bytes)
        return VTC_EFORMAT;
    limited->left_bytes -= bytes;
    return vtc_reader_read(limited->reader, off, buf, bytes);
}

int vtc_family_of(const struct vtc_iso9660 *iso, const struct vtc_family **family)
{
    struct limited limited = {iso->reader, READ_MAX_BYTES};
    struct vtc_reader reader = {limited_read, &limited, iso->reader->bytes};
    struct vtc_iso9660 bounded = *iso;
    struct vtc_iso9660_node node;
    uint32_t i, m;
    int rc;

    *family = NULL;
    bounded.reader = &reader;
    for (i = 0; i < vtc_family_row_count; i++)
        for (m = 0; m < VTC_FAMILY_MARKS_MAX && vtc_family_rows[i].mark[m]; m++) {
            rc = vtc_iso9660_find(&bounded, vtc_family_rows[i].mark[m], &node);
            if (!rc)
                *family = &vtc_family_rows[i];
            if (rc != VTC_ENOENT)
                return rc;
        }
    return VTC_OK;
}

const struct vtc_family *vtc_family_by_name(const char *name)
{
    uint32_t i, n;

    for (i = 0; i < vtc_family_row_count; i++) {
        const char *have = vtc_family_rows[i].name;

        for (n = 0; have[n] && have[n] == name[n];)
            n++;
        if (have[n] == name[n])
            return &vtc_family_rows[i];
    }
    return NULL;
}

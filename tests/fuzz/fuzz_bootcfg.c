/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The scan of a whole image, and its family. */
#include "fuzz_reader.h"

#include <stdlib.h>

#include <ventoc/bootcfg.h>
#include <ventoc/family.h>

static struct vtc_bootcfg found;
static uint64_t work[VTC_BOOTCFG_WORK_BYTES / 8];

static int visit(void *ctx, const struct vtc_bootcfg_entry *e)
{
    (void)ctx;
    if (e->config < 0 || (uint32_t)e->config >= found.config_count || !e->kernel[0])
        abort();
    return 0;
}

static void check_path(const char *path, size_t capacity)
{
    if (path[0] != '/' || !memchr(path, '\0', capacity) || strstr(path, "//"))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct vtc_reader reader = fuzz_reader(data, bytes);
    const struct vtc_family *family;
    struct vtc_iso9660 iso;
    uint32_t i;
    int rc = vtc_bootcfg_scan(&reader, work, &found, visit, NULL);

    if (rc == VTC_EIO || rc > 0 || found.config_count > VTC_BOOTCFG_CONFIGS_MAX ||
        found.initrd_count > VTC_BOOTCFG_INITRDS_MAX)
        abort();
    for (i = 0; i < found.config_count; i++)
        check_path(found.config[i].path, sizeof(found.config[i].path));
    for (i = 0; i < found.initrd_count; i++) {
        const struct vtc_bootcfg_initrd *r = &found.initrd[i];

        check_path(r->path, sizeof(r->path));
        if (r->facts.kind == VTC_INITRD_NONE || r->config >= (int)found.config_count ||
            (r->kernel_bits != 0 && r->kernel_bits != 32 && r->kernel_bits != 64))
            abort();
    }
    if (vtc_iso9660_open(&iso, &reader) == VTC_OK)
        vtc_family_of(&iso, &family);
    return 0;
}

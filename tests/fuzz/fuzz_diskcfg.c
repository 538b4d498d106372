/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The initrds of a disk image with or without partitions: the input is its beginning, 4 MiB beyond
 * its end are zeros. What is found was opened, lies in a partition, and is found once. */
#include "fuzz_image.h"

#include <stdlib.h>

#include <ventoc/diskcfg.h>

#define MORE_BYTES (4u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static _Alignas(8) uint8_t work[VTC_DISKCFG_WORK_BYTES];
    static struct vtc_diskcfg cfg;
    struct fuzz_image in = {data, bytes};
    struct vtc_reader image = fuzz_image_disk(&in, (uint64_t)bytes + MORE_BYTES);
    uint32_t i, k;
    int rc = vtc_diskcfg_scan(&image, work, &cfg);

    if ((rc && rc != VTC_EFORMAT) || cfg.count > VTC_DISKCFG_INITRDS_MAX)
        abort();
    for (i = 0; i < cfg.count; i++) {
        const struct vtc_diskcfg_initrd *r = &cfg.initrd[i];

        if (!memchr(r->path, '\0', sizeof(r->path)) || r->path[0] != '/' ||
            r->facts.kind == VTC_INITRD_NONE || r->facts.only_microcode ||
            r->part_off > image.bytes || r->part_bytes > image.bytes - r->part_off ||
            (r->kernel_bits != 0 && r->kernel_bits != 32 && r->kernel_bits != 64))
            abort();
        for (k = 0; k < i; k++)
            if (cfg.initrd[k].part_off == r->part_off && cfg.initrd[k].id == r->id &&
                cfg.initrd[k].part_number == r->part_number)
                abort();
    }
    return 0;
}

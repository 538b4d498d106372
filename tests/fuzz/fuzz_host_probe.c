/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is on a disk, by libblkid: a byte that chooses the size of its sectors, then the disk. Whatever
 * it finds lies on the disk. */
#include "fuzz_file.h"
#include "fuzz_reader.h"

#include "host/probe.h"

#define PARTS_MAX 16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct vtc_probe_area whole = {0, bytes ? bytes - 1 : 0}, part[PARTS_MAX];
    uint32_t sector = bytes && data[0] & 1 ? 4096 : 512;
    struct vtc_probe_signature sig;
    struct vtc_probe_list list = {NULL, 0};
    int fd, count, i, rc;
    size_t k;

    if (whole.bytes < 512)
        return 0;
    fd = fuzz_file(whole.bytes);
    fuzz_file_put(fd, 0, data + 1, whole.bytes);
    rc = vtc_probe_first(fd, whole, sector, &sig);
    if (rc > 1 || (rc == 1 && (!sig.type[0] || !memchr(sig.label, '\0', sizeof sig.label))))
        abort();
    count = vtc_probe_partitions(fd, whole.bytes, sector, part, PARTS_MAX);
    if (count > PARTS_MAX)
        abort();
    for (i = 0; i < count; i++) {
        if (!part[i].bytes || part[i].off >= whole.bytes ||
            part[i].bytes > whole.bytes - part[i].off)
            abort();
        vtc_probe_first(fd, part[i], sector, &sig);
    }
    vtc_probe_area(fd, whole, sector, &list, NULL);
    for (k = 0; k < list.count; k++)
        if (!list.v[k].bytes || list.v[k].off >= whole.bytes ||
            list.v[k].bytes > whole.bytes - list.v[k].off)
            abort();
    vtc_probe_free(&list);
    return 0;
}

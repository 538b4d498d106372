/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ventoc/bios_map.h>

#define SECTOR_BITS 9u
#define SECTOR_MASK 511u

uint32_t vtc_bios_map_capacity(const struct vtc_image *img)
{
    return (img->count + VTC_BIOS_WINDOW_RUNS - 1) / VTC_BIOS_WINDOW_RUNS * VTC_BIOS_WINDOW_RUNS;
}

static uint64_t source_of(const struct vtc_region *region)
{
    switch (region->kind) {
    case VTC_REGION_DISK:
        return region->src >> SECTOR_BITS;
    case VTC_REGION_MEMORY:
        return region->src | VTC_BIOS_MEMORY;
    default:
        return VTC_BIOS_ZERO;
    }
}

int vtc_bios_map_build(const struct vtc_image *img, struct vtc_bios_run *runs, uint32_t *count,
                       uint32_t *sectors)
{
    uint32_t capacity = vtc_bios_map_capacity(img);

    if (img->count == 0 || (img->bytes >> SECTOR_BITS) >= 0xffffffffu)
        return VTC_ENOTSUP;
    for (uint32_t i = 0; i < img->count; i++) {
        const struct vtc_region *region = &img->v[i];
        uint64_t bytes = region->bytes;

        if (region->off & SECTOR_MASK)
            return VTC_ENOTSUP;
        if (region->kind == VTC_REGION_DISK && (region->src & SECTOR_MASK))
            return VTC_ENOTSUP;
        if (i == img->count - 1)
            bytes = (bytes + SECTOR_MASK) & ~(uint64_t)SECTOR_MASK;
        else if (bytes & SECTOR_MASK)
            return VTC_ENOTSUP;
        runs[i].first_lba512 = (uint32_t)(region->off >> SECTOR_BITS);
        runs[i].count = (uint32_t)(bytes >> SECTOR_BITS);
        runs[i].src = source_of(region);
    }
    for (uint32_t i = img->count; i < capacity; i++) {
        runs[i].first_lba512 = 0xffffffffu;
        runs[i].count = 0;
        runs[i].src = VTC_BIOS_ZERO;
    }
    *count = img->count;
    *sectors = runs[img->count - 1].first_lba512 + runs[img->count - 1].count;
    return VTC_OK;
}

uint64_t vtc_bios_map_end_lba512(const struct vtc_bios_run *runs, uint32_t count)
{
    uint64_t end = 0;

    for (uint32_t i = 0; i < count; i++)
        if (!(runs[i].src & (VTC_BIOS_MEMORY | VTC_BIOS_ZERO)) && runs[i].src + runs[i].count > end)
            end = runs[i].src + runs[i].count;
    return end;
}

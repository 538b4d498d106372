/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Extents and images, driven by the input as a program: 5 bytes an instruction, an operation and
 * two little-endian 16-bit operands. First extents are added until operation 0; then the image
 * made of them is patched and lengthened, beside a plain array of bytes that must stay equal.
 */
#include "fuzz_reader.h"

#include <stdlib.h>

#include <ventoc/bytes.h>
#include <ventoc/image.h>

#define DISK_BYTES  65536u
#define MODEL_BYTES 262144u
#define MEMORY      4096u

static uint8_t disk_bytes[DISK_BYTES], memory[MEMORY], model[MODEL_BYTES], got[MODEL_BYTES];
static uint64_t model_count;

struct instruction {
    uint8_t op;
    uint32_t a, b;
};

static int next(const uint8_t **p, const uint8_t *end, struct instruction *in)
{
    if (end - *p < 5)
        return 0;
    in->op = (*p)[0];
    in->a = vtc_le16(*p + 1);
    in->b = vtc_le16(*p + 3);
    *p += 5;
    return 1;
}

static void fill(void)
{
    uint32_t i;

    for (i = 0; i < DISK_BYTES; i++)
        disk_bytes[i] = (uint8_t)(i * 167 + (i >> 8));
    for (i = 0; i < MEMORY; i++)
        memory[i] = (uint8_t)(i * 59 + 1 + (i >> 7));
}

/* Any two extents share a byte: the slow way to the answer of vtc_extents_check(). */
static int shares_bytes(const struct vtc_extents *list)
{
    uint32_t i, j;

    for (i = 0; i < list->count; i++)
        for (j = 0; j < i; j++)
            if (list->v[i].disk_off < list->v[j].disk_off + list->v[j].bytes &&
                list->v[j].disk_off < list->v[i].disk_off + list->v[i].bytes)
                return 1;
    return 0;
}

static void add_extents(const uint8_t **p, const uint8_t *end, struct vtc_extents *list)
{
    static struct vtc_extent before[64];
    struct instruction in;
    int rc;

    while (next(p, end, &in) && in.op) {
        if (in.op == 1) { /* cut */
            if (vtc_extents_trim(list, in.a) != (in.a <= list->bytes ? VTC_OK : VTC_ETRUNC) &&
                list->bytes >= in.a)
                abort();
        } else if (in.op == 2) { /* far away: may wrap */
            vtc_extents_add(list, UINT64_MAX - in.a, in.b);
        } else {
            vtc_extents_add(list, in.a, in.b);
        }
    }
    memcpy(before, list->v, list->count * sizeof *before);
    rc = vtc_extents_check(list, 0, UINT64_MAX);
    if (rc != (shares_bytes(list) ? VTC_EFORMAT : VTC_OK) ||
        memcmp(before, list->v, list->count * sizeof *before) != 0)
        abort();
}

static void model_add(const uint8_t *bytes, uint64_t count)
{
    if (bytes)
        memmove(model + model_count, bytes, count);
    else
        memset(model + model_count, 0, count);
    model_count += count;
}

/* One operation on both; refused by one means refused by the other. */
static void operate(struct vtc_image *img, const struct instruction *in)
{
    uint32_t from = in->a % MEMORY;
    uint32_t part = in->b < MEMORY - from ? in->b : MEMORY - from;
    int inside = in->a <= model_count && in->b <= model_count - in->a;
    int rc;

    if (model_count > MODEL_BYTES - 2 * 65536)
        return;
    switch (in->op % 5) {
    case 0:
        part = in->b < MEMORY ? in->b : MEMORY;
        inside = in->a <= model_count && part <= model_count - in->a;
        rc = vtc_image_patch(img, in->a, memory, part);
        if (!inside != (rc == VTC_EINVAL))
            abort();
        if (!rc)
            memcpy(model + in->a, memory, part);
        break;
    case 1:
        if (!vtc_image_append_memory(img, memory + from, part))
            model_add(memory + from, part);
        break;
    case 2:
        if (!vtc_image_append_zero(img, in->a))
            model_add(NULL, in->a);
        break;
    case 3:
        rc = vtc_image_append_alias(img, in->a, in->b);
        if (!inside != (rc == VTC_EINVAL))
            abort();
        if (!rc)
            model_add(model + in->a, in->b);
        break;
    default:
        rc = vtc_image_pad(img, in->a);
        if (in->a && (in->a & (in->a - 1)) == 0) {
            if (!rc)
                model_add(NULL, (in->a - model_count % in->a) % in->a);
        } else if (rc != VTC_EINVAL) {
            abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static struct vtc_extent extents[64];
    static struct vtc_region regions[512];
    const uint8_t *end = data + bytes;
    struct vtc_reader disk = fuzz_reader(disk_bytes, DISK_BYTES);
    struct instruction in;
    struct vtc_extents list;
    struct vtc_image img;
    uint32_t i;

    if (!disk_bytes[1])
        fill();
    vtc_extents_init(&list, extents, 64, NULL);
    add_extents(&data, end, &list);
    if (vtc_image_init(&img, regions, 512, NULL, &list))
        abort();
    model_count = 0;
    for (i = 0; i < list.count; i++) {
        uint64_t off = list.v[i].disk_off;

        if (off > DISK_BYTES || list.v[i].bytes > DISK_BYTES - off ||
            model_count > MODEL_BYTES - 3 * 65536)
            return 0;
        model_add(disk_bytes + off, list.v[i].bytes);
    }
    while (next(&data, end, &in))
        operate(&img, &in);
    if (img.bytes != model_count || vtc_image_read(&img, &disk, 0, got, model_count) ||
        memcmp(got, model, model_count) != 0)
        abort();
    for (i = 0; i < img.count; i++)
        if (vtc_image_find(&img, img.v[i].off) != i)
            abort();
    return 0;
}

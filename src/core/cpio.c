/* SPDX-License-Identifier: GPL-3.0-or-later */
/* newc: a header of 110 ASCII bytes, the name, the content; name and content each padded to a
 * multiple of 4 counted from the start of the header. */
#include <ventoc/cpio.h>
#include <ventoc/mem.h>

/* The header's fields behind the magic, 8 hexadecimal digits each. */
enum {
    F_INO,
    F_MODE,
    F_UID,
    F_GID,
    F_LINKS,
    F_TIME,
    F_BYTES,
    F_DEV_MAJOR,
    F_DEV_MINOR,
    F_RDEV_MAJOR,
    F_RDEV_MINOR,
    F_NAME_BYTES,
    F_CHECK,
    F_COUNT,
};

#define MAGIC_BYTES 6u

static uint32_t up4(uint32_t bytes)
{
    return (bytes + 3) & ~3u;
}

static void put_hex(uint8_t *p, uint32_t v)
{
    unsigned i;

    for (i = 8; i--; v >>= 4)
        p[i] = (uint8_t) "0123456789abcdef"[v & 15];
}

void vtc_cpio_init(struct vtc_cpio *cpio, void *buf, uint32_t capacity_bytes)
{
    cpio->buf = buf;
    cpio->capacity_bytes = capacity_bytes;
    cpio->bytes = 0;
    cpio->rc = VTC_OK;
}

/* Bytes with the NUL; 0 when the kernel would not take the name. */
static uint32_t name_bytes(const char *name)
{
    uint32_t n = 0;

    while (n < VTC_CPIO_NAME_BYTES_MAX && name[n])
        n++;
    return n && n < VTC_CPIO_NAME_BYTES_MAX ? n + 1 : 0;
}

/* Room for bytes more, zeroed; NULL and the error when there is none. */
static uint8_t *take(struct vtc_cpio *cpio, uint32_t bytes)
{
    uint8_t *p = cpio->buf + cpio->bytes;

    if (bytes > cpio->capacity_bytes - cpio->bytes) {
        cpio->rc = VTC_ENOSPC;
        return NULL;
    }
    memset(p, 0, bytes);
    cpio->bytes += bytes;
    return p;
}

void vtc_cpio_add(struct vtc_cpio *cpio, const struct vtc_cpio_entry *entry)
{
    uint32_t field[F_COUNT] = {0}, name = name_bytes(entry->name), data_off, i;
    uint8_t *p;

    if (!cpio->rc && !name)
        cpio->rc = VTC_EINVAL;
    else if (!cpio->rc && entry->data_bytes > cpio->capacity_bytes)
        cpio->rc = VTC_ENOSPC; /* and the sum below cannot wrap: a buffer is below 2^32 - 8 KiB */
    if (cpio->rc)
        return;
    data_off = up4(VTC_CPIO_HEADER_BYTES + name);
    if (entry->data_bytes > UINT32_MAX - 3 - data_off) {
        cpio->rc = VTC_ENOSPC;
        return;
    }
    p = take(cpio, up4(data_off + entry->data_bytes));
    if (!p)
        return;
    field[F_INO] = entry->ino;
    field[F_MODE] = entry->mode;
    field[F_LINKS] = entry->link_count ? entry->link_count : 1;
    field[F_BYTES] = entry->data_bytes;
    field[F_DEV_MAJOR] = entry->dev_major;
    field[F_DEV_MINOR] = entry->dev_minor;
    field[F_NAME_BYTES] = name;
    memcpy(p, "070701", MAGIC_BYTES);
    for (i = 0; i < F_COUNT; i++)
        put_hex(p + MAGIC_BYTES + 8 * i, field[i]);
    memcpy(p + VTC_CPIO_HEADER_BYTES, entry->name, name);
    if (entry->data_bytes)
        memcpy(p + data_off, entry->data, entry->data_bytes);
}

int vtc_cpio_finish(struct vtc_cpio *cpio, uint32_t unit_bytes)
{
    const struct vtc_cpio_entry trailer = {.name = "TRAILER!!!"};

    vtc_cpio_add(cpio, &trailer);
    if (!cpio->rc)
        take(cpio, (0 - cpio->bytes) & (unit_bytes - 1));
    return cpio->rc;
}

static int parse_hex(const uint8_t *p, uint32_t *out)
{
    uint32_t v = 0;
    unsigned i;

    for (i = 0; i < 8; i++) {
        uint8_t c = p[i] | 0x20; /* letters of either case; digits have that bit */
        unsigned d = c >= 'a' ? c - 'a' + 10u : (unsigned)p[i] - '0';

        if (d > 15 || (d > 9 && c < 'a'))
            return VTC_EFORMAT;
        v = v << 4 | d;
    }
    *out = v;
    return VTC_OK;
}

int vtc_cpio_parse(const uint8_t *p, struct vtc_cpio_header *header)
{
    uint32_t field[F_COUNT], i;

    /* "070702" has the sum of the content in F_CHECK and is the same for the rest. */
    if (memcmp(p, "07070", 5) != 0 || (p[5] != '1' && p[5] != '2'))
        return VTC_EFORMAT;
    for (i = 0; i < F_COUNT; i++)
        if (parse_hex(p + MAGIC_BYTES + 8 * i, &field[i]))
            return VTC_EFORMAT;
    header->mode = field[F_MODE];
    header->data_bytes = field[F_BYTES];
    header->name_bytes = field[F_NAME_BYTES];
    if (!header->name_bytes || header->name_bytes > VTC_CPIO_NAME_BYTES_MAX)
        return VTC_EFORMAT;
    header->data_off = up4(VTC_CPIO_HEADER_BYTES + header->name_bytes);
    return VTC_OK;
}

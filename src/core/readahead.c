/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ventoc/mem.h>
#include <ventoc/readahead.h>

static int is_power_of_two(uint32_t v)
{
    return v && (v & (v - 1)) == 0;
}

int vtc_readahead_init(struct vtc_readahead *r, const struct vtc_reader *below, void *buf,
                       uint32_t count, uint32_t first_bytes, uint32_t most_bytes)
{
    if (!count || count > VTC_READAHEAD_WINDOWS_MAX || !is_power_of_two(first_bytes) ||
        !is_power_of_two(most_bytes) || first_bytes > most_bytes)
        return VTC_EINVAL;
    memset(r, 0, sizeof *r);
    r->below = *below;
    r->buf = buf;
    r->count = count;
    r->first_bytes = first_bytes;
    r->most_bytes = most_bytes;
    return VTC_OK;
}

/* The window that holds a byte; count when none does. */
static uint32_t find(const struct vtc_readahead *r, uint64_t off)
{
    uint32_t i;

    for (i = 0; i < r->count; i++)
        if (off >= r->window[i].off && off - r->window[i].off < r->window[i].bytes)
            break;
    return i;
}

/* How many of the bytes from off on, which no window holds, come before the next window. */
static uint32_t gap_bytes(const struct vtc_readahead *r, uint64_t off, uint32_t bytes)
{
    for (uint32_t i = 0; i < r->count; i++) {
        const struct vtc_readahead_window *w = &r->window[i];

        if (w->bytes && w->off > off && w->off - off < bytes)
            bytes = (uint32_t)(w->off - off);
    }
    return bytes;
}

static uint32_t oldest(const struct vtc_readahead *r)
{
    uint32_t at = 0;

    for (uint32_t i = 1; i < r->count; i++)
        if (r->clock - r->window[i].used > r->clock - r->window[at].used)
            at = i;
    return at;
}

/* Fill a window so that it holds off, which lies in none. */
static int fill(struct vtc_readahead *r, uint64_t off)
{
    struct vtc_readahead_window *w;
    uint64_t start = off & ~(uint64_t)(r->first_bytes - 1);
    uint32_t bytes = r->first_bytes, at = oldest(r);
    int rc;

    for (uint32_t i = 0; i < r->count; i++) {
        const struct vtc_readahead_window *before = &r->window[i];

        if (before->bytes && before->off + before->bytes == start)
            bytes = before->bytes < r->most_bytes / 2 ? before->bytes * 2 : r->most_bytes;
    }
    if (bytes > r->below.bytes - start)
        bytes = (uint32_t)(r->below.bytes - start);
    w = &r->window[at];
    w->bytes = 0; /* while it is being overwritten, and when that fails */
    rc = vtc_reader_read(&r->below, start, r->buf + (size_t)at * r->most_bytes, bytes);
    if (rc)
        return rc;
    w->off = start;
    w->bytes = bytes;
    return VTC_OK;
}

int vtc_readahead_read(void *ctx, uint64_t off, void *buf, uint32_t bytes)
{
    struct vtc_readahead *r = ctx;
    uint8_t *to = buf;
    int rc;

    if (off > r->below.bytes || bytes > r->below.bytes - off)
        return VTC_EFORMAT;
    while (bytes) {
        uint32_t at = find(r, off), n;

        if (at == r->count) {
            n = gap_bytes(r, off, bytes);
            if (n < r->most_bytes && fill(r, off) == VTC_OK)
                continue;
            rc = vtc_reader_read(&r->below, off, to, n);
            if (rc)
                return rc;
        } else {
            struct vtc_readahead_window *w = &r->window[at];
            uint32_t inside = (uint32_t)(off - w->off);

            n = w->bytes - inside < bytes ? w->bytes - inside : bytes;
            memcpy(to, r->buf + (size_t)at * r->most_bytes + inside, n);
            w->used = ++r->clock;
        }
        to += n;
        off += n;
        bytes -= n;
    }
    return VTC_OK;
}
